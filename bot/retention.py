"""Throws away what nothing needs any more: at the start, and daily.

The rows go first: one says that its file may go, and what no row names goes then. So a kill at any moment loses nothing
that is needed, and the next sweep finishes. Only in the published folder, where not everything is ours, a file goes
before its row. Files that a row might name at this very moment are looked at inside a transaction.
"""

from __future__ import annotations

import asyncio
import logging
import math
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.editing import EPISODE_FOLDER
from bot.footage import MARK
from bot.publishing import unpublish
from db import leftovers, links
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from pathlib import Path

    from aiosqlite import Connection

    from bot.config import Config
    from db.connection import Database
    from db.models import Job

log = logging.getLogger(__name__)

DAY_S = 86_400.0

AGAIN_S = 300.0
"""Before another sweep where the disk took no writes: with a little room, sweeping is what makes more."""

SWEPT = ".swept"
"""Ending of a folder that is being deleted: whoever needs it meanwhile makes a new one."""


class Retention:
    """Keeps the data folder from growing for ever.

    Args:
        database: says what is needed.
        config: for how long things are kept, and where they are.
    """

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._directory = config.directory
        self._rules = config.retention

    async def run(self) -> None:
        """Sweep now, and then daily, until cancelled; where the disk takes no writes, again after minutes."""
        while True:
            whole = await self.sweep(time.time())
            await asyncio.sleep(DAY_S if whole else AGAIN_S)

    async def sweep(self, now: float) -> bool:
        """Throw away what is too old at `now` (Unix seconds). What cannot be deleted is left to the next sweep.

        Returns:
            Whether the disk took all that was to be written down.
        """
        gone, whole = 0, True
        for step in (self._takes, self._shots, self._pins, self._links, self._cuts, self._previews):
            try:
                gone += await step(now)
            except DiskUnusable as error:
                whole = False
                log.warning("what is old is thrown away later: %s", error)
            except Exception:  # what is broken here must end neither the rest nor the bot
                log.exception("not everything that is old could be thrown away")
        if gone:
            log.info("threw away %d files", gone)
        return whole

    async def _takes(self, now: float) -> int:
        return await self._clips(now, self._rules.takes_days, leftovers.sweep_takes)

    async def _shots(self, now: float) -> int:
        return await self._clips(now, self._rules.shots_days, leftovers.sweep_shots)

    async def _clips(self, now: float, days: int, sweep: Callable[[Connection, float], Awaitable[list[Job]]]) -> int:
        if not days:
            return 0
        before = now - days * DAY_S
        async with self._database.writing() as writer:
            for job in await sweep(writer, before):
                log.info("[job %d] its clip is not needed and goes", job.id)
        clips = await asyncio.to_thread(_old, self._directory / "clips", before)
        async with self._database.writing() as writer:
            return await asyncio.to_thread(_delete, self._unnamed(clips, await leftovers.clips(writer)))

    async def _pins(self, now: float) -> int:
        if not self._rules.takes_days:
            return 0
        before = now - self._rules.takes_days * DAY_S
        pins = await asyncio.to_thread(_old, self._directory / "pins", before)
        # Whoever queues a shot looks whether its pins are there, in a transaction as well.
        async with self._database.writing() as writer:
            return await asyncio.to_thread(_delete, self._unnamed(pins, await leftovers.pins(writer, before)))

    async def _links(self, now: float) -> int:
        if not self._rules.films_days:
            return 0
        gone = 0
        async with self._database.writing() as writer:
            for link in await links.idle(writer, now, now - self._rules.films_days * DAY_S):
                try:
                    await asyncio.to_thread(unpublish, link)
                except OSError as error:  # perhaps it is only not mounted today
                    log.warning("%s is still published: %s", link.name, error)
                else:
                    await links.forget(writer, link)
                    gone += 1
        return gone

    async def _previews(self, now: float) -> int:
        """Delete what a kill left of previews: each lasts minutes, and keeps nothing."""
        left = await asyncio.to_thread(_entries, self._directory / "previews", now - DAY_S)
        await asyncio.to_thread(_clear, left)
        return len(left)

    async def _cuts(self, now: float) -> int:
        before = now - self._rules.films_days * DAY_S if self._rules.films_days else None
        idle = now - self._rules.work_days * DAY_S if self._rules.work_days else None
        if before is not None:
            async with self._database.writing() as writer:
                await leftovers.forget_films(writer, before)
        gone = 0
        for folder in await asyncio.to_thread(_entries, self._directory / "cuts"):
            number = folder.name.removeprefix(EPISODE_FOLDER)
            if not number.isdecimal():
                continue
            episode_id = int(number)
            films = [] if before is None else await asyncio.to_thread(_old, folder, before)
            swept = folder / f"work{SWEPT}"
            # No cut of the episode begins meanwhile: that, too, is a transaction.
            async with self._database.writing() as writer:
                last = await leftovers.last_cut(writer, episode_id)
                if not math.isinf(last):
                    kept = await leftovers.films(writer, episode_id)
                    gone += await asyncio.to_thread(_delete, self._unnamed(films, kept))
                if idle is not None and last < idle:
                    await asyncio.to_thread(_put_aside, folder / "work", swept)
                    await asyncio.to_thread(_remove_empty, folder)
            await asyncio.to_thread(_clear, [swept])
        return gone

    def _unnamed(self, paths: Iterable[Path], kept: Collection[str]) -> list[Path]:
        return [path for path in paths if path.relative_to(self._directory).as_posix() not in kept]


def _entries(folder: Path, before: float = math.inf) -> list[Path]:
    """Return what lies in a folder, and was last changed before `before` (Unix seconds)."""
    found: list[Path] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # it was renamed just now
            if path.stat().st_mtime < before:
                found.append(path)
    return found


def _old(folder: Path, before: float) -> list[Path]:
    return [path for path in _entries(folder, before) if path.is_file() and path.name != MARK]


def _delete(files: Iterable[Path]) -> int:
    gone = 0
    for path in files:
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _put_aside(folder: Path, swept: Path) -> None:
    """Rename a folder, so that it can be deleted at leisure."""
    if folder.is_dir():
        _clear([swept])  # of a sweep that was killed
        folder.rename(swept)


def _clear(folders: Iterable[Path]) -> None:
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()
