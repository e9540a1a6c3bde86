"""Telling of episodes against a real database and a Discord that fails as the test says."""

from __future__ import annotations

import asyncio
import errno
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import delivery
from bot.breakdown import Breakdown
from bot.config import Config, Data, Queue
from bot.cutting_room import CuttingRoom
from bot.intake import Intake
from bot.poster import FileTooLarge, PostError, Unavailable, WordsBlocked
from bot.premiere import Premiere
from bot.production import Production
from db import bulletins, cuts, episodes, guilds, jobs, members, votes
from db.cuts import CutStatus, Piece
from db.models import Status
from db.writing import EpisodeStatus
from renderer.protocol import Progress
from tests.postbox import FakePoster
from tests.rows import ALICE, BOB, CHANNEL, GUILD
from tests.stories import WHO, write_episode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from db.connection import Database
    from db.cuts import CutRow
    from db.models import Job
    from db.writing import Episode

ALICE_DM, BOB_DM, THREAD = 71, 72, 73


class Consumer:
    def changed(self, job: Job) -> None: ...

    def stop(self, job_id: int) -> None: ...


async def shrink(clip: Path, limit: int) -> Path:
    smaller = clip.with_name("fit.mp4")
    smaller.write_bytes(clip.read_bytes()[:limit])
    return smaller


@dataclass
class House:
    """An episode that was queued, and the rows of what follows."""

    database: Database
    config: Config
    intake: Intake
    production: Production
    poster: FakePoster
    episode: Episode

    def premiere(self) -> Premiere:
        return Premiere(self.database, self.config.directory, self.poster, self.intake.estimates.line, shrink)

    async def finish(self, count: int = 3) -> list[Job]:
        done: list[Job] = []
        for job in (await jobs.with_status(self.database.reading(), Status.QUEUED))[:count]:
            (self.config.directory / f"{job.id}.mp4").write_bytes(b"clip")
            async with self.database.writing() as writer:
                await jobs.start(writer, job.id)
                clip = f"{job.id}.mp4"
                done.append(await jobs.rendered(writer, job.id, engine="ltx", clip_path=clip, frames=113, stages={}))
        return done

    async def cut(self, *, parts: int = 1, size: int = 100, url: str = "") -> CutRow:
        """Cuts the finished episode, as the cutting room would."""
        room = CuttingRoom(self.database, self.config)
        await room._plan(self.episode.id)
        (row,) = await cuts.with_status(self.database.reading(), CutStatus.QUEUED)
        pieces: list[Piece] = []
        for part in range(1, parts + 1):
            (self.config.directory / f"film-{part}.mp4").write_bytes(b"x" * size)
            (self.config.directory / f"film-{part}.zh.srt").write_bytes(b"srt")
            pieces.append(Piece(f"film-{part}.mp4", (f"film-{part}.zh.srt",), url))
        async with self.database.writing() as writer:
            await cuts.start(writer, row.id)
        row = await cuts.get(self.database.reading(), row.id)
        await room._finish(row, pieces, 83.0)
        return await cuts.get(self.database.reading(), row.id)

    async def status(self) -> EpisodeStatus:
        return (await episodes.get(self.database.reading(), self.episode.id)).status

    def said(self, sign: str, channel: int = CHANNEL) -> list[str]:
        return [
            said.text for said in self.poster.said.values() if said.text.startswith(sign) and said.channel == channel
        ]


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    config = Config(data=Data(directory=str(tmp_path / "data")), queue=Queue(per_member=20))
    config.directory.mkdir()
    intake = Intake(database, config, Consumer(), lambda: "ltx")
    breakdown = Breakdown(database, config, intake)
    production = Production(database, intake, breakdown, CuttingRoom(database, config))
    episode = await write_episode(database, title="The *Jade*")
    await production.render(episode.id, episode.version, WHO)
    return House(
        *(database, config, intake, production, FakePoster(dms={ALICE: ALICE_DM, BOB: BOB_DM}), episode),
    )


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY_AFTER_S", (0.01,))
    monkeypatch.setattr(delivery, "EDIT_EVERY_S", 0.01)


