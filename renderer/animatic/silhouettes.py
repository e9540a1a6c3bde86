"""Outlines of what stands in a scene: ridges, roofs, towers, trees, a branch in bloom.

Each function draws into a mask of mode L, whose unit is a fraction of its height (`h`); the ground lies at `base`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable

    Drawer = Callable[["ImageDraw.ImageDraw", int, int, float, np.random.Generator], None]

PANE = 90
"""What a mask holds where a window or an open hall is: half seen through, or lit from within."""

_SMOOTHING = 2  # drawn this much larger, then shrunk


def mask(size: tuple[int, int], drawer: Drawer, base: float, rng: np.random.Generator) -> Image.Image:
    """Return a mask of `size` (width, height) on which `drawer` has drawn, with smooth edges."""
    width, height = size[0] * _SMOOTHING, size[1] * _SMOOTHING
    canvas = Image.new("L", (width, height))
    drawer(ImageDraw.Draw(canvas), width, height, base * height, rng)
    return canvas.resize(size, Image.Resampling.BOX)


def ridge(rise: float, rough: float) -> Drawer:
    """Return a drawer of a mountain ridge, `rise` high and the more jagged the larger `rough`."""

    def draw(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
        x = np.linspace(0, 1, 320)
        line = np.zeros_like(x)
        for octave in range(6):
            waves = 1.3 * 2.0**octave
            line += np.abs(np.sin(np.pi * waves * x + rng.uniform(0, 7))) * rough**octave * rng.uniform(0.6, 1.0)
        line = (line - line.min()) / (line.max() - line.min())
        points = [(float(at * width), float(base - rise * height * up)) for at, up in zip(x, line, strict=True)]
        canvas.polygon([*points, (width, height), (0, height)], fill=255)

    return draw


def palace(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a great hall with two roofs on a terrace, and two gate towers beside it."""
    for centre, scale in ((0.5, 0.86), (0.1, 0.46), (0.9, 0.46)):
        x, unit = centre * width, scale * height
        canvas.rectangle((x - 0.5 * unit, base - 0.035 * unit, x + 0.5 * unit, height), fill=255)
        canvas.rectangle((x - 0.45 * unit, base - 0.07 * unit, x + 0.45 * unit, base), fill=255)
        _hall(canvas, x, base - 0.07 * unit, 0.38 * unit, 0.13 * unit)
        _roof(canvas, x, base - 0.2 * unit, 0.5 * unit, 0.09 * unit)
        canvas.rectangle((x - 0.28 * unit, base - 0.34 * unit, x + 0.28 * unit, base - 0.25 * unit), fill=255)
        _roof(canvas, x, base - 0.33 * unit, 0.38 * unit, 0.12 * unit)
    canvas.rectangle((0, base - 0.012 * height * rng.uniform(0.9, 1.1), width, height), fill=255)


