"""The queue as members see it: whose shot is at which place, and when it should be done."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import limits, scheduling
from db import jobs
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.config import Queue
    from bot.orders import Prepared
    from db.connection import Database


@dataclass(frozen=True, slots=True)
class Forecast:
    """What queueing shots now would mean.

    Attributes:
        place: of the first, 1 is next.
        seconds: of rendering, for all of them.
        eta_s: until the last is done.
    """

    place: int
    seconds: float
    eta_s: float


class Estimates:
    """Works out places and times from the rows.

    Args:
        database: the queue.
        engine: names the engine that renders now.
        limits: how much may be in line.
    """

    def __init__(self, database: Database, engine: Callable[[], str], limits: Queue) -> None:
        self._database = database
        self._engine = engine
        self._limits = limits

    @property
    def engine(self) -> str:
        """The engine that renders now, or will when it has started."""
        return self._engine()

    async def line(self, guild_id: int | None = None) -> list[scheduling.Place]:
        """Return the queue in order, with estimates; only the guild's own jobs where one is named."""
        everyone, _ = await self._places(())
        return [place for place in everyone if guild_id in {None, place.job.guild_id}]

    async def place_of(self, job_id: int) -> scheduling.Place | None:
        """Return the place of a waiting job, or None where it does not wait."""
        return next((place for place in await self.line() if place.job.job_id == job_id), None)

    async def rendering(self, guild_id: int) -> list[jobs.Waiting]:
        """Return the guild's jobs that are being rendered."""
        waiting = await jobs.waiting(self._database.reading())
        return [job for job in waiting if job.status is Status.RENDERING and job.guild_id == guild_id]

    async def forecast(self, prepared: Sequence[Prepared], episode_id: int) -> Forecast:
        """Return what queueing these shots of an episode now would mean; nothing is queued."""
        extra = [
            jobs.Waiting(
                # Behind every job that there is.
                job_id=sys.maxsize - len(prepared) + number,
                shot_id=0,
                number=0,
                take=1,
                guild_id=shot.order.guild_id,
                member_id=shot.order.member_id,
                frames=shot.frames,
                pixels=shot.size[0] * shot.size[1],
                status=Status.QUEUED,
                words=shot.order.words,
                episode_id=episode_id,
            )
            for number, shot in enumerate(prepared)
        ]
        everyone, speed = await self._places(extra)
        ours = [place for place in everyone if place.job.shot_id == 0]
        return Forecast(
            min((place.place for place in ours), default=0),
            sum(scheduling.duration(job, speed) for job in extra),
            max((place.eta_s for place in ours), default=0.0),
        )

    async def _places(self, extra: Sequence[jobs.Waiting]) -> tuple[list[scheduling.Place], float]:
        """Return the queue with `extra` jobs in it, and seconds a rendered megapixel."""
        reader = self._database.reading()
        waiting = await jobs.waiting(reader)
        started = await jobs.last_started(reader)
        engine = self._engine()
        speed = await jobs.render_speed(reader, engine) or scheduling.FIRST_GUESS[engine]
        now = time.time()
        begun = [job.started_at or now for job in await jobs.with_status(reader, Status.RENDERING)]
        elapsed = now - min(begun, default=now)
        everyone = [*waiting, *extra]
        places = scheduling.places(everyone, started, speed, elapsed)
        owed = limits.owed(everyone, [place.job for place in places], self._limits)
        return [replace(place, owed=place.job.job_id in owed) for place in places], speed
