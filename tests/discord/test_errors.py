"""Whatever goes wrong, the member reads a sentence and the log has the rest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord import app_commands

from bot.commands import errors
from bot.i18n import speak
from bot.refusal import Refused
from bot.roster import Roster
from tests import rows
from tests.discord.conftest import CHINESE, ENGLISH

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from db.connection import Database
    from tests.discord.conftest import Stage

SECRET = "no such table: characters"


async def breaks(*_: Any) -> Any:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_an_unforeseen_error_shows_a_number_and_no_text(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, locale: str
) -> None:
    stage.locale = locale
    monkeypatch.setattr(Roster, "visible_to", breaks)
    with caplog.at_level(logging.ERROR):
        result = await stage.command(stage.alice, "character list")
    number = str(result._interaction.id)
    assert stage.text_of(result) == speak(locale)("failure-unexpected", reference=number)
    assert SECRET in caplog.text
    assert f"[interaction {number}] /character list of member {stage.alice.id}" in caplog.text
    (captured,) = stage.env.errors
    assert isinstance(captured, app_commands.CommandInvokeError)


async def test_an_answer_that_discord_refuses_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.env.inject_error("PATCH", "/webhooks/*", times=None)
    with caplog.at_level(logging.WARNING):
        result = await stage.alice.slash(stage.channel, "help")
    assert result.ephemeral
    assert "cannot be told what went wrong" in caplog.text
    assert len(stage.env.errors) == 1


async def test_an_interaction_that_discord_has_given_up_is_not_answered(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, message="Unknown interaction")
    before = len(stage.env.http_requests)
    with caplog.at_level(logging.WARNING):
        await stage.alice.slash(stage.channel, "help")
    assert len(stage.env.http_requests) == before + 1
    assert "Discord had given up on it" in caplog.text
    assert "Traceback" not in caplog.text
    assert len(stage.env.errors) == 1


async def test_commands_that_are_no_longer_there(stage: Stage, client: TwohanderClient) -> None:
    client.tree.remove_command("help")
    result = await stage.alice.slash(stage.channel, "help")
    assert stage.text_of(result) == speak(ENGLISH)("refused-commands-outdated")
    assert result.ephemeral
    assert isinstance(stage.env.errors[0], app_commands.CommandNotFound)


@pytest.mark.parametrize(
    ("error", "key", "arguments"),
    [
        (app_commands.NoPrivateMessage(), "refused-outside-a-server", {}),
        (
            app_commands.TransformerError("*7*", discord.AppCommandOptionType.string, app_commands.Transformer()),
            "refused-option",
            {"value": r"\*7\*"},
        ),
        (Refused("refused-name-taken", name="_x_"), "refused-name-taken", {"name": r"\_x\_"}),
        (Refused("refused-name-too-long", most=40), "refused-name-too-long", {"most": 40}),
    ],
)
@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_each_known_error_has_its_sentence(
    stage: Stage,
    client: TwohanderClient,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    key: str,
    arguments: dict[str, Any],
    locale: str,
) -> None:
    told: list[discord.Interaction] = []

    async def fails(interaction: discord.Interaction, *_: object) -> None:
        told.append(interaction)
        await errors.tell(interaction, error)

    stage.locale = locale
    monkeypatch.setattr(client.tree.get_command("help"), "_callback", fails)
    result = await stage.alice.slash(stage.channel, "help")
    assert result.ephemeral
    assert stage.text_of(result) == speak(locale)(key, **arguments)
    assert len(told) == 1


async def test_commands_are_not_offered_outside_servers(stage: Stage, database: Database) -> None:
    await rows.add_character(database, guild=stage.guild.id)
    with pytest.raises(Exception, match="not visible"):
        await stage.alice.user.slash("help")