@asynccontextmanager
async def running(house: House) -> AsyncGenerator[Premiere]:
    made = house.premiere()
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(30):
            yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(what: Callable[[], bool]) -> None:
    while not what():
        await asyncio.sleep(0.005)


async def test_one_live_message_shows_shot_by_shot_where_it_stands(house: House) -> None:
    async with running(house) as shown:
        await until(lambda: bool(house.said("🎞️ **E1** **The \\*Jade\\***")))
        (said,) = house.poster.said.values()
        assert said.buttons == (f"notify:{house.episode.id}",)
        assert "0 of 3 shots" in said.text
        assert "⏳⏳⏳" in said.text
        (first,) = await house.finish(1)
        shown.job_changed(first)
        await until(lambda: bool(house.poster.edits) and "✅⏳⏳" in house.poster.edits[-1])
        second = (await jobs.with_status(house.database.reading(), Status.QUEUED))[0]
        async with house.database.writing() as writer:
            second = await jobs.start(writer, second.id)
        shown.job_changed(second)
        shot = None
        shown.job_progress(second, shot, Progress(job=second.id, stage="draw", step=1, steps=2))  # pyright: ignore[reportArgumentType]
        await until(lambda: "✅🎬⏳" in house.poster.edits[-1] and "50 %" in house.poster.edits[-1])
        async with house.database.writing() as writer:
            failed = await jobs.fail(writer, second.id, "failure-memory")
        shown.job_changed(failed)
        await until(lambda: "✅⚠️⏳" in house.poster.edits[-1])
        assert "⚠️ `1.2` The graphics card ran out of memory" in house.poster.edits[-1]
        edits = len(house.poster.edits)
        await asyncio.sleep(0.1)
        assert len(house.poster.edits) == edits
    assert len(house.poster.said) == 1


async def test_an_old_status_is_replaced_by_a_new_one(house: House) -> None:
    async with running(house) as shown:
        await until(lambda: len(house.poster.said) == 1)
        (old,) = house.poster.said
        async with house.database.writing() as writer:
            await writer.execute("UPDATE episode_messages SET posted_at = posted_at - 7200")
        (first,) = await house.finish(1)
        shown.job_changed(first)
        await until(lambda: old not in house.poster.said and len(house.poster.said) == 1)
        async with asyncio.timeout(30):
            while len(await bulletins.statuses(house.database.reading())) > 1:
                await asyncio.sleep(0.01)
    (row,) = await bulletins.statuses(house.database.reading())
    assert row.part == 2


async def test_the_cut_is_posted_with_its_credits(house: House) -> None:
    first, *_ = await house.finish()
    async with house.database.writing() as writer:
        await episodes.share(writer, house.episode.id, BOB, "editor")
        await votes.cast(writer, first.id, 44, "like")
    await house.cut()
    async with running(house) as shown:
        await shown.quiet()
    (cut,) = (said for said in house.poster.said.values() if said.file)
    assert cut.channel == CHANNEL
    assert cut.files == ("film-1.mp4", "film-1.zh.srt")
    lines = cut.text.splitlines()
    assert lines[0] == "🍿 **E1.1** **The \\*Jade\\***"
    assert lines[1] == "1:23 · 3 shots"
    assert lines[2] == f"Written by <@{ALICE}>, <@{BOB}>"
    assert lines[3] == "Voted by <@44>"
    assert "LTX-2.3 · Dual-Character LoRA" in lines[4]
    assert await house.status() is EpisodeStatus.POSTED
    assert house.said("🎞️") == []
    (row,) = await cuts.with_status(house.database.reading(), CutStatus.POSTED)
    assert row.plan_hash


