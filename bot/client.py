"""The Discord client: signs in, takes commands, remembers which language each server speaks.

It starts no background work: the worker and the outbox run beside it (bot/app.py), and outlive a lost connection.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import commands, reactions
from bot.commands import errors
from bot.commands.localisation import CatalogueTranslator
from bot.views import draft, take
from bot.views import episode as episode_editor
from bot.views.draft import DraftButton
from bot.views.episode import EditAgainButton
from bot.views.production import NotifyButton, ProduceButton
from bot.views.take import TakeButton
from db import guilds, members
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.app import House
    from bot.ballots import Vote
    from bot.breakdown import Breakdown
    from bot.config import Config
    from bot.directing import Directing
    from bot.drafting import Drafting
    from bot.episodes import Writing
    from bot.intake import Intake
    from bot.production import Production
    from bot.rehearsal import Rehearsal
    from bot.roster import Roster
    from bot.voting import Voting
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
    voting: Voting
    directing: Directing
    writing: Writing
    breakdown: Breakdown
    production: Production
    rehearsal: Rehearsal

    @classmethod
    def of(cls, house: House) -> Services:
        """Take them from an open house."""
        return cls(
            house.intake,
            house.drafting,
            house.roster,
            house.database,
            house.config,
            house.voting,
            house.directing,
            house.writing,
            house.breakdown,
            house.production,
            house.rehearsal,
        )


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
        # Votes.
        intents.guild_reactions = True
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
        )
        self.services = services
        self.signed_in = asyncio.Event()
        self.tree = TwohanderTree(self)
        self._heard: dict[tuple[int, int], str] = {}

    async def setup_hook(self) -> None:
        """Register the commands in every language of the catalogues."""
        commands.add_to(self.tree)
        self.add_dynamic_items(DraftButton, TakeButton, EditAgainButton, ProduceButton, NotifyButton)
        await self.tree.set_translator(CatalogueTranslator())
        if self.services.config.discord.sync_commands:
            synced = await self.tree.sync()
            log.info("registered %d commands", len(synced))

    async def on_ready(self) -> None:
        """Remember the servers, and have votes read again; comes again after a lost session."""
        self.services.voting.signed_in()
        await self._remember(self.guilds)
        log.info("signed in as %s in %d servers", self.user, len(self.guilds))
        self.signed_in.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take submitted modals, also those that were opened before a restart, and hear the member's language."""
        if interaction.type is discord.InteractionType.modal_submit:
            await draft.submit(interaction)
            await take.submit(interaction)
            await episode_editor.submit(interaction)
        await self._hear(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Count a vote. Raw: the messages are not kept, and older than this process."""
        self._count(reactions.given(event))

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """Take a vote back."""
        self._count(reactions.taken_back(event))

    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        """Take every vote on a message back."""
        self._count(*reactions.cleared(event))

    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        """Take every vote of one kind on a message back."""
        self._count(reactions.cleared_of_one(event))

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
        # Where the disk takes nothing: whoever gives a command later, or the next sign-in, has it remembered.
        with suppress(DiskUnusable):
            async with self.services.database.writing() as writer:
                for guild in found:
                    await guilds.remember(writer, guild.id, guild.preferred_locale.value)

    async def _hear(self, interaction: discord.Interaction[Any]) -> None:
        """Remember which language the member reads: only interactions tell, and a private message has none."""
        guild, member_id, locale = interaction.guild, interaction.user.id, interaction.locale.value
        if guild is None or self._heard.get((guild.id, member_id)) == locale:
            return
        with suppress(DiskUnusable):  # they are heard again
            async with self.services.database.writing() as writer:
                await guilds.remember(writer, guild.id, guild.preferred_locale.value)
                await members.set_locale(writer, guild.id, member_id, locale)
            self._heard[guild.id, member_id] = locale

    def _count(self, *votes: Vote | None) -> None:
        for vote in votes:
            if vote is not None and (self.user is None or vote.member_id != self.user.id):
                self.services.voting.count(vote)
