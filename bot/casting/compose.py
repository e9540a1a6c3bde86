"""The pinned picture: one, two or three people on one landscape canvas, never stretched.

Alone, a person keeps the reference's own framing as far as the canvas allows. Together, they are cut to the same head
height and eye line (otherwise the model takes the smaller one for a child or for someone far away) and set side by
side on one plate, so that the picture is one place and no split screen.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from bot.casting.findings import Warning  # noqa: A004  a casting warning
from bot.casting.framing import Part, Placed, place_alone, place_together
from bot.casting.person import Method, find_person
from bot.casting.plate import Colour, Source, paint_plate
from bot.casting.scene import scene_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST: Final = 3
"""People in one frame; the model's upper limit."""

FOUND: Final[dict[Method, str]] = {
    "face": "casting-found-face",
    "alpha": "casting-found-alpha",
    "centre": "casting-found-centre",
}
"""The sentence that says how the person was found in a reference."""

SHARPEST: Final = 2.0
"""Enlargement up to which a reference stays sharp enough."""


# Around each person, in head heights from the middle of the face: kept whole, then faded out into the plate.
_KEPT: Final = 1.15
_FADED: Final = 1.85
_CROWN: Final = 0.56
"""Head heights from the eyes up to the crown."""
_FEATHER: Final = 0.28
"""Head heights over which an edge inside the canvas is faded."""
_FEATHER_CUT: Final = 0.05
"""The same for a cut-out, whose own edge is the outline."""


@dataclass(frozen=True, slots=True)
class CompositeReport:
    """What was done, from left to right, what the plate's colour came from, and what the member should know."""

    placed: tuple[Placed, ...]
    plate: Source
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class Composite:
    """The picture to pin: a PNG of the asked size."""

    data: bytes
    width: int
    height: int
    report: CompositeReport


def compose(
    cast: Sequence[Part], width: int, height: int, *, scene: str = "", plate: Colour | None = None
) -> Composite:
    """Return one landscape picture of `cast`, in the order of their positions, else from left to right as given.

    Args:
        cast: one to three parts.
        width: of the clip as delivered, in pixels.
        height: of the clip as delivered, in pixels.
        scene: words that may name a place, a time or a light; they colour the plate.
        plate: a colour for the plate instead, 0–255 each.

    The same input gives the same bytes. Blocking; takes a tenth of a second a person at 1280×704.

    Raises:
        ValueError: no or more than three parts, or a size without area.
    """
    if not 1 <= len(cast) <= MOST:
        raise ValueError(f"a composite holds one to {MOST} people, not {len(cast)}")
    if width < 1 or height < 1:
        raise ValueError(f"no canvas is {width}×{height}")
    ordered = _left_to_right(cast)
    people = [find_person(part.picture) for part in ordered]
    if len(ordered) == 1:
        placed = [place_alone(ordered[0], people[0], width, height)]
    else:
        placed = place_together(ordered, people, width, height)
    colour = plate or scene_colour(scene)
    source: Source = "given" if plate else "scene" if colour else "borders"
    pixels, source = paint_plate([p.picture for p in ordered], placed, (width, height), colour, source)
    for i, (part, place) in enumerate(zip(ordered, placed, strict=True)):
        neighbours = (placed[i - 1] if i else None, placed[i + 1] if i + 1 < len(placed) else None)
        _lay(pixels, part.picture, place, neighbours)
    report = CompositeReport(tuple(placed), source, tuple(_warnings(placed)))
    return Composite(_png(pixels), width, height, report)


def preview(reference: Image.Image, name: str = "", width: int = 960, height: int = 544) -> Composite:
    """Return how somebody alone will be framed, for `/character show`; as `compose` of that one."""
    return compose([Part(name, reference)], width, height)


def _left_to_right(cast: Sequence[Part]) -> list[Part]:
    rank = {"left": 0, "centre": 1, None: 1, "right": 2}
    return sorted(cast, key=lambda part: rank[part.position])


