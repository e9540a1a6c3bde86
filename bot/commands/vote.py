"""`/vote`: whether reactions have a shot rendered again and choose among its takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.commands import suggestions
from bot.commands.answer import answering
from bot.commands.localisation import command, group, options

if TYPE_CHECKING:
    import discord

    from bot.client import TwohanderClient

vote = group("command-vote")


@command("command-vote-on", vote)
@options(shot="option-shot")
@app_commands.autocomplete(shot=suggestions.directed)
async def on(interaction: discord.Interaction[TwohanderClient], shot: app_commands.Range[int, 1]) -> None:
    """Count the votes on a shot's takes, those that stand there included."""
    await _switch(interaction, shot, off=False)


@command("command-vote-off", vote)
@options(shot="option-shot")
@app_commands.autocomplete(shot=suggestions.directed)
async def off(interaction: discord.Interaction[TwohanderClient], shot: app_commands.Range[int, 1]) -> None:
    """Leave a shot's takes as they are."""
    await _switch(interaction, shot, off=True)


async def _switch(interaction: discord.Interaction[TwohanderClient], shot: int, *, off: bool) -> None:
    directing = interaction.client.services.directing
    async with answering(interaction) as answer:
        await directing.switch(answer.guild_id, shot, answer.member_id, off=off, may_manage=answer.may_manage)
        await answer.give(answer.words("reply-vote-off" if off else "reply-vote-on", number=str(shot)))
