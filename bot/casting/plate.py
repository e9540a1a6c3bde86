"""The plate: what lies behind the people where their references do not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Colour = tuple[int, int, int]
Source = Literal["given", "scene", "borders", "neutral"]

NEUTRAL: Final[Colour] = (112, 108, 104)
"""A warm middle grey, for references with no background of their own and words that name no place."""

_BORDER: Final = 0.05
"""Share of the reference's width that counts as its left or right border."""

_SCENE_SHARE: Final = 0.7
"""How much of the plate is the scene's colour; the rest stays the references' own light."""


_SOFT: Final = 0.08
"""Blur of the border's colours up and down, as a share of the canvas's height: a lamp becomes a glow, no stripe."""

_CLOTHES: Final = 0.75
"""Below the shoulders a border is often sleeve, not background: so much of it is taken from above instead."""


class Spot(Protocol):
    """What the plate needs to know of a reference's place, in canvas pixels (`scale`: a reference pixel's size)."""

    @property
    def top(self) -> float: ...  # noqa: D102  see the class

    @property
    def scale(self) -> float: ...  # noqa: D102  see the class

    @property
    def centre_x(self) -> float: ...  # noqa: D102  see the class

    @property
    def eye_y(self) -> float: ...  # noqa: D102  see the class

    @property
    def head_height(self) -> float: ...  # noqa: D102  see the class


def paint_plate(
    pictures: Sequence[Image.Image],
    placed: Sequence[Spot],
    size: tuple[int, int],
    colour: Colour | None,
    source: Source,
) -> tuple[NDArray[np.float32], Source]:
    """Return the plate as (height, width, 3), floats 0–255, and what its colour came from.

    A given colour or the scene's fills it, a little lighter above. Otherwise the references' own borders run on: each
    row takes the soft colour that the border has there, and between two people one goes over into the other, so that
    sky stays above and ground below.
    """
    width, height = size
    own = _borders(pictures, placed, size)
    if own is None:
        return _gradient(colour or NEUTRAL, width, height), source if colour else "neutral"
    if colour is None:
        return own, source
    if source == "given":
        return _gradient(colour, width, height), source
    own += np.float32(_SCENE_SHARE) * (_gradient(colour, width, height) - own)
    return own, source


def _gradient(colour: Colour, width: int, height: int) -> NDArray[np.float32]:
    shade = np.linspace(1.10, 0.82, height, dtype=np.float32)[:, None, None]
    rows = np.clip(np.array(colour, np.float32) * shade, 0, 255)
    return np.broadcast_to(rows, (height, width, 3)).astype(np.float32)


def _borders(
    pictures: Sequence[Image.Image], placed: Sequence[Spot], size: tuple[int, int]
) -> NDArray[np.float32] | None:
    """Return the colours of the opaque references' borders run on over the canvas, or None where there is none."""
    width, height = size
    columns: list[tuple[float, NDArray[np.float32]]] = []
    for picture, spot in zip(pictures, placed, strict=True):
        if picture.mode != "RGB":
            continue
        edge = max(1.0, picture.width * _BORDER)
        first = _rows(picture, (0, edge), spot, height)
        last = _rows(picture, (picture.width - edge, picture.width), spot, height)
        if len(pictures) == 1:  # alone: the left border runs on to the left, the right one to the right
            columns += [(0.25 * width, first), (0.75 * width, last)]
        else:
            columns.append((spot.centre_x, (first + last) * np.float32(0.5)))
    if not columns:
        return None
    x, at = np.arange(width, dtype=np.float32), [place for place, _ in columns]
    plate = np.zeros((height, width, 3), np.float32)
    for (_, rows), own in zip(columns, np.eye(len(at)), strict=True):
        weight = np.interp(x, at, own).astype(np.float32)
        plate += weight[None, :, None] * rows[:, None, :]
    return plate


def _rows(picture: Image.Image, between: tuple[float, float], spot: Spot, height: int) -> NDArray[np.float32]:
    """Return the soft colour of each canvas row between two columns of the placed reference: (height, 3)."""
    top, bottom = max(0, round(spot.top)), min(height, round(spot.top + picture.height * spot.scale))
    if bottom <= top:
        top, bottom = 0, height
    start = max(0.0, (top - spot.top) / spot.scale)
    end = min(float(picture.height), max(start + 1, (bottom - spot.top) / spot.scale))
    column = picture.resize((1, bottom - top), Image.Resampling.BOX, box=(between[0], start, between[1], end))
    rows = np.pad(np.asarray(column, np.float32)[:, 0], ((top, height - bottom), (0, 0)), mode="edge")
    rows = _soften(rows, max(1, round(height * _SOFT)))
    shoulders = min(height - 1, max(1, round(spot.eye_y + spot.head_height)))
    above = rows[:shoulders].mean(axis=0)
    share = np.clip((np.arange(height, dtype=np.float32) - shoulders) / max(1.0, spot.head_height) + 1, 0, 1)
    return rows + (above * np.float32(0.9) - rows) * (np.float32(_CLOTHES) * share[:, None])


def _soften(rows: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Blur (height, 3) along its first axis: three box means, as good as a Gaussian."""
    size = 2 * radius + 1
    for _ in range(3):
        total = np.cumsum(np.pad(rows, ((radius + 1, radius), (0, 0)), mode="edge"), axis=0, dtype=np.float64)
        rows = ((total[size:] - total[:-size]) / size).astype(np.float32)
    return rows
