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
    from db.models import Character

    Standing = tuple[Character, casting.Position]

log = logging.getLogger(__name__)

REMEMBERED = 500
"""Composed pictures that are not composed again: the shots of a scene mostly share theirs."""


class Pinning:
    """Makes pinned pictures in the data directory `directory`, which their paths are relative to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # By what a picture is made of; references are named by what they hold, and the same input gives the same bytes.
        self._made: dict[object, Path] = {}

    def make(self, prepared: Prepared) -> list[ShotPin]:
        """Compose and store the pinned pictures of a shot. Blocking: runs in a thread.

        Several characters share one picture at frame 0; staggered, each has a frame of their own.

        Raises:
            Refused: a character's picture is gone.
        """
        plate = casting.scene_colour(prepared.order.words)
        groups: dict[int, list[Standing]] = {}
        for frame, who, side in zip(prepared.pin_frames, prepared.cast, prepared.sides, strict=True):
            groups.setdefault(frame, []).append((who, side))
        pins: list[ShotPin] = []
        for frame, group in sorted(groups.items()):
            path = self._picture(group, prepared.size, plate)
            pins.append(ShotPin(frame, path.relative_to(self._directory).as_posix()))
        return pins

    def _picture(self, group: list[Standing], size: tuple[int, int], plate: tuple[int, int, int] | None) -> Path:
        key = (tuple((who.picture_path, side) for who, side in group), size, plate)
        path = self._made.get(key)
        if path is None or not path.is_file():
            composed = casting.compose([self._part(who, side) for who, side in group], *size, plate=plate)
            path = casting.store(composed, self._directory / "pins")
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            self._made[key] = path
        return path

    def _part(self, who: Character, side: casting.Position) -> casting.Part:
        try:
            return casting.Part.read(who.name, self._directory / who.picture_path, side)
        except OSError as error:
            log.error("picture of character %d: %s", who.id, error)  # noqa: TRY400 - the sentence says it all
            raise Refused("refused-picture-gone", name=who.name) from error


def are_there(pins: Sequence[ShotPin], directory: Path) -> bool:
    """Return whether the pictures lie in the data `directory`. Blocking."""
    return all((directory / pin.path).is_file() for pin in pins)
