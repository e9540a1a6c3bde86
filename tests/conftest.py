"""Fixtures that every test may use: a real database in a file, and rows in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import settings

from db import guilds, jobs, shots
from db.connection import Database
from db.models import CastMember

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from db.models import Job

# Speed is measured by `make bench`, never asserted: a busy machine must not fail a property.
settings.register_profile("twohander", deadline=None)
settings.load_profile("twohander")

GUILD, CHANNEL, MEMBER = 100, 200, 300


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(tmp_path / "test.sqlite3")
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def queue_shot(database: Database) -> Callable[..., Awaitable[Job]]:
    """Return a function that puts a shot and its first take into the queue."""

    async def queue(
        *, member: int = MEMBER, guild: int = GUILD, locale: str = "en-US", cast: tuple[str, ...] = ("Ada",)
    ) -> Job:
        async with database.writing() as writer:
            await guilds.remember(writer, guild, locale)
            shot = await shots.add(
                writer,
                guild_id=guild,
                channel_id=CHANNEL,
                author_id=member,
                words="a walk",
                prompt="a walk in a garden",
                report={},
                frames=121,
                size=(1280, 704),
                seed=7,
                lora_strength=0.8,
                pin_strength=0.9,
                cast=[CastMember(name) for name in cast],
                pins=[],
            )
            return await jobs.add(writer, shot_id=shot.id, take=1, seed=7, requested_by=member)

    return queue
