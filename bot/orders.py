"""What a member asks for, and what becomes of it on the way to the queue: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.casting import Position
    from bot.guards import Report
    from bot.styles import ChosenStyle
    from db.models import Character, Job, Shot

Quality = Literal["preview", "full"]
Seconds = Literal[5, 8, 10, 15]

SIZES: dict[Quality, tuple[int, int]] = {"preview": (960, 544), "full": (1280, 704)}
"""Delivered width and height, in pixels."""

FRAMES: dict[Seconds, int] = {5: 121, 8: 193, 10: 241, 15: 361}
"""Rendered frames at 24 a second, 8k+1."""

MAX_CAST = 3
SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class ShotOrder:
    """A shot as a member asks for it; None leaves a choice to the configuration.

    Attributes:
        locale: the guild's, as Discord gives it.
        keep: soft rules of the guards that the member overrode with "use my words".
        repaired: the text after a repair that the member chose; empty where the words stand as they are.
        parts: the texts of the shots into which the member split it; empty for one shot.
        scene: words that every shot of its scene shares; they stand in the prompt only.
        style: the episode's style, likewise.
        style_lora: a name on the operator's list of style LoRAs, or empty.
        remembered: whether people stand as in the channel's last shot where the words do not say. An episode's shot is
            made of what is written and of nothing else: else another shot would change it.
    """

    guild_id: int
    channel_id: int
    member_id: int
    locale: str
    words: str
    cast: tuple[str, ...] = ()
    seconds: Seconds | None = None
    quality: Quality | None = None
    seed: int | None = None
    lora_strength: float | None = None
    pin_strength: float | None = None
    staggered: bool = False
    keep: tuple[str, ...] = ()
    repaired: str = ""
    parts: tuple[str, ...] = ()
    scene: str = ""
    style: str = ""
    style_lora: str = ""
    remembered: bool = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shot that the guards have seen, ready to be queued. `cast` runs from left to right, `sides` beside it."""

    order: ShotOrder
    cast: tuple[Character, ...]
    sides: tuple[Position, ...]
    report: Report
    frames: int
    size: tuple[int, int]
    pin_frames: tuple[int, ...]
    style: ChosenStyle


@dataclass(frozen=True, slots=True)
class Accepted:
    """A queued shot: its rows are committed."""

    shot: Shot
    job: Job
    report: Report
    place: int
    eta_s: float
