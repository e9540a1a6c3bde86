"""Storyboards as rows of `episode_messages`: the sheets in the channel, then a message a shot in their thread.

An episode has one. A row says where its message is; while it is owed, that message is to be brought up to date, posted,
or, where nothing stands there any more, taken away. A row that is put up again while its message is in hand stays owed:
what is shown then may have been read before.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from db import bulletins
from db.bulletins import NOWHERE, Bulletin
from db.messages import NONCE_BYTES

if TYPE_CHECKING:
    from aiosqlite import Connection

SHOTS_FROM = 1000
"""Parts of messages that are about shots; sheets count from 1."""

IN_HAND = 0.0
"""`posted_at` of a row whose message is being brought up to date, or was when the bot was killed: it is owed, too."""


async def put_up(writer: Connection, episode_id: int, sheets: int, shots: int) -> None:
    """Owe a storyboard: anew what there is of it, for the first time what there is not, or what was given up."""
    await writer.execute(
        "UPDATE episode_messages SET channel_id = CASE WHEN posted_at != ? AND message_id IS NULL THEN ? ELSE"
        " channel_id END, posted_at = NULL WHERE episode_id = ? AND purpose = 'storyboard'",
        (IN_HAND, NOWHERE, episode_id),
    )
    for part in [*range(1, sheets + 1), *range(SHOTS_FROM + 1, SHOTS_FROM + shots + 1)]:
        await bulletins.owe(writer, episode_id, "storyboard", part=part)


async def take_up(writer: Connection, bulletin: Bulletin) -> None:
    """Have a message in hand, before what it shows is read."""
    await writer.execute("UPDATE episode_messages SET posted_at = ? WHERE id = ?", (IN_HAND, bulletin.id))


async def shown(writer: Connection, bulletin: Bulletin, message_id: int | None) -> None:
    """Record the message that was in hand, None where it is given up; it is still owed where it was put up again."""
    await writer.execute(
        "UPDATE episode_messages SET message_id = ?, posted_at = CASE WHEN posted_at = ? THEN ? END WHERE id = ?",
        (message_id, IN_HAND, time.time(), bulletin.id),
    )


async def taken_down(writer: Connection, bulletin: Bulletin) -> None:
    """Drop the row of a message that was deleted, unless it was put up again meanwhile."""
    await writer.execute("DELETE FROM episode_messages WHERE id = ? AND posted_at = ?", (bulletin.id, IN_HAND))


async def aim(writer: Connection, bulletin: Bulletin, channel_id: int) -> Bulletin:
    """Aim a message at a channel before it is sent there, under a new nonce: an earlier one may have been deleted."""
    rows = await writer.execute_fetchall(
        "UPDATE episode_messages SET channel_id = ?, nonce = ?, message_id = NULL, created_at = ? WHERE id = ?"
        " RETURNING *",
        (channel_id, secrets.token_hex(NONCE_BYTES), time.time(), bulletin.id),
    )
    for row in rows:
        return Bulletin.of(row)
    raise LookupError(bulletin.id)


async def owed(reader: Connection) -> list[Bulletin]:
    """Return what is still to be posted, edited or taken away of storyboards, each in order."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM episode_messages WHERE purpose = 'storyboard' AND ifnull(posted_at, ?) = ?"
        " ORDER BY episode_id, part",
        (IN_HAND, IN_HAND),
    )
    return [Bulletin.of(row) for row in rows]


async def first_sheet(reader: Connection, episode_id: int) -> Bulletin | None:
    """Return the first sheet of the episode's storyboard, beneath which the thread is, or None."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM episode_messages WHERE purpose = 'storyboard' AND episode_id = ? AND part = 1", (episode_id,)
    )
    return next((Bulletin.of(row) for row in rows), None)
