"""What Discord offers while a member types into `/episode`: episodes, scenes and shots of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.app_commands import Choice

from bot.commands.suggestions import CHOICE_LIMIT, in_time, matching
from bot.commands.wording import excerpt
from bot.episodes import Who
from bot.i18n import speak
from bot.refusal import Refused
from bot.styles import AS_AROUND, NONE

if TYPE_CHECKING:
    import discord

    from bot.client import TwohanderClient
    from db.writing import Episode, Heading


async def readable(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest the episodes that the member may see."""
    return _by_number(await _visible(interaction), current)


async def editable(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest the episodes that the member may edit."""
    everyone = interaction.permissions.manage_guild
    found = [one for one in await _visible(interaction) if everyone or one.role in {"owner", "editor"}]
    return _by_number(found, current)


async def own(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest the episodes that the member may share and delete."""
    everyone = interaction.permissions.manage_guild
    return _by_number([one for one in await _visible(interaction) if everyone or one.role == "owner"], current)


async def scenes(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[int]]:
    """Suggest the scenes of the episode that is filled in."""
    labels = {
        excerpt(f"{scene.position} · {scene.title or scene.place}", CHOICE_LIMIT): scene.position
        for episode in await _filled_in(interaction)
        for scene in episode.scenes
    }
    return [Choice(name=label, value=labels[label]) for label in matching(labels, str(current))]


async def parts(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[str]]:
    """Suggest the scenes and shots of the episode that is filled in."""
    labels: dict[str, str] = {}
    for episode in await _filled_in(interaction):
        for scene in episode.scenes:
            number = str(scene.position)
            labels[excerpt(f"{number} · {scene.title or scene.place}", CHOICE_LIMIT)] = number
            for shot in scene.shots:
                label = f"{number}.{shot.position}"
                labels[excerpt(f"{label} · {shot.words}", CHOICE_LIMIT)] = label
    return [Choice(name=label, value=labels[label]) for label in matching(labels, current)]


async def styles(interaction: discord.Interaction[TwohanderClient], current: str) -> list[Choice[str]]:
    """Suggest the style LoRAs that are set up, none at all, and what is around the part."""
    words = speak(interaction.locale.value)
    values = {name: name for name in interaction.client.services.config.loras.styles}
    values |= {words("choice-style-none"): NONE, words("choice-style-around"): AS_AROUND}
    return [Choice(name=name, value=values[name]) for name in matching(values, current)]


def _by_number(found: list[Heading], current: str) -> list[Choice[int]]:
    labels = {excerpt(f"{one.number} · {one.title}", CHOICE_LIMIT): one.number for one in found}
    return [Choice(name=label, value=labels[label]) for label in matching(labels, str(current))]


async def _visible(interaction: discord.Interaction[TwohanderClient]) -> list[Heading]:
    who = _who(interaction)
    return [] if who is None else await in_time(interaction.client.services.writing.visible_to(who), interaction)


async def _filled_in(interaction: discord.Interaction[TwohanderClient]) -> list[Episode]:
    number = getattr(interaction.namespace, "episode", None)
    who = _who(interaction)
    if who is None or not isinstance(number, int):
        return []

    async def look() -> list[Episode]:
        try:
            return [await interaction.client.services.writing.find(who, number, "see")]
        except Refused:
            return []

    return await in_time(look(), interaction)


def _who(interaction: discord.Interaction[TwohanderClient]) -> Who | None:
    if interaction.guild_id is None or interaction.channel_id is None:
        return None
    return Who(
        interaction.guild_id,
        interaction.channel_id,
        interaction.user.id,
        interaction.locale.value,
        interaction.permissions.manage_guild,
    )
