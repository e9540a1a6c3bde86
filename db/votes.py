"""Votes: a member's reaction on a posted take is a row, and taking it back deletes the row."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from db.models import Job, Posted, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiosqlite import Connection

Kind = Literal["again", "like"]
"""What a vote asks for: the shot once more, or this take among the others."""

# Takes whose clip is on disk, unless it was swept.
FINISHED = (Status.RENDERED, Status.POSTED)

_NEWEST = "NOT EXISTS (SELECT 1 FROM jobs AS later WHERE later.shot_id = jobs.shot_id AND later.take > jobs.take)"
_SPENT = "EXISTS (SELECT 1 FROM jobs AS effect WHERE effect.again_of = jobs.id)"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A posted take on which members may vote, by its message."""

    job_id: int
    shot_id: int
    channel_id: int
    message_id: int
    off: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a take's votes have its shot rendered again.

    Attributes:
        job: the take.
        guild_id: where it was posted.
        off: voting is switched off for the shot.
        newest: no later take of the shot exists, whatever became of it.
        spent: it has led to another take already.
        again: members who ask for the shot once more.
        reacted: members who voted at all.
        made_by_votes: takes of the shot that votes led to.
        last_made: when the last of those ended (Unix seconds), 0 where there is none.
    """

    job: Job
    guild_id: int
    off: bool
    newest: bool
    spent: bool
    again: int
    reacted: int
    made_by_votes: int
    last_made: float


async def cast(writer: Connection, job_id: int, member_id: int, kind: Kind) -> None:
    """Record a vote; one that is there already stays as it is."""
    await writer.execute(
        "INSERT INTO votes (job_id, member_id, kind, cast_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (job_id, member_id, kind, time.time()),
    )


async def take_back(writer: Connection, job_id: int, member_id: int, kind: Kind) -> None:
    """Delete a vote, if it is there."""
    await writer.execute("DELETE FROM votes WHERE job_id = ? AND member_id = ? AND kind = ?", (job_id, member_id, kind))


async def clear(writer: Connection, job_id: int, kind: Kind) -> None:
    """Delete every vote of that kind on a take."""
    await writer.execute("DELETE FROM votes WHERE job_id = ? AND kind = ?", (job_id, kind))


async def replace(writer: Connection, job_id: int, kind: Kind, member_ids: Iterable[int]) -> None:
    """Make `member_ids` the voters of that kind on a take; a vote that stays keeps its time."""
    wanted = set(member_ids)
    known = await voters(writer, job_id, kind)
    for member_id in known - wanted:
        await take_back(writer, job_id, member_id, kind)
    for member_id in sorted(wanted - known):
        await cast(writer, job_id, member_id, kind)


async def voters(reader: Connection, job_id: int, kind: Kind) -> set[int]:
    """Return who voted so on a take."""
    rows = await reader.execute_fetchall("SELECT member_id FROM votes WHERE job_id = ? AND kind = ?", (job_id, kind))
    return {row["member_id"] for row in rows}


async def ballot(reader: Connection, message_id: int) -> Ballot | None:
    """Return the take that the message shows, or None where it shows none that can be voted on."""
    found = await _ballots(reader, "messages.message_id = ?", message_id)
    return found[0] if found else None


async def recent_ballots(reader: Connection, most: int) -> list[Ballot]:
    """Return the `most` youngest posted takes whose votes count, youngest first."""
    return await _ballots(reader, "messages.ballot = 'open' AND NOT shots.votes_off", limit=most)


async def ballots_of(reader: Connection, shot_id: int) -> list[Ballot]:
    """Return the posted takes of a shot, youngest first."""
    return await _ballots(reader, "jobs.shot_id = ?", shot_id)


async def _ballots(reader: Connection, where: str, *values: int, limit: int = -1) -> list[Ballot]:
    rows = await reader.execute_fetchall(
        f"SELECT jobs.id, jobs.shot_id, messages.channel_id, messages.message_id, shots.votes_off AS off FROM messages"
        " JOIN jobs ON jobs.id = messages.job_id JOIN shots ON shots.id = jobs.shot_id"
        " WHERE messages.purpose = 'clip' AND messages.message_id IS NOT NULL AND messages.ballot != 'none'"
        f" AND {where} ORDER BY messages.id DESC LIMIT ?",
        (*values, limit),
    )
    return [Ballot(row["id"], row["shot_id"], row["channel_id"], row["message_id"], bool(row["off"])) for row in rows]


async def to_open(reader: Connection) -> list[Posted]:
    """Return the posted takes that do not carry the bot's reactions yet, oldest first."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM messages WHERE ballot = 'owed' AND message_id IS NOT NULL ORDER BY id"
    )
    return [Posted.of(row) for row in rows]


