"""Messages that tell of a job. The row with its nonce is there before the message is sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from db.models import Posted, Purpose

if TYPE_CHECKING:
    from aiosqlite import Connection


async def intend(writer: Connection, *, job_id: int, purpose: Purpose, channel_id: int) -> Posted:
    """Return the row for the job's message of that purpose; made with a fresh nonce where there is none yet."""
    await writer.execute(
        "INSERT INTO messages (job_id, purpose, channel_id, nonce, created_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (job_id, purpose) DO NOTHING",
        (job_id, purpose, channel_id, f"2h-{job_id}-{purpose}", time.time()),
    )
    found = await get(writer, job_id, purpose)
    if found is None:
        raise LookupError(job_id)
    return found


async def get(reader: Connection, job_id: int, purpose: Purpose) -> Posted | None:
    """Return the job's message of that purpose, or None."""
    rows = await reader.execute_fetchall("SELECT * FROM messages WHERE job_id = ? AND purpose = ?", (job_id, purpose))
    return next((Posted.of(row) for row in rows), None)


async def sent(writer: Connection, posted: Posted, message_id: int) -> None:
    """Record that Discord has the message."""
    await writer.execute(
        "UPDATE messages SET message_id = ?, posted_at = ? WHERE id = ?", (message_id, time.time(), posted.id)
    )


async def forget(writer: Connection, posted: Posted) -> None:
    """Drop the row of a message that was deleted."""
    await writer.execute("DELETE FROM messages WHERE id = ?", (posted.id,))
