"""db.episodes: stored whole, on the version that was read."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import episodes, guilds, votes
from db.connection import Database
from db.episodes import StaleEpisodeError, StaleVersionError
from db.writing import Episode, EpisodeStatus, Line, Scene, SceneShot
from tests import rows
from tests.rows import ALICE, BOB, CHANNEL, GUILD

if TYPE_CHECKING:
    from pathlib import Path


async def new(database: Database, title: str = "Tea") -> Episode:
    async with database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        return await episodes.add(writer, guild_id=GUILD, channel_id=CHANNEL, owner_id=ALICE, title=title)


async def store(database: Database, episode: Episode) -> Episode:
    async with database.writing() as writer:
        return await episodes.edit(writer, episode)


WRITTEN = (
    Scene(
        "Garden",
        "a garden",
        "dawn",
        "mist",
        7,
        (
            SceneShot("She bows.", ("Ada",), 8, 3, 0.7, 0.9, True, 12, (Line("Ada", "你好", "Hello"), Line(en="Hm."))),
            SceneShot("He smiles."),
        ),
    ),
    Scene(shots=(SceneShot("A hall."),)),
)


@pytest_asyncio.fixture
async def written(database: Database) -> Episode:
    return await store(database, replace(await new(database), scenes=WRITTEN))


def words(episode: Episode) -> list[list[str]]:
    return [[shot.words for shot in scene.shots] for scene in episode.scenes]


async def test_numbers_count_within_the_guild(database: Database) -> None:
    assert [(await new(database)).number, (await new(database)).number] == [1, 2]


async def test_all_that_is_written_comes_back(database: Database, written: Episode) -> None:
    stored = await episodes.by_number(database.reading(), GUILD, 1)
    assert stored == written
    assert written.version == 2
    first, second = written.scenes
    assert (first.title, first.place, first.light, first.words, first.seed) == ("Garden", "a garden", "dawn", "mist", 7)
    assert first.scaffolding == "a garden, dawn, mist"
    shot = first.shots[0]
    assert replace(shot, id=0, scene_id=0) == WRITTEN[0].shots[0]
    assert [label for label, _, _ in written.numbered()] == ["1.1", "1.2", "2.1"]
    assert [scene.position for scene in (first, second)] == [1, 2]


async def test_an_edit_on_a_stale_version_stores_nothing_and_tells_what_is_current(
    database: Database, written: Episode
) -> None:
    bob = await store(database, replace(written, title="Bob's"))
    with pytest.raises(StaleVersionError) as caught:
        await store(database, replace(written, title="Alice's", scenes=()))
    assert caught.value.current == bob
    assert await episodes.get(database.reading(), written.id) == bob


async def test_a_shot_that_moves_keeps_its_takes(database: Database, written: Episode) -> None:
    shot, _ = await rows.queue_shot(database)
    moved = written.scenes[0].shots[1]
    async with database.writing() as writer:
        await episodes.set_queued(writer, moved.id, shot.id)
    # The edit is made on what was read before it was queued; that stays, for it is no writing.
    after = await store(
        database,
        written.with_scenes((replace(written.scenes[1], shots=(moved, *written.scenes[1].shots)),)),
    )
    assert words(after) == [["He smiles.", "A hall."]]
    kept = after.scenes[0].shots[0]
    assert (kept.id, kept.shot_id) == (moved.id, shot.id)
    holding = await episodes.holding(database.reading(), shot.id)
    assert holding == after


async def test_votes_that_are_off_stay_off_when_a_shot_is_queued_anew(database: Database, written: Episode) -> None:
    first, _ = await rows.queue_shot(database)
    second, job = await rows.queue_shot(database)
    async with database.writing() as writer:
        await episodes.set_queued(writer, written.shots[0].id, first.id)
        await votes.switch(writer, first.id, off=True)
        await episodes.set_queued(writer, written.shots[0].id, second.id)
    assert (await votes.standing(database.reading(), job.id)).off
    assert (await episodes.get(database.reading(), written.id)).shots[0].shot_id == second.id


async def test_a_removed_episode_takes_its_parts_along(database: Database, written: Episode) -> None:
    async with database.writing() as writer:
        await episodes.share(writer, written.id, BOB, "viewer")
        await episodes.remove(writer, written.id)
    with pytest.raises(LookupError):
        await episodes.get(database.reading(), written.id)
    for table in ("scenes", "scene_shots", "lines", "episode_members"):
        ((count,),) = await database.reading().execute_fetchall(f"SELECT count(*) FROM {table}")
        assert count == 0, table
    with pytest.raises(LookupError):
        await store(database, written)


async def test_roles(database: Database, written: Episode) -> None:
    for role in ("viewer", "editor", None):
        async with database.writing() as writer:
            await episodes.share(writer, written.id, BOB, role)
        found = await episodes.get(database.reading(), written.id)
        assert found.role_of(BOB) == role
        assert found.role_of(ALICE) == "owner"
        assert found.version == written.version
        visible = await episodes.visible_to(database.reading(), GUILD, BOB)
        assert [heading.role for heading in visible] == ([role] if role else [])
    (heading,) = await episodes.visible_to(database.reading(), GUILD, BOB, everything=True)
    assert (heading.title, heading.shots, heading.role) == ("Tea", 3, None)


async def test_status_moves_are_checked(database: Database, written: Episode) -> None:
    async with database.writing() as writer:
        moved = await episodes.move_on(writer, written.id, {EpisodeStatus.WRITING}, EpisodeStatus.RENDERING)
        assert moved.status is EpisodeStatus.RENDERING
        with pytest.raises(StaleEpisodeError):
            await episodes.move_on(writer, written.id, {EpisodeStatus.WRITING}, EpisodeStatus.RENDERING)
        await episodes.set_thread(writer, written.id, 77)
    found = await episodes.get(database.reading(), written.id)
    assert (found.thread_id, found.version) == (77, written.version)


async def test_an_empty_line_is_no_line(database: Database, written: Episode) -> None:
    shot = replace(written.shots[1], lines=(Line("Ada"),))
    with pytest.raises(sqlite3.IntegrityError):
        await store(database, written.with_scenes((replace(written.scenes[0], shots=(shot,)),)))
    assert await episodes.get(database.reading(), written.id) == written


# A fresh file for each example: the fixture's database would be shared by all of them.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=3), min_size=1, max_size=4))
def test_positions_stay_dense_whatever_is_moved(
    tmp_path_factory: pytest.TempPathFactory, orders: list[list[list[int]]]
) -> None:
    import asyncio

    async def play(path: Path) -> None:
        database = await Database.open(path)
        try:
            episode = await new(database)
            for order in orders:
                pool = dict(enumerate(episode.shots))
                scenes: list[Scene] = []
                for number, picks in enumerate(order):
                    old = episode.scenes[-1 - number] if number < len(episode.scenes) else Scene()
                    shots = tuple(pool.pop(pick, SceneShot(f"new {pick}")) for pick in picks)
                    scenes.append(replace(old, shots=shots))
                wanted = [[shot.words for shot in scene.shots] for scene in scenes]
                episode = await store(database, episode.with_scenes(tuple(scenes)))
                assert words(episode) == wanted
                assert [scene.position for scene in episode.scenes] == list(range(1, len(order) + 1))
                for scene in episode.scenes:
                    assert [shot.position for shot in scene.shots] == list(range(1, len(scene.shots) + 1))
        finally:
            await database.close()

    asyncio.run(play(tmp_path_factory.mktemp("episodes") / "db.sqlite3"))
