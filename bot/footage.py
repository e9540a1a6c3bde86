"""Whether a film can be cut here and now: are its clips there, and is it the machine that is in the way."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

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


class ClipsAwayError(FileNotFoundError):
    """The folder of a plan's clips is missing or empty: a mount that is away, which takes no take along."""


def check(plan: Plan, directory: Path) -> None:
    """Look whether the clips of a plan are there, whose paths are relative to the data directory.

    Raises:
        ClipsGoneError: some are not.
        ClipsAwayError: nor is anything else where they were.
    """
    paths = {take.job_id: directory / take.path for take in plan.takes}
    gone = {job_id: path for job_id, path in paths.items() if not path.is_file()}
    for folder in {path.parent for path in gone.values()}:
        if not folder.is_dir() or not any(folder.iterdir()):
            raise ClipsAwayError(errno.ENOENT, "no clips at all; is it mounted?", str(folder))
    if gone:
        raise ClipsGoneError(list(gone))


def mendable(error: BaseException | None) -> OSError | None:
    """Return what is wrong with the machine, not with the cut, where that is what `error` comes from."""
    while error is not None:
        if isinstance(error, ClipsAwayError) or (isinstance(error, OSError) and error.errno in MENDABLE):
            return error
        error = error.__cause__
    return None