async def test_parts_are_numbered_and_the_episode_is_posted_with_the_last(house: House) -> None:
    await house.finish()
    await house.cut(parts=3)
    house.poster.trouble = [None, Unavailable("503"), Unavailable("503")]
    async with running(house) as shown:
        await shown.quiet()
    assert sorted(text.split("**")[2].split()[0] for text in house.said("🍿 **E1.1**")) == ["1/3", "2/3", "3/3"]
    assert await house.status() is EpisodeStatus.POSTED


async def test_owner_and_subscribers_are_told_once_each_in_their_language(house: House) -> None:
    async with house.database.writing() as writer:
        await members.set_locale(writer, GUILD, BOB, "zh-TW")
    await house.production.subscribe(house.episode.id, BOB)
    await house.production.subscribe(house.episode.id, BOB)
    await house.production.subscribe(house.episode.id, ALICE)
    await house.finish()
    await house.cut()
    for _ in range(2):
        async with running(house) as shown:
            await shown.quiet()
    (link,) = (key for key, said in house.poster.said.items() if said.file)
    for channel, done in ((ALICE_DM, "is done."), (BOB_DM, "完成了。")):
        (text,) = house.said("🍿", channel)
        assert text.startswith(f"🍿 [**E1.1**](https://discord.com/channels/{GUILD}/{CHANNEL}/{link})")
        assert text.endswith(done)


async def test_who_wants_no_notices_gets_none(house: House) -> None:
    await house.production.subscribe(house.episode.id, BOB)
    async with house.database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        for member in (ALICE, BOB):
            await members.set_notices_off(writer, GUILD, member, off=True)
    await house.finish()
    await house.cut()
    async with running(house) as shown:
        await shown.quiet()
    assert {said.channel for said in house.poster.said.values()} == {CHANNEL}
    assert len(house.said("🍿")) == 1


