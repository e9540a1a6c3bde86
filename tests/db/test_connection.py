from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from db import connection, guilds
from db.connection import Database, DatabaseTooNewError, Migration, MigrationChangedError
from tests import rows

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Migration(1, "first", "CREATE TABLE a (x INTEGER) STRICT;\n")
SECOND = Migration(2, "second", "CREATE TABLE b (x INTEGER) STRICT;\nINSERT INTO b VALUES (1);\n")
BROKEN = Migration(2, "broken", "CREATE TABLE c (x INTEGER) STRICT;\nINSERT INTO no_such_table VALUES (1);\n")


def tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as plain:
        found = {row[0] for row in plain.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    plain.close()
    return found


async def open_and_close(path: Path, *migrations: Migration) -> None:
    await (await Database.open(path, list(migrations))).close()


async def pragma(opened: Database, name: str) -> object:
    async with opened.writing() as writer:
        found = await writer.execute_fetchall(f"PRAGMA {name}")
    return next(iter(found))[0]


async def test_the_connection_is_safe(database: Database) -> None:
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "foreign_keys") == 1
    assert await pragma(database, "synchronous") == 2  # FULL
    assert await pragma(database, "busy_timeout") == connection.BUSY_TIMEOUT_MS


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await guilds.remember(database.reading(), rows.GUILD, "en-US")


async def test_a_row_without_its_parent_is_refused(database: Database) -> None:
    async with database.writing() as writer:
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            await writer.execute(
                "INSERT INTO jobs (shot_id, take, seed, requested_by, created_at) VALUES (99, 1, 0, 1, 0)"
            )


async def test_migrations_run_once_and_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    await open_and_close(path, FIRST)
    await open_and_close(path, FIRST, SECOND)
    await open_and_close(path, FIRST, SECOND)
    assert {"a", "b"} <= tables(path)
    with sqlite3.connect(path) as plain:
        recorded = plain.execute("SELECT version, name, sha256 FROM schema_migrations ORDER BY version").fetchall()
        assert plain.execute("SELECT count(*) FROM b").fetchone() == (1,)
    plain.close()
    assert recorded == [(1, "first", FIRST.sha256), (2, "second", SECOND.sha256)]


async def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        await open_and_close(path, FIRST, BROKEN)
    assert tables(path) == {"schema_migrations", "a"}
    # The repaired program goes on from there.
    await open_and_close(path, FIRST, SECOND)
    assert "b" in tables(path)


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    await open_and_close(path, FIRST, SECOND)
    with pytest.raises(DatabaseTooNewError, match="at version 2, this program knows 1"):
        await open_and_close(path, FIRST)


async def test_an_edited_migration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    await open_and_close(path, FIRST)
    edited = Migration(1, "first", FIRST.sql.replace("INTEGER", "TEXT"))
    with pytest.raises(MigrationChangedError, match=r"0001_first\.sql"):
        await open_and_close(path, edited)


def test_the_shipped_migrations_are_numbered_without_gaps() -> None:
    versions = [migration.version for migration in connection.shipped_migrations()]
    assert versions == list(range(1, len(versions) + 1))


async def test_a_reader_never_sees_what_is_not_committed(database: Database) -> None:
    async with database.writing() as writer:
        await guilds.remember(writer, rows.GUILD, "zh-CN")
        assert await guilds.locale_of(writer, rows.GUILD) == "zh-CN"
        assert await guilds.locale_of(database.reading(), rows.GUILD) == guilds.DEFAULT_LOCALE
    assert await guilds.locale_of(database.reading(), rows.GUILD) == "zh-CN"


async def test_an_error_rolls_back(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.writing() as writer:
            await guilds.remember(writer, rows.GUILD, "zh-CN")
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()
    assert await guilds.locale_of(database.reading(), rows.GUILD) == guilds.DEFAULT_LOCALE


async def test_a_cancel_rolls_back_and_frees_the_writer(database: Database) -> None:
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.writing() as writer:
            await guilds.remember(writer, rows.GUILD, "zh-CN")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await guilds.locale_of(database.reading(), rows.GUILD) == guilds.DEFAULT_LOCALE
    async with database.writing() as writer:
        await guilds.remember(writer, rows.GUILD, "fr")
    assert await guilds.locale_of(database.reading(), rows.GUILD) == "fr"


async def test_a_cancel_at_any_await_leaves_no_transaction_open(database: Database) -> None:
    async def write(locale: str) -> None:
        async with database.writing() as writer:
            await guilds.remember(writer, rows.GUILD, locale)

    for turns in range(12):
        task = asyncio.create_task(write("zh-CN"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await write("fr")
        assert await guilds.locale_of(database.reading(), rows.GUILD) == "fr"


async def test_writers_wait_for_each_other(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as writer:
            await guilds.remember(writer, number, "en-US")
            await asyncio.sleep(0)

    await asyncio.gather(*(write(number) for number in range(1, 21)))
    found = await database.reading().execute_fetchall("SELECT count(*) FROM guilds")
    assert next(iter(found))[0] == 20


async def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    first = await Database.open(path)
    _, job = await rows.queue_shot(first)
    await first.close()
    second = await Database.open(path)
    found = await second.reading().execute_fetchall("SELECT id, status FROM jobs")
    await second.close()
    assert [tuple(row) for row in found] == [(job.id, "QUEUED")]


async def test_a_file_that_is_no_database_leaves_no_thread_behind(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    path.write_bytes(b"This is no database. " * 100)
    before = threading.active_count()
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        await Database.open(path)
    # A thread that was told to end may take a moment, and so may one of the test before.
    async with asyncio.timeout(30):
        while threading.active_count() > before:
            await asyncio.sleep(0.01)
