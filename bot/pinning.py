"""The pictures that are pinned in a shot: composed of its cast's references, and stored."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot import casting
from bot.refusal import Refused
from db.models import ShotPin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.orders import Prepared

log = logging.getLogger(__name__)


def make_pins(prepared: Prepared, directory: Path) -> list[ShotPin]:
    """Compose and store the pinned pictures. Blocking: runs in a thread.

    Several characters share one picture at frame 0; staggered, each has a frame of their own.

    Args:
        prepared: the shot.
        directory: the data directory, which paths are relative to.

    Raises:
        Refused: a character's picture is gone.
    """
    if not prepared.cast:
        return []
    parts: list[casting.Part] = []
    for character, side in zip(prepared.cast, prepared.sides, strict=True):
        try:
            parts.append(casting.Part.read(character.name, directory / character.picture_path, side))
        except OSError as error:
            log.error("picture of character %d: %s", character.id, error)  # noqa: TRY400 - the sentence says it all
            raise Refused("refused-picture-gone", name=character.name) from error
    groups: dict[int, list[casting.Part]] = {}
    for frame, part in zip(prepared.pin_frames, parts, strict=True):
        groups.setdefault(frame, []).append(part)
    pins: list[ShotPin] = []
    for frame, group in sorted(groups.items()):
        picture = casting.compose(group, *prepared.size, scene=prepared.order.words)
        path = casting.store(picture, directory / "pins")
        pins.append(ShotPin(frame, path.relative_to(directory).as_posix()))
    return pins


def are_there(pins: Sequence[ShotPin], directory: Path) -> bool:
    """Return whether the pictures lie in the data `directory`. Blocking."""
    return all((directory / pin.path).is_file() for pin in pins)
