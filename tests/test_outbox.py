"""The outbox against a real database and a channel that fails as the test says."""

from __future__ import annotations

import asyncio
import errno
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import delivery as module
from bot.outbox import Outbox
from bot.poster import FileTooLarge, Unavailable, WordsBlocked
from db import jobs, messages
from db.models import Job, Status
from renderer.protocol import Progress
from tests.postbox import DM, FakePoster

from .conftest import CHANNEL, MEMBER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from db.connection import Database

    Queueing = Callable[..., Awaitable[Job]]


async def shrink(clip: Path, limit: int) -> Path:
    smaller = clip.with_name("fit.mp4")
    smaller.write_bytes(clip.read_bytes()[:limit])
    return smaller


async def nowhere(job_id: int) -> None:
    return None


@pytest.fixture
def poster() -> FakePoster:
    return FakePoster()


@pytest.fixture
def rendered(database: Database, queue_shot: Queueing, tmp_path: Path) -> Queueing:
    async def make(*, size: int = 100, folder: Path = tmp_path, **about: object) -> Job:
        job = await queue_shot(**about)
        clip = folder / f"job-{job.id}.mp4"
        clip.write_bytes(b"x" * size)
        async with database.writing() as writer:
            await jobs.start(writer, job.id)
            return await jobs.rendered(
                writer, job.id, engine="animatic", clip_path=str(clip), frames=113, stages={"draw": 1.0}
            )

    return make


@asynccontextmanager
async def running(
    database: Database, poster: FakePoster, fit: Callable[[Path, int], Awaitable[Path]] | None = None
) -> AsyncGenerator[Outbox]:
    outbox = Outbox(database, Path("/"), poster, nowhere, fit or shrink)
    task = asyncio.create_task(outbox.run())
    try:
        async with asyncio.timeout(30):
            yield outbox
    finally:
        task.cancel()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_AFTER_S", (0.01,))
    monkeypatch.setattr(module, "EDIT_EVERY_S", 0.01)


async def status_of(database: Database, job: Job) -> Status:
    return (await jobs.get(database.reading(), job.id)).status


