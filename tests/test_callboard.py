"""bot.callboard: sheets and thread are posted once, whatever Discord does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image

from bot.callboard import Callboard
from bot.config import Config, Data
from bot.cutting_room import CuttingRoom
from bot.episodes import Who, Writing
from bot.intake import Intake
from bot.poster import Unavailable
from bot.refusal import Refused
from db import boards, episodes
from db.writing import Scene, SceneShot
from tests.postbox import FakePoster
from tests.rows import ALICE, CHANNEL, GUILD

if TYPE_CHECKING:
    from pathlib import Path

    from db.connection import Database
    from db.models import Job
    from db.writing import Episode

WHO = Who(GUILD, CHANNEL, ALICE, "en-US")


class Nobody:
    """The other end of the queue; nothing is queued here."""

    def changed(self, job: Job) -> None:
        raise AssertionError(job)

    def stop(self, job_id: int) -> None:
        raise AssertionError(job_id)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=Data(directory=str(tmp_path)))


@pytest.fixture
def writing(database: Database, config: Config) -> Writing:
    intake = Intake(database, config, Nobody(), lambda: "animatic")
    return Writing(database, config, intake, CuttingRoom(database, config))


@pytest.fixture
def poster() -> FakePoster:
    return FakePoster()


@pytest.fixture
def callboard(database: Database, config: Config, poster: FakePoster) -> Callboard:
    async def fit(clip: Path, limit: int) -> Path:
        raise AssertionError((clip, limit))

    intake = Intake(database, config, Nobody(), lambda: "animatic")
    return Callboard(database, config.directory, poster, fit, intake)


@pytest_asyncio.fixture
async def episode(writing: Writing) -> Episode:
    new = await writing.new(WHO, "Tea *time*")
    scene = Scene("Hall", "a hall", shots=tuple(SceneShot(f"Wide shot {number}.") for number in range(1, 14)))
    return (await writing.change(WHO, new.episode.number, lambda before: before.with_scenes((scene,)))).episode


async def test_sheets_in_the_channel_then_a_message_a_shot_in_the_thread(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    told: list[bool] = []
    writing.listen(lambda: told.append(True))
    await writing.show(WHO, episode.number)
    assert told == [True]
    assert await callboard.owes()
    await callboard.sweep()
    assert not await callboard.owes()
    (first, *_), said = list(poster.said), list(poster.said.values())
    assert [one.channel for one in said] == [CHANNEL] * 2 + [first] * 13
    assert poster.threads == {first: "E1 Tea *time*"}
    assert (await episodes.get(database.reading(), episode.id)).thread_id == first
    assert said[0].text.startswith("🎞️ **E1** 1/2 ")
    assert said[0].text.endswith("Tea \\*time\\*")
    assert said[0].file is not None
    sheet = Image.open(io.BytesIO(said[0].file))
    assert (sheet.format, sheet.width) == ("JPEG", 4 * 504 + 24)
    assert [one.text.splitlines()[0] for one in said[2:4]] == ["🎬 **1.1** · 5 s", "🎬 **1.2** · 5 s"]
    assert "Wide shot 13." in said[-1].text
    await callboard.sweep()
    assert len(poster.said) == 15


async def test_an_answer_that_was_lost_is_looked_for(
    writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    await writing.show(WHO, episode.number)
    poster.lost_answers = 1
    with pytest.raises(Unavailable):
        await callboard.sweep()
    poster.lost_answers = 1
    for _ in range(20):
        try:
            await callboard.sweep()
        except Unavailable:
            continue
        break
    texts = [said.text for said in poster.said.values()]
    assert len(texts) == len(set(texts)) == 15


async def test_a_closed_channel_is_given_up(
    writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    poster.closed.add(CHANNEL)
    await writing.show(WHO, episode.number)
    await callboard.sweep()
    assert not await callboard.owes()
    assert poster.said == {}


async def test_shown_again_it_is_a_new_board(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    for _ in range(2):
        await writing.show(WHO, episode.number)
        await callboard.sweep()
    assert len(poster.said) == 30
    assert len(poster.threads) == 2
    assert (await episodes.get(database.reading(), episode.id)).thread_id == list(poster.threads)[1]


async def test_shots_that_went_meanwhile_are_left_out(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    await writing.show(WHO, episode.number)
    await writing.change(
        WHO,
        episode.number,
        lambda before: before.with_scenes((Scene(shots=before.shots[:1]),)),
    )
    await callboard.sweep()
    assert len(poster.said) == 2
    assert await boards.owed(database.reading()) == []


async def test_an_empty_episode_has_no_storyboard(writing: Writing) -> None:
    new = await writing.new(WHO, "Nothing")
    with pytest.raises(Refused, match="refused-empty-episode"):
        await writing.show(WHO, new.episode.number)