async def opened(writer: Connection, posted: Posted, *, possible: bool) -> None:
    """Record that the bot's reactions stand under a take, or that they cannot."""
    await writer.execute("UPDATE messages SET ballot = ? WHERE id = ?", ("open" if possible else "none", posted.id))


async def standing(reader: Connection, job_id: int) -> Standing:
    """Return what decides about a take.

    Raises:
        LookupError: there is no such take.
    """
    rows = await reader.execute_fetchall(
        f"SELECT jobs.*, shots.guild_id, shots.votes_off AS off, {_NEWEST} AS newest, {_SPENT} AS spent,"
        " (SELECT count(*) FROM votes WHERE votes.job_id = jobs.id AND votes.kind = 'again') AS again,"
        " (SELECT count(DISTINCT votes.member_id) FROM votes WHERE votes.job_id = jobs.id) AS reacted,"
        " count(made.id) AS made_by_votes, ifnull(max(ifnull(made.ended_at, made.created_at)), 0.0) AS last_made"
        " FROM jobs JOIN shots ON shots.id = jobs.shot_id"
        " LEFT JOIN jobs AS made ON made.shot_id = jobs.shot_id AND made.cause = 'votes'"
        " WHERE jobs.id = ? GROUP BY jobs.id",
        (job_id,),
    )
    for row in rows:
        return Standing(
            Job.of(row),
            row["guild_id"],
            bool(row["off"]),
            bool(row["newest"]),
            bool(row["spent"]),
            row["again"],
            row["reacted"],
            row["made_by_votes"],
            row["last_made"],
        )
    raise LookupError(job_id)


async def open_questions(reader: Connection) -> list[int]:
    """Return the takes that somebody wants once more and whose votes may yet decide, by id."""
    rows = await reader.execute_fetchall(
        "SELECT DISTINCT votes.job_id AS id FROM votes JOIN jobs ON jobs.id = votes.job_id"
        f" WHERE votes.kind = 'again' AND jobs.status = 'POSTED' AND {_NEWEST} AND NOT {_SPENT} ORDER BY id"
    )
    return [row["id"] for row in rows]


def choose(takes: Sequence[Job], likes: Mapping[int, int], picked: int | None = None) -> Job | None:
    """Return the take that stands for its shot: the picked one, else the best liked, the newest of equals.

    Args:
        takes: of one shot, in any order; those without a clip are passed over.
        likes: how many like each take, by its id.
        picked: the id of the take that somebody who directs the shot picked.
    """
    finished = [take for take in takes if take.status in FINISHED and take.swept_at is None]
    return max(finished, key=lambda take: (take.id == picked, likes.get(take.id, 0), take.take), default=None)


async def chosen_take(reader: Connection, shot_id: int) -> Job | None:
    """Return the take that stands for the shot, or None while it has no finished one; see `choose`."""
    takes = await reader.execute_fetchall("SELECT * FROM jobs WHERE shot_id = ? ORDER BY take", (shot_id,))
    liked = await reader.execute_fetchall(
        "SELECT votes.job_id, count(*) AS likes FROM votes JOIN jobs ON jobs.id = votes.job_id"
        " WHERE jobs.shot_id = ? AND votes.kind = 'like' GROUP BY votes.job_id",
        (shot_id,),
    )
    return choose(
        [Job.of(row) for row in takes], {row["job_id"]: row["likes"] for row in liked}, await picked(reader, shot_id)
    )


async def picked(reader: Connection, shot_id: int) -> int | None:
    """Return the id of the take that was picked for the shot, or None where the votes choose."""
    rows = await reader.execute_fetchall("SELECT picked_job FROM shots WHERE id = ?", (shot_id,))
    return next((row["picked_job"] for row in rows), None)


async def pick(writer: Connection, shot_id: int, job_id: int | None) -> None:
    """Pick a take for its shot, or let the votes choose again (None)."""
    await writer.execute("UPDATE shots SET picked_job = ? WHERE id = ?", (job_id, shot_id))


async def switch(writer: Connection, shot_id: int, *, off: bool) -> None:
    """Switch voting for a shot."""
    await writer.execute("UPDATE shots SET votes_off = ? WHERE id = ?", (off, shot_id))
