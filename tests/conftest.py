"""Fixtures that every test may use: a real database in a file, rows in it, and a disk that has no room for more."""

from __future__ import annotations

import asyncio
import os
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import settings

from db import disk, guilds
from db.connection import Database
from db.disk import Disk, DiskUnusable
from db.models import CastMember
from tests import rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from contextlib import AbstractContextManager

    from db.models import Job

# Speed is measured by `make bench`, never asserted: a busy machine must not fail a property. A commit that passed
# passes again: new examples are looked for where somebody asks, with TWOHANDER_EXPLORE=1.
settings.register_profile("twohander", deadline=None, derandomize="TWOHANDER_EXPLORE" not in os.environ)
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
def no_room(database: Database, tmp_path: Path) -> Generator[Callable[[], AbstractContextManager[None]]]:
    """Return a block in which nothing can be committed: no file of ours may grow beyond the write-ahead log."""

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def block() -> Generator[None]:
        log = tmp_path / "test.sqlite3-wal"
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    yield block
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[DiskUnusable]:
    """Return what is told of each time that somebody waits for the disk; they wait for a moment only."""
    told: asyncio.Queue[DiskUnusable] = asyncio.Queue()
    wait = Disk.wait

    async def tell(self: Disk, error: DiskUnusable, tries: int) -> None:
        told.put_nowait(error)
        await wait(self, error, tries)

    monkeypatch.setattr(disk, "PAUSES_S", (0.01,))
    monkeypatch.setattr(Disk, "wait", tell)
    return told


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
