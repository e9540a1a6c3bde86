"""What nothing needs any more, as the rows see it: takes that were not chosen, films that others followed, pins.

Nothing here touches a file. A row says first that its file may go; what no row names goes then (`bot.retention`).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from db import votes
from db.models import Job

if TYPE_CHECKING:
    from aiosqlite import Connection

LIVE_CUT = (
    "(cuts.status IN ('QUEUED', 'CUTTING', 'CUT') OR cuts.status != 'STALE' AND NOT EXISTS ("
    "SELECT 1 FROM cuts AS later WHERE later.episode_id = cuts.episode_id AND later.status = 'POSTED'"
    " AND (later.created_at, later.id) > (cuts.created_at, cuts.id)))"
)
"""Of a row of `cuts`: it is made or owed, or no other that was posted has followed it."""

_SUPERSEDED = (
    "(SELECT min(later.ended_at) FROM cuts AS later WHERE later.episode_id = cuts.episode_id"
    " AND later.status = 'POSTED' AND later.created_at > cuts.created_at)"
)

_QUIET = (
    "NOT EXISTS (SELECT 1 FROM jobs AS near WHERE near.shot_id = jobs.shot_id"
    "  AND (near.status IN ('QUEUED', 'RENDERING', 'RENDERED') OR ifnull(near.ended_at, near.created_at) >= :before))"
    " AND NOT EXISTS (SELECT 1 FROM votes JOIN jobs AS near ON near.id = votes.job_id"
    "  WHERE near.shot_id = jobs.shot_id AND votes.cast_at >= :before)"
)

_IN_NO_CUT = (
    "id NOT IN (SELECT json_extract(take.value, '$.job_id') FROM cuts, json_each(cuts.plan, '$.takes') AS take"
    f" WHERE {LIVE_CUT})"
)


async def sweep_takes(writer: Connection, before: float) -> list[Job]:
    """Mark the takes whose clips may go, and return them.

    Those are takes that do not stand for their shot and are in no cut that is made, owed or the newest of its episode;
    of shots of which no take was made, and on which nobody voted, since `before` (Unix seconds).
    """
    rows = await writer.execute_fetchall(
        "SELECT jobs.* FROM jobs WHERE clip_path IS NOT NULL AND swept_at IS NULL"
        # With one take alone there is nothing to choose from: most shots are passed over here.
        " AND (status = 'FAILED' OR status = 'POSTED' AND EXISTS (SELECT 1 FROM jobs AS other"
        "  WHERE other.shot_id = jobs.shot_id AND other.id != jobs.id AND other.status = 'POSTED'"
        "  AND other.swept_at IS NULL))"
        f" AND {_QUIET} AND {_IN_NO_CUT} ORDER BY id",
        {"before": before},
    )
    chosen: dict[int, Job | None] = {}
    swept: list[Job] = []
    for job in map(Job.of, rows):
        if job.shot_id not in chosen:
            chosen[job.shot_id] = await votes.chosen_take(writer, job.shot_id)
        stands = chosen[job.shot_id]
        if stands is None or stands.id != job.id:
            swept.append(job)
    await mark_swept(writer, [job.id for job in swept])
    return swept


async def sweep_shots(writer: Connection, before: float) -> list[Job]:
    """Mark the takes of shots that no episode holds, posted (whichever is chosen) or failed, and return them.

    Nothing here reads their clips again. As for `sweep_takes`, those stay that are in a cut, or of shots of which a
    take was made, or on which somebody voted, since `before` (Unix seconds).
    """
    rows = await writer.execute_fetchall(
        "SELECT jobs.* FROM jobs WHERE clip_path IS NOT NULL AND swept_at IS NULL AND status IN ('POSTED', 'FAILED')"
        " AND NOT EXISTS (SELECT 1 FROM scene_shots WHERE scene_shots.shot_id = jobs.shot_id)"
        f" AND {_QUIET} AND {_IN_NO_CUT} ORDER BY id",
        {"before": before},
    )
    swept = [Job.of(row) for row in rows]
    await mark_swept(writer, [job.id for job in swept])
    return swept


async def mark_swept(writer: Connection, job_ids: list[int]) -> None:
    """Record that the takes have no clip any more: they are not chosen again. One that is rendered anew is let be."""
    await writer.executemany(
        "UPDATE jobs SET swept_at = ? WHERE id = ? AND clip_path IS NOT NULL", [(time.time(), one) for one in job_ids]
    )


async def clips(reader: Connection) -> set[str]:
    """Return the clips that are kept, relative to the data directory."""
    rows = await reader.execute_fetchall("SELECT clip_path FROM jobs WHERE clip_path IS NOT NULL AND swept_at IS NULL")
    return {row["clip_path"] for row in rows}


async def names_clips(reader: Connection) -> bool:
    """Return whether any clip is kept in the folder of clips."""
    rows = await reader.execute_fetchall(
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE clip_path LIKE 'clips/%' AND swept_at IS NULL) AS found"
    )
    return bool(next(iter(rows))["found"])


async def names_films(reader: Connection) -> bool:
    """Return whether any film is kept."""
    rows = await reader.execute_fetchall("SELECT EXISTS (SELECT 1 FROM cuts WHERE files != '[]') AS found")
    return bool(next(iter(rows))["found"])


async def pins(reader: Connection, before: float) -> set[str]:
    """Return the pinned pictures that are kept, relative to the data directory.

    Kept are those of shots that wait, that an episode holds, that have a posted take (which may be rendered again), or
    that are younger than `before` (Unix seconds).
    """
    rows = await reader.execute_fetchall(
        "SELECT DISTINCT shot_pins.path FROM shot_pins JOIN shots ON shots.id = shot_pins.shot_id"
        " WHERE shots.created_at >= ?"
        " OR EXISTS (SELECT 1 FROM scene_shots WHERE scene_shots.shot_id = shots.id)"
        " OR EXISTS (SELECT 1 FROM jobs WHERE jobs.shot_id = shots.id"
        "  AND jobs.status IN ('QUEUED', 'RENDERING', 'RENDERED', 'POSTED'))",
        (before,),
    )
    return {row["path"] for row in rows}


async def forget_films(writer: Connection, before: float) -> None:
    """Let go the files of cuts that another one followed before `before` (Unix seconds)."""
    await writer.execute(
        f"UPDATE cuts SET files = '[]' WHERE files != '[]' AND NOT {LIVE_CUT} AND ifnull({_SUPERSEDED}, ended_at) < ?",
        (before,),
    )


async def films(reader: Connection, episode_id: int) -> set[str]:
    """Return the films and subtitles of an episode that are kept, relative to the data directory."""
    rows = await reader.execute_fetchall("SELECT files FROM cuts WHERE episode_id = ?", (episode_id,))
    pieces = [piece for row in rows for piece in json.loads(row["files"])]
    return {path for piece in pieces for path in (piece["path"], *piece["beside"])}


async def last_cut(reader: Connection, episode_id: int) -> float:
    """Return when the episode was last cut (Unix seconds): 0 for never, infinity while a cut waits or is made."""
    rows = await reader.execute_fetchall(
        "SELECT ifnull(max(CASE WHEN status IN ('QUEUED', 'CUTTING') THEN 9e999 ELSE ifnull(ended_at, created_at) END),"
        " 0.0) AS at FROM cuts WHERE episode_id = ?",
        (episode_id,),
    )
    return next(iter(rows))["at"]
