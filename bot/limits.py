"""How much may wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Queue
    from db import jobs


def check_limits(waiting: Sequence[jobs.Waiting], limits: Queue, guild_id: int, member_id: int) -> None:
    """Make sure that one more shot of the member's may wait.

    Raises:
        Refused: the member, or the server, has as many waiting as it may.
    """
    if sum(job.member_id == member_id for job in waiting) >= limits.per_member:
        raise Refused("refused-member-limit", most=limits.per_member)
    if sum(job.guild_id == guild_id for job in waiting) >= limits.per_guild:
        raise Refused("refused-guild-limit", most=limits.per_guild)
