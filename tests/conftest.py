"""Fixtures that every test may use: a real database in a file, and rows in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import settings

from db import guilds
from db.connection import Database
from db.models import CastMember
from tests import rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from db.models import Job

# Speed is measured by `make bench`, never asserted: a busy machine must not fail a property.
settings.register_profile("twohander", deadline=None)
settings.load_profile("twohander")

# Triton decides as it is imported: without a GPU its interpreter runs the kernels (tests/renderer/ltx/interpreter.py).
if not Path("/dev/nvidiactl").exists():
    os.environ["TRITON_INTERPRET"] = "1"

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
        shot = await rows.add_shot(
            database,
            guild=guild,
            author=member,
            channel_id=CHANNEL,
            words="a walk",
            prompt="a walk in a garden",
            cast=[CastMember(name) for name in cast],
        )
        async with database.writing() as writer:
            await guilds.remember(writer, guild, locale)
        return await rows.add_job(database, shot)

    return queue
