# ruff: noqa: PLR0917  (x, y and sizes are read best in their usual order)
"""Shapes, soft masks and paint: the little that a flat, softly shaded portrait needs.

Coordinates are in picture pixels, y down. A shape is rasterised at four times the size and averaged down, so every edge
is smooth; colours are blended at picture size in floating point, so gradients stay clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float32]

Point = tuple[float, float]
SUPERSAMPLE = 4


def rgb(code: str) -> Field:
    """Return the colour `#rrggbb` as three floats from 0 to 1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def smooth(points: Sequence[Point], *, closed: bool = False, steps: int = 14) -> list[Point]:
    """Return a Catmull-Rom curve through `points`; a point given twice in a row makes a corner."""
    knots = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    curve: list[Point] = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(
                tuple(
                    0.5
                    * (
                        2 * b[i]
                        + (c[i] - a[i]) * t
                        + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t
                        + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t**3
                    )
                    for i in (0, 1)
                )  # type: ignore[arg-type]  # two coordinates, as the comprehension says
            )
    if not closed:
        curve.append(points[-1])
    return curve


def ribbon(points: Sequence[Point], width: Callable[[float], float]) -> list[Point]:
    """Return the outline of a stroke along `points`; `width(t)` is its full width at t from 0 to 1."""
    spine = np.array(smooth(points))
    tangent = np.gradient(spine, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    half = np.array([width(t) / 2 for t in np.linspace(0, 1, len(spine))])[:, None]
    outline = np.concatenate([spine + normal * half, (spine - normal * half)[::-1]])
    return [(float(x), float(y)) for x, y in outline]


def taper(width: float, *, start: float = 0.0, end: float = 0.0) -> Callable[[float], float]:
    """Return a stroke width that swells to `width` and thins to the shares `start` and `end` of it at its ends."""

    def at(t: float) -> float:
        edge = start + (end - start) * t
        return width * (edge + (1 - edge) * np.sin(np.pi * t) ** 0.7)

    return at


def mirror(points: Iterable[Point], x: float) -> list[Point]:
    """Return `points` mirrored at the vertical line through `x`."""
    return [(2 * x - px, py) for px, py in points]


def ellipse(x: float, y: float, rx: float, ry: float) -> list[Point]:
    """Return the outline of an ellipse around (`x`, `y`)."""
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    return [(x + rx * float(np.cos(t)), y + ry * float(np.sin(t))) for t in turn]


@dataclass(frozen=True, slots=True)
class Linear:
    """A gradient from `start` to `end` through `colours`, evenly spaced."""

    start: Point
    end: Point
    colours: tuple[str, ...]

    def field(self, width: int, height: int) -> Field:
        """Return the colours as (height, width, 3)."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        t = ((x - self.start[0]) * dx + (y - self.start[1]) * dy) / (dx * dx + dy * dy)
        return _ramp(t, self.colours)


@dataclass(frozen=True, slots=True)
class Radial:
    """A gradient from the centre outwards; `radius` pixels from it the last colour is reached."""

    centre: Point
    radius: float
    colours: tuple[str, ...]

    def field(self, width: int, height: int) -> Field:
        """Return the colours as (height, width, 3)."""
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        return _ramp(np.hypot(x - self.centre[0], y - self.centre[1]) / self.radius, self.colours)


Paint = str | Linear | Radial


def _ramp(t: Field, colours: tuple[str, ...]) -> Field:
    stops = np.linspace(0, 1, len(colours))
    table = np.stack([rgb(colour) for colour in colours])
    return np.stack([np.interp(t, stops, table[:, i]) for i in range(3)], axis=-1).astype(np.float32)


class Sheet:
    """A picture being painted: `pixels` is (height, width, 3), floats from 0 to 1."""

    def __init__(self, width: int, height: int, ground: Paint) -> None:
        self.width, self.height = width, height
        self.pixels: Field = np.zeros((height, width, 3), np.float32)
        self.pixels[:] = self._colours(ground)

    def mask(self, *outlines: Sequence[Point], blur: float = 0.0) -> Field:
        """Return the covered share of each pixel for the union of `outlines`, softened by `blur` pixels."""
        s = SUPERSAMPLE
        sheet = Image.new("L", (self.width * s, self.height * s))
        pen = ImageDraw.Draw(sheet)
        for outline in outlines:
            pen.polygon([(x * s, y * s) for x, y in outline], fill=255)
        small = sheet.reduce(s)
        if blur:
            small = small.filter(ImageFilter.GaussianBlur(blur))
        return np.asarray(small, np.float32) / 255

    def lay(self, mask: Field, paint: Paint, opacity: float = 1.0, *, within: Field | None = None) -> None:
        """Blend `paint` over the picture where `mask` (and `within`) is."""
        cover = mask if within is None else mask * within
        cover = (cover * opacity)[..., None]
        self.pixels += (self._colours(paint) - self.pixels) * cover

    def glow(self, mask: Field, colour: str, opacity: float = 1.0, *, within: Field | None = None) -> None:
        """Add light of `colour` (screen) where `mask` is: highlights, lamps, moonlight."""
        cover = mask if within is None else mask * within
        self.pixels += (1 - self.pixels) * rgb(colour) * (cover * opacity)[..., None]

    def shade(self, mask: Field, colour: str, opacity: float = 1.0, *, within: Field | None = None) -> None:
        """Multiply by `colour` where `mask` is: shadows that keep the hue of what they fall on."""
        cover = mask if within is None else mask * within
        self.pixels *= 1 - (1 - rgb(colour)) * (cover * opacity)[..., None]

    def shape(self, outline: Sequence[Point], paint: Paint, opacity: float = 1.0, *, blur: float = 0.0) -> Field:
        """Fill `outline` and return its mask, to shade within."""
        mask = self.mask(outline, blur=blur)
        self.lay(mask, paint, opacity)
        return mask

    def strokes(
        self,
        lines: Iterable[Sequence[Point]],
        paint: Paint,
        width: float,
        opacity: float = 1.0,
        *,
        blur: float = 0.0,
        ends: tuple[float, float] = (0.0, 0.0),
        within: Field | None = None,
    ) -> None:
        """Draw tapered strokes along `lines`; `ends` are the shares of `width` left at start and end."""
        swell = taper(width, start=ends[0], end=ends[1])
        self.lay(self.mask(*(ribbon(line, swell) for line in lines), blur=blur), paint, opacity, within=within)

    def soften(self, radius: float) -> None:
        """Blur all that is painted so far: a background goes out of focus."""
        self.pixels = np.asarray(self.image().filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255

    def image(self) -> Image.Image:
        """Return the picture as 8-bit RGB."""
        return Image.fromarray((np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")

    def _colours(self, paint: Paint) -> Field:
        return rgb(paint) if isinstance(paint, str) else paint.field(self.width, self.height)


def wave(start: Point, end: Point, sway: float, bends: int = 2) -> list[Point]:
    """Return points from `start` to `end` that sway to both sides by `sway` pixels: a lock of hair, a fold."""
    count = bends * 2 + 1
    line = np.linspace(start, end, count)
    along = np.array(end) - np.array(start)
    across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
    return [
        (float(p[0] + across[0] * s), float(p[1] + across[1] * s))
        for p, s in zip(line, (sway * np.sin(np.pi * i / 2) for i in range(count)), strict=True)
    ]


def between(first: Sequence[Point], second: Sequence[Point], count: int) -> list[list[Point]]:
    """Return `count` lines that go over from `first` to `second` (as many points each), both left out."""
    return [
        [
            (a[0] + (b[0] - a[0]) * k / (count + 1), a[1] + (b[1] - a[1]) * k / (count + 1))
            for a, b in zip(first, second, strict=True)
        ]
        for k in range(1, count + 1)
    ]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, count: int = 9) -> list[Point]:
    """Return `count` points of an ellipse's arc; degrees, 0 to the right, clockwise as y goes down."""
    turn = np.radians(np.linspace(start, end, count))
    return [(x + rx * float(np.cos(t)), y + ry * float(np.sin(t))) for t in turn]


def scatter(seed: int, count: int, box: tuple[float, float, float, float]) -> list[tuple[float, float, float]]:
    """Return `count` fixed random points (x, y, size from 0 to 1) in `box` (left, top, right, bottom)."""
    draw = np.random.default_rng(seed).random((count, 3))
    left, top, right, bottom = box
    return [(left + float(a) * (right - left), top + float(b) * (bottom - top), float(c)) for a, b, c in draw]
