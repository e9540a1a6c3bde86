"""What Discord offers while a member types: names of characters, numbers of shots."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from discord.app_commands import Choice

from bot.commands.wording import excerpt
from db import shots
from db.models import name_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping

    import discord

    from bot.client import TwohanderClient
    from db.jobs import Waiting
    from db.models import Character
    from db.shots import Asked

log = logging.getLogger(__name__)

MOST = 25
"""Suggestions that Discord shows."""

CHOICE_LIMIT = 100
"""Characters of one suggestion."""

DEADLINE_S = 2.0
"""Discord drops suggestions that come after 3 seconds; none in time are better than an error."""

T = TypeVar("T")


async def castable(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[str]]:
    """Suggest characters that the member may cast."""
    return _by_name(await _visible(interaction), current)


async def styles(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[str]]:
    """Suggest the style LoRAs that are set up."""
    known = interaction.client.services.config.loras.styles
    return [Choice(name=name, value=name) for name in matching(known, current)]


async def editable(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[str]]:
    """Suggest characters that the member may edit or remove."""
    everyone = interaction.permissions.manage_guild
    found = [who for who in await _visible(interaction) if everyone or who.owner_id == interaction.user.id]
    return _by_name(found, current)


async def cancellable(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest shots that the member may cancel, by number or by words."""
    open_jobs = await in_time(_open_jobs(interaction), interaction)
    everyone = interaction.permissions.manage_guild
    labels = {
        job.number: excerpt(f"#{job.number} · {job.words}", CHOICE_LIMIT)
        for job in open_jobs
        if everyone or job.member_id == interaction.user.id
    }
    return _by_number(labels, current)


async def directed(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest the youngest shots that the member asked for, or anybody's with Manage Server."""
    labels = {
        shot.number: excerpt(f"#{shot.number} · {shot.words}", CHOICE_LIMIT)
        for shot in await in_time(_recent_shots(interaction), interaction)
    }
    return _by_number(labels, current)


def matching(names: Iterable[str], typed: str) -> list[str]:
    """Return at most 25 names that begin with `typed`, then those that contain it (NFKC, any case)."""
    wanted = name_key(typed)
    starting: list[str] = []
    containing: list[str] = []
    for name in names:
        key = name_key(name)
        if key.startswith(wanted):
            starting.append(name)
        elif wanted in key:
            containing.append(name)
    return [*starting, *containing][:MOST]


def _by_name(found: list[Character], current: str) -> list[Choice[str]]:
    return [Choice(name=name, value=name) for name in matching((who.name for who in found), current)]


def _by_number(labels: Mapping[int, str], current: str) -> list[Choice[int]]:
    numbers = {label: number for number, label in labels.items()}
    # A number is typed with or without its sign.
    typed = f"#{current}" if str(current).isdecimal() else str(current)
    return [Choice(name=label, value=numbers[label]) for label in matching(numbers, typed)]


async def _visible(interaction: discord.Interaction[TwohanderClient]) -> list[Character]:
    if interaction.guild_id is None:
        return []
    roster = interaction.client.services.roster
    return await in_time(roster.visible_to(interaction.guild_id, interaction.user.id), interaction)


async def _open_jobs(interaction: discord.Interaction[TwohanderClient]) -> list[Waiting]:
    if interaction.guild_id is None:
        return []
    intake = interaction.client.services.intake
    rendering = await intake.estimates.rendering(interaction.guild_id)
    return [*rendering, *(place.job for place in await intake.estimates.line(interaction.guild_id))]


async def _recent_shots(interaction: discord.Interaction[TwohanderClient]) -> list[Asked]:
    if interaction.guild_id is None:
        return []
    author = None if interaction.permissions.manage_guild else interaction.user.id
    return await shots.recent(interaction.client.services.database.reading(), interaction.guild_id, author)


async def in_time(query: Awaitable[list[T]], interaction: discord.Interaction[TwohanderClient]) -> list[T]:
    """Return what `query` finds, or nothing where it takes longer than Discord waits."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await query
    except TimeoutError:
        log.warning("[interaction %d] the database was too slow for suggestions", interaction.id)
        return []
