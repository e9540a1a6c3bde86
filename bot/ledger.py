"""Writes down what becomes of jobs, and tells whoever listens: the row first, then the word.

Each entry is one checked move (`db.jobs`) in a transaction of its own. Where somebody else has moved the row meanwhile,
as a member's cancel does, the entry is not made, nobody is told, and the caller gets None. While the disk takes no
writes, an entry waits; it raises DiskUnusable where nobody does (`Database.record`).
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Protocol

from db import jobs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.dailies import Look
    from db.connection import Database
    from db.models import Job, Shot
    from renderer import protocol

log = logging.getLogger(__name__)

SEED_BITS = 32


class Listener(Protocol):
    """Who wants to hear of the work: the outbox, or the command line."""

    def job_changed(self, job: Job) -> None:
        """A job has moved; its row is committed."""
        ...

    def job_progress(self, job: Job, shot: Shot, progress: protocol.Progress) -> None:
        """A step of a rendering job is done."""
        ...


class Ledger:
    """Keeps the rows of jobs.

    Args:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear of every move and step from now on."""
        self._listeners.append(listener)

    def tell(self, job: Job) -> None:
        """Tell that a job has moved; its row is committed."""
        for listener in self._listeners:
            listener.job_changed(job)

    def tell_progress(self, job: Job, shot: Shot, progress: protocol.Progress) -> None:
        """Tell of a step, which is no move."""
        for listener in self._listeners:
            listener.job_progress(job, shot, progress)

    async def start(self, job_id: int) -> Job | None:
        """Claim a queued job, which counts as an attempt."""
        return await self._move(lambda writer: jobs.start(writer, job_id))

    async def requeue(self, job: Job) -> Job | None:
        """Put a job back into the queue."""
        return await self._move(lambda writer: jobs.requeue(writer, job.id))

    async def release(self, job: Job) -> Job | None:
        """Put a job back into the queue as if it had not been claimed."""
        return await self._move(lambda writer: jobs.release(writer, job.id))

    async def fail(self, job: Job, failure: str) -> Job | None:
        """Give a job up; `failure` is the key of the sentence that the member reads."""
        return await self._move(lambda writer: jobs.fail(writer, job.id, failure))

    async def rendered(self, job: Job, done: protocol.Done, clip: str, engine: str, look: Look) -> Job | None:
        """Record a clip that is on disk. With one that is flawed for the first time, another take is queued.

        Args:
            job: what was rendered.
            done: what the renderer says of it.
            clip: the path, relative to the data directory.
            engine: what rendered it.
            look: what was found in it.
        """
        again: list[Job] = []

        async def record(writer: Connection) -> Job:
            again.clear()  # what an earlier try added is undone
            moved = await jobs.rendered(
                writer,
                job.id,
                engine=engine,
                clip_path=clip,
                frames=done.frames,
                stages=done.stages,
                inspection=look.as_dict(),
            )
            # Once: where the second try is flawed too, its words are, and its message says so.
            if look.faults and job.cause != "inspection":
                again.append(await _add_again(writer, job))
            return moved

        moved = await self._move(record)
        if moved is not None:
            for extra in again:
                self.tell(extra)
        return moved

    async def _move(self, move: Callable[[Connection], Awaitable[Job]]) -> Job | None:
        try:
            moved = await self._database.record(move)
        except jobs.StaleMoveError as error:
            log.info("%s", error)
            return None
        self.tell(moved)
        return moved


async def _add_again(writer: Connection, job: Job) -> Job:
    return await jobs.add(
        writer,
        shot_id=job.shot_id,
        take=await jobs.last_take(writer, job.shot_id) + 1,
        seed=secrets.randbits(SEED_BITS),
        requested_by=job.requested_by,
        overrides=job.overrides,
        again_of=job.id,
        cause="inspection",
    )
