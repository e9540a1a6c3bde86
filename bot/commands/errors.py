"""The one place where what went wrong becomes a sentence. Members never see an exception's text; the log does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.wording import escaped, shortened
from bot.i18n import speak
from bot.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.i18n import Speaker

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION = 10062


async def tell(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Answer a command that did not end well, and log what was not the member's doing."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.NotFound) and cause.code == UNKNOWN_INTERACTION:
        log.warning("[interaction %d] Discord had given up on it before our first answer", interaction.id)
        return
    sentence = _sentence(speak(interaction.locale.value), cause, interaction)
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=sentence, embed=None, attachments=[], view=None)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as second:
        log.warning("[interaction %d] cannot be told what went wrong: %s", interaction.id, second)


def _sentence(words: Speaker, cause: Exception, interaction: discord.Interaction[Any]) -> str:
    match cause:
        case Refused():
            return refusal(words, cause)
        case app_commands.NoPrivateMessage():
            return words("refused-outside-a-server")
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            log.warning("[interaction %d] the registered commands are not these: %s", interaction.id, cause)
            return words("refused-commands-outdated")
        case app_commands.TransformerError():
            return words("refused-option", value=escaped(str(cause.value)))
        case _:
            command = interaction.command.qualified_name if interaction.command else None
            log.error(
                "[interaction %d] /%s of member %d in guild %s failed",
                *(interaction.id, command, interaction.user.id, interaction.guild_id),
                exc_info=cause,
            )
            return words("failure-unexpected", reference=str(interaction.id))


def refusal(words: Speaker, refused: Refused) -> str:
    """Return the sentence of a refusal; what it quotes are members' words, and so escaped."""
    return shortened(words(refused.key, **quoted(refused.arguments)))


def quoted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sentence's arguments with every text escaped."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in arguments.items()}
