"""`/help`: what the bot does and which commands it has, read off the command tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from bot.commands.answer import answering
from bot.commands.localisation import command, description

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.i18n import Speaker

Listed: TypeAlias = "app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu"


@command("command-help")
@app_commands.guild_only()
async def help_(interaction: discord.Interaction[TwohanderClient]) -> None:
    """Explain the bot in one message."""
    async with answering(interaction) as answer:
        lines = [_line(answer.words, listed) for listed in interaction.client.tree.get_commands()]
        await answer.give("\n".join([answer.words("reply-help"), *lines, answer.words("reply-help-more")]))


def _line(words: Speaker, listed: Listed) -> str:
    """Return one line of a command, or of a group with all that it holds: a line each is more than a message takes."""
    key: str = listed.extras["key"]
    about = description(words.language, key)
    if isinstance(listed, app_commands.Group):
        verbs = " · ".join(words(inner.extras["key"]) for inner in listed.commands)
        return words("reply-help-group", command=words(key), verbs=verbs, about=about)
    return words("reply-help-line", command=words(key), about=about)
