"""Who made a film, as its end card says: the names that members have in the server when it is cut.

Names are data, as everything that members wrote: the card is drawn by our own code into a picture.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.guards import blocked
from bot.poster import PostError
from bot.subtitles import Lettering, clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.editing import Plan
    from bot.i18n import Speaker

    NameOf = Callable[[int, int], Awaitable[str]]
    """Returns what a guild calls a member, by their ids. Raises a PostError."""

log = logging.getLogger(__name__)

MOST = 20
"""Names in a row; more end in an ellipsis."""


async def rows_of(
    plan: Plan, guild_id: int, words: Speaker, name_of: NameOf, blocklist: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the rows of the end card that name people: who wrote, and who voted; none where nobody can be named."""
    written = await _named(plan.writers, guild_id, name_of, blocklist)
    voted = await _named(plan.voters, guild_id, name_of, blocklist)
    return (
        *([words("production-written", members=written)] if written else ()),
        *([words("production-voted", members=voted)] if voted else ()),
    )


async def _named(member_ids: Sequence[int], guild_id: int, name_of: NameOf, blocklist: tuple[str, ...]) -> str:
    """Return the members' names, without those that cannot be had, cannot be drawn, or are not wanted here."""
    names: list[str] = []
    for member_id in member_ids[:MOST]:
        try:
            name = clean(await name_of(guild_id, member_id))
        except PostError as error:
            log.info("member %d is not named in the credits: %s", member_id, error)
            continue
        if name and blocked(name, blocklist) is None:
            names.append(name)
    names = await asyncio.to_thread(_drawable, names)
    return ", ".join([*names, "…"] if names and len(member_ids) > MOST else names)


def _drawable(names: list[str]) -> list[str]:
    lettering = Lettering()
    return [name for name in names if lettering.drawable(name, "en")]
