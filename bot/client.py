"""The Discord client: signs in, takes commands, remembers which language each server speaks.

It starts no background work: the worker and the outbox run beside it (bot/app.py), and outlive a lost connection.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import commands
from bot.commands import errors
from bot.commands.localisation import CatalogueTranslator
from bot.views import draft
from bot.views.draft import DraftButton
from db import guilds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.config import Config
    from bot.drafting import Drafting
    from bot.intake import Intake
    from bot.roster import Roster
    from db.connection import Database

log = logging.getLogger(__name__)

# We never speak: the operator need not be told that the libraries for it are missing.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


@dataclass(frozen=True, slots=True)
class Services:
    """What the commands work with."""

    intake: Intake
    drafting: Drafting
    roster: Roster
    database: Database
    config: Config


class TwohanderTree(app_commands.CommandTree["TwohanderClient"]):
    """The command tree; whatever a command raises is answered in one place."""

    async def on_error(
        self, interaction: discord.Interaction[TwohanderClient], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the member."""
        await errors.tell(interaction, error)


class TwohanderClient(discord.AutoShardedClient):
    """The signed-in bot.

    Attributes:
        services: what the commands work with.
        signed_in: set once Discord has told us of our servers.
    """

    def __init__(self, services: Services) -> None:
        intents = discord.Intents.none()
        # Servers and their channels. Commands come without an intent; message contents are never read.
        intents.guilds = True
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        self.services = services
        self.signed_in = asyncio.Event()
        self.tree = TwohanderTree(self)

    async def setup_hook(self) -> None:
        """Register the commands in every language of the catalogues."""
        commands.add_to(self.tree)
        self.add_dynamic_items(DraftButton)
        await self.tree.set_translator(CatalogueTranslator())
        if self.services.config.discord.sync_commands:
            synced = await self.tree.sync()
            log.info("registered %d commands", len(synced))

    async def on_ready(self) -> None:
        """Remember the servers; comes again after a lost session."""
        await self._remember(self.guilds)
        log.info("signed in as %s in %d servers", self.user, len(self.guilds))
        self.signed_in.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take submitted modals, also those that were opened before a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            await draft.submit(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Remember a new server."""
        await self._remember([guild])

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up with a server that was away: it may have changed meanwhile."""
        await self._remember([guild])

    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """Follow a server that changes its language."""
        if before.preferred_locale is not after.preferred_locale:
            await self._remember([after])

    async def _remember(self, found: Iterable[discord.Guild]) -> None:
        async with self.services.database.writing() as writer:
            for guild in found:
                await guilds.remember(writer, guild.id, guild.preferred_locale.value)
