"""When an episode is cut, from what, and what a restart or a newer plan means: real rows, a cutter that waits."""

from __future__ import annotations

import asyncio
import errno
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import callsheet, cutting, cutting_room, editing, playbill
from bot.breakdown import Breakdown
from bot.config import Config, Data, Episodes, Guards, Link, Queue
from bot.cutting_room import CuttingRoom
from bot.i18n import speak
from bot.intake import Intake
from bot.poster import Unavailable
from bot.production import Production
from bot.refusal import Refused
from db import bulletins, cuts, episodes, guilds, jobs, votes
from db.cuts import CutStatus
from db.models import Job, Status
from db.writing import EpisodeStatus
from tests.rows import ALICE, BOB
from tests.stories import WHO, write_episode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from contextlib import AbstractContextManager

    from db.connection import Database
    from db.cuts import CutRow
    from db.disk import DiskUnusable
    from db.writing import Episode


@dataclass
class FakeCutter:
    """Stands in for ffmpeg: `gate` holds a cut up, `failures` are raised one after the other.

    `accident` happens before each cut fails by it.
    """

    films: list[cutting.Cut] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    accident: Callable[[], None] | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: int = 0
    parts: int = 1
    limits: list[int] = field(default_factory=list)

    async def cut(self, plan: cutting.Cut, out: Path, work: Path) -> cutting.Finished:
        self.films.append(plan)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.failures:
            raise self.failures.pop(0)
        if self.accident:
            self.accident()
            raise cutting.CutError("ffmpeg ended with 254")
        out.write_bytes(b"film")
        srt = out.with_suffix(".zh.srt")
        srt.write_text("1\n00:00:00,000 --> 00:00:02,000\n你好\n\n", "utf-8")
        return cutting.Finished(out, plan.frames, plan.frames / 24, plan.boundaries, {"zh": srt}, (), 0)

    async def fit(
        self, film: Path, limit: int, boundaries: tuple[int, ...], *, split: bool, ffmpeg_program: str
    ) -> tuple[cutting.Part, ...]:
        self.limits.append(limit)
        if self.parts > 1 and not split:
            raise cutting.CannotFitError("not in one piece")
        if self.parts == 1:
            return (cutting.Part(film, 0, 339),)
        paths = [film.with_name(f"{film.stem}-{number}.mp4") for number in (1, 2)]
        for path in paths:
            path.write_bytes(b"part")
        return cutting.Part(paths[0], 0, 170), cutting.Part(paths[1], 170, 339)


