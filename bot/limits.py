"""How much may wait, in all and of one member.

The limits count what is asked for shot by shot. An episode is taken whole: so many of its shots are in line as the
limits leave room for, and the others are owed. Both are rows of `jobs`; which are in line is worked out at each look,
so room that frees is filled at once, and nothing can be lost or come in line twice. A single shot is never kept out by
an episode: it takes the room of a shot that waits, which is owed again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.refusal import Refused
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Queue
    from db.jobs import Waiting


def check_shots(waiting: Sequence[Waiting], limits: Queue, guild_id: int, member_id: int, more: int = 1) -> None:
    """Make sure that `more` single shots of the member's may wait.

    Raises:
        Refused: the member, or the server, would have more waiting than it may.
    """
    single = [job for job in waiting if job.episode_id is None]
    if sum(job.member_id == member_id for job in single) + more > limits.per_member:
        raise Refused("refused-member-limit", most=limits.per_member)
    if sum(job.guild_id == guild_id for job in single) + more > limits.per_guild:
        raise Refused("refused-guild-limit", most=limits.per_guild)


def check_episode(waiting: Sequence[Waiting], limits: Queue, member_id: int, episode_id: int) -> None:
    """Make sure that the member may have an episode rendered, whole.

    Raises:
        Refused: as many shots of their other episodes wait as the member may have in line.
    """
    others = {None, episode_id}
    if sum(job.member_id == member_id and job.episode_id not in others for job in waiting) >= limits.per_member:
        raise Refused("refused-episodes-waiting", most=limits.per_member)


def guild_is_full(waiting: Sequence[Waiting], limits: Queue, guild_id: int) -> bool:
    """Return whether no more single shots of the server may wait."""
    return sum(job.guild_id == guild_id and job.episode_id is None for job in waiting) >= limits.per_guild


def owed(waiting: Sequence[Waiting], order: Sequence[Waiting], limits: Queue) -> set[int]:
    """Return the jobs, by id, that are not in line yet.

    One shot of a member's is in line whatever the server's limit: nobody's turn is passed over. So the first in `order`
    is never owed while nothing renders, and the worker need not ask.

    Args:
        waiting: queued and rendering jobs.
        order: the queued ones, as they will start.
        limits: of the queue.
    """
    single = [job for job in waiting if job.episode_id is None or job.status is Status.RENDERING]
    members, guilds = Counter(job.member_id for job in single), Counter(job.guild_id for job in single)
    found: set[int] = set()
    for job in order:
        if job.episode_id is None:
            continue
        room = members[job.member_id] < limits.per_member and guilds[job.guild_id] < limits.per_guild
        if room or not members[job.member_id]:
            members[job.member_id] += 1
            guilds[job.guild_id] += 1
        else:
            found.add(job.job_id)
    return found