@pytest.mark.parametrize("when", ["opening", "sending"])
async def test_a_closed_dm_becomes_one_line_in_the_channel(
    house: House, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if when == "sending":

        async def opens(member_id: int) -> int:
            return ALICE_DM

        monkeypatch.setattr(house.poster, "direct", opens)
    house.poster.closed = {ALICE_DM}
    await house.finish()
    await house.cut()
    for _ in range(2):
        async with running(house) as shown:
            await shown.quiet()
    (line,) = house.said("🍿 [")
    assert f"<@{ALICE}>, the episode is done." in line


async def test_a_re_cut_tells_nobody_again_but_a_new_rendering_does(house: House) -> None:
    first, *_ = await house.finish()
    await house.cut()
    async with running(house) as shown:
        await shown.quiet()
    async with house.database.writing() as writer:
        await jobs.add(writer, shot_id=first.shot_id, take=2, seed=5, requested_by=BOB)
    await house.finish()
    await house.cut()
    async with running(house) as shown:
        await shown.quiet()
    assert [text.split("**")[1] for text in house.said("🍿 **")] == ["E1.1", "E1.2"]
    assert len(house.said("🍿", ALICE_DM)) == 1
    async with house.database.writing() as writer:
        await bulletins.forget_notices(writer, house.episode.id)
        await bulletins.owe_notices(writer, house.episode.id, 2)
    async with running(house) as shown:
        await shown.quiet()
    assert len(house.said("🍿", ALICE_DM)) == 2


async def test_a_note_leads_from_the_thread_to_the_cut(house: House) -> None:
    async with house.database.writing() as writer:
        await episodes.set_thread(writer, house.episode.id, THREAD)
    await house.finish()
    await house.cut()
    async with running(house) as shown:
        await shown.quiet()
    (note,) = house.said("🍿", THREAD)
    assert note.endswith("The episode is cut.")


@pytest.mark.parametrize("lost", [1, 3])
async def test_messages_whose_answers_were_lost_are_not_sent_twice(house: House, lost: int) -> None:
    await house.finish()
    await house.cut(parts=2)
    house.poster.lost_answers = lost
    async with running(house) as shown:
        await shown.quiet()
    assert len(house.said("🍿 **E1.1** 1/2")) == len(house.said("🍿 **E1.1** 2/2")) == 1
    assert len(house.said("🍿", ALICE_DM)) == 1


async def test_words_that_automod_refuses_are_left_out(house: House) -> None:
    await house.finish()
    await house.cut()
    house.poster.trouble = [WordsBlocked("200000")]
    async with running(house) as shown:
        await shown.quiet()
    (cut,) = (said for said in house.poster.said.values() if said.file)
    assert "Jade" not in cut.text


@pytest.mark.parametrize(("trouble", "size", "most"), [(None, 25_000, 10_000), (FileTooLarge("413"), 9_000, 6_000)])
async def test_a_film_over_the_limit_goes_back_to_the_cutting_room(
    house: House, trouble: PostError | None, size: int, most: int
) -> None:
    await house.finish()
    row = await house.cut(parts=2, size=size)
    house.poster.trouble = [trouble]
    told: list[int] = []
    async with running(house) as shown:
        shown.listen(told.append)
        await until(lambda: bool(told))
        assert told == [house.episode.id]
        row = await cuts.get(house.database.reading(), row.id)
        assert (row.status, row.most_bytes, row.pieces) == (CutStatus.QUEUED, most, ())
        assert house.said("🍿") == []
        # As the cutting room makes it then: in more parts, and each is posted once.
        await house.cut(parts=3, size=most)
        shown.wake()
        await shown.quiet()
    assert sorted(text.split("**")[2].split()[0] for text in house.said("🍿 **E1.1**")) == ["1/3", "2/3", "3/3"]
    assert await house.status() is EpisodeStatus.POSTED


@pytest.mark.parametrize("url", ["", "https://films.example.org/0a1b.mp4"])
@pytest.mark.parametrize("trouble", ["no folder", "an empty folder", "subtitles that cannot be read"])
async def test_a_film_that_is_out_of_reach_waits(
    house: House, url: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.finish()
    row = await house.cut(url=url)
    there, away = house.config.directory, house.config.directory.with_name("away")
    looked = Path.is_file

    def look(path: Path) -> bool:
        if path.suffix == ".srt" and not mended.is_set():
            raise OSError(errno.EIO, "Input/output error")
        return looked(path)

    mended = asyncio.Event()
    if trouble == "subtitles that cannot be read":
        monkeypatch.setattr(Path, "is_file", look)
    else:
        there.rename(away)
    if trouble == "an empty folder":
        there.mkdir()
    async with running(house) as shown:
        await until(lambda: shown._trouble >= 2)
        assert (await cuts.get(house.database.reading(), row.id)).status is CutStatus.CUT
        # It can be taken back still, and nobody has to look for it.
        (part,) = await bulletins.of_cut(house.database.reading(), row.id)
        assert (part.channel_id, house.poster.searches) == (bulletins.NOWHERE, 0)
        if away.exists():
            away.replace(there)
        mended.set()
        back = time.time()
        await shown.quiet()
    (part,) = await bulletins.of_cut(house.database.reading(), row.id)
    assert part.created_at >= back  # where a restart began to look for it
    (posted,) = (said.files for said in house.poster.said.values() if said.text.startswith("🍿 **E1.1**"))
    assert posted == (("film-1.zh.srt",) if url else ("film-1.mp4", "film-1.zh.srt"))


@pytest.mark.parametrize("lost", [0, 1])
async def test_a_part_over_the_limit_is_made_smaller_where_another_is_there(house: House, lost: int) -> None:
    await house.finish()
    house.poster.lost_answers = lost
    await house.cut(parts=2, size=9_000)
    house.poster.trouble = [None, FileTooLarge("413")]
    async with running(house) as shown:
        await shown.quiet()
    assert [len(said.file) for said in house.poster.said.values() if said.file] == [9_000, 6_000]


async def test_a_film_that_goes_by_link_is_posted_by_its_address(house: House) -> None:
    await house.finish()
    await house.cut(size=25_000, url="https://films.example.org/0a1b.mp4")
    house.poster.lost_answers = 1
    async with running(house) as shown:
        await shown.quiet()
    (text,) = house.said("🍿 **E1.1**")
    assert text.splitlines()[2].endswith("It is here: https://films.example.org/0a1b.mp4")
    assert [said.files for said in house.poster.said.values() if said.text == text] == [("film-1.zh.srt",)]


async def test_subtitles_that_are_gone_are_left_out(house: House) -> None:
    await house.finish()
    await house.cut()
    (house.config.directory / "film-1.zh.srt").unlink()
    async with running(house) as shown:
        await shown.quiet()
    assert [said.files for said in house.poster.said.values() if said.file] == [("film-1.mp4",)]


@pytest.mark.parametrize(("trouble", "failure"), [("gone", "failure-cut-clip"), ("closed", "failure-cut-channel")])
async def test_a_cut_that_cannot_be_posted_fails_and_says_why(house: House, trouble: str, failure: str) -> None:
    await house.finish()
    row = await house.cut(parts=2)
    if trouble == "gone":
        (house.config.directory / "film-2.mp4").unlink()
    else:
        house.poster.closed = {CHANNEL, ALICE_DM}
    async with running(house) as shown:
        await shown.quiet()
        if trouble == "gone":
            await until(lambda: bool(house.said("⚠️")) and not house.said("🎞️"))
            (told,) = house.said("⚠️ **E1.1** **The \\*Jade\\***")
            assert "It was not cut" in told
            assert "/episode cut" in told
    ended = await cuts.get(house.database.reading(), row.id)
    assert (ended.status, ended.failure) == (CutStatus.FAILED, failure)
    assert await bulletins.owed(house.database.reading()) == []
    # Nothing is under way any more, and it goes on from here.
    assert await bulletins.busy(house.database.reading()) == set()
    await house.production.cut(house.episode)
    assert await bulletins.busy(house.database.reading()) == {house.episode.id}
    assert (await cuts.get(house.database.reading(), row.id)).status is CutStatus.QUEUED


@pytest.mark.parametrize(
    ("when", "ended"),
    [
        ("waiting", CutStatus.STALE),
        ("just before it is aimed", CutStatus.STALE),
        ("aimed", CutStatus.POSTED),
        ("aimed and refused", CutStatus.STALE),
    ],
)
async def test_a_film_that_is_cancelled_is_posted_only_where_it_is_on_its_way(
    house: House, when: str, ended: CutStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.finish()
    row = await house.cut(parts=2)

    def meanwhile(of: object, call: str) -> None:
        real = getattr(of, call)

        async def and_cancel(*arguments: object) -> object:
            found = await real(*arguments)
            if await bulletins.busy(house.database.reading()):
                await house.production.cancel(house.episode)
            return 50 if when == "aimed and refused" else found

        monkeypatch.setattr(of, call, and_cancel)

    match when:
        case "waiting":
            await house.production.cancel(house.episode)
        case "just before it is aimed":
            meanwhile(cuts, "ordinal")
        case _:
            meanwhile(house.poster, "limit")
    for _ in range(2):  # and after a restart
        async with running(house) as shown:
            await shown.quiet()
    assert (await cuts.get(house.database.reading(), row.id)).status is ended
    assert len(house.said("🍿 **E1.1**")) == (2 if ended is CutStatus.POSTED else 0)
    assert await house.status() is EpisodeStatus.CANCELLED
    # It is cut again where somebody asks for it.
    if ended is CutStatus.STALE:
        await house.production.cut(house.episode)
        assert (await cuts.get(house.database.reading(), row.id)).status is CutStatus.QUEUED


async def test_a_closed_channel_means_the_owner_s_dm(house: House) -> None:
    await house.finish()
    await house.cut()
    house.poster.closed = {CHANNEL}
    async with running(house) as shown:
        await shown.quiet()
    texts = house.said("🍿", ALICE_DM)
    assert [text.startswith("🍿 **E1.1**") for text in texts].count(True) == 1
    assert await house.status() is EpisodeStatus.POSTED
