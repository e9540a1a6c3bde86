"""`twohander run`: the bot on Discord until it is told to stop."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

import discord

from bot.app import AlreadyRunningError, open_house, working
from bot.client import Services, TwohanderClient
from bot.config import TOKEN_VARIABLE
from bot.posting import DiscordPoster
from bot.reactions import DiscordBallots
from db.connection import DatabaseTooNewError, MigrationChangedError

if TYPE_CHECKING:
    from bot.config import Config

log = logging.getLogger(__name__)


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
    except discord.LoginFailure:
        log.error("Discord refuses the token: copy it again from the developer portal (Bot → Reset Token)")  # noqa: TRY400
        return 1
    except (AlreadyRunningError, DatabaseTooNewError, MigrationChangedError) as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence says it all
        return 1
    except sqlite3.Error as error:
        log.error("the database in %s cannot be used: %s", config.directory, error)  # noqa: TRY400
        return 1
    return 0
