"""Whether films and clips can be worked on here and now: are they there, and is it the machine that is in the way."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

from bot.cutting import PART, PlaceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.editing import Plan

MENDABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOTCONN, errno.ESTALE})
"""Errors of disks that are full, locked, or no longer reached: with room, or the mount, all is well again."""

MARK = ".twohander"
"""A file that is put beside clips and films: it stays where those are deleted by hand, and is away with their mount."""

NOTHING = f"there is nothing at all; is it mounted? Where it was emptied on purpose, put a file {MARK} there"


class ClipsGoneError(Exception):
    """Takes of a plan have no clip on disk any more."""

    def __init__(self, job_ids: list[int]) -> None:
        super().__init__(f"the clips of takes {job_ids} are gone")
        self.job_ids = job_ids


class AwayError(OSError):
    """The folder of a file is missing, empty or not to be read: a mount that is away, which takes no file along."""


def is_gone(path: Path) -> bool:
    """Return whether a film or clip is lost. Blocking.

    Raises:
        AwayError: nor is anything else where it was, or nobody can look.
    """
    folder = path.parent
    try:
        there = path.is_file()
        away = not there and _is_bare(folder)
    except OSError as error:
        raise AwayError(error.errno, error.strerror, str(folder)) from error
    if away:
        raise AwayError(errno.ENOENT, NOTHING, str(folder))
    return not there


async def claim(folder: Path, named: Callable[[], Awaitable[bool]], but: tuple[str, ...] = ()) -> None:
    """Make sure that files may be written into a folder, which is made where there is none, and marked.

    Where it is away, they would lie beneath the mount, and all that is on the mount would count as lost.

    Args:
        folder: of clips or films.
        named: tells whether rows name files in it. Asked after the look: rows let a file go before it is deleted.
        but: endings of names that do not count: of what was written just now.

    Raises:
        AwayError: it is missing or empty though rows name files in it, cannot be made, or nobody can look.
    """
    try:
        away = await asyncio.to_thread(_is_bare, folder, but) and await named()
        if not away:
            await asyncio.to_thread(_mark, folder)
    except OSError as error:
        raise AwayError(error.errno, error.strerror, str(folder)) from error
    if away:
        raise AwayError(errno.ENOENT, NOTHING, str(folder))


def _mark(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _is_bare(folder: Path, but: tuple[str, ...] = ()) -> bool:
    return not folder.is_dir() or all(each.name.endswith((PART, *but)) for each in folder.iterdir())


def check(plan: Plan, directory: Path) -> None:
    """Look whether the clips of a plan are there, whose paths are relative to the data directory. Blocking.

    Raises:
        ClipsGoneError: some are not.
        AwayError: as for `is_gone`.
    """
    gone = [take.job_id for take in plan.takes if is_gone(directory / take.path)]
    if gone:
        raise ClipsGoneError(gone)


def mendable(error: BaseException | None) -> OSError | None:
    """Return what is wrong with the machine, not with the work, where that is what `error` comes from."""
    while error is not None:
        if isinstance(error, (AwayError, PlaceError)) or (isinstance(error, OSError) and error.errno in MENDABLE):
            return error
        error = error.__cause__
    return None
