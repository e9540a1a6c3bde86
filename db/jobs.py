"""Jobs: one take of one shot each. The queue is the rows that are QUEUED.

Every change of status is a checked update: it names the status that it expects and raises where it is another, so that
two parts of the program can never both believe that they moved a job.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from db.models import ACTIVE, MOVES, Job, Status

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from aiosqlite import Connection

    from db.models import Cause


class StaleMoveError(Exception):
    """The job is no longer in the status from which it was to be moved."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the scheduler needs to know of a queued or rendering job.

    `episode_id` is the episode with which it was ordered; None for what somebody asked for by itself, as by votes.
    """

    job_id: int
    shot_id: int
    number: int
    take: int
    guild_id: int
    member_id: int
    frames: int
    pixels: int
    status: Status
    words: str
    episode_id: int | None = None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Waiting:
        """Build from a row of the query in `waiting`."""
        columns = {key: row[key] for key in cls.__slots__ if key != "status"}
        return cls(**columns, status=Status(row["status"]))


async def add(
    writer: Connection,
    *,
    shot_id: int,
    take: int,
    seed: int,
    requested_by: int,
    overrides: Sequence[str] = (),
    again_of: int | None = None,
    cause: Cause = "order",
) -> Job:
    """Queue a take.

    Args:
        writer: inside a transaction.
        shot_id: what is to be rendered.
        take: counts from 1 within the shot.
        seed: of the noise.
        requested_by: in whose turn it is rendered.
        overrides: the guards' rules that the member overrode with "use my words".
        again_of: the take that led to this one, which leads to one take at most.
        cause: why it is made.

    Raises:
        sqlite3.IntegrityError: the shot has this take already, or `again_of` has led to another one.
    """
    rows = await writer.execute_fetchall(
        "INSERT INTO jobs (shot_id, take, seed, requested_by, overrides, again_of, cause, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (shot_id, take, seed, requested_by, json.dumps(list(overrides)), again_of, cause, time.time()),
    )
    return Job.of(next(iter(rows)))


async def get(reader: Connection, job_id: int) -> Job:
    """Return the job.

    Raises:
        LookupError: there is none of that id.
    """
    for row in await reader.execute_fetchall("SELECT * FROM jobs WHERE id = ?", (job_id,)):
        return Job.of(row)
    raise LookupError(job_id)


async def start(writer: Connection, job_id: int) -> Job:
    """QUEUED → RENDERING, and count the attempt."""
    return await _move(
        writer,
        job_id,
        {Status.QUEUED},
        Status.RENDERING,
        also="attempts = attempts + 1, started_at = ?",
        values=(time.time(),),
    )


async def rendered(
    writer: Connection,
    job_id: int,
    *,
    engine: str,
    clip_path: str,
    frames: int,
    stages: Mapping[str, float],
    inspection: Mapping[str, Any] | None = None,
) -> Job:
    """RENDERING → RENDERED: the clip is on disk, and was looked at."""
    return await _move(
        writer,
        job_id,
        {Status.RENDERING},
        Status.RENDERED,
        also="engine = ?, clip_path = ?, clip_frames = ?, stages = ?, inspection = ?, ended_at = ?",
        values=(
            *(engine, clip_path, frames, json.dumps(dict(stages))),
            *(json.dumps(dict(inspection or {})), time.time()),
        ),
    )


async def posted(writer: Connection, job_id: int) -> Job:
    """RENDERED → POSTED. In the same transaction as `messages.sent`."""
    return await _move(writer, job_id, {Status.RENDERED}, Status.POSTED)


async def requeue(writer: Connection, job_id: int) -> Job:
    """RENDERING (or RENDERED, where the file is gone) → QUEUED: it will be rendered again."""
    return await _move(
        *(writer, job_id, {Status.RENDERING, Status.RENDERED}, Status.QUEUED),
        also="clip_path = NULL, ended_at = NULL, swept_at = NULL",
    )


async def release(writer: Connection, job_id: int) -> Job:
    """RENDERING → QUEUED, and the attempt does not count: the bot was told to stop."""
    return await _move(writer, job_id, {Status.RENDERING}, Status.QUEUED, also="attempts = attempts - 1")


async def cancel(writer: Connection, job_id: int) -> Job:
    """QUEUED or RENDERING → CANCELLED."""
    return await _move(
        writer, job_id, {Status.QUEUED, Status.RENDERING}, Status.CANCELLED, also="ended_at = ?", values=(time.time(),)
    )


async def fail(writer: Connection, job_id: int, failure: str) -> Job:
    """Any active status → FAILED; `failure` is the key of the sentence that the member reads."""
    return await _move(
        writer, job_id, ACTIVE, Status.FAILED, also="failure = ?, ended_at = ?", values=(failure, time.time())
    )


async def _move(
    writer: Connection,
    job_id: int,
    before: Iterable[Status],
    after: Status,
    *,
    also: str = "",
    values: tuple[object, ...] = (),
) -> Job:
    sources = sorted(before)
    for source in sources:
        if after not in MOVES[source]:
            raise ValueError(f"{source} → {after} is no move")
    marks = ", ".join("?" * len(sources))
    rows = await writer.execute_fetchall(
        f"UPDATE jobs SET status = ?{', ' + also if also else ''} WHERE id = ? AND status IN ({marks}) RETURNING *",
        (after, *values, job_id, *sources),
    )
    for row in rows:
        return Job.of(row)
    raise StaleMoveError(f"job {job_id} is not {' or '.join(sources)}: not moved to {after}")


async def with_status(reader: Connection, *statuses: Status) -> list[Job]:
    """Return the jobs in any of `statuses`, oldest first."""
    marks = ", ".join("?" * len(statuses))
    rows = await reader.execute_fetchall(
        f"SELECT * FROM jobs WHERE status IN ({marks}) ORDER BY id",
        statuses,
    )
    return [Job.of(row) for row in rows]


async def waiting(reader: Connection) -> list[Waiting]:
    """Return every queued and rendering job with what ordering and estimates need, oldest first."""
    rows = await reader.execute_fetchall(
        "SELECT jobs.id AS job_id, shots.id AS shot_id, shots.number, jobs.take, shots.guild_id,"
        " jobs.requested_by AS member_id, shots.frames, shots.width * shots.height AS pixels, jobs.status, shots.words,"
        " (SELECT scenes.episode_id FROM scene_shots JOIN scenes ON scenes.id = scene_shots.scene_id"
        "  WHERE scene_shots.shot_id = shots.id AND jobs.cause IN ('order', 'inspection')) AS episode_id"
        " FROM jobs JOIN shots ON shots.id = jobs.shot_id WHERE jobs.status IN ('QUEUED', 'RENDERING') ORDER BY jobs.id"
    )
    return [Waiting.of(row) for row in rows]


async def last_started(reader: Connection) -> dict[int, float]:
    """Return, for each member, when one of their jobs was last started (Unix seconds)."""
    rows = await reader.execute_fetchall(
        "SELECT requested_by, max(started_at) AS at FROM jobs WHERE started_at IS NOT NULL GROUP BY requested_by"
    )
    return {row["requested_by"]: row["at"] for row in rows}


async def render_speed(reader: Connection, engine: str, last: int = 50) -> float | None:
    """Return seconds a rendered megapixel over the last jobs of `engine`, or None where there are none yet.

    Where a job was begun before another had ended, only the time from that end on counts as its own.
    """
    rows = await reader.execute_fetchall(
        "SELECT sum(ended_at - max(started_at, before)) / sum(megapixels) AS speed FROM ("
        " SELECT *, lag(ended_at, 1, 0) OVER (ORDER BY ended_at) AS before FROM ("
        " SELECT jobs.started_at, jobs.ended_at, shots.frames * shots.width * shots.height / 1e6 AS megapixels"
        " FROM jobs JOIN shots ON shots.id = jobs.shot_id"
        " WHERE jobs.engine = ? AND jobs.status IN ('RENDERED', 'POSTED') ORDER BY jobs.id DESC LIMIT ?))",
        (engine, last),
    )
    return next(iter(rows))["speed"]


async def last_take(reader: Connection, shot_id: int) -> int:
    """Return the number of the shot's newest take, whatever became of it; 0 where there is none."""
    rows = await reader.execute_fetchall("SELECT ifnull(max(take), 0) AS take FROM jobs WHERE shot_id = ?", (shot_id,))
    return next(iter(rows))["take"]


