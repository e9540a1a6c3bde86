"""Cuts: what an episode was, or is to be, put together from. The same plan is cut once.

As with jobs, every change of status is a checked update.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from db.bulletins import NOWHERE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from aiosqlite import Connection


class CutStatus(StrEnum):
    """Where a cut stands."""

    QUEUED = "QUEUED"
    CUTTING = "CUTTING"
    CUT = "CUT"
    POSTED = "POSTED"
    FAILED = "FAILED"
    STALE = "STALE"


class StaleCutError(Exception):
    """The cut is no longer in the status from which it was to be moved."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to be posted and the small files (subtitles) beside it; paths are relative to the data directory.

    With a `url` the film is published there, and its address posted instead of it.
    """

    path: str
    beside: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class CutRow:
    """A row of `cuts`. `pieces` are what is posted: one, or numbered parts.

    `most_bytes` is what a file may have, where its channel took less than Discord had said. `failure` is the key of why
    it failed or, while it is QUEUED, was put off.
    """

    id: int
    episode_id: int
    plan: str
    plan_hash: str
    status: CutStatus
    attempts: int
    pieces: tuple[Piece, ...]
    seconds: float | None
    failure: str | None
    not_before: float
    created_at: float
    ended_at: float | None
    most_bytes: int | None
    started_at: float | None

    @classmethod
    def of(cls, row: sqlite3.Row) -> CutRow:
        """Build from a row of `cuts`."""
        columns = {key: row[key] for key in cls.__slots__ if key not in {"status", "pieces"}}
        pieces = tuple(
            Piece(piece["path"], tuple(piece["beside"]), piece.get("url", "")) for piece in json.loads(row["files"])
        )
        return cls(**columns, status=CutStatus(row["status"]), pieces=pieces)


async def want(writer: Connection, episode_id: int, *, plan: str, plan_hash: str, not_before: float) -> CutRow:
    """Make `plan` what the episode is to be cut to, and return its row; older cuts that wait become STALE.

    A plan that is cut or waits already stays as it is. One that was left, failed, or was followed by another is cut
    again: what it was posted as is forgotten.
    """
    before = await newest(writer, episode_id)
    if before is not None and before.plan_hash == plan_hash and before.status is not CutStatus.FAILED:
        return before
    await abandon(writer, episode_id)
    now = time.time()
    rows = await writer.execute_fetchall(
        "INSERT INTO cuts (episode_id, plan, plan_hash, not_before, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (episode_id, plan_hash) DO UPDATE SET status = 'QUEUED', attempts = 0, files = '[]',"
        " most_bytes = NULL, failure = NULL, ended_at = NULL, not_before = excluded.not_before,"
        " created_at = excluded.created_at RETURNING *",
        (episode_id, plan, plan_hash, not_before, now),
    )
    wanted = CutRow.of(next(iter(rows)))
    await writer.execute("DELETE FROM episode_messages WHERE cut_id = ?", (wanted.id,))
    return wanted


async def abandon(writer: Connection, episode_id: int) -> None:
    """Make the episode's cuts that wait, or are being cut, STALE."""
    await writer.execute(
        "UPDATE cuts SET status = 'STALE', ended_at = ? WHERE episode_id = ? AND status IN ('QUEUED', 'CUTTING')",
        (time.time(), episode_id),
    )


async def withdraw(writer: Connection, episode_id: int) -> None:
    """As `abandon`; and what is cut, but was aimed at no channel yet, becomes STALE too: it is not posted.

    Of what is aimed nobody knows whether its channel has it: that is posted, once.
    """
    await abandon(writer, episode_id)
    rows = await writer.execute_fetchall(
        "UPDATE cuts SET status = 'STALE', ended_at = ? WHERE episode_id = ? AND status = 'CUT' AND NOT EXISTS ("
        " SELECT 1 FROM episode_messages AS part WHERE part.cut_id = cuts.id AND part.purpose = 'cut'"
        "  AND part.channel_id != ?) RETURNING id",
        (time.time(), episode_id, NOWHERE),
    )
    await writer.executemany("DELETE FROM episode_messages WHERE cut_id = ?", [(row["id"],) for row in rows])


async def hasten(writer: Connection, cut_id: int) -> None:
    """End the quiet period of a cut that waits."""
    await writer.execute("UPDATE cuts SET not_before = 0 WHERE id = ? AND status = 'QUEUED'", (cut_id,))


async def start(writer: Connection, cut_id: int) -> CutRow:
    """QUEUED → CUTTING, and count the attempt."""
    return await _move(
        *(writer, cut_id, {CutStatus.QUEUED}, CutStatus.CUTTING),
        also="attempts = attempts + 1, failure = NULL, started_at = ?",
        values=(time.time(),),
    )


async def requeue(writer: Connection, cut_id: int) -> CutRow:
    """CUTTING → QUEUED: it will be cut again."""
    return await _move(writer, cut_id, {CutStatus.CUTTING}, CutStatus.QUEUED)


