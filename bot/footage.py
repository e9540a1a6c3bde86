"""Whether films and clips can be worked on here and now: are they there, and is it the machine that is in the way."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from bot.cutting import PlaceError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.editing import Plan

MENDABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOTCONN, errno.ESTALE})
"""Errors of disks that are full, locked, or no longer reached: with room, or the mount, all is well again."""


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
        away = not there and not (folder.is_dir() and any(folder.iterdir()))
    except OSError as error:
        raise AwayError(error.errno, error.strerror, str(folder)) from error
    if away:
        raise AwayError(errno.ENOENT, "there is nothing at all; is it mounted?", str(folder))
    return not there


def make_folder(folder: Path) -> None:
    """Make the folder that files are about to be written into, unless it is there. Blocking.

    Raises:
        AwayError: it cannot be made, or nobody can look.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AwayError(error.errno, error.strerror, str(folder)) from error


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
