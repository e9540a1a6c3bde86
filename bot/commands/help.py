"""`/help`: what the bot does and which commands it has, read off the command tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.answer import answering
from bot.commands.localisation import command, description

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.i18n import Speaker


@command("command-help")
@app_commands.guild_only()
async def help_(interaction: discord.Interaction[TwohanderClient]) -> None:
    """Explain the bot in one message."""
    async with answering(interaction) as answer:
        lines = [
            _line(answer.words, listed)
            for listed in interaction.client.tree.walk_commands()
            if isinstance(listed, app_commands.Command)
        ]
        await answer.give("\n".join([answer.words("reply-help"), *lines, answer.words("reply-help-more")]))


def _line(words: Speaker, listed: app_commands.Command[Any, ..., Any]) -> str:
    key: str = listed.extras["key"]
    name = words(key)
    if listed.parent is not None:
        name = f"{words(listed.parent.extras['key'])} {name}"
    return words("reply-help-line", command=name, about=description(words.language, key))