async def release(writer: Connection, cut_id: int) -> CutRow:
    """CUTTING → QUEUED, and the attempt does not count: the bot was told to stop."""
    return await _move(writer, cut_id, {CutStatus.CUTTING}, CutStatus.QUEUED, also="attempts = attempts - 1")


async def postpone(writer: Connection, cut_id: int, *, not_before: float, why: str) -> CutRow:
    """As `release`, but not before a time (Unix seconds); `why` is the key of the sentence that members read."""
    return await _move(
        *(writer, cut_id, {CutStatus.CUTTING}, CutStatus.QUEUED),
        also="attempts = attempts - 1, failure = ?, not_before = ?",
        values=(why, not_before),
    )


async def finished(writer: Connection, cut_id: int, *, pieces: Sequence[Piece], seconds: float) -> CutRow:
    """CUTTING → CUT: the files are on disk."""
    files = json.dumps([asdict(piece) for piece in pieces])
    return await _move(
        *(writer, cut_id, {CutStatus.CUTTING}, CutStatus.CUT),
        also="files = ?, seconds = ?, ended_at = ?",
        values=(files, seconds, time.time()),
    )


async def refit(writer: Connection, cut_id: int, most_bytes: int) -> CutRow:
    """CUT → QUEUED, at once: its channel takes no more than `most_bytes`. What was owed of it is forgotten."""
    row = await _move(
        *(writer, cut_id, {CutStatus.CUT}, CutStatus.QUEUED),
        also="most_bytes = ?, files = '[]', attempts = 0, not_before = 0, ended_at = NULL",
        values=(most_bytes,),
    )
    await writer.execute("DELETE FROM episode_messages WHERE cut_id = ?", (cut_id,))
    return row


async def posted(writer: Connection, cut_id: int) -> CutRow:
    """CUT → POSTED. In the same transaction as its last part's message id."""
    return await _move(writer, cut_id, {CutStatus.CUT}, CutStatus.POSTED)


async def fail(writer: Connection, cut_id: int, failure: str) -> CutRow:
    """CUTTING or CUT → FAILED; `failure` is the key of the sentence that members read."""
    return await _move(
        *(writer, cut_id, {CutStatus.CUTTING, CutStatus.CUT}, CutStatus.FAILED),
        also="failure = ?, ended_at = ?",
        values=(failure, time.time()),
    )


async def get(reader: Connection, cut_id: int) -> CutRow:
    """Return the cut.

    Raises:
        LookupError: there is none of that id.
    """
    for row in await reader.execute_fetchall("SELECT * FROM cuts WHERE id = ?", (cut_id,)):
        return CutRow.of(row)
    raise LookupError(cut_id)


async def newest(reader: Connection, episode_id: int) -> CutRow | None:
    """Return the episode's newest cut that is not STALE, or None."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM cuts WHERE episode_id = ? AND status != 'STALE' ORDER BY created_at DESC, id DESC LIMIT 1",
        (episode_id,),
    )
    return next((CutRow.of(row) for row in rows), None)


async def with_status(reader: Connection, *statuses: CutStatus) -> list[CutRow]:
    """Return the cuts in any of `statuses`; those that may begin earliest first."""
    marks = ", ".join("?" * len(statuses))
    rows = await reader.execute_fetchall(
        f"SELECT * FROM cuts WHERE status IN ({marks}) ORDER BY not_before, id", statuses
    )
    return [CutRow.of(row) for row in rows]


async def pace(reader: Connection, last: int = 20) -> float:
    """Return the seconds that a second of film takes to cut, over the last cuts made here; 0 where there are none."""
    rows = await reader.execute_fetchall(
        "SELECT sum(ended_at - started_at) / sum(seconds) AS pace FROM (SELECT * FROM cuts"
        " WHERE status IN ('CUT', 'POSTED') AND started_at IS NOT NULL AND seconds > 0 ORDER BY ended_at DESC LIMIT ?)",
        (last,),
    )
    return next(iter(rows))["pace"] or 0.0


async def ordinal(reader: Connection, cut: CutRow) -> int:
    """Return which cut of its episode it is, from 1: what members say."""
    rows = await reader.execute_fetchall(
        "SELECT count(*) AS n FROM cuts WHERE episode_id = ? AND id <= ?", (cut.episode_id, cut.id)
    )
    return next(iter(rows))["n"]


async def _move(
    writer: Connection,
    cut_id: int,
    before: Iterable[CutStatus],
    after: CutStatus,
    *,
    also: str = "",
    values: tuple[object, ...] = (),
) -> CutRow:
    sources = sorted(before)
    marks = ", ".join("?" * len(sources))
    rows = await writer.execute_fetchall(
        f"UPDATE cuts SET status = ?{', ' + also if also else ''} WHERE id = ? AND status IN ({marks}) RETURNING *",
        (after, *values, cut_id, *sources),
    )
    for row in rows:
        return CutRow.of(row)
    raise StaleCutError(f"cut {cut_id} is not {' or '.join(sources)}: not moved to {after}")
