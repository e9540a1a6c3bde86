"""A voting that runs against a real database, and reactions that the test sets; only Discord is missing."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import config, voting
from bot.ballots import Vote
from bot.config import Config
from bot.voting import Voting
from db import jobs, messages, shots, votes
from tests.conftest import CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from bot.poster import PostError
    from db.connection import Database
    from db.models import Job, Status
    from db.votes import Kind

    Queueing = Callable[..., Awaitable[Job]]

ANN, BEN, CAT, DAN = 1, 2, 3, 4
RULES = config.Voting(again=3, most=2, cooldown_s=0.0)


@dataclass
class FakeBallots:
    """Reactions as Discord has them: by message and kind. `trouble` is raised by the next requests."""

    there: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    trouble: list[PostError] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def open(self, channel_id: int, message_id: int) -> None:
        assert channel_id == CHANNEL
        if self.trouble:
            raise self.trouble.pop(0)
        self.opened.append(message_id)

    async def read(self, channel_id: int, message_id: int) -> dict[Kind, set[int]]:
        assert channel_id == CHANNEL
        self.reads.append(message_id)
        found: dict[Kind, set[int]] = {}
        for kind in voting.KINDS:
            found[kind] = set(self.there.get((message_id, kind), ()))
        await self.gate.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        return found


@dataclass
class Hall:
    """A voting that runs, with its rows and its reactions."""

    database: Database
    voting: Voting
    ballots: FakeBallots
    made: list[Job]
    chosen: list[int] = field(default_factory=list)

    async def react(self, job: Job, kind: Kind, *members: int, given: bool = True) -> None:
        """React as Discord tells of it: the reaction is there, and the event follows."""
        for member in members:
            there = self.ballots.there.setdefault((message_of(job), kind), set())
            (there.add if given else there.discard)(member)
            self.voting.count(Vote(message_of(job), kind, member, given=given))
        await self.rest()

    async def rest(self) -> None:
        """Wait until every vote is counted and every ballot read."""
        for _ in range(500):
            await asyncio.sleep(0.002)
            idle = self.voting._votes.empty() and not self.voting._unread and not self.voting._away
            if idle and not await votes.to_open(self.database.reading()):
                break
        # The last one is taken off its queue before it is in the rows.
        await asyncio.sleep(0.02)
        async with self.database.writing():
            pass

    async def takes(self, job: Job) -> list[tuple[int, Status]]:
        reader = self.database.reading()
        shot = await shots.get(reader, job.shot_id)
        return [(take.take, take.status) for take in await jobs.of_shot(reader, shot.guild_id, shot.number)]

    async def again(self, job: Job) -> set[int]:
        return await votes.voters(self.database.reading(), job.id, "again")


def message_of(job: Job) -> int:
    return 5000 + job.id


async def post(database: Database, job: Job) -> Job:
    async with database.writing() as writer:
        await jobs.start(writer, job.id)
        await jobs.rendered(writer, job.id, engine="animatic", clip_path="c.mp4", frames=113, stages={})
        posted, _ = await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=CHANNEL)
        await messages.sent(writer, posted, message_of(job))
        return await jobs.posted(writer, job.id)


@asynccontextmanager
async def running(
    database: Database, ballots: FakeBallots, rules: config.Voting = RULES, queue: config.Queue | None = None
) -> AsyncGenerator[Hall]:
    made: list[Job] = []
    found = Voting(database, Config(voting=rules, queue=queue or config.Queue()), made.append)
    hall = Hall(database, found, ballots, made)
    found.listen(hall.chosen.append)
    task = asyncio.create_task(found.run(ballots))
    try:
        async with asyncio.timeout(30):
            await hall.rest()
            yield hall
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
