"""`twohander run`: the bot on Discord until it is told to stop."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.app import DataFolderError, open_house, working
from bot.client import Services, TwohanderClient
from bot.config_file import TOKEN_VARIABLE
from bot.posting import DiscordPoster
from bot.reactions import DiscordBallots
from db.connection import DatabaseTooNewError, MigrationChangedError
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from bot.config import Config

log = logging.getLogger(__name__)

EXPECTED = (
    DataFolderError,
    DatabaseTooNewError,
    MigrationChangedError,
    sqlite3.Error,
    DiskUnusable,
    discord.LoginFailure,
    discord.ConnectionClosed,
    discord.HTTPException,
    aiohttp.ClientError,
    TimeoutError,
)
"""What ends the bot with a sentence. Anything else is a fault of ours and shows where it happened."""


async def serve(config: Config) -> int:
    """Sign in and serve; returns the exit code."""
    if config.token is None:
        log.error("no Discord token: set %s, or name a file in discord.token_file", TOKEN_VARIABLE)
        return 2
    try:
        async with open_house(config) as house:
            client = TwohanderClient(Services.of(house))
            async with client:
                await client.login(config.token.get_secret_value())
                async with working(house, DiscordPoster(client), DiscordBallots(client)):
                    await client.connect()
    except EXPECTED as error:
        log.error("%s", _why(error, config))  # noqa: TRY400 - the sentence says it all
        return 1
    return 0


def _why(error: Exception, config: Config) -> str:
    """Return why the bot ended, and what to do where that is plain."""
    match error:
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            return "Discord refuses the token: copy it again from the developer portal (Bot → Reset Token)"
        case discord.ConnectionClosed() | discord.HTTPException():
            return f"Discord refuses the bot: {error}"
        case aiohttp.ClientError() | TimeoutError():
            return f"Discord cannot be reached: {error or 'no answer'}"
        case sqlite3.Error():
            return f"the database in {config.directory} cannot be used: {error}"
        case _:
            return str(error)
