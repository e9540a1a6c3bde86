"""Drawing in the encoder's own colours: 4:2:0 planes, camera views of a still, patches laid over a frame.

A clip is composed in BT.709 limited-range planes from the start, because half of the work then falls on quarter-size
chroma and no frame is converted. A picture is converted once, and so is everything that lies over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from renderer.protocol import FPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from renderer.animatic.camera import CameraMove
    from renderer.animatic.still import Still

# RGB 0–255 → BT.709 limited range (ITU-R BT.709-6, item 3; 219 and 224 steps), as rows for Image.convert("L", row).
_LUMA = (0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16.0)
_BLUE = (-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.5 * 224 / 255, 128.0)
_RED = (0.5 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255, 128.0)

_MOST_OVERSAMPLING = 2.2  # of the frame's width; beyond it a picture's own detail ends
_MARGIN = 0.01  # of the picture, around what the camera sees, for the resampling filter


class Planes(NamedTuple):
    """One frame: luma `(height, width)`, blue and red difference `(height / 2, width / 2)`, uint8."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]

    @classmethod
    def empty(cls, width: int, height: int) -> Planes:
        """Return planes for a frame of even `width` and `height`, not filled."""
        half = (height // 2, width // 2)
        return cls(np.empty((height, width), np.uint8), np.empty(half, np.uint8), np.empty(half, np.uint8))

    def copy_from(self, other: Planes) -> None:
        """Overwrite these planes with `other`."""
        for mine, theirs in zip(self, other, strict=True):
            mine[...] = theirs

    def mix(self, other: Planes, share: float) -> None:
        """Blend `share` (0–1) of `other` in."""
        weight = round(share * 256)
        for mine, theirs in zip(self, other, strict=True):
            mixed = np.multiply(mine, 256 - weight, dtype=np.uint16)
            mixed += np.multiply(theirs, weight, dtype=np.uint16)
            mixed += 128
            mixed >>= 8
            mine[...] = mixed


def convert(picture: Image.Image) -> tuple[Image.Image, Image.Image, Image.Image]:
    """Return an RGB `picture` of even size as three planes of mode L."""
    half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    return picture.convert("L", _LUMA), half.convert("L", _BLUE), half.convert("L", _RED)


def colour(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return an sRGB colour as Y, U, V."""
    y, u, v = (round(sum(a * b for a, b in zip(row, (*rgb, 1.0), strict=True))) for row in (_LUMA, _BLUE, _RED))
    return y, u, v


class Patch:
    """A part of an RGBA drawing, ready to be laid over frames again and again.

    Args:
        drawing: RGBA, of the frame's size.
        box: left, top, right, bottom in pixels; rounded outwards to even numbers and cut at the drawing's edges.
    """

    def __init__(self, drawing: Image.Image, box: tuple[int, int, int, int]) -> None:
        left, top = max(0, box[0] // 2 * 2), max(0, box[1] // 2 * 2)
        right, bottom = min(drawing.width, -(-box[2] // 2) * 2), min(drawing.height, -(-box[3] // 2) * 2)
        part = drawing.crop((left, top, right, bottom))
        alpha = part.getchannel("A")
        alphas = (alpha, *(alpha.resize((alpha.width // 2, alpha.height // 2), Image.Resampling.BOX),) * 2)
        self._places = tuple(
            (slice(top // step, bottom // step), slice(left // step, right // step)) for step in (1, 2, 2)
        )
        self._keeps: list[NDArray[np.uint16]] = []
        self._adds: list[NDArray[np.uint16]] = []
        for plane, opacity in zip(convert(part.convert("RGB")), alphas, strict=True):
            cover = ((np.asarray(opacity, np.uint32) * 256 + 127) // 255).astype(np.uint16)  # 0–256
            self._keeps.append(256 - cover)
            self._adds.append(np.asarray(plane, np.uint16) * cover + 128)  # 128: to round, not cut off

    def lay_on(self, frame: Planes) -> None:
        """Blend the patch into `frame`."""
        for plane, place, keep, add in zip(frame, self._places, self._keeps, self._adds, strict=True):
            under = plane[place]
            mixed = np.multiply(under, keep, dtype=np.uint16)
            mixed += add
            mixed >>= 8
            under[...] = mixed


class MovingStill:
    """A still as the camera sees it, frame by frame.

    Only the part that the camera ever sees is kept, at the size at which its closest view is as sharp as the frame.

    Args:
        still: the picture.
        move: the camera's way.
        size: the frame's width and height, even.
        frames: how many frames the way takes.
    """

    def __init__(self, still: Still, move: CameraMove, size: tuple[int, int], frames: int) -> None:
        self._size = size
        self._half = (size[0] // 2, size[1] // 2)
        steps = 1 if move.still else frames
        self._views = [move.at(index / max(1, steps - 1), index / FPS) for index in range(steps)]
        edges = [view.edges for view in self._views]
        left, top = (max(0.0, min(edge[side] for edge in edges) - _MARGIN) for side in (0, 1))
        right, bottom = (min(1.0, max(edge[side] for edge in edges) + _MARGIN) for side in (2, 3))
        sharp = min(_MOST_OVERSAMPLING, 1 / min(view.size for view in self._views))
        width, height = (
            max(2, round(extent * length * sharp / 2) * 2)
            for extent, length in ((right - left, size[0]), (bottom - top, size[1]))
        )
        source = still.picture
        seen = source.resize(
            (width, height),
            Image.Resampling.LANCZOS,
            box=(left * source.width, top * source.height, right * source.width, bottom * source.height),
        )
        luma, self._blue, self._red = convert(seen)
        self._luma = _sketched(luma)
        self._origin = (left, top)
        self._scale = (width / (right - left), height / (bottom - top))
        self._drawn: Planes | None = None

    def draw(self, index: int, frame: Planes) -> None:
        """Draw the view of frame `index` (held at the last) over the whole of `frame`."""
        if len(self._views) > 1:
            self._resample(min(index, len(self._views) - 1), frame)
            return
        if self._drawn is None:
            self._drawn = Planes.empty(*self._size)
            self._resample(0, self._drawn)
        frame.copy_from(self._drawn)

    def _resample(self, index: int, frame: Planes) -> None:
        edges = self._views[index].edges
        box = tuple((edges[side] - self._origin[side % 2]) * self._scale[side % 2] for side in range(4))
        for target, plane, size, method, step in (
            (frame.y, self._luma, self._size, Image.Resampling.BICUBIC, 1),
            (frame.u, self._blue, self._half, Image.Resampling.BILINEAR, 2),
            (frame.v, self._red, self._half, Image.Resampling.BILINEAR, 2),
        ):
            target[...] = np.asarray(plane.resize(size, method, box=_within(box, step, plane)))


def _within(box: tuple[float, ...], step: int, plane: Image.Image) -> tuple[float, float, float, float]:
    """Return `box`, given in luma pixels, in `plane`'s pixels and (against rounding) within it."""
    left, top, right, bottom = (edge / step for edge in box)
    return max(0.0, left), max(0.0, top), min(float(plane.width), right), min(float(plane.height), bottom)


def _sketched(luma: Image.Image) -> Image.Image:
    """Return `luma` with its contours drawn darker, as with a pencil: a storyboard's hand, which no render has."""
    soft = luma.filter(ImageFilter.GaussianBlur(max(1.2, luma.width / 900)))
    level = np.asarray(luma, np.float32) - 16
    ratio = np.clip((level + 12) / (np.asarray(soft, np.float32) - 4), 0.35, 1.0)
    return Image.fromarray((level * ratio**1.6 + 16).astype(np.uint8))
