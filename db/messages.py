"""Messages that tell of a job, and which of them are still owed.

The row with its nonce is committed before the message is sent. A row without a message id is a message of which nobody
knows whether Discord has it: whoever goes on from there looks for it in the channel first.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.models import Posted, Purpose

if TYPE_CHECKING:
    from aiosqlite import Connection


NONCE_BYTES = 12
"""As hex within Discord's 25 characters. Random: a fresh or restored database counts its jobs from 1 again."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is to be posted."""

    job_id: int
    purpose: Purpose


async def intend(writer: Connection, *, job_id: int, purpose: Purpose, channel_id: int) -> tuple[Posted, bool]:
    """Return the row for the job's message of that purpose, and whether it was made just now.

    A clip is owed the bot's reactions too (`db.votes`).
    """
    found = await get(writer, job_id, purpose)
    if found is not None:
        return found, False
    rows = await writer.execute_fetchall(
        "INSERT INTO messages (job_id, purpose, channel_id, nonce, ballot, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        " RETURNING *",
        (
            *(job_id, purpose, channel_id, secrets.token_hex(NONCE_BYTES)),
            *("owed" if purpose == "clip" else "none", time.time()),
        ),
    )
    return Posted.of(next(iter(rows))), True


async def get(reader: Connection, job_id: int, purpose: Purpose) -> Posted | None:
    """Return the job's message of that purpose, or None."""
    rows = await reader.execute_fetchall("SELECT * FROM messages WHERE job_id = ? AND purpose = ?", (job_id, purpose))
    return next((Posted.of(row) for row in rows), None)


async def redirect(writer: Connection, posted: Posted, channel_id: int) -> Posted:
    """Aim a message that could not be sent at another channel (a DM), where nobody can vote."""
    rows = await writer.execute_fetchall(
        "UPDATE messages SET channel_id = ?, ballot = 'none' WHERE id = ? RETURNING *", (channel_id, posted.id)
    )
    return Posted.of(next(iter(rows)))


async def sent(writer: Connection, posted: Posted, message_id: int | None) -> None:
    """Record that Discord has the message; None: it is given up, nobody can be told."""
    await writer.execute(
        "UPDATE messages SET message_id = ?, posted_at = ? WHERE id = ?", (message_id, time.time(), posted.id)
    )


async def forget(writer: Connection, posted: Posted) -> None:
    """Drop the row of a message that was deleted."""
    await writer.execute("DELETE FROM messages WHERE id = ?", (posted.id,))


async def owed(reader: Connection) -> list[Owed]:
    """Return what is still to be posted: clips of RENDERED jobs first, then failures, then the status of what waits."""
    rows = await reader.execute_fetchall(
        "SELECT job_id, purpose FROM ("
        " SELECT id AS job_id,"
        "  CASE status WHEN 'RENDERED' THEN 'clip' WHEN 'FAILED' THEN 'failure' ELSE 'status' END AS purpose"
        "  FROM jobs WHERE status IN ('RENDERED', 'FAILED') OR status IN ('QUEUED', 'RENDERING')"
        # Shots of an episode share its status message.
        "  AND NOT EXISTS (SELECT 1 FROM scene_shots WHERE scene_shots.shot_id = jobs.shot_id)"
        ") AS due WHERE NOT EXISTS ("
        " SELECT 1 FROM messages WHERE messages.job_id = due.job_id AND messages.purpose = due.purpose"
        " AND messages.posted_at IS NOT NULL)"
        " ORDER BY CASE purpose WHEN 'clip' THEN 0 WHEN 'failure' THEN 1 ELSE 2 END, job_id"
    )
    return [Owed(row["job_id"], row["purpose"]) for row in rows]


async def outdated_status(reader: Connection) -> list[Posted]:
    """Return the status messages of jobs that have ended: they are to be deleted."""
    rows = await reader.execute_fetchall(
        "SELECT messages.* FROM messages JOIN jobs ON jobs.id = messages.job_id"
        " WHERE messages.purpose = 'status' AND jobs.status IN ('POSTED', 'CANCELLED', 'FAILED') ORDER BY messages.id"
    )
    return [Posted.of(row) for row in rows]
