from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from db import characters, jobs
from db.models import CastMember
from tests import rows

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import Character


def cast(*found: Character) -> list[CastMember]:
    return [CastMember(who.name, who.look, who.id) for who in found]


async def test_a_character_comes_back_as_it_was_added(database: Database) -> None:
    added = await rows.add_character(database)
    assert await characters.named(database.reading(), rows.GUILD, "沈月华") == added
    assert added.look == "a young woman, a white robe"


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Murong Jing", "murong  JING"),
        ("Ｍｕｒｏｎｇ", "murong"),  # full width
        ("Straße", "STRASSE"),
        ("e\u0301lan", "\u00e9lan"),  # composed and not
        ("沈 月华", "沈\u3000月华"),
    ],
)
async def test_names_that_look_the_same_are_the_same(database: Database, stored: str, asked: str) -> None:
    added = await rows.add_character(database, stored)
    assert await characters.named(database.reading(), rows.GUILD, asked) == added
    with pytest.raises(characters.NameTakenError):
        await rows.add_character(database, asked)


async def test_guilds_do_not_see_each_other(database: Database) -> None:
    here = await rows.add_character(database, guild=rows.GUILD)
    there = await rows.add_character(database, guild=rows.OTHER_GUILD)
    reader = database.reading()
    assert await characters.named(reader, rows.GUILD, "沈月华") == here
    assert await characters.visible_to(reader, rows.OTHER_GUILD, rows.ALICE) == [there]
    assert await characters.count(reader, rows.GUILD) == 1
    async with database.writing() as writer:
        with pytest.raises(LookupError):
            await characters.edit(writer, replace(here, guild_id=rows.OTHER_GUILD, outfit="rags"))
        await characters.remove(writer, replace(here, guild_id=rows.OTHER_GUILD))
    assert await characters.named(reader, rows.GUILD, "沈月华") == here


async def test_a_character_kept_to_its_owner_is_visible_to_its_owner(database: Database) -> None:
    shared = await rows.add_character(database, "B", owner=rows.ALICE)
    own = await rows.add_character(database, "A", owner=rows.ALICE, sharing="owner")
    assert await characters.visible_to(database.reading(), rows.GUILD, rows.ALICE) == [own, shared]
    assert await characters.visible_to(database.reading(), rows.GUILD, rows.BOB) == [shared]


async def test_an_edit_is_stored(database: Database) -> None:
    added = await rows.add_character(database)
    async with database.writing() as writer:
        edited = await characters.edit(writer, replace(added, name="Yuehua", outfit="a red robe"))
    assert edited.outfit == "a red robe"
    assert edited.updated_at >= added.updated_at
    assert await characters.named(database.reading(), rows.GUILD, "yuehua") == edited
    assert await characters.named(database.reading(), rows.GUILD, "沈月华") is None


async def test_an_edit_cannot_take_anothers_name(database: Database) -> None:
    added = await rows.add_character(database, "A")
    await rows.add_character(database, "B")
    with pytest.raises(characters.NameTakenError):
        async with database.writing() as writer:
            await characters.edit(writer, replace(added, name="ｂ"))
    assert await characters.named(database.reading(), rows.GUILD, "A") == added


async def test_an_edit_of_a_removed_character_is_noticed(database: Database) -> None:
    added = await rows.add_character(database)
    async with database.writing() as writer:
        await characters.remove(writer, added)
        with pytest.raises(LookupError):
            await characters.edit(writer, added)


async def test_a_character_that_unfinished_shots_need_stays(database: Database) -> None:
    added = await rows.add_character(database)
    _, first = await rows.queue_shot(database, cast=cast(added))
    _, second = await rows.queue_shot(database, cast=cast(added))
    for job, needed in ((first, (1, 2)), (second, (2,))):
        async with database.writing() as writer:
            with pytest.raises(characters.CharacterInUseError) as caught:
                await characters.remove(writer, added)
        assert caught.value.shots == needed
        await rows.move(database, jobs.cancel, job.id)
    async with database.writing() as writer:
        await characters.remove(writer, added)
    assert await characters.named(database.reading(), rows.GUILD, added.name) is None


async def test_a_rendered_clip_that_is_not_posted_still_needs_its_characters(database: Database) -> None:
    added = await rows.add_character(database)
    _, job = await rows.queue_shot(database, cast=cast(added))
    await rows.move(database, jobs.start, job.id)
    await rows.move(database, jobs.rendered, job.id, **rows.RENDERED)
    assert await characters.needed_by(database.reading(), added.id) == (1,)
    await rows.move(database, jobs.posted, job.id)
    assert await characters.needed_by(database.reading(), added.id) == ()
