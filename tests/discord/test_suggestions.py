from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.commands import suggestions
from bot.commands.suggestions import matching
from tests import rows

if TYPE_CHECKING:
    from db.connection import Database
    from tests.discord.conftest import Stage


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["沈月华", "萧云霄", "Murong Jing", "月"]),
        ("沈", ["沈月华"]),
        ("月", ["月", "沈月华"]),  # what begins with it comes first
        ("ＭＵＲＯＮＧ", ["Murong Jing"]),
        ("jing", ["Murong Jing"]),
        ("nobody", []),
    ],
)
def test_suggestions_begin_with_or_contain_what_was_typed(typed: str, found: list[str]) -> None:
    assert matching(["沈月华", "萧云霄", "Murong Jing", "月"], typed) == found


def test_no_more_suggestions_than_discord_shows() -> None:
    assert len(matching([f"name {number}" for number in range(100)], "name")) == suggestions.MOST == 25


async def test_characters_are_suggested_to_whoever_may_cast_them(stage: Stage, database: Database) -> None:
    for name, owner, sharing in (
        ("沈月华", stage.alice, "server"),
        ("沈默", stage.bob, "owner"),
        ("月", stage.bob, "server"),
    ):
        await rows.add_character(database, name, guild=stage.guild.id, owner=owner.id, sharing=sharing)
    await rows.add_character(database, "沈别人", guild=rows.OTHER_GUILD)
    for option in ("character1", "character2", "character3"):
        assert await stage.suggest(stage.alice, "shot", option, "沈", prompt="x") == ["沈月华"]
    assert await stage.suggest(stage.bob, "shot", "character1", "沈", prompt="x") == ["沈月华", "沈默"]
    assert await stage.suggest(stage.alice, "character show", "name", "月") == ["月", "沈月华"]


async def test_only_what_one_may_change_is_suggested_for_changing(stage: Stage, database: Database) -> None:
    for name, owner in (("沈月华", stage.alice), ("萧云霄", stage.bob)):
        await rows.add_character(database, name, guild=stage.guild.id, owner=owner.id)
    for command in ("character edit", "character remove"):
        assert await stage.suggest(stage.bob, command, "name", "") == ["萧云霄"]
        assert await stage.suggest(stage.manager, command, "name", "") == ["沈月华", "萧云霄"]


async def test_a_slow_database_gives_no_suggestions_but_an_answer_in_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def hangs(*_: object) -> Any:
        await asyncio.Event().wait()

    assert suggestions.DEADLINE_S < 3  # Discord's own
    monkeypatch.setattr(suggestions, "DEADLINE_S", 0.01)
    services = SimpleNamespace(
        roster=SimpleNamespace(visible_to=hangs),
        intake=SimpleNamespace(estimates=SimpleNamespace(rendering=hangs, line=hangs)),
    )
    interaction: Any = SimpleNamespace(
        id=1,
        guild_id=1,
        user=SimpleNamespace(id=1),
        permissions=discord.Permissions.none(),
        client=SimpleNamespace(services=services),
    )
    with caplog.at_level(logging.WARNING):
        for suggest in (suggestions.castable, suggestions.editable, suggestions.cancellable):
            assert await suggest(interaction, "沈") == []
    assert caplog.text.count("too slow") == 3
