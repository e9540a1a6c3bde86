"""How large and where people stand on the canvas, worked out before a pixel is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from bot.casting.person import Method, Person
    from bot.casting.placing import Position


@dataclass(frozen=True, slots=True)
class Framing:
    """How a cast of a size is framed: shares of the canvas's height, and of its width for `centres`."""

    head: float
    most: float
    eyes: float
    centres: tuple[float, ...]


FRAMINGS: Final = {
    1: Framing(head=0.36, most=0.56, eyes=0.36, centres=(0.5,)),
    2: Framing(head=0.34, most=0.42, eyes=0.39, centres=(0.28, 0.72)),
    3: Framing(head=0.28, most=0.34, eyes=0.40, centres=(0.185, 0.5, 0.815)),
}
"""Eyes near the upper third line, room for a crown above the head, shoulders inside the frame."""

THIRDS: Final = {"left": 1 / 3, "centre": 1 / 2, "right": 2 / 3}
"""Where somebody alone stands."""

_GROWN: Final = 1.12
"""How much larger than framed heads may be before the eye line goes down instead."""
_LOWEST_EYES: Final = 0.46
"""Share of the canvas's height down to which the eye line may go to keep a hat in or a short reference long enough."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast: the sanitised reference (RGB or RGBA), and where they stand if the words say so."""

    name: str
    picture: Image.Image
    position: Position | None = None

    @classmethod
    def read(cls, name: str, path: Path, position: Position | None = None) -> Part:
        """Read a stored reference.

        Raises:
            OSError: the file is gone or damaged.
        """
        with Image.open(path, formats=("PNG", "WEBP", "JPEG")) as picture:
            return cls(name, picture.convert("RGBA" if picture.has_transparency_data else "RGB"), position)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where somebody came to stand on the canvas; lengths in canvas pixels.

    Attributes:
        method: how the person was found in the reference.
        left: where the reference's left edge lies; may be outside the canvas, as all its edges may.
        top: where the reference's upper edge lies.
        scale: canvas pixels a reference pixel; above 2 the reference is too small.
        head_height: from crown to chin.
        eye_y: the eye line.
        centre_x: the middle of the head.
    """

    name: str
    method: Method
    left: float
    top: float
    scale: float
    head_height: float
    eye_y: float
    centre_x: float


def _placed(part: Part, person: Person, head_height: float, eye_y: float, centre_x: float) -> Placed:
    scale = head_height / person.head.height
    left, top = centre_x - person.head.centre_x * scale, eye_y - person.eye_y * scale
    return Placed(part.name, person.method, left, top, scale, head_height, eye_y, centre_x)


def place_alone(part: Part, person: Person, width: int, height: int) -> Placed:
    """Cover the canvas with the reference where that leaves the head a good size; else bring the head to that size."""
    framing = FRAMINGS[1]
    picture, head = part.picture, person.head.height
    covering = max(width / picture.width, height / picture.height) * head
    long = max(covering, 0.6 * framing.head * height)
    if long > framing.most * height:
        long = framing.head * height
    scale = long / head
    # The reference's own height of the eyes, near the upper third; no empty strip where the reference reaches.
    own = 1.06 * person.eye_y / picture.height  # a little air above what stands on the head
    eye_y, eyes = min(max(own, framing.eyes), _LOWEST_EYES) * height, person.eye_y * scale
    if picture.height * scale >= height:
        eye_y = min(max(eye_y, eyes + height - picture.height * scale), eyes)
    centre_x, centre = THIRDS[part.position or "centre"] * width, person.head.centre_x * scale
    if picture.width * scale >= width:
        centre_x = min(max(centre_x, centre + width - picture.width * scale), centre)
    return _placed(part, person, long, eye_y, centre_x)


def place_together(cast: list[Part], people: list[Person], width: int, height: int) -> list[Placed]:
    """Give everybody the same head height and eye line.

    Where a reference would end above the lower edge, all heads grow a little, then the eye line goes down, then the
    heads grow as far as they may; what is still missing runs on (`_run_on`).
    """
    framing = FRAMINGS[len(cast)]
    shortest = max(
        person.head.height / max(1.0, part.picture.height - person.eye_y)
        for part, person in zip(cast, people, strict=True)
    )
    long = min(max(framing.head, (1 - framing.eyes) * shortest), _GROWN * framing.head) * height
    eye_y = min(max(framing.eyes * height, height - long / shortest), _LOWEST_EYES * height)
    long = min(max(long, (height - eye_y) * shortest), framing.most * height)
    return [
        _placed(part, person, long, eye_y, centre * width)
        for part, person, centre in zip(cast, people, framing.centres, strict=True)
    ]
