"""The disk beneath the data directory: which errors are its fault, and how one waits for it.

A full disk, a spent quota, a file system that became read-only: none of that is the program's fault, and all of it
passes. Who only tries is told so (`DiskUnusable`); who has something to write down that has happened waits.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Before a write is tried again; the last holds for ever."""

TELL_AGAIN_S = 60.0

SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
"""Primary result codes: `sqlite_errorcode`'s low byte (https://sqlite.org/rescode.html). A spent quota is IOERR."""

FILES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class DiskUnusable(Exception):
    """The disk takes no writes. What was tried is undone whole. The text, for the log, says which disk and why."""


def fault(error: BaseException) -> str | None:
    """Return what is wrong with the disk, where that is why `error` was raised; None: it is something else."""
    match error:
        case sqlite3.Error():
            # Python's own complaints (a wrong parameter, a closed connection) have no code.
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
            # The file was moved or deleted while it is open: no waiting mends that.
            if code & 0xFF in SQLITE and code != sqlite3.SQLITE_READONLY_DBMOVED:
                return f"{error} ({error.sqlite_errorname})"
        case OSError() if error.errno in FILES:
            return os.strerror(error.errno)
        case _:
            pass
    return None


class Disk:
    """Tells the operator of the disk's troubles, and lets others wait for their end.

    Args:
        directory: lies on it.
        patient: whether anybody waits; else who would wait gets the error.
    """

    def __init__(self, directory: Path, *, patient: bool = True) -> None:
        self._directory = directory
        self._told: dict[str, float] = {}
        self._hurry = asyncio.Event()
        if not patient:
            self.hurry()

    def hurry(self) -> None:
        """Have nobody wait any more, from now on: the bot stops."""
        self._hurry.set()

    async def refuses(self, why: str) -> DiskUnusable:
        """Return the error that says so, and log it: at once, and from time to time for as long as that goes on."""
        where = await asyncio.to_thread(_described, self._directory)
        now = time.monotonic()
        if why not in self._told or now - self._told[why] >= TELL_AGAIN_S:
            self._told[why] = now
            log.error("nothing can be written to %s: %s", where, why)
        return DiskUnusable(f"{where}: {why}")

    async def wait(self, error: DiskUnusable, tries: int) -> None:
        """Wait before another try, the longer the more `tries` there were.

        Raises:
            DiskUnusable: `error`, where nobody waits.
        """
        if self._hurry.is_set():
            raise error
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSES_S[min(tries, len(PAUSES_S) - 1)]):
                await self._hurry.wait()


def _described(directory: Path) -> str:
    """Return which file system a directory is on, and how much is free there. Blocking."""
    path = directory.absolute()
    try:
        mount = next(each for each in (path, *path.parents) if each.is_mount())
        found = os.statvfs(path)
    except OSError as error:
        return f"{path} ({error.strerror})"
    free, size = (blocks * found.f_frsize / 1e9 for blocks in (found.f_bavail, found.f_blocks))
    state = ", read-only" if found.f_flag & os.ST_RDONLY else ""
    return f"{path} on the file system {mount} ({free:.3f} of {size:.3f} GB free{state})"