def _lay(
    canvas: NDArray[np.float32],
    picture: Image.Image,
    place: Placed,
    neighbours: tuple[Placed | None, Placed | None],
) -> None:
    """Blend `picture` onto `canvas` (height, width, 3; floats 0–255) in place."""
    height, width = canvas.shape[:2]
    left, top = max(0, int(np.ceil(place.left))), max(0, int(np.ceil(place.top)))
    right = min(width, int(np.floor(place.left + picture.width * place.scale)))
    bottom = min(height, int(np.floor(place.top + picture.height * place.scale)))
    if right <= left or bottom <= top:
        return
    source = (
        max(0.0, (left - place.left) / place.scale),
        max(0.0, (top - place.top) / place.scale),
        min(float(picture.width), (right - place.left) / place.scale),
        min(float(picture.height), (bottom - place.top) / place.scale),
    )
    piece = picture.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box=source)
    feather = max(2.0, (_FEATHER if picture.mode == "RGB" else _FEATHER_CUT) * place.head_height)
    x = np.arange(left, right, dtype=np.float32) + 0.5
    y = np.arange(top, bottom, dtype=np.float32) + 0.5
    across: NDArray[np.float32] = np.ones_like(x)
    down: NDArray[np.float32] = np.ones_like(y)
    if left > 0:
        across *= _rise(x - left, feather)
    if right < width:
        across *= _rise(right - x, feather)
    if any(neighbours) and picture.mode != "RGBA":
        across *= _window(x, place, neighbours, feather)
    if top > 0:
        crown = place.eye_y - _CROWN * place.head_height
        above = min(feather, max(2.0, crown - top))  # the hair is not faded
        end = min(bottom, top + int(above))
        _blend(canvas[:end, left:right], _run_on(piece, 0, end), across[None, :])
        down *= _rise(y - top, above)
    if bottom < height:
        start = max(top, bottom - int(feather))
        _blend(canvas[start:, left:right], _run_on(piece, 1, height - start), across[None, :])
        down *= _rise(bottom - y, feather)
    _blend(canvas[top:bottom, left:right], piece, down[:, None] * across[None, :])


def _blend(area: NDArray[np.float32], piece: Image.Image, cover: NDArray[np.float32]) -> None:
    """Lay `piece` over `area` as far as `cover` and its own alpha go."""
    if piece.mode == "RGBA":
        cover = np.asarray(cover * np.asarray(piece.getchannel("A")) / 255, np.float32)
    area += (np.asarray(piece.convert("RGB"), np.float32) - area) * cover[..., None]


def _run_on(piece: Image.Image, end: int, rows: int) -> Image.Image:
    """Let a reference that ends inside the canvas run on from its first (`end` 0) or last (1) rows, softened.

    Sky stays sky, and a robe goes on down, so that no bust floats.
    """
    few = max(1, round(piece.height * 0.03))
    first = end * (piece.height - few)
    line = piece.crop((0, first, piece.width, first + few)).resize((max(2, piece.width // 80), 1))
    return line.resize((piece.width, rows), Image.Resampling.BICUBIC)


def _window(
    x: NDArray[np.float32], place: Placed, neighbours: tuple[Placed | None, Placed | None], feather: float
) -> NDArray[np.float32]:
    """Return how much of an opaque reference is kept at each column: whole around the person, nothing far off.

    Towards a neighbour the fade lies around the middle between the two, so that neither veils the other.
    """
    cover = np.ones_like(x)
    for sign, neighbour in ((-1, neighbours[0]), (1, neighbours[1])):
        kept, faded = _KEPT * place.head_height, _FADED * place.head_height
        if neighbour is not None:
            half = abs(neighbour.centre_x - place.centre_x) / 2
            faded = min(faded, half + feather)
            kept = min(kept, half - feather)
        cover *= _rise(faded - sign * (x - place.centre_x), max(1.0, faded - kept))
    return cover


def _rise(distance: NDArray[np.float32], over: float) -> NDArray[np.float32]:
    """Return the smooth step from 0 at `distance` 0 to 1 at `over`."""
    t = np.clip(distance / over, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _warnings(placed: list[Placed]) -> list[Warning]:
    found: list[Warning] = []
    for place in placed:
        if place.scale > SHARPEST:
            found.append(Warning("casting-warning-enlarged", {"name": place.name, "times": round(place.scale, 1)}))
        if place.method == "centre":
            found.append(Warning("casting-warning-guessed", {"name": place.name}))
    return found


def _png(pixels: NDArray[np.float32]) -> bytes:
    file = io.BytesIO()
    Image.fromarray((pixels.clip(0, 255) + 0.5).astype(np.uint8), "RGB").save(file, "PNG", compress_level=3)
    return file.getvalue()
