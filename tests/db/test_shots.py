from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from db import characters, guilds, shots
from db.models import CastMember, ShotPin
from tests import rows

if TYPE_CHECKING:
    from db.connection import Database


async def test_a_shot_comes_back_with_cast_and_pins_in_order(database: Database) -> None:
    who = await rows.add_character(database)
    added = await rows.add_shot(
        database,
        report={"findings": ["黑衣"]},
        cast=[CastMember(who.name, who.look, who.id), CastMember("萧云霄")],
        pins=[ShotPin(0, "/a.png"), ShotPin(40, "/b.png")],
    )
    assert await shots.get(database.reading(), added.id) == added
    assert [member.name for member in added.cast] == ["沈月华", "萧云霄"]


async def test_numbers_count_within_their_guild(database: Database) -> None:
    numbers = [
        (await rows.add_shot(database, guild=guild)).number
        for guild in (rows.GUILD, rows.GUILD, rows.OTHER_GUILD, rows.GUILD)
    ]
    assert numbers == [1, 2, 1, 3]


async def test_a_number_is_not_used_up_by_a_shot_that_was_rolled_back(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await rows.add_shot(database, frames=120)
    assert (await rows.add_shot(database)).number == 1


async def test_a_later_edit_changes_no_queued_shot(database: Database) -> None:
    who = await rows.add_character(database)
    added = await rows.add_shot(database, cast=[CastMember(who.name, who.look, who.id)])
    async with database.writing() as writer:
        await characters.edit(writer, replace(who, outfit="rags", name="Other"))
    assert (await shots.get(database.reading(), added.id)).cast == added.cast


async def test_a_removed_character_leaves_its_name_in_old_shots(database: Database) -> None:
    who = await rows.add_character(database)
    added = await rows.add_shot(database, cast=[CastMember(who.name, who.look, who.id)])
    async with database.writing() as writer:
        await characters.remove(writer, who)
    assert (await shots.get(database.reading(), added.id)).cast == (CastMember(who.name, who.look, None),)


@pytest.mark.parametrize("pins", [[ShotPin(0, "/a"), ShotPin(0, "/b")], [ShotPin(7, "/a")], [ShotPin(-8, "/a")]])
async def test_pins_that_the_model_does_not_take_are_refused(database: Database, pins: list[ShotPin]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await rows.add_shot(database, pins=pins)
    found = await database.reading().execute_fetchall("SELECT count(*) FROM shots")
    assert next(iter(found))[0] == 0


async def test_an_unknown_shot_is_no_row(database: Database) -> None:
    with pytest.raises(LookupError):
        await shots.get(database.reading(), 404)


async def test_a_guild_follows_its_locale_and_keeps_its_count(database: Database) -> None:
    await rows.add_shot(database)
    async with database.writing() as writer:
        await guilds.remember(writer, rows.GUILD, "zh-TW")
    assert await guilds.locale_of(database.reading(), rows.GUILD) == "zh-TW"
    assert await guilds.locale_of(database.reading(), rows.OTHER_GUILD) == guilds.DEFAULT_LOCALE
    assert (await rows.add_shot(database)).number == 2
