from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import simcord

from bot.client import Services, TwohanderClient
from bot.config import Discord
from db import guilds
from tests.discord.conftest import CHINESE

if TYPE_CHECKING:
    import pytest

    from bot.config import Config
    from db.connection import Database
    from tests.discord.conftest import Stage


def test_it_asks_for_no_more_than_it_needs(client: TwohanderClient) -> None:
    assert client.intents == discord.Intents(guilds=True, guild_reactions=True)
    assert client.allowed_mentions is not None
    assert client.allowed_mentions.to_dict() == {"parse": []}
    assert not client.signed_in.is_set()


async def test_it_tells_when_it_is_signed_in(stage: Stage, client: TwohanderClient) -> None:
    assert client.signed_in.is_set()


async def test_a_new_server_is_remembered_with_its_language(stage: Stage, database: Database) -> None:
    await stage.env.settle()
    assert await guilds.locale_of(database.reading(), stage.guild.id) == CHINESE


async def test_a_server_that_changes_its_language_is_followed(
    stage: Stage, client: TwohanderClient, database: Database
) -> None:
    guild = client.get_guild(stage.guild.id)
    assert guild is not None
    await guild.edit(preferred_locale=discord.Locale.french)
    await stage.env.settle()
    assert await guilds.locale_of(database.reading(), stage.guild.id) == "fr"


async def test_servers_that_were_there_before_are_remembered_at_sign_in(services: Services, database: Database) -> None:
    first = TwohanderClient(services)
    async with simcord.run(first, shard_count=1) as env:
        guild = env.create_guild(preferred_locale="ja")
        await env.settle()
        async with database.writing() as writer:
            await writer.execute("DELETE FROM guilds")
        await env.restart_bot(TwohanderClient(services))
        await env.settle()
        assert await guilds.locale_of(database.reading(), guild.id) == "ja"


async def test_commands_are_registered_only_where_the_configuration_says_so(
    database: Database, config: Config, services: Services
) -> None:
    quiet = config.model_copy(update={"discord": Discord(sync_commands=False)})
    client = TwohanderClient(replace(services, config=quiet))
    async with simcord.run(client, shard_count=1) as env:
        assert not [request for request in env.http_requests if "/commands" in request.path]
    named = {command.name for command in client.tree.get_commands()}
    assert named == {"shot", "character", "episode", "queue", "cancel", "vote", "help", "settings"}


async def test_it_leaves_no_background_work(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    before = asyncio.all_tasks()
    with caplog.at_level(logging.WARNING):
        async with simcord.run(TwohanderClient(services), shard_count=1) as env:
            await env.settle()
            assert asyncio.all_tasks() == before
    assert caplog.text == ""
