"""A real file on a disk that takes no writes: what is told, what stays, and who waits."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db import disk, guilds
from db.disk import DiskUnusable, fault
from tests import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from aiosqlite import Connection

    from db.connection import Database

    Block = Callable[[], AbstractContextManager[None]]

LONG = "x" * 100_000
MOST_PAGES = 1_073_741_823


async def put(database: Database, guild: int, locale: str = LONG) -> None:
    async with database.writing() as writer:
        await guilds.remember(writer, guild, "en-US")
        await guilds.remember(writer, guild, locale)


async def known(database: Database, guild: int) -> bool:
    return bool(await database.reading().execute_fetchall("SELECT 1 FROM guilds WHERE id = ?", (guild,)))


@pytest.mark.parametrize(
    ("refuse", "allow", "code"),
    [
        ("max_page_count = 1", f"max_page_count = {MOST_PAGES}", "SQLITE_FULL"),
        ("query_only = ON", "query_only = OFF", "SQLITE_READONLY"),
    ],
)
async def test_a_transaction_that_the_disk_does_not_take_is_undone_whole(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, refuse: str, allow: str, code: str
) -> None:
    async with database.writing() as writer:
        await writer.execute(f"PRAGMA {refuse}")
    with pytest.raises(DiskUnusable, match=code):
        await put(database, 1)
    with pytest.raises(DiskUnusable, match=code) as told:
        await put(database, 1)
    assert not await known(database, 1)
    # Which disk, and how much of it is free; once, however often it is tried.
    assert str(told.value).startswith(f"{tmp_path} on the file system /")
    assert "GB free" in str(told.value)
    (said,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert said.getMessage() == f"nothing can be written to {told.value}"
    await writer.execute(f"PRAGMA {allow}")
    await put(database, 1)
    assert await known(database, 1)


async def test_a_commit_that_the_disk_does_not_take_is_undone_whole(database: Database, no_room: Block) -> None:
    with no_room(), pytest.raises(DiskUnusable, match="SQLITE_IOERR_WRITE"):
        await put(database, 1, "zh-CN")
    assert not await known(database, 1)
    await put(database, 1, "zh-CN")
    assert await guilds.locale_of(database.reading(), 1) == "zh-CN"


async def test_what_is_not_the_disk_s_fault_comes_as_it_is(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.record(lambda writer: writer.execute_fetchall("INSERT INTO no_such_table VALUES (1)"))
    with pytest.raises(sqlite3.IntegrityError):
        await rows.add_job(database, (await rows.queue_shot(database))[0])
    assert fault(sqlite3.ProgrammingError("Cannot operate on a closed database.")) is None
    assert fault(FileNotFoundError(errno.ENOENT, "gone")) is None
    moved = sqlite3.OperationalError("attempt to write a readonly database")
    moved.sqlite_errorcode, moved.sqlite_errorname = sqlite3.SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"
    assert fault(moved) is None


async def test_a_file_for_which_there_is_no_room_undoes_its_row(database: Database) -> None:
    async def store() -> None:
        async with database.writing() as writer:
            await guilds.remember(writer, 1, "en-US")
            Path("/dev/full").write_bytes(b"pixels")

    with pytest.raises(DiskUnusable, match="No space left on device"):
        await store()
    assert not await known(database, 1)


async def test_what_has_happened_is_recorded_once_there_is_room(
    database: Database, no_room: Block, refusals: asyncio.Queue[DiskUnusable]
) -> None:
    tries: list[int] = []

    async def work(writer: Connection) -> int:
        tries.append(len(tries))
        await guilds.remember(writer, len(tries), "en-US")
        return len(tries)

    with no_room():
        recording = asyncio.create_task(database.record(work))
        for _ in range(3):
            await refusals.get()
    last = await recording
    assert last > 3
    assert [guild for guild in range(1, last + 1) if await known(database, guild)] == [last]


async def test_where_the_bot_stops_nobody_waits_any_more(
    database: Database, no_room: Block, refusals: asyncio.Queue[DiskUnusable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "PAUSES_S", (3600.0,))
    with no_room():
        recording = asyncio.create_task(database.record(lambda writer: guilds.remember(writer, 1, "en-US")))
        await refusals.get()
        database.disk.hurry()
        with pytest.raises(DiskUnusable):
            await recording
