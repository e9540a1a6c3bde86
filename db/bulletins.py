"""Messages that tell of an episode (`episode_messages`), and which of them are still owed.

A row is made in the transaction from which the message is owed, aimed at no channel. Aiming it is committed before it
is sent: so a row without a channel was never sent, and of one that is aimed but not known to be sent, nobody knows.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from db.messages import NONCE_BYTES

if TYPE_CHECKING:
    import sqlite3

    from aiosqlite import Connection

BulletinPurpose = Literal["storyboard", "status", "cut", "notice", "note"]

NOWHERE = 0
"""The channel of a row that is not aimed yet."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A row of `episode_messages`: one part of a cut, the live status, a private notice, or a note in the thread."""

    id: int
    episode_id: int
    cut_id: int | None
    member_id: int | None
    purpose: BulletinPurpose
    part: int
    channel_id: int
    nonce: str
    message_id: int | None
    created_at: float
    posted_at: float | None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Bulletin:
        """Build from a row of `episode_messages`."""
        return cls(**{key: row[key] for key in cls.__slots__})


async def owe(
    writer: Connection,
    episode_id: int,
    purpose: BulletinPurpose,
    *,
    cut_id: int | None = None,
    member_id: int | None = None,
    part: int = 1,
) -> None:
    """Owe a message, once: a second row for the same thing is not made."""
    await writer.execute(
        "INSERT INTO episode_messages (episode_id, cut_id, member_id, purpose, part, channel_id, nonce, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (episode_id, cut_id, member_id, purpose, part, NOWHERE, secrets.token_hex(NONCE_BYTES), time.time()),
    )


async def owe_notices(writer: Connection, episode_id: int, cut_id: int) -> None:
    """Owe a private notice to the owner and to whoever asked for one, unless they were told or want none."""
    rows = await writer.execute_fetchall(
        "SELECT member_id FROM (SELECT id AS episode_id, owner_id AS member_id FROM episodes"
        "  UNION SELECT episode_id, member_id FROM subscriptions) AS asking"
        " JOIN episodes ON episodes.id = episode_id WHERE episode_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM episode_messages AS told WHERE told.episode_id = asking.episode_id"
        "  AND told.member_id = asking.member_id AND told.purpose = 'notice')"
        " AND NOT EXISTS (SELECT 1 FROM members WHERE members.guild_id = episodes.guild_id"
        "  AND members.member_id = asking.member_id AND notices_off) ORDER BY member_id",
        (episode_id,),
    )
    for row in rows:
        await owe(writer, episode_id, "notice", cut_id=cut_id, member_id=row["member_id"])


async def forget_notices(writer: Connection, episode_id: int) -> None:
    """Let everybody be told again: the episode is rendered anew."""
    await writer.execute("DELETE FROM episode_messages WHERE episode_id = ? AND purpose = 'notice'", (episode_id,))


async def aim(writer: Connection, bulletin: Bulletin, channel_id: int) -> Bulletin:
    """Aim a message at a channel, before it is sent there: `created_at` says since when it may be there.

    Raises:
        LookupError: it is not owed any more.
    """
    rows = await writer.execute_fetchall(
        "UPDATE episode_messages SET channel_id = ?, created_at = ? WHERE id = ? RETURNING *",
        (channel_id, time.time(), bulletin.id),
    )
    for row in rows:
        return Bulletin.of(row)
    raise LookupError(bulletin.id)


async def sent(writer: Connection, bulletin: Bulletin, message_id: int | None) -> None:
    """Record that Discord has the message; None: it is given up, nobody can be told."""
    await writer.execute(
        "UPDATE episode_messages SET message_id = ?, posted_at = ? WHERE id = ?",
        (message_id, time.time(), bulletin.id),
    )


async def forget(writer: Connection, bulletin: Bulletin) -> None:
    """Drop the row of a message that was deleted."""
    await writer.execute("DELETE FROM episode_messages WHERE id = ?", (bulletin.id,))


async def owed(reader: Connection) -> list[Bulletin]:
    """Return what is still to be posted: parts of cuts in order, then notes and notices, then the status."""
    return await _where(
        reader,
        "posted_at IS NULL AND purpose != 'storyboard'"
        " ORDER BY CASE purpose WHEN 'cut' THEN 0 WHEN 'note' THEN 1 WHEN 'notice' THEN 2 ELSE 3 END, cut_id, part, id",
    )


async def statuses(reader: Connection) -> list[Bulletin]:
    """Return every status message, the newest of an episode last."""
    return await _where(reader, "purpose = 'status' ORDER BY episode_id, part")


async def of_cut(reader: Connection, cut_id: int) -> list[Bulletin]:
    """Return the parts of a cut, in order."""
    return await _where(reader, "purpose = 'cut' AND cut_id = ? ORDER BY part", cut_id)


async def busy(reader: Connection) -> set[int]:
    """Return the episodes of which something is under way: they have a live status message.

    An episode whose cut failed waits for its members: a note has told them.
    """
    rows = await reader.execute_fetchall(
        "SELECT id FROM episodes WHERE status = 'RENDERING' OR status = 'CUTTING' AND 'FAILED' IS NOT"
        " (SELECT cuts.status FROM cuts WHERE cuts.episode_id = episodes.id AND cuts.status != 'STALE'"
        "  ORDER BY cuts.created_at DESC, cuts.id DESC LIMIT 1) UNION"
        " SELECT scenes.episode_id FROM scenes JOIN scene_shots ON scene_shots.scene_id = scenes.id"
        " JOIN jobs ON jobs.shot_id = scene_shots.shot_id WHERE jobs.status IN ('QUEUED', 'RENDERING')"
    )
    return {row["id"] for row in rows}


async def voters(reader: Connection, episode_id: int) -> list[int]:
    """Return the members who voted on a take of the episode, in the order of their first vote."""
    rows = await reader.execute_fetchall(
        "SELECT votes.member_id FROM votes JOIN jobs ON jobs.id = votes.job_id"
        " JOIN scene_shots ON scene_shots.shot_id = jobs.shot_id JOIN scenes ON scenes.id = scene_shots.scene_id"
        " WHERE scenes.episode_id = ? GROUP BY votes.member_id ORDER BY min(votes.cast_at), votes.member_id",
        (episode_id,),
    )
    return [row["member_id"] for row in rows]


async def subscribe(writer: Connection, episode_id: int, member_id: int) -> None:
    """Tell the member when the episode is done. The episode must exist."""
    await writer.execute(
        "INSERT INTO subscriptions (episode_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (episode_id, member_id),
    )


async def _where(reader: Connection, condition: str, *values: object) -> list[Bulletin]:
    rows = await reader.execute_fetchall(f"SELECT * FROM episode_messages WHERE {condition}", values)
    return [Bulletin.of(row) for row in rows]