async def takes(reader: Connection, shot_id: int) -> list[Job]:
    """Return the takes of a shot, oldest first."""
    rows = await reader.execute_fetchall("SELECT * FROM jobs WHERE shot_id = ? ORDER BY take", (shot_id,))
    return [Job.of(row) for row in rows]


async def of_shot(reader: Connection, guild_id: int, number: int) -> list[Job]:
    """Return the takes of the guild's shot `number`, oldest first."""
    rows = await reader.execute_fetchall(
        "SELECT jobs.* FROM jobs JOIN shots ON shots.id = jobs.shot_id"
        " WHERE shots.guild_id = ? AND shots.number = ? ORDER BY jobs.take",
        (guild_id, number),
    )
    return [Job.of(row) for row in rows]


async def newest_clips(reader: Connection, engine: str, last: int = 20) -> list[tuple[str, float]]:
    """Return path and rendered megapixels of the newest clips of `engine`."""
    rows = await reader.execute_fetchall(
        "SELECT clip_path, shots.frames * shots.width * shots.height / 1e6 AS megapixels"
        " FROM jobs JOIN shots ON shots.id = jobs.shot_id"
        " WHERE engine = ? AND jobs.status IN ('RENDERED', 'POSTED') AND swept_at IS NULL"
        " ORDER BY jobs.id DESC LIMIT ?",
        (engine, last),
    )
    return [(row["clip_path"], row["megapixels"]) for row in rows]