async def test_a_clip_is_posted_with_its_facts_and_its_id_is_kept(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    job = await rendered(cast=("Ada *star*",))
    async with running(database, poster) as outbox:
        await outbox.quiet()
    ((message_id, said),) = poster.said.items()
    assert said.text.startswith("🎬 **#1.1**")
    for fact in ("Ada \\*star\\*", "seed 7", "1280×704", "4.7 s", "take 1", f"<@{MEMBER}>", "Animatic"):
        assert fact in said.text
    assert said.file == b"x" * 100
    row = await messages.get(database.reading(), job.id, "clip")
    assert row is not None
    assert (row.message_id, row.channel_id, row.nonce) == (message_id, CHANNEL, said.nonce)
    assert await status_of(database, job) is Status.POSTED


async def test_the_channel_reads_its_server_s_language(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    await rendered(locale="zh-TW")
    async with running(database, poster) as outbox:
        await outbox.quiet()
    (said,) = poster.said.values()
    assert "种子 7" in said.text
    assert "分镜预览" in said.text


async def test_a_status_message_comes_and_goes(database: Database, poster: FakePoster, queue_shot: Queueing) -> None:
    job = await queue_shot()
    async with running(database, poster) as outbox:
        while not poster.said:
            await asyncio.sleep(0.01)
        (said,) = poster.said.values()
        assert said.text.startswith("⏳ **#1.1**")
        async with database.writing() as writer:
            cancelled = await jobs.cancel(writer, job.id)
        outbox.job_changed(cancelled)
        await outbox.quiet()
    assert poster.said == {}
    assert await messages.get(database.reading(), job.id, "status") is None


async def test_progress_edits_the_status_message_only_on_change(
    database: Database, poster: FakePoster, queue_shot: Queueing
) -> None:
    from db import shots

    job = await queue_shot()
    async with database.writing() as writer:
        await jobs.start(writer, job.id)
    shot = await shots.get(database.reading(), job.shot_id)
    async with running(database, poster) as outbox:
        while not poster.said:
            await asyncio.sleep(0.01)
        for step in (3, 3, 6):
            outbox.job_progress(job, shot, Progress(job=job.id, stage="draw", step=step, steps=6))
            seen = len(poster.edits)
            for _ in range(20):
                await asyncio.sleep(0.01)
                if len(poster.edits) > seen:
                    break
    assert [text.split("  ")[-1] for text in poster.edits] == ["50 %", "100 %"]


async def test_a_step_that_is_told_after_the_end_is_forgotten(
    database: Database, poster: FakePoster, queue_shot: Queueing
) -> None:
    from db import shots

    job = await queue_shot()
    shot = await shots.get(database.reading(), job.shot_id)
    async with database.writing() as writer:
        cancelled = await jobs.cancel(writer, job.id)
    async with running(database, poster) as outbox:
        outbox.job_changed(cancelled)
        outbox.job_progress(job, shot, Progress(job=job.id, stage="draw", step=1, steps=6))
        while outbox._latest:
            await asyncio.sleep(0.01)
    assert poster.edits == []


async def test_a_failure_says_why_once(database: Database, poster: FakePoster, queue_shot: Queueing) -> None:
    job = await queue_shot()
    async with database.writing() as writer:
        await jobs.fail(writer, job.id, "post-no-cast")  # any sentence will do
    for _ in range(2):
        async with running(database, poster) as outbox:
            await outbox.quiet()
    (said,) = poster.said.values()
    assert said.text.startswith("⚠️ **#1.1**")
    assert "no characters" in said.text


async def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    job = await rendered()
    poster.lost_answers = 1
    async with running(database, poster) as outbox:
        await outbox.quiet()
    assert len(poster.said) == 1
    assert poster.searches == 1
    assert await status_of(database, job) is Status.POSTED


async def test_a_restart_between_sending_and_recording_posts_once(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    job = await rendered()
    async with database.writing() as writer:
        posted, fresh = await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=CHANNEL)
    assert fresh
    already = await poster.send(CHANNEL, "🎬 **#1.1** by somebody", nonce=posted.nonce)
    async with running(database, poster) as outbox:
        await outbox.quiet()
    assert list(poster.said) == [already]
    assert await status_of(database, job) is Status.POSTED


async def test_trouble_at_discord_s_is_waited_out(database: Database, poster: FakePoster, rendered: Queueing) -> None:
    jobs_made = [await rendered() for _ in range(3)]
    poster.trouble = [Unavailable("503"), None, Unavailable("503"), Unavailable("503")]
    async with running(database, poster) as outbox:
        await outbox.quiet()
    assert len(poster.said) == 3
    assert {await status_of(database, job) for job in jobs_made} == {Status.POSTED}


async def test_a_clip_over_the_limit_is_made_smaller(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    await rendered(size=25_000)
    # The limit that Discord shows is not the one that it applies: the first try is still too large.
    poster.trouble = [FileTooLarge("413")]
    async with running(database, poster) as outbox:
        await outbox.quiet()
    (said,) = poster.said.values()
    assert said.file is not None
    assert len(said.file) == 10_000 * 2 // 3


@pytest.mark.parametrize("trouble", ["gone", "does not fit", "never small enough"])
async def test_a_clip_that_cannot_be_posted_fails_its_job(
    trouble: str, database: Database, poster: FakePoster, rendered: Queueing, tmp_path: Path, monkeypatch: Any
) -> None:
    job, next_job = await rendered(size=25_000), await rendered()
    match trouble:
        case "gone":
            (tmp_path / f"job-{job.id}.mp4").unlink()
        case "does not fit":

            async def give_up(clip: Path, limit: int) -> Path:
                raise RuntimeError(f"{clip} does not fit into {limit}")

            monkeypatch.setitem(globals(), "shrink", give_up)
        case _:
            poster.trouble = [FileTooLarge("413")] * module.REFITS
    async with running(database, poster) as outbox:
        await outbox.quiet()
    ended = await jobs.get(database.reading(), job.id)
    assert (ended.status, ended.failure) == (Status.FAILED, "failure-clip")
    assert sorted(said.text.split("**")[1] for said in poster.said.values()) == ["#1.1", "#2.1"]
    assert await status_of(database, next_job) is Status.POSTED


async def _look_for_nothing(poster: FakePoster, database: Database, waiting: list[Job], trouble: str) -> None:
    """What waits is not intended before it can be reached, and is not looked for on each try."""
    rows = [await messages.get(database.reading(), job.id, "clip") for job in waiting]
    assert any(rows) is (trouble in {"a folder that goes away meanwhile", "a full disk"})
    assert bool(poster.searches) is (trouble == "a full disk")


@pytest.mark.parametrize(
    "trouble", ["no folder", "an empty folder", "a folder that goes away meanwhile", "a broken disk", "a full disk"]
)
async def test_a_clip_that_is_out_of_reach_waits_and_holds_up_nothing(
    trouble: str,
    database: Database,
    poster: FakePoster,
    rendered: Queueing,
    queue_shot: Queueing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clips, away = tmp_path / "clips", tmp_path / "away"
    clips.mkdir()
    kept = [await rendered(size=25_000, folder=clips) for _ in range(module.TROUBLES)]
    failed = await queue_shot()
    async with database.writing() as writer:
        await jobs.fail(writer, failed.id, "failure-memory")
    if trouble in {"no folder", "an empty folder"}:
        clips.rename(away)
    if trouble == "an empty folder":
        clips.mkdir()
    mended = asyncio.Event()
    looked = Path.is_file

    def look(path: Path) -> bool:
        if trouble == "a broken disk" and not mended.is_set():
            raise OSError(errno.EIO, "Input/output error")
        return looked(path)

    async def fit(clip: Path, limit: int) -> Path:
        if not mended.is_set():
            full = OSError(errno.ENOSPC, "No space left on device")
            if trouble == "a folder that goes away meanwhile":
                clips.rename(away)
            raise RuntimeError("ffmpeg failed") from (full if trouble == "a full disk" else None)
        return await shrink(clip, limit)

    monkeypatch.setattr(Path, "is_file", look)
    async with running(database, poster, fit) as outbox:
        while outbox._trouble < 2:
            await asyncio.sleep(0.01)
        # Not as with Discord's troubles: what comes behind it is told, and it costs nothing.
        assert [said.text.split("**")[1] for said in poster.said.values()] == ["#4.1"]
        assert {await status_of(database, job) for job in kept} == {Status.RENDERED}
        await _look_for_nothing(poster, database, kept, trouble)
        if away.exists():
            shutil.copytree(away, clips, dirs_exist_ok=True)
        mended.set()
        await outbox.quiet()
    assert {await status_of(database, job) for job in kept} == {Status.POSTED}


async def test_a_clip_that_was_posted_is_found_though_it_is_gone(
    database: Database, poster: FakePoster, rendered: Queueing, tmp_path: Path
) -> None:
    job = await rendered()
    poster.lost_answers = 1
    async with running(database, poster) as outbox:
        while not poster.said:
            await asyncio.sleep(0)
        (tmp_path / f"job-{job.id}.mp4").unlink()
        await outbox.quiet()
    assert len(poster.said) == 1
    assert await status_of(database, job) is Status.POSTED


async def test_a_channel_that_cannot_be_searched_gets_the_clip(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    job = await rendered()
    async with database.writing() as writer:
        await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=CHANNEL)
    poster.unreadable = True
    async with running(database, poster) as outbox:
        await outbox.quiet()
    assert len(poster.said) == 1
    assert await status_of(database, job) is Status.POSTED


async def test_one_message_that_discord_does_not_take_holds_up_no_other(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    stuck, *others = [await rendered() for _ in range(3)]
    poster.never = {"🎬 **#1.1**"}
    async with running(database, poster) as outbox:
        while {await status_of(database, job) for job in others} != {Status.POSTED}:
            await asyncio.sleep(0.01)
        assert await status_of(database, stuck) is Status.RENDERED
        poster.never = set()
        await outbox.quiet()
    assert await status_of(database, stuck) is Status.POSTED


async def test_names_that_automod_refuses_are_left_out(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    await rendered(cast=("Rude Name",))
    poster.trouble = [WordsBlocked("200000")]
    async with running(database, poster) as outbox:
        await outbox.quiet()
    (said,) = poster.said.values()
    assert "Rude Name" not in said.text
    assert said.file is not None


async def test_a_closed_channel_means_a_dm(database: Database, poster: FakePoster, rendered: Queueing) -> None:
    job = await rendered()
    poster.closed = {CHANNEL}
    async with running(database, poster) as outbox:
        await outbox.quiet()
    (said,) = poster.said.values()
    assert said.channel == DM
    assert await status_of(database, job) is Status.POSTED
    row = await messages.get(database.reading(), job.id, "clip")
    assert row is not None
    assert row.channel_id == DM


async def test_where_nobody_can_be_told_the_job_fails_and_holds_up_nothing(
    database: Database, poster: FakePoster, rendered: Queueing
) -> None:
    job = await rendered()
    poster.closed = {CHANNEL, DM}
    async with running(database, poster) as outbox:
        await outbox.quiet()
    ended = await jobs.get(database.reading(), job.id)
    assert (ended.status, ended.failure) == (Status.FAILED, "failure-channel-closed")
    assert await messages.owed(database.reading()) == []
