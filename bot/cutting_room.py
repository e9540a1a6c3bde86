"""What is cut when: plans a cut when the takes are there, and has one film at a time made (`bot.finishing`).

It follows the rows: an episode that renders is planned once each shot has a take and none is under way; later, when
other takes are chosen. A plan waits for a quiet period, in which a newer one takes its place; one that is already
being cut is stopped for it. Shots are never rendered for a cut.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from bot import editing, footage
from bot.cutting import CannotFitError
from bot.finishing import Finishing
from bot.footage import ClipsGoneError
from db import bulletins, cuts, episodes, leftovers
from db.cuts import CutStatus, StaleCutError
from db.disk import DiskUnusable
from db.models import Status
from db.writing import EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosqlite import Connection

    from bot.config import Config
    from bot.end_credits import NameOf
    from bot.finishing import Limit
    from db.connection import Database
    from db.cuts import CutRow, Piece
    from db.models import Job, Shot
    from renderer.protocol import Progress

log = logging.getLogger(__name__)

FOLLOWED = (EpisodeStatus.RENDERING, EpisodeStatus.CUTTING, EpisodeStatus.POSTED)
"""Statuses in which a newly chosen take means a new cut."""

PAUSES_S = (30.0, 60.0, 180.0, 600.0)
"""Before a cut is tried again that the machine does not let be made."""


class CuttingRoom:
    """Plans cuts and has them made.

    Args:
        database: the plans.
        config: limits, and where films go.
        patient: wait until a full disk has room, or a folder is back, however long; else `run` ends with its OSError.
    """

    def __init__(self, database: Database, config: Config, *, patient: bool = True) -> None:
        self._database = database
        self._config = config
        self._patient = patient
        self._trouble = 0
        self._listeners: list[Callable[[], None]] = []
        self._shots: set[int] = set()
        self._episodes: set[int] = set()
        self._news = asyncio.Event()
        self._planned = asyncio.Event()
        self._cutting: tuple[int, asyncio.Task[tuple[list[Piece], float]]] | None = None

    def listen(self, listener: Callable[[], None]) -> None:
        """Let `listener` hear of every change of an episode or a cut; the rows are committed."""
        self._listeners.append(listener)

    def changed(self, episode_id: int) -> None:
        """Look at the episode again."""
        self._episodes.add(episode_id)
        self._news.set()

    def choice_changed(self, shot_id: int) -> None:
        """Another take of the shot may be the chosen one now."""
        self._shots.add(shot_id)
        self._news.set()

    def job_changed(self, job: Job) -> None:
        """A take has moved: it may have been the last one that was missing."""
        if job.status not in {Status.QUEUED, Status.RENDERING}:
            self.choice_changed(job.shot_id)

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Nothing: a step makes no take."""

    async def recover(self) -> None:
        """Bring what an earlier run left behind to where it can go on. Call once, before `run`."""
        reader = self._database.reading()
        for row in await cuts.with_status(reader, CutStatus.CUTTING):
            log.info("[cut %d] was being cut when the bot stopped", row.id)
            await self._again_or_fail(row)
        for status in FOLLOWED:
            self._episodes.update(await episodes.with_status(reader, status))

    async def run(self, limit: Limit, name_of: NameOf | None = None) -> None:
        """Plan and cut until cancelled.

        Args:
            limit: tells how many bytes a file in a channel may have.
            name_of: tells members' names for the end card; None: nobody is named there.
        """
        finishing = Finishing(self._database, self._config, limit, name_of)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._work(finishing))

    async def _follow(self) -> None:
        while True:
            self._news.clear()
            changed, self._episodes = self._episodes, set()
            shots, self._shots = self._shots, set()
            for shot_id in shots:
                holding = await episodes.holding(self._database.reading(), shot_id)
                if holding is not None:
                    changed.add(holding.id)
            for episode_id in changed:
                try:
                    await self._plan(episode_id)
                except DiskUnusable:
                    raise
                except Exception:  # one episode that cannot be planned must not hold up the others
                    log.exception("[episode %d] could not be planned", episode_id)
            if changed:
                await self._stop_stale()
                self._planned.set()
                self._tell()
            if not self._news.is_set():
                await self._news.wait()

    async def _plan(self, episode_id: int) -> None:
        wanted = await self._database.record(lambda writer: self._want(writer, episode_id))
        if wanted is not None:
            takes = editing.loaded(wanted.plan).job_ids
            log.info("[episode %d] cut %d is planned: takes %s", episode_id, wanted.id, takes)

    async def _want(self, writer: Connection, episode_id: int) -> CutRow | None:
        """Return the cut that the episode is to have, unless it has it."""
        try:
            episode = await episodes.get(writer, episode_id)
        except LookupError:
            return None
        if episode.status not in FOLLOWED:
            return None
        plan = await editing.planned(writer, episode, settled=True)
        if plan is None:
            return None
        newest = await cuts.newest(writer, episode_id)
        first = episode.status is EpisodeStatus.RENDERING
        if not first and newest is not None and editing.loaded(newest.plan).job_ids == plan.job_ids:
            return None
        text, digest = plan.dumped()
        wanted = await cuts.want(
            writer, episode_id, plan=text, plan_hash=digest, not_before=time.time() + self._config.episodes.quiet_s
        )
        after = EpisodeStatus.POSTED if wanted.status is CutStatus.POSTED else EpisodeStatus.CUTTING
        await episodes.move_on(writer, episode_id, FOLLOWED, after)
        return wanted

    async def _stop_stale(self) -> None:
        """Stop a cut whose row became STALE while it was made."""
        if self._cutting is None:
            return
        cut_id, task = self._cutting
        try:
            stale = (await cuts.get(self._database.reading(), cut_id)).status is not CutStatus.CUTTING
        except LookupError:  # its episode was removed
            stale = True
        if stale:
            task.cancel()

    async def _work(self, finishing: Finishing) -> None:
        while True:
            self._planned.clear()
            waiting = await cuts.with_status(self._database.reading(), CutStatus.QUEUED)
            pause = waiting[0].not_before - time.time() if waiting else None
            if pause is not None and pause <= 0:
                await self._cut(waiting[0], finishing)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._planned.wait()

    async def _cut(self, row: CutRow, finishing: Finishing) -> None:
        try:
            row = await self._database.record(partial(cuts.start, cut_id=row.id))
        except StaleCutError as error:
            log.info("%s", error)
            return
        log.info("[cut %d] cutting, attempt %d", row.id, row.attempts)
        self._tell()
        task = asyncio.create_task(finishing.make(row))
        self._cutting = (row.id, task)
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task])
            await self._release(row)
            raise
        finally:
            self._cutting = None
        if task.cancelled():
            log.info("[cut %d] stopped: there is a newer plan", row.id)
        elif (error := task.exception()) is not None:
            await self._failed(row, error)
        else:
            self._trouble = 0
            await self._finish(row, *task.result())
        self._tell()

    async def _finish(self, row: CutRow, pieces: list[Piece], seconds: float) -> None:
        async def finish(writer: Connection) -> None:
            await cuts.finished(writer, row.id, pieces=pieces, seconds=seconds)
            for part in range(1, len(pieces) + 1):
                await bulletins.owe(writer, row.episode_id, "cut", cut_id=row.id, part=part)

        try:
            await self._database.record(finish)
        except StaleCutError as error:
            log.info("%s", error)
        else:
            log.info("[cut %d] %.1f s in %d parts", row.id, seconds, len(pieces))

    async def _failed(self, row: CutRow, error: BaseException) -> None:
        """Fail a cut whose error would be the same the next time; else try again, later where waiting mends it."""
        if (fault := footage.mendable(error)) is not None:
            await self._postpone(row, fault)
            return
        log.error("[cut %d] failed", row.id, exc_info=error)
        match error:
            case ClipsGoneError():
                # So that they are rendered again, or another take stands for their shots.
                await self._database.record(partial(leftovers.mark_swept, job_ids=error.job_ids))
                await self._fail(row, "failure-cut-takes")
                self.changed(row.episode_id)  # ends: each such round writes a take off
            case CannotFitError():
                await self._fail(row, "failure-cut-clip")
            case _:
                await self._again_or_fail(row)

    async def _fail(self, row: CutRow, failure: str) -> None:
        async def fail(writer: Connection) -> None:
            await cuts.fail(writer, row.id, failure)
            await bulletins.owe(writer, row.episode_id, "note", cut_id=row.id)

        with suppress(StaleCutError):
            await self._database.record(fail)

    async def _again_or_fail(self, row: CutRow) -> None:
        """Queue the cut again, or fail it when it was tried often enough."""
        if row.attempts >= self._config.episodes.cut_attempts:
            await self._fail(row, "failure-cut")
            return
        with suppress(StaleCutError):
            await self._database.record(partial(cuts.requeue, cut_id=row.id))

    async def _postpone(self, row: CutRow, fault: OSError) -> None:
        """Queue the cut for later as if it had not been begun: the machine lets none be made.

        Raises:
            OSError: that fault, where nobody waits for its end.
        """
        if not self._patient:
            await self._release(row)
            raise fault
        pause = PAUSES_S[min(self._trouble, len(PAUSES_S) - 1)]
        self._trouble += 1
        log.error("[cut %d] cannot be made now, it is tried again in %.0f s: %s", row.id, pause, fault)
        later = partial(cuts.postpone, cut_id=row.id, not_before=time.time() + pause, why="production-cut-waits")
        with suppress(StaleCutError):
            await self._database.record(later)

    async def _release(self, row: CutRow) -> None:
        """Queue the cut again as if it had not been begun: that the bot is told to stop is not its fault."""
        try:
            async with self._database.writing() as writer:
                await cuts.release(writer, row.id)
        except StaleCutError as error:
            log.info("%s", error)
        except (sqlite3.Error, DiskUnusable) as error:  # the next start finds it; why the bot stops must not be hidden
            log.error("[cut %d] could not be released: %s", row.id, error)  # noqa: TRY400 - there is no more to it

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
