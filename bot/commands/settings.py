"""`/settings`: what a member prefers on this server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from discord import app_commands

from bot.commands.answer import answering
from bot.commands.localisation import command, options, said
from bot.refusal import Refused
from db import guilds, members

if TYPE_CHECKING:
    import discord

    from bot.client import TwohanderClient

Page = Literal["always", "changes"]
Notices = Literal["on", "off"]

PAGE_CHOICES = [
    app_commands.Choice[str](name=said("choice-page-always"), value="always"),
    app_commands.Choice[str](name=said("choice-page-changes"), value="changes"),
]


NOTICE_CHOICES = [
    app_commands.Choice[str](name=said("choice-notices-on"), value="on"),
    app_commands.Choice[str](name=said("choice-notices-off"), value="off"),
]


@command("command-settings")
@options(review="option-review", notices="option-notices")
@app_commands.choices(review=PAGE_CHOICES, notices=NOTICE_CHOICES)
@app_commands.guild_only()
async def settings(
    interaction: discord.Interaction[TwohanderClient], review: Page | None = None, notices: Notices | None = None
) -> None:
    """Choose whether a shot in which the guards changed nothing is queued at once, and whether to be written to."""
    database = interaction.client.services.database
    async with answering(interaction) as answer:
        if review is None and notices is None:
            raise Refused("reply-settings-nothing")
        words = answer.words
        told: list[str] = []
        async with database.writing() as writer:
            await guilds.remember(writer, answer.guild_id, answer.guild_locale)
            if review is not None:
                skip = review == "changes"
                await members.set_skip_clean_reports(writer, answer.guild_id, answer.member_id, skip=skip)
                told.append(words("reply-settings-changes" if skip else "reply-settings-always"))
            if notices is not None:
                off = notices == "off"
                await members.set_notices_off(writer, answer.guild_id, answer.member_id, off=off)
                told.append(words("reply-settings-notices-off" if off else "reply-settings-notices-on"))
        await answer.give("\n".join(told))
