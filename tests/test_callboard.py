"""bot.callboard: sheets and thread are posted once, whatever Discord does."""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image

from bot import delivery, playbill
from bot.callboard import Callboard
from bot.config import Config, Data
from bot.cutting_room import CuttingRoom
from bot.episodes import Who, Writing
from bot.intake import Intake
from bot.poster import Unavailable
from bot.refusal import Refused
from db import boards, bulletins, cuts, episodes
from db.writing import Scene, SceneShot
from tests.postbox import FakePoster
from tests.rows import ALICE, CHANNEL, GUILD

if TYPE_CHECKING:
    from collections.abc import Generator
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
    assert said[0].text.startswith("🗂️ **E1** `")
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


async def test_a_sheet_for_which_there_is_no_room_is_drawn_later(
    writing: Writing,
    callboard: Callboard,
    poster: FakePoster,
    episode: Episode,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rooms = [tmp_path / str(number) for number in range(3)]
    roomy = tempfile.TemporaryDirectory

    @contextmanager
    def cramped() -> Generator[str]:
        """As long as there are rooms, the second sheet has no room in them."""
        if not rooms:
            with roomy() as folder:
                yield folder
            return
        room = rooms.pop()
        room.mkdir()
        (room / "storyboard-1-2.jpg").symlink_to("/dev/full")
        yield str(room)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", cramped)
    monkeypatch.setattr(delivery, "RETRY_AFTER_S", (0.01,))
    await writing.show(WHO, episode.number)
    posting = asyncio.create_task(callboard.run())
    try:
        async with asyncio.timeout(30):
            await callboard.quiet()
    finally:
        posting.cancel()
        await asyncio.wait((posting,))
    assert rooms == []
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


async def test_shown_again_its_messages_are_brought_up_to_date(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    assert (await writing.show(WHO, episode.number))[1] is None
    await callboard.sweep()
    before = dict(poster.said)
    # One shot fewer, and the second sheet with it.
    _, second, *others = episode.shots
    shorter = episode.with_scenes((Scene("Yard", shots=(replace(second, seconds=8), *others)),))
    await writing.change(WHO, episode.number, lambda _: shorter)
    _, board = await writing.show(WHO, episode.number)
    assert board is not None
    assert (board.channel_id, board.message_id) == (CHANNEL, 1000)
    await callboard.sweep()
    first, *rest = list(poster.said)
    assert [first, *rest] == [key for key in before if key not in {1001, 1014}]
    assert poster.said[first].text.endswith("` 1/1 Tea \\*time\\*")
    assert poster.said[first].file != before[first].file
    assert "Wide shot 2." in poster.said[rest[0]].text
    assert (await episodes.get(database.reading(), episode.id)).thread_id == 1000
    assert list(poster.threads) == [1000]
    assert await boards.owed(database.reading()) == []


async def test_shown_again_in_the_middle_it_comes_up_to_date_by_itself(
    database: Database,
    writing: Writing,
    callboard: Callboard,
    poster: FakePoster,
    episode: Episode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def meanwhile(call: str, *shots: SceneShot) -> None:
        """Have the episode edited, and shown again, while Discord answers the first call."""
        real = getattr(poster, call)

        async def and_edit(*arguments: object, **more: object) -> object:
            monkeypatch.setattr(poster, call, real)
            await writing.change(WHO, episode.number, lambda before: before.with_scenes((Scene(shots=shots),)))
            await writing.show(WHO, episode.number)
            return await real(*arguments, **more)

        monkeypatch.setattr(poster, call, and_edit)

    two = (SceneShot("A lake.", seconds=8), SceneShot("A hill."))
    await writing.change(WHO, episode.number, lambda before: before.with_scenes((Scene(shots=episode.shots[:2]),)))
    await writing.show(WHO, episode.number)
    meanwhile("send", *two)
    await callboard.sweep()
    old = poster.said[1000]
    assert [one.part for one in await boards.owed(database.reading())] == [1]
    await callboard.sweep()
    assert list(poster.said) == [1000, 1001, 1002]
    assert poster.said[1000].file != old.file
    # A shot goes, and comes again while its message is taken away.
    await writing.change(WHO, episode.number, lambda before: before.with_scenes((Scene(shots=two[:1]),)))
    await writing.show(WHO, episode.number)
    meanwhile("delete", *two)
    for _ in range(2):
        await callboard.sweep()
    assert [said.text.splitlines()[-1] for said in list(poster.said.values())[1:]] == ["A lake.", "A hill."]
    assert await boards.owed(database.reading()) == []


async def test_what_was_deleted_of_a_board_is_posted_anew(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    await writing.show(WHO, episode.number)
    await callboard.sweep()
    # The first sheet, whose thread stays, and a shot's message.
    del poster.said[1000], poster.said[1004]
    await writing.show(WHO, episode.number)
    await callboard.sweep()
    texts = [said.text for said in poster.said.values()]
    assert len(texts) == len(set(texts)) == 15
    assert [said.channel for said in list(poster.said.values())[-2:]] == [CHANNEL, 1000]
    # Then the whole thread.
    poster.gone.add(1000)
    for message_id in [key for key, said in poster.said.items() if said.channel == 1000]:
        del poster.said[message_id]
    await writing.show(WHO, episode.number)
    await callboard.sweep()
    thread = (await episodes.get(database.reading(), episode.id)).thread_id
    assert thread == next(key for key, said in poster.said.items() if "1/2" in said.text) != 1000
    assert [said.channel for said in poster.said.values()].count(thread or 0) == 13


async def test_a_status_message_is_never_taken_for_a_sheet(
    writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    await writing.show(WHO, episode.number)
    await callboard.sweep()
    assert await poster.find(CHANNEL, playbill.status_mark(episode), 0) is None


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


async def test_what_is_gone_meanwhile_is_not_taken_for_another_episodes_message(
    database: Database, writing: Writing, callboard: Callboard, poster: FakePoster, episode: Episode
) -> None:
    """A sweep's list grows old while it posts: ids of messages are never used again."""
    other = (await writing.new(WHO, "Other")).episode
    await writing.show(WHO, episode.number)
    stale = await boards.owed(database.reading())
    await writing.remove(WHO, episode.number)
    async with database.writing() as writer:
        film = await cuts.want(writer, other.id, plan="{}", plan_hash="x", not_before=0)
        await bulletins.owe(writer, other.id, "cut", cut_id=film.id)
        for each in stale:
            await boards.take_up(writer, each)
    assert [each.posted_at for each in await bulletins.of_cut(database.reading(), film.id)] == [None]
    await callboard.sweep()
    assert len(await bulletins.owed(database.reading())) == 1
