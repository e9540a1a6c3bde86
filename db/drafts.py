"""Shots that a member still looks at. A draft is queued at most once, however often its button is pressed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiosqlite import Connection


class AlreadyQueuedError(Exception):
    """The draft was queued before."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A stored draft; `shot_order` is JSON."""

    id: int
    guild_id: int
    member_id: int
    shot_order: str
    queued: bool


async def add(writer: Connection, *, guild_id: int, member_id: int, shot_order: str) -> int:
    """Keep a draft and return its id. The guild's row must exist."""
    rows = await writer.execute_fetchall(
        "INSERT INTO drafts (guild_id, member_id, shot_order, created_at) VALUES (?, ?, ?, ?) RETURNING id",
        (guild_id, member_id, shot_order, time.time()),
    )
    return next(iter(rows))["id"]


async def get(reader: Connection, draft_id: int) -> DraftRow | None:
    """Return the draft, or None where there is none (any more)."""
    rows = await reader.execute_fetchall("SELECT * FROM drafts WHERE id = ?", (draft_id,))
    return next(
        (
            DraftRow(row["id"], row["guild_id"], row["member_id"], row["shot_order"], row["queued_at"] is not None)
            for row in rows
        ),
        None,
    )


async def change(writer: Connection, draft_id: int, shot_order: str) -> None:
    """Store the order as the member changed it.

    Raises:
        AlreadyQueuedError: it was queued meanwhile.
    """
    cursor = await writer.execute(
        "UPDATE drafts SET shot_order = ? WHERE id = ? AND queued_at IS NULL", (shot_order, draft_id)
    )
    if cursor.rowcount == 0:
        raise AlreadyQueuedError(draft_id)


async def queue(writer: Connection, draft_id: int) -> None:
    """Mark the draft as queued, in the transaction that queues it.

    Raises:
        AlreadyQueuedError: it was before.
    """
    cursor = await writer.execute(
        "UPDATE drafts SET queued_at = ? WHERE id = ? AND queued_at IS NULL", (time.time(), draft_id)
    )
    if cursor.rowcount == 0:
        raise AlreadyQueuedError(draft_id)


async def forget_older_than(writer: Connection, age_s: float) -> None:
    """Drop drafts older than `age_s` seconds: nobody presses their buttons any more."""
    await writer.execute("DELETE FROM drafts WHERE created_at < ?", (time.time() - age_s,))
