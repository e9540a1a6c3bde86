"""A stage on which takes are really posted and voted on: the real outbox and the real voting run beside the client."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bot.outbox import Outbox
from bot.posting import DiscordPoster
from bot.reactions import DiscordBallots
from db import jobs, messages, votes
from db.models import Status
from tests import rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    import discord

    from bot.client import Services, TwohanderClient
    from db.models import Job
    from db.votes import Kind
    from tests.discord.conftest import Stage, Worker

PATIENCE_S = 20.0


async def no_fit(clip: Path, limit: int) -> Path:
    raise AssertionError(f"{clip} is not over {limit}")


async def nowhere(job_id: int) -> None:
    del job_id


@dataclass
class Theatre:
    """What a test does to takes and votes, and what it sees of them."""

    stage: Stage
    services: Services
    worker: Worker
    outbox: Outbox

    @classmethod
    @asynccontextmanager
    async def open(
        cls, stage: Stage, services: Services, client: TwohanderClient, worker: Worker
    ) -> AsyncGenerator[Self]:
        directory = services.config.directory
        directory.mkdir(parents=True, exist_ok=True)
        outbox = Outbox(services.database, directory, DiscordPoster(client), nowhere, no_fit)
        outbox.listen(services.voting.job_changed)
        tasks = [
            asyncio.create_task(outbox.run()),
            asyncio.create_task(services.voting.run(DiscordBallots(client))),
        ]
        try:
            yield cls(stage, services, worker, outbox)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, what: Callable[[], Any]) -> None:
        """Wait until `what()` (awaited, where it is to be) is true."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = what()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.01)

    async def render(self, job: Job) -> None:
        """Finish a take; the outbox is told."""
        clip = self.services.config.directory / f"job-{job.id}.mp4"
        clip.write_bytes(b"\0\0\0\x18ftypmp42")
        await rows.move(self.services.database, jobs.start, job.id)
        rendered = await rows.move(
            self.services.database, jobs.rendered, job.id, **rows.RENDERED | {"clip_path": clip.name}
        )
        self.outbox.job_changed(rendered)

    async def post(self, job: Job) -> discord.Message:
        """Finish a take, and return its message."""
        await self.render(job)

        async def posted() -> bool:
            return (await jobs.get(self.services.database.reading(), job.id)).status is Status.POSTED

        await self.until(posted)
        return await self.message(job)

    async def premiere(self, job: Job) -> discord.Message:
        """Finish a take, and return its message once the bot's reactions stand under it."""
        await self.post(job)
        await self.until(lambda: self.is_open(job))
        return await self.message(job)

    async def is_open(self, job: Job) -> bool:
        found = await votes.recent_ballots(self.services.database.reading(), 100)
        return job.id in {ballot.job_id for ballot in found} and job.id in self.services.voting._known

    async def message(self, job: Job) -> discord.Message:
        """Return the message that shows the take."""
        row = await messages.get(self.services.database.reading(), job.id, "clip")
        assert row is not None
        return next(post for post in self.stage.channel.history() if post.id == row.message_id)

    async def voters(self, job: Job, kind: Kind = "again") -> set[int]:
        return await votes.voters(self.services.database.reading(), job.id, kind)

    async def counted(self, job: Job, voters: set[int], kind: Kind = "again") -> None:
        """Wait until exactly these have voted."""

        async def so() -> bool:
            return await self.voters(job, kind) == voters

        await self.until(so)

    async def takes(self, job: Job) -> list[Job]:
        found = await jobs.with_status(self.services.database.reading(), *Status)
        return [take for take in found if take.shot_id == job.shot_id]