def pavilion(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a garden pavilion with four columns, a low wall and round bushes."""
    x, unit = width * rng.uniform(0.62, 0.74), height * 0.62
    _hall(canvas, x, base, 0.2 * unit, 0.3 * unit)
    _roof(canvas, x, base - 0.28 * unit, 0.3 * unit, 0.2 * unit)
    canvas.ellipse((x - 0.014 * unit, base - 0.53 * unit, x + 0.014 * unit, base - 0.46 * unit), fill=255)
    for _ in range(26):
        at, size = rng.uniform(0, 1) * width, rng.uniform(0.025, 0.075) * height
        canvas.ellipse((at - 1.5 * size, base - size, at + 1.5 * size, base + size), fill=255)
    canvas.rectangle((0, base, width, height), fill=255)


def skyline(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a row of high buildings, their lit windows left open."""
    x = -0.02 * width
    while x < width:
        across, up = rng.uniform(0.045, 0.1) * width, rng.uniform(0.14, 0.44) * height
        canvas.rectangle((x, base - up, x + across, height), fill=255)
        if rng.random() < 0.4:  # noqa: PLR2004 - two houses in five have a mast
            canvas.rectangle((x + across * 0.48, base - up * 1.16, x + across * 0.52, base - up), fill=255)
        step = 0.0125 * height
        for row in np.arange(base - up + step, base, 2 * step):
            for column in np.arange(x + step, x + across - step, 1.6 * step):
                if rng.random() < 0.3:  # noqa: PLR2004 - and somebody is home behind three windows in ten
                    canvas.rectangle((column, row, column + 0.7 * step, row + step), fill=PANE)
        x += across * rng.uniform(0.9, 1.15)


def trees(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a stand of firs with some tall trunks before them."""
    for _ in range(44):
        x, up = rng.uniform(-0.02, 1.02) * width, rng.uniform(0.12, 0.3) * height
        for tier in range(5):
            top, wide = base - up * (1 - 0.17 * tier), up * (0.07 + 0.055 * tier)
            canvas.polygon([(x, top), (x - wide, top + up * 0.34), (x + wide, top + up * 0.34)], fill=255)
    for _ in range(7):
        x, across = rng.uniform(0, 1) * width, rng.uniform(0.006, 0.016) * height
        lean = rng.uniform(-0.03, 0.03) * height
        canvas.polygon(
            [(x - across, height), (x + across, height), (x + lean + across / 2, 0), (x + lean, 0)], fill=255
        )
    canvas.rectangle((0, base, width, height), fill=255)


def boat(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a small roofed boat upon the water."""
    x, unit = rng.uniform(0.3, 0.45) * width, 0.16 * height
    hull = [(-1.35, -0.16), (-0.95, 0.1), (0.95, 0.1), (1.4, -0.2), (0.95, -0.06), (-0.95, -0.06)]
    canvas.polygon([(x + a * unit, base + b * unit) for a, b in hull], fill=255)
    canvas.pieslice((x - 0.55 * unit, base - 0.42 * unit, x + 0.45 * unit, base + 0.34 * unit), 180, 360, fill=255)


def branch(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a bough that reaches in from the top left; `blossoms` come after with the same generator's state."""
    del base
    for start, end, thick in _bough(width, height, rng):
        canvas.line((*start, *end), fill=255, width=max(1, round(thick)))
        canvas.ellipse((end[0] - thick / 2, end[1] - thick / 2, end[0] + thick / 2, end[1] + thick / 2), fill=255)


def blossoms(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw blossoms on the bough that `branch` draws from an equal generator."""
    del base
    for start, end, thick in _bough(width, height, rng):
        if thick > 0.009 * height:
            continue
        for share in rng.uniform(0, 1, 3):
            x = start[0] + (end[0] - start[0]) * share + rng.normal(0, 0.006) * height
            y = start[1] + (end[1] - start[1]) * share + rng.normal(0, 0.006) * height
            size = rng.uniform(0.004, 0.0085) * height
            for petal in range(5):
                turn = 2 * math.pi * petal / 5
                px, py = x + size * math.cos(turn), y + size * math.sin(turn)
                canvas.ellipse((px - size, py - size, px + size, py + size), fill=int(rng.integers(170, 256)))


def lattice(canvas: ImageDraw.ImageDraw, width: int, height: int, base: float, rng: np.random.Generator) -> None:
    """Draw a room's back wall: a round lattice window left open in it, columns, and a floor."""
    del rng
    canvas.rectangle((0, 0, width, height), fill=255)
    x, y, radius = 0.5 * width, 0.44 * base / 0.78, 0.245 * height
    canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    bar = max(1, round(0.0075 * height))
    for step in range(-4, 5):
        at = step * radius / 4
        reach = math.sqrt(max(0.0, radius**2 - at**2))
        canvas.line((x + at, y - reach, x + at, y + reach), fill=235, width=bar)
        canvas.line((x - reach, y + at, x + reach, y + at), fill=235, width=bar)
    canvas.ellipse((x - radius, y - radius, x + radius, y + radius), outline=255, width=bar * 3)


def _bough(
    width: int,
    height: int,
    rng: np.random.Generator,
) -> list[tuple[tuple[float, float], tuple[float, float], float]]:
    """Return a bough's pieces, each with its ends and thickness; it grows from the left edge and forks."""
    pieces: list[tuple[tuple[float, float], tuple[float, float], float]] = []
    tips = [((-0.01 * width, rng.uniform(0.1, 0.18) * height), rng.uniform(0.0, 0.2), 0.024 * height, 0)]
    while tips:
        start, angle, thick, depth = tips.pop()
        for _ in range(7 - depth):
            length = rng.uniform(0.035, 0.07) * height
            angle += rng.normal(0, 0.22)
            end = (start[0] + length * math.cos(angle), start[1] + length * math.sin(angle))
            pieces.append((start, end, thick))
            if depth < 3 and rng.random() < 0.55:  # noqa: PLR2004 - three forks deep, every other knot
                tips.append((end, angle + rng.choice([-0.8, 0.8]) * rng.uniform(0.6, 1.2), thick * 0.55, depth + 1))
            start, thick = end, thick * 0.88
    return pieces


def _hall(canvas: ImageDraw.ImageDraw, x: float, base: float, half: float, up: float) -> None:
    """Draw a row of six columns under a beam."""
    canvas.rectangle((x - half, base - up, x + half, base), fill=PANE)
    canvas.rectangle((x - half, base - up, x + half, base - up * 0.78), fill=255)
    for column in range(6):
        at = x - half + (2 * half) * column / 5
        canvas.rectangle((at - half * 0.035, base - up, at + half * 0.035, base), fill=255)


def _roof(canvas: ImageDraw.ImageDraw, x: float, base: float, half: float, up: float) -> None:
    """Draw a roof with upturned eaves: `half` its width to each side, `up` its height."""
    steps = [index / 24 for index in range(25)]
    right = [(x + half * (0.52 + 0.48 * t), base - up * (1 - t) ** 1.7 - up * 0.22 * t**6) for t in steps]
    under = [(x + half * (1 - t), base - up * 0.22 * (1 - t) ** 6 + up * 0.1) for t in steps]
    outline = [*right, *under]
    canvas.polygon([*outline, *[(2 * x - px, py) for px, py in reversed(outline)]], fill=255)
    canvas.rectangle((x - half * 0.54, base - up * 1.06, x + half * 0.54, base - up * 0.97), fill=255)
