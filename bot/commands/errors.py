"""The one place where what went wrong becomes a sentence. Members never see an exception's text; the log does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.commands.wording import escaped, shortened
from bot.i18n import speak
from bot.refusal import Refused
from db.disk import DiskUnusable, fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.i18n import Speaker
    from db.disk import Disk

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION = 10062


async def tell(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Answer a command that did not end well, and log what was not the member's doing."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.NotFound) and cause.code == UNKNOWN_INTERACTION:
        log.warning("[interaction %d] Discord had given up on it before our first answer", interaction.id)
        return
    sentence = await told(speak(interaction.locale.value), cause, interaction)
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=sentence, embed=None, attachments=[], view=None)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as second:
        log.warning("[interaction %d] cannot be told what went wrong: %s", interaction.id, second)


async def told(words: Speaker, cause: Exception, interaction: discord.Interaction[Any]) -> str:
    """Return the sentence for what went wrong, and log what was not the member's doing."""
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
            what = f"[interaction {interaction.id}] /{command} of member {interaction.user.id}"
            disk: Disk = interaction.client.services.database.disk
            if (trouble := await _trouble_of(disk, cause)) is not None:
                log.error("%s in guild %s was not written down: %s", what, interaction.guild_id, trouble)
                return words("failure-disk")
            log.error("%s in guild %s failed", what, interaction.guild_id, exc_info=cause)
            return words("failure-unexpected", reference=str(interaction.id))


async def _trouble_of(disk: Disk, cause: BaseException | None) -> DiskUnusable | None:
    """Return the disk's trouble that `cause` comes from, if any: a picture, too, is written before its row is."""
    while cause is not None:
        if isinstance(cause, DiskUnusable):
            return cause
        if (why := fault(cause)) is not None:
            return await disk.refuses(why)
        cause = cause.__cause__
    return None


def refusal(words: Speaker, refused: Refused) -> str:
    """Return the sentence of a refusal; what it quotes are members' words, and so escaped."""
    return shortened(words(refused.key, **quoted(refused.arguments)))


def quoted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sentence's arguments with every text escaped."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in arguments.items()}
