"""The connection: one writer, one reader, WAL, and migrations that each run inside one transaction.

SQLite allows one writer at a time; a lock in front of the writing connection turns waiting for it into an ordinary
await. Reads go to a second connection and so never see a half-done transaction. They need no room on disk; what a disk
does to transactions is told apart here (`db.disk`).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import aiosqlite

from db.disk import Disk, DiskUnusable, fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000


class DatabaseTooNewError(Exception):
    """The file was written by a later version of Twohander than this one."""


class MigrationChangedError(Exception):
    """A migration that the file records was edited since; migrations are never edited."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file: `0001_spine.sql` is version 1."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the text, recorded so that an edited migration is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> list[Migration]:
    """Return the migrations that this version knows, in order; their numbers run 1, 2, 3 and so on."""
    entries = resources.files("db").joinpath("migrations").iterdir()
    found = [
        Migration(int(match[1]), match[2], entry.read_text("utf-8"))
        for entry in entries
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name))
    ]
    return sorted(found, key=lambda migration: migration.version)


class Database:
    """The open database: `reading()` for queries, `writing()` for transactions, `record()` for those that must be.

    Attributes:
        disk: what it lies on.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, disk: Disk) -> None:
        self._writer = writer
        self._reader = reader
        self.disk = disk
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, migrations: list[Migration] | None = None, *, patient: bool = True) -> Database:
        """Open `path`, bring it up to date, and return it.

        Args:
            path: the file; made where it is absent.
            migrations: instead of the shipped ones.
            patient: whether `record` waits for a disk that takes no writes.

        Raises:
            DatabaseTooNewError: the file knows migrations that this version does not.
            MigrationChangedError: an applied migration differs from the shipped one.
            sqlite3.Error: the file cannot be opened or a migration fails; a failed one leaves nothing behind.
        """
        writer = await _connect(path)
        try:
            await _migrate(writer, shipped_migrations() if migrations is None else migrations)
            reader = await _connect(path, query_only=True)
        except BaseException:
            await writer.close()
            raise
        return cls(writer, reader, Disk(path.parent, patient=patient))

    async def close(self) -> None:
        """Close both connections, after the transaction that is under way."""
        async with self._lock:
            await self._reader.close()
            await self._writer.close()

    def reading(self) -> aiosqlite.Connection:
        """Return the reading connection: it sees what is committed, and cannot write."""
        return self._reader

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[aiosqlite.Connection]:
        """Run the block as one transaction: committed at its end, rolled back if it raises or is cancelled.

        Raises:
            DiskUnusable: the disk takes no writes.
        """
        async with self._lock:
            try:
                # Inside the try: a cancel that lands here may find BEGIN already on its way to the thread.
                await self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                await self._writer.commit()
            except BaseException as error:
                await self._writer.rollback()
                if (why := fault(error)) is None:
                    raise
                raise await self.disk.refuses(why) from error

    async def record(self, work: Callable[[aiosqlite.Connection], Awaitable[T]]) -> T:
        """Run `work` as one transaction, again and again until the disk takes it: it is about what has happened.

        Args:
            work: changes rows and nothing else, as all that it did before the last time is undone.

        Raises:
            DiskUnusable: as for `writing`, where nobody waits for the disk.
        """
        tries = 0
        while True:
            try:
                async with self.writing() as writer:
                    return await work(writer)
            except DiskUnusable as error:
                await self.disk.wait(error, tries)
                tries += 1


async def _connect(path: Path, *, query_only: bool = False) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        # FULL, not NORMAL: what a member was told is queued survives a power cut too; writes here are few.
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",  # no query needs room on any disk
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            await connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        # A file that is no database is noticed here first. The connection's thread would keep the process alive.
        await connection.close()
        raise
    return connection


async def _migrate(connection: aiosqlite.Connection, migrations: list[Migration]) -> None:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at REAL NOT NULL) STRICT"
    )
    rows = await connection.execute_fetchall("SELECT version, sha256 FROM schema_migrations")
    applied: dict[int, str] = {row["version"]: row["sha256"] for row in rows}
    newest = migrations[-1].version if migrations else 0
    if applied and max(applied) > newest:
        raise DatabaseTooNewError(
            f"the database is at version {max(applied)}, this program knows {newest}: start the newer Twohander"
        )
    for migration in migrations:
        recorded = applied.get(migration.version)
        if recorded is None:
            await _apply(connection, migration)
        elif recorded != migration.sha256:
            raise MigrationChangedError(f"migration {migration.version:04}_{migration.name}.sql was edited")


async def _apply(connection: aiosqlite.Connection, migration: Migration) -> None:
    try:
        await connection.execute("BEGIN IMMEDIATE")
        for statement in _statements(migration.sql):
            await connection.execute(statement)
        await connection.execute(
            "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
            (migration.version, migration.name, migration.sha256, time.time()),
        )
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise


def _statements(sql: str) -> Iterator[str]:
    """Split `sql` at statement ends; `executescript` would commit before it starts."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending
