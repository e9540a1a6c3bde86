"""Storyboards as rows of `episode_messages`: the sheets in the channel, then a message a shot in their thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db import bulletins, episodes
from db.bulletins import Bulletin

if TYPE_CHECKING:
    from aiosqlite import Connection

SHOTS_FROM = 1000
"""Parts of messages that are about shots; sheets count from 1."""


async def put_up(writer: Connection, episode_id: int, sheets: int, shots: int) -> None:
    """Owe a storyboard; an earlier one stays where it was posted, and what was not posted of it is dropped."""
    await writer.execute("DELETE FROM episode_messages WHERE episode_id = ? AND purpose = 'storyboard'", (episode_id,))
    await episodes.set_thread(writer, episode_id, None)
    for part in [*range(1, sheets + 1), *range(SHOTS_FROM + 1, SHOTS_FROM + shots + 1)]:
        await bulletins.owe(writer, episode_id, "storyboard", part=part)


async def owed(reader: Connection) -> list[Bulletin]:
    """Return what is still to be posted of storyboards, each in order."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM episode_messages WHERE purpose = 'storyboard' AND posted_at IS NULL ORDER BY episode_id, part"
    )
    return [Bulletin.of(row) for row in rows]


async def first_sheet(reader: Connection, episode_id: int) -> Bulletin | None:
    """Return the first sheet of the episode's storyboard, beneath which the thread is, or None."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM episode_messages WHERE purpose = 'storyboard' AND episode_id = ? AND part = 1", (episode_id,)
    )
    return next((Bulletin.of(row) for row in rows), None)
