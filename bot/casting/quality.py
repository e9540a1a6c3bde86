"""What will suffer because of the reference picture itself, so that the member can send a better one.

Each check says what it can tell and what it cannot; none refuses. Thresholds were set on photographs, on the three
reference pictures of the demo and on spoilt copies of both; `docs/casting.md` has the numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from bot.casting.findings import Warning  # noqa: A004  a casting warning
from bot.casting.person import Box, Person, find_person

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.casting.sanitise import Reference

SMALL_HEAD: Final = 112
"""Pixels from crown to chin; below this a shot at 1280×704 enlarges the head more than twice."""

SMALL_SIDE: Final = 400
"""Shortest side in pixels of a picture in which no head was found."""

SHARPNESS: Final = 0.0035
"""Variance of the Laplacian over the variance of brightness, on a head brought to `HEAD` pixels."""
HEAD: Final = 160

TEXT_SHARE: Final = 0.012
"""Share of the picture that lines of text cover from which they count as heavy."""
TEXT_SIDE: Final = 512
"""The longest side at which text is sought."""


def warnings_for(reference: Reference) -> tuple[Warning, ...]:
    """Return the warnings for a stored reference. Blocking: decodes it and looks for the person."""
    picture = reference.open()
    return inspect(picture, find_person(picture))


def inspect(picture: Image.Image, person: Person) -> tuple[Warning, ...]:
    """Return what will suffer in `picture` (RGB or RGBA), the person in it known."""
    found: list[Warning] = []
    if person.method == "centre":
        found.append(Warning("casting-warning-no-person"))
    if (small := _too_small(picture, person)) is not None:
        found.append(small)
    elif person.method != "centre" and _is_blurred(picture, person):
        found.append(Warning("casting-warning-blurred"))
    if len(person.faces) > 1:
        found.append(Warning("casting-warning-several-faces", {"count": len(person.faces)}))
    if picture.height > picture.width:
        found.append(Warning("casting-warning-portrait"))
    if text_share(picture, person) >= TEXT_SHARE:
        found.append(Warning("casting-warning-text"))
    return tuple(found)


def sharpness(picture: Image.Image, box: Box) -> float:
    """Return how sharp `box` is: about 0.002 when out of focus, above 0.005 when in focus.

    The variance of the Laplacian, divided by the brightness's own variance and taken at one size of the head, so that
    neither contrast nor resolution decides. It cannot tell soft lighting or a smooth drawing without any line from
    blur; a sharp object in front of a blurred face misleads it.
    """
    area = (
        max(0, round(box.left)),
        max(0, round(box.top)),
        min(picture.width, round(box.right)),
        min(picture.height, round(box.bottom)),
    )
    if area[2] - area[0] < 8 or area[3] - area[1] < 8:  # noqa: PLR2004  too little to judge
        return 1.0
    crop = picture.convert("RGB").crop(area).convert("L")
    size = (max(8, round(crop.width * HEAD / crop.height)), HEAD)
    grey = np.asarray(
        crop.resize(size, Image.Resampling.BOX if crop.height > HEAD else Image.Resampling.BICUBIC), float
    )
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(laplacian.var() / max(grey.var(), 25.0))


def text_share(picture: Image.Image, person: Person | None = None) -> float:
    """Return the share of the picture that lines of text cover, 0–1.

    Text is taken for what it looks like from afar: a band, wider than high, of many close, strong changes of
    brightness in both directions, with calm above and below, made of two tones. Handwriting, single characters,
    slanted and vertical lines and letters below about 8 pixels at 512 are not found; the person's head is left out.
    """
    factor = min(1.0, TEXT_SIDE / max(picture.size))
    size = (max(16, round(picture.width * factor)), max(16, round(picture.height * factor)))
    flat = Image.new("RGB", picture.size, (128, 128, 128)) if picture.mode == "RGBA" else picture.convert("RGB")
    if picture.mode == "RGBA":
        flat.paste(picture, mask=picture.getchannel("A"))
    grey = np.asarray(flat.convert("L").resize(size, Image.Resampling.BOX), np.float32)
    busy = _changes(grey)
    if person is not None:
        head = person.head
        busy[
            max(0, int(head.top * factor)) : max(0, int(head.bottom * factor)),
            max(0, int((head.left - head.width * 0.3) * factor)) : max(
                0, int((head.right + head.width * 0.3) * factor)
            ),
        ] = 0
    return _bands(busy) / grey.size


def _too_small(picture: Image.Image, person: Person) -> Warning | None:
    if person.method == "centre":
        return Warning("casting-warning-small") if min(picture.size) < SMALL_SIDE else None
    return Warning("casting-warning-small") if person.head.height < SMALL_HEAD else None


def _is_blurred(picture: Image.Image, person: Person) -> bool:
    box = person.faces[0] if person.faces else person.head
    return sharpness(picture, box) < SHARPNESS


def _changes(grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark where brightness changes strongly, up and down again, at least four times within 24 pixels of a row."""
    step = np.diff(grey, axis=1, append=grey[:, -1:])
    rises, falls = step > 28, step < -28  # noqa: PLR2004  of 255: letters stand out from their ground
    window = 24
    kernel = np.ones(window)

    def count(marks: NDArray[np.bool_]) -> NDArray[np.float32]:
        starts = marks & ~np.roll(marks, 1, axis=1)
        return np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 1, starts.astype(np.float32))

    return (count(rises) >= 3) & (count(falls) >= 3)  # noqa: PLR2004  three strokes


def _bands(busy: NDArray[np.bool_]) -> float:
    """Return the pixels in runs of rows whose longest busy stretch is wide, 5–60 rows high, calm rows around."""
    height, width = busy.shape
    covered = 0.0
    long = np.zeros(height)
    for y in range(height):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], busy[y].astype(np.int8), [0]])))
        if len(edges):
            long[y] = (edges[1::2] - edges[::2]).max()
    is_line = long >= max(40, 0.12 * width)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_line.astype(np.int8), [0]])))
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        if 5 <= bottom - top <= 60:  # noqa: PLR2004  a line of text; higher is a texture
            covered += float(long[top:bottom].sum())
    return covered