@dataclass
class Desk:
    """A room with an episode whose shots the test finishes."""

    database: Database
    config: Config
    cutter: FakeCutter
    room: CuttingRoom
    production: Production
    episode: Episode

    async def finish(self, job: Job) -> Job:
        """Renders a take, as the worker would."""
        clip = self.config.directory / f"{job.id}.mp4"
        clip.write_bytes(b"clip")
        async with self.database.writing() as writer:
            await jobs.start(writer, job.id)
            done = await jobs.rendered(
                writer, job.id, engine="animatic", clip_path=clip.name, frames=113, stages={}, inspection={"trim": 2}
            )
        self.room.job_changed(done)
        return done

    async def finish_all(self) -> list[Job]:
        return [await self.finish(job) for job in await jobs.with_status(self.database.reading(), Status.QUEUED)]

    async def again(self, job: Job) -> Job:
        """Queues another take of the same shot."""
        async with self.database.writing() as writer:
            take = await jobs.last_take(writer, job.shot_id) + 1
            return await jobs.add(writer, shot_id=job.shot_id, take=take, seed=take, requested_by=BOB)

    async def cuts(self) -> list[CutRow]:
        return sorted(await cuts.with_status(self.database.reading(), *CutStatus), key=lambda row: row.id)

    async def status(self) -> EpisodeStatus:
        return (await episodes.get(self.database.reading(), self.episode.id)).status

    async def until_the_cutter_works(self) -> None:
        """Wait for the call: the row says CUTTING a moment before it."""

        async def begun() -> bool:
            return bool(self.cutter.films)

        await self.until(begun)

    async def until(self, what: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await what():
                await asyncio.sleep(0.005)

    async def until_cuts_are(self, *statuses: CutStatus) -> None:
        async def they_are() -> bool:
            return [row.status for row in await self.cuts()] == list(statuses)

        await self.until(they_are)


class Consumer:
    def changed(self, job: Job) -> None: ...

    def stop(self, job_id: int) -> None: ...


@pytest.fixture
def cutter(monkeypatch: pytest.MonkeyPatch) -> FakeCutter:
    made = FakeCutter()
    monkeypatch.setattr(cutting, "cut", made.cut)
    monkeypatch.setattr(cutting, "fit_episode", made.fit)
    return made


async def called(guild_id: int, member_id: int) -> str:
    """Names with all that a name may hold: syntax of filters and subtitles, line breaks, marks, a blocked word."""
    assert guild_id == WHO.guild_id
    names = {ALICE: "Al'ice:\n[v]{\\an8}; drawtext=x", BOB: "萧\u202e云霄", 77: "spoiler", 88: "\U0001f600"}
    if member_id not in names:
        raise Unavailable("503")
    return names[member_id]


async def plenty(channel_id: int) -> int:
    return 10_000_000


@pytest.fixture
def open_desk(database: Database, cutter: FakeCutter, tmp_path: Path) -> Callable[..., Awaitable[Desk]]:
    async def open_(quiet_s: float = 0.0, attempts: int = 2, link: Link | None = None) -> Desk:
        config = Config(
            data=Data(directory=str(tmp_path / "data")),
            queue=Queue(per_member=20),
            episodes=Episodes(quiet_s=quiet_s, cut_attempts=attempts),
            link=link or Link(),
            guards=Guards(blocklist=("spoiler",)),
        )
        config.directory.mkdir(exist_ok=True)
        consumer = Consumer()
        intake = Intake(database, config, consumer, lambda: "animatic")
        room = CuttingRoom(database, config)
        production = Production(database, intake, Breakdown(database, config, intake), room)
        episode = await write_episode(database)
        await production.render(episode.id, episode.version, WHO)
        return Desk(database, config, cutter, room, production, episode)

    return open_


@asynccontextmanager
async def running(room: CuttingRoom) -> AsyncGenerator[None]:
    await room.recover()
    task = asyncio.create_task(room.run(plenty, called))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_is_cut_when_the_last_take_is_there(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    async with running(desk.room):
        *_, last = await jobs.with_status(desk.database.reading(), Status.QUEUED)
        for job in (await jobs.with_status(desk.database.reading(), Status.QUEUED))[:-1]:
            await desk.finish(job)
        await asyncio.sleep(0.05)
        assert await desk.cuts() == []
        assert await desk.status() is EpisodeStatus.RENDERING
        await desk.finish(last)
        await desk.until_cuts_are(CutStatus.CUT)
    (film,) = desk.cutter.films
    # Two frames less than each clip has: the look at it said so.
    assert [take.frames for take in film.takes] == [111] * 3
    assert [[line.zh for line in take.lines] for take in film.takes] == [["第1句。"], ["第2句。"], ["第3句。"]]
    assert film.opening is not None
    assert film.opening.titles == ("The Jade",)
    (row,) = await desk.cuts()
    assert [piece.path for piece in row.pieces] == ["cuts/episode-1/E1-cut1.mp4"]
    assert [piece.beside for piece in row.pieces] == [("cuts/episode-1/E1-cut1.zh.srt",)]
    assert await desk.status() is EpisodeStatus.CUTTING
    assert [(owed.purpose, owed.part) for owed in await bulletins.owed(desk.database.reading())] == [("cut", 1)]


async def test_a_cut_that_cannot_be_planned_or_recorded_is_later(
    open_desk: Callable[..., Awaitable[Desk]],
    no_room: Callable[[], AbstractContextManager[None]],
    refusals: asyncio.Queue[DiskUnusable],
) -> None:
    desk = await open_desk(attempts=1)
    await desk.finish_all()
    async with running(desk.room):
        with no_room():
            for _ in range(3):
                await refusals.get()
            assert await desk.cuts() == []
        await desk.until_the_cutter_works()
        with no_room():
            desk.cutter.gate.set()
            for _ in range(3):
                await refusals.get()
            assert [row.status for row in await desk.cuts()] == [CutStatus.CUTTING]
        await desk.until_cuts_are(CutStatus.CUT)
    assert len(desk.cutter.films) == 1
    assert [(owed.purpose, owed.part) for owed in await bulletins.owed(desk.database.reading())] == [("cut", 1)]


async def test_three_new_takes_in_the_quiet_period_make_one_cut(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(quiet_s=3600)
    async with running(desk.room):
        takes = await desk.finish_all()
        await desk.until_cuts_are(CutStatus.QUEUED)
        for number in range(3):
            await desk.finish(await desk.again(takes[number]))
            await desk.until_cuts_are(*[CutStatus.STALE] * (number + 1), CutStatus.QUEUED)
        desk.cutter.gate.set()
        await desk.production.cut(desk.episode)
        await desk.until_cuts_are(*[CutStatus.STALE] * 3, CutStatus.CUT)
    (film,) = desk.cutter.films
    assert [take.path.name for take in film.takes] == ["4.mp4", "5.mp4", "6.mp4"]


async def test_a_newer_plan_stops_the_cut_that_is_made(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    async with running(desk.room):
        first, *_ = await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUTTING)
        await desk.until_the_cutter_works()
        await desk.finish(await desk.again(first))
        await desk.until_cuts_are(CutStatus.STALE, CutStatus.CUTTING)
        desk.cutter.gate.set()
        await desk.until_cuts_are(CutStatus.STALE, CutStatus.CUT)
    assert desk.cutter.stopped == 1


async def test_no_cut_is_made_while_a_take_is_under_way(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    async with running(desk.room):
        first, second, third = await jobs.with_status(desk.database.reading(), Status.QUEUED)
        await desk.finish(first)
        again = await desk.again(first)
        await desk.finish(second)
        await desk.finish(third)
        await asyncio.sleep(0.05)
        assert await desk.cuts() == []
        await desk.finish(again)
        await desk.until_cuts_are(CutStatus.CUTTING)


async def test_a_vote_for_another_take_cuts_anew_and_back_again(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    async with running(desk.room):
        first, *_ = await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
        await desk.finish(await desk.again(first))
        await desk.until_cuts_are(CutStatus.CUT, CutStatus.CUT)
        async with desk.database.writing() as writer:
            await votes.cast(writer, first.id, BOB, "like")
        desk.room.choice_changed(first.shot_id)

        # The same takes as at first, but somebody voted: that is on the end card.
        await desk.until_cuts_are(CutStatus.CUT, CutStatus.CUT, CutStatus.CUT)
    assert desk.cutter.films[0].takes == desk.cutter.films[2].takes
    assert len(await jobs.with_status(desk.database.reading(), *Status)) == 4


async def test_a_kill_counts_as_an_attempt_and_a_stop_does_not(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(attempts=1)
    await desk.finish_all()
    row = None
    for _ in range(2):
        desk.cutter.films.clear()
        async with running(CuttingRoom(desk.database, desk.config)):
            await desk.until_the_cutter_works()
        (row,) = await desk.cuts()
        assert (row.status, row.attempts) == (CutStatus.QUEUED, 0)
    assert desk.cutter.stopped == 2
    assert row is not None
    async with desk.database.writing() as writer:
        await cuts.start(writer, row.id)  # and nobody is there to end it
    async with running(CuttingRoom(desk.database, desk.config)):
        await desk.until_cuts_are(CutStatus.FAILED)
    (row,) = await desk.cuts()
    assert (row.attempts, row.failure) == (1, "failure-cut")


async def test_a_cut_that_failed_is_made_again_on_demand(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(attempts=1)
    desk.cutter.gate.set()
    desk.cutter.failures = [cutting.CutError("a clip is broken")]
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.FAILED)
        await desk.production.cut(desk.episode)
        await desk.until_cuts_are(CutStatus.CUT)
        with pytest.raises(Refused, match="refused-cut-already"):
            await desk.production.cut(desk.episode)


async def test_what_the_bot_slept_through_is_cut_at_start(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    await desk.finish_all()
    async with running(CuttingRoom(desk.database, desk.config)):
        await desk.until_cuts_are(CutStatus.CUT)


async def test_a_film_in_parts_has_the_subtitles_of_each(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    desk.cutter.parts = 2
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
    (row,) = await desk.cuts()
    assert [piece.path for piece in row.pieces] == [f"cuts/episode-1/E1-cut1-{part}.mp4" for part in (1, 2)]
    first, second = ((desk.config.directory / piece.beside[0]).read_text("utf-8") for piece in row.pieces)
    assert "你好" in first
    assert "你好" not in second
    assert [owed.part for owed in await bulletins.owed(desk.database.reading())] == [1, 2]


async def test_a_film_in_parts_goes_by_link_where_there_is_one(
    open_desk: Callable[..., Awaitable[Desk]], tmp_path: Path
) -> None:
    published = tmp_path / "published"
    published.mkdir()
    desk = await open_desk(link=Link(folder=str(published), url="https://films.example.org/drama/"))
    desk.cutter.gate.set()
    desk.cutter.parts = 2
    async with running(desk.room):
        takes = await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
        (row,) = await desk.cuts()
        (piece,) = row.pieces
        (film,) = published.iterdir()
        assert piece.url == f"https://films.example.org/drama/{film.name}"
        assert piece.beside == ("cuts/episode-1/E1-cut1.zh.srt",)
        assert (film.read_bytes(), film.stat().st_mode & 0o777, len(film.stem)) == (b"film", 0o644, 40)
        # Cut again from the same takes: the same address. From others: another one, and the first stays.
        async with desk.database.writing() as writer:
            await cuts.fail(writer, row.id, "failure-cut-clip")
        await desk.production.cut(desk.episode)
        await desk.until_cuts_are(CutStatus.CUT)
        assert (await desk.cuts())[0].pieces == row.pieces
        await desk.finish(await desk.again(takes[0]))
        await desk.until_cuts_are(CutStatus.CUT, CutStatus.CUT)
    assert len(list(published.iterdir())) == len({piece.url for row in await desk.cuts() for piece in row.pieces}) == 2


async def test_without_the_published_folder_it_is_split(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk(link=Link(folder="/nowhere/at/all", url="https://films.example.org"))
    desk.cutter.gate.set()
    desk.cutter.parts = 2
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
    (row,) = await desk.cuts()
    assert [piece.url for piece in row.pieces] == ["", ""]


async def test_a_channel_that_takes_less_than_it_said_has_the_film_fitted_anew(
    open_desk: Callable[..., Awaitable[Desk]],
) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
        async with desk.database.writing() as writer:
            (row,) = await desk.cuts()
            await cuts.refit(writer, row.id, 4_000_000)
        desk.room.changed(desk.episode.id)
        await desk.until_cuts_are(CutStatus.CUT)
    assert desk.cutter.limits == [10_000_000, 4_000_000]
    assert [owed.part for owed in await bulletins.owed(desk.database.reading())] == [1]


async def test_a_clip_that_is_gone_is_said_and_rendered_again(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    async with running(desk.room):
        (first, *_) = await desk.finish_all()
        (desk.config.directory / f"{first.id}.mp4").unlink()
        await desk.until_cuts_are(CutStatus.FAILED)
        (row,) = await desk.cuts()
        assert (row.failure, row.attempts) == ("failure-cut-takes", 1)
        sheet = await callsheet.sheet_of(
            desk.database.reading(), desk.episode.id, desk.production._intake.estimates.line
        )
        assert [(call.standing, call.failure) for call in sheet.calls] == [
            ("failed", "failure-take-gone"),
            ("done", None),
            ("done", None),
        ]
        (again,) = await desk.production.render(desk.episode.id, desk.episode.version, WHO)
        assert again.shot.words == "A lake at dawn, wide shot. Picture 1."
        await desk.finish(again.job)
        await desk.until_cuts_are(CutStatus.FAILED, CutStatus.CUT)


async def test_another_take_stands_in_for_a_clip_that_is_gone(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    first, *_ = await desk.finish_all()
    second = await desk.finish(await desk.again(first))
    (desk.config.directory / f"{second.id}.mp4").unlink()
    desk.cutter.gate.set()
    async with running(desk.room):
        await desk.until_cuts_are(CutStatus.FAILED, CutStatus.CUT)
    (film,) = desk.cutter.films
    assert film.takes[0].path.name == f"{first.id}.mp4"


async def render_and_break(desk: Desk, trouble: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Renders all takes and lets the trouble come; what is returned mends it."""
    clips = desk.config.directory / "clips"
    async with desk.database.writing() as writer:
        for job in await jobs.with_status(writer, Status.QUEUED):
            await jobs.start(writer, job.id)
            await jobs.rendered(
                *(writer, job.id), engine="animatic", clip_path=f"clips/{job.id}.mp4", frames=113, stages={}
            )
    files = [clips / f"{job.id}.mp4" for job in await jobs.with_status(desk.database.reading(), Status.RENDERED)]
    looked = Path.is_file

    def look(path: Path) -> bool:
        if path == files[-1]:
            raise OSError(errno.EIO, "Input/output error")
        return looked(path)

    def mend() -> None:
        desk.cutter.accident = None
        clips.mkdir(exist_ok=True)
        for file in files:
            file.write_bytes(b"clip")
        monkeypatch.setattr(Path, "is_file", looked)

    mend()
    match trouble:
        case "no folder" | "an empty folder":
            shutil.rmtree(clips)
        case "a full disk":
            full = cutting.CutError("a piece cannot be joined")
            full.__cause__ = OSError(errno.ENOSPC, "No space left on device")
            desk.cutter.failures = [full, full]
        case "a broken disk":
            monkeypatch.setattr(Path, "is_file", look)
        case _:
            gone = clips if trouble.startswith("clips") else desk.config.directory / "cuts"
            desk.cutter.accident = partial(shutil.rmtree, gone)
    if trouble == "an empty folder":
        clips.mkdir()
    return mend


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("an empty folder", "is it mounted"),
        ("no folder", "is it mounted"),
        ("a full disk", "No space"),
        ("a broken disk", "Input/output"),
        ("clips that go away meanwhile", "is it mounted"),
        ("films that go away meanwhile", "No such file.*episode-1"),
    ],
)
async def test_what_waiting_mends_is_no_attempt_and_writes_off_no_take(
    open_desk: Callable[..., Awaitable[Desk]], monkeypatch: pytest.MonkeyPatch, trouble: str, why: str
) -> None:
    desk = await open_desk(attempts=1)
    desk.cutter.gate.set()
    mend = await render_and_break(desk, trouble, monkeypatch)

    async def put_off() -> bool:
        return [(row.status, row.attempts, row.failure) for row in await desk.cuts()] == [
            (CutStatus.QUEUED, 0, "production-cut-waits")
        ]

    async with running(desk.room):
        await desk.until(put_off)
        (row,) = await desk.cuts()
        assert row.not_before - (row.started_at or 0.0) >= cutting_room.PAUSES_S[0]
        sheet = await callsheet.sheet_of(
            desk.database.reading(), desk.episode.id, desk.production._intake.estimates.line
        )
        assert "tell whoever runs me" in playbill.status_text(speak("en-US"), sheet, 0.0)
    assert all(job.swept_at is None for job in await jobs.with_status(desk.database.reading(), *Status))
    # Where nobody waits, it is told instead.
    await desk.production.cut(desk.episode)
    impatient = CuttingRoom(desk.database, desk.config, patient=False)
    with pytest.raises(ExceptionGroup) as told:
        await impatient.run(plenty, called)
    assert told.group_contains(OSError, match=why)
    (row,) = await desk.cuts()
    assert (row.status, row.attempts, row.not_before) == (CutStatus.QUEUED, 0, 0.0)
    # Mended, it is made: when the pause is over, or at once where somebody asks for it.
    mend()
    async with running(desk.room):
        await desk.production.cut(desk.episode)
        await desk.until_cuts_are(CutStatus.CUT)
    assert (await desk.cuts())[0].failure is None


async def test_no_film_is_made_in_the_place_of_those_that_are_away(
    open_desk: Callable[..., Awaitable[Desk]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lay there would make every film on the mount count as lost."""
    desk = await open_desk()
    desk.cutter.gate.set()
    monkeypatch.setattr(cutting_room, "PAUSES_S", (0.01,))
    films, away = desk.config.directory / "cuts", desk.config.directory / "away"
    async with running(desk.room):
        first, *_ = await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
        films.rename(away)
        films.mkdir()
        await desk.finish(await desk.again(first))

        async def put_off() -> bool:
            return desk.room._trouble >= 2

        await desk.until(put_off)
        assert not list(films.iterdir())
        away.rename(films)
        await desk.until_cuts_are(CutStatus.CUT, CutStatus.CUT)
    assert (await desk.cuts())[1].attempts == 1


async def test_the_end_card_names_who_wrote_and_who_voted(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    desk.cutter.gate.set()
    async with desk.database.writing() as writer:
        await episodes.share(writer, desk.episode.id, BOB, "editor")
        await guilds.remember(writer, WHO.guild_id, "zh-CN")
    async with running(desk.room):
        first, *_ = await jobs.with_status(desk.database.reading(), Status.QUEUED)
        async with desk.database.writing() as writer:
            # One after the other: a blocked name, one that cannot be drawn, one that cannot be had.
            for member in (BOB, 77, 88, 99):
                await votes.cast(writer, first.id, member, "like")
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUT)
    (film,) = desk.cutter.films
    assert film.ending is not None
    assert film.ending.rows == ("编剧：Al'ice: [v]｛＼an8｝; drawtext=x, 萧云霄", "投票：萧云霄", "Animatic")


async def test_cancelling_stops_the_cut(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUTTING)
        await desk.until_the_cutter_works()
        assert (await desk.production.cancel(desk.episode)).takes == ()
        await desk.until_cuts_are(CutStatus.STALE)
        assert await desk.status() is EpisodeStatus.CANCELLED

        async def stopped() -> bool:
            return desk.cutter.stopped == 1

        await desk.until(stopped)
    with pytest.raises(Refused, match="refused-episode-posting"):
        await desk.production.cancel(desk.episode)


async def test_a_plan_survives_its_row(open_desk: Callable[..., Awaitable[Desk]]) -> None:
    desk = await open_desk()
    async with running(desk.room):
        await desk.finish_all()
        await desk.until_cuts_are(CutStatus.CUTTING)
    (row,) = await desk.cuts()
    plan = editing.loaded(row.plan)
    assert plan.dumped() == (row.plan, row.plan_hash)
    assert plan.ending == ("Animatic",)
    assert (await episodes.get(desk.database.reading(), desk.episode.id)).owner_id == ALICE
    # What the operator sets is no part of it: another font makes no film anew by itself.
    set_here = desk.config.model_copy(update={"episodes": Episodes(subtitle_font="/fonts/brush.otf")})
    assert editing.film(plan, set_here).subtitles.font == Path("/fonts/brush.otf")
    assert editing.film(plan, desk.config).subtitles.font is None
