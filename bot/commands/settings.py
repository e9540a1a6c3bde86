"""`/settings`: what a member prefers on this server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from discord import app_commands

from bot.commands.answer import answering
from bot.commands.localisation import command, options, said
from db import guilds, members

if TYPE_CHECKING:
    import discord

    from bot.client import TwohanderClient

Page = Literal["always", "changes"]

PAGE_CHOICES = [
    app_commands.Choice[str](name=said("choice-page-always"), value="always"),
    app_commands.Choice[str](name=said("choice-page-changes"), value="changes"),
]


@command("command-settings")
@options(review="option-review")
@app_commands.choices(review=PAGE_CHOICES)
@app_commands.guild_only()
async def settings(interaction: discord.Interaction[TwohanderClient], review: Page) -> None:
    """Choose whether a shot in which the guards changed nothing is queued at once."""
    database = interaction.client.services.database
    async with answering(interaction) as answer:
        async with database.writing() as writer:
            await guilds.remember(writer, answer.guild_id, answer.guild_locale)
            await members.set_skip_clean_reports(writer, answer.guild_id, answer.member_id, skip=review == "changes")
        await answer.give(answer.words("reply-settings-changes" if review == "changes" else "reply-settings-always"))
