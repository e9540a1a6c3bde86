"""How a command answers: it promises an answer first, works, and then fills it in. Always private."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands import errors
from bot.commands.wording import shortened
from bot.i18n import Speaker, speak
from bot.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.client import TwohanderClient


class Answer:
    """The answer that one member waits for, in their language.

    Attributes:
        words: says sentences in the member's language.
        guild_locale: the language of the server's channels, as Discord's tag.
        guild_id: the server in which the command was given.
        channel_id: the channel (or thread) in it.
        member_id: who gave it.
        may_manage: whether they hold Manage Server here.
    """

    def __init__(self, interaction: discord.Interaction[TwohanderClient]) -> None:
        if interaction.guild_id is None or interaction.channel_id is None:
            raise app_commands.NoPrivateMessage
        self._interaction = interaction
        self.words: Speaker = speak(interaction.locale.value)
        # The cache knows the server; Discord's `guild_locale` says the same.
        self.guild_locale = (interaction.guild.preferred_locale if interaction.guild else interaction.locale).value
        self.guild_id = interaction.guild_id
        self.channel_id = interaction.channel_id
        self.member_id = interaction.user.id
        self.may_manage = interaction.permissions.manage_guild

    async def give(
        self,
        text: str | None,
        *,
        embed: discord.Embed | None = None,
        files: Sequence[discord.File] = (),
        view: discord.ui.View | None = None,
    ) -> None:
        """Send the answer. A text that is too long for Discord is cut."""
        parts: dict[str, Any] = {"attachments": list(files)} if files else {}
        if view is not None:
            parts["view"] = view
        await self._interaction.edit_original_response(content=shortened(text) if text else None, embed=embed, **parts)


@asynccontextmanager
async def answering(interaction: discord.Interaction[TwohanderClient]) -> AsyncGenerator[Answer]:
    """Defer at once (Discord waits 3 s), then run the block. A refusal in it becomes the answer.

    Raises:
        NoPrivateMessage: the command came from outside a server.
    """
    answer = Answer(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        yield answer
    except Refused as refused:
        await errors.tell(interaction, refused)


@asynccontextmanager
async def pressed(interaction: discord.Interaction[Any]) -> AsyncGenerator[Answer]:
    """As `answering`, for buttons and modals: whatever goes wrong is told, as no command tree does it."""
    try:
        async with answering(interaction) as answer:
            yield answer
    except Exception as error:  # noqa: BLE001 - told and logged there; discord.py would leave the member waiting
        await errors.tell(interaction, error)
