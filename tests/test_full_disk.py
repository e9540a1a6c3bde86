"""The loops behind the commands on a disk that takes no writes: they keep what they hold, and do nothing twice."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import app, delivery, footage
from bot.app import alone, open_house, working
from bot.config import Config, Data, Queue
from bot.cutting_room import CuttingRoom
from bot.dailies import Look
from bot.outbox import Outbox
from bot.renderer_client import RenderFailed
from bot.worker import Worker
from db import jobs
from db.connection import Database
from db.disk import DiskUnusable
from db.models import Status
from tests import rows
from tests.fake_renderer import FakeRenderer
from tests.postbox import FakePoster

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
    from contextlib import AbstractContextManager
    from typing import Any

    from db.models import Job

    Block = Callable[[], AbstractContextManager[None]]
    Queueing = Callable[..., Awaitable[Job]]
    Refusals = asyncio.Queue[DiskUnusable]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=Data(directory=str(tmp_path)), queue=Queue(attempts=1))


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        async with asyncio.timeout(30):
            yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


def filling(block: AbstractContextManager[None]) -> Callable[[int], Awaitable[object]]:
    """Return what fills the disk up when a clip is about to be there."""

    async def fill(job: int) -> None:
        block.__enter__()

    return fill


async def told(refusals: Refusals, times: int) -> None:
    """Wait until the disk was waited for so often."""
    for _ in range(times):
        await refusals.get()


async def standing(database: Database, job: Job) -> tuple[Status, int]:
    found = await jobs.get(database.reading(), job.id)
    return found.status, found.attempts


async def until_it_is(database: Database, job: Job, status: Status) -> None:
    while (await standing(database, job))[0] is not status:
        await asyncio.sleep(0.005)


async def test_a_clip_that_cannot_be_recorded_is_recorded_later(
    database: Database, config: Config, queue_shot: Queueing, no_room: Block, refusals: Refusals
) -> None:
    job, renderer, block = await queue_shot(), FakeRenderer(), no_room()
    renderer.before_end = filling(block)
    async with running(Worker(database, renderer, config).run()):
        await told(refusals, 3)
        assert await standing(database, job) == (Status.RENDERING, 1)
        block.__exit__(None, None, None)
        await until_it_is(database, job, Status.RENDERED)
    assert renderer.rendered == [job.id]


async def test_a_clip_that_was_not_recorded_when_the_bot_stopped_is_rendered_once_more(
    database: Database, config: Config, queue_shot: Queueing, no_room: Block, refusals: Refusals
) -> None:
    config = config.model_copy(update={"queue": Queue(attempts=2)})
    job, renderer, block = await queue_shot(), FakeRenderer(), no_room()
    renderer.before_end = filling(block)
    async with running(Worker(database, renderer, config).run()):
        await told(refusals, 1)
        database.disk.hurry()  # as the house does when it closes
    block.__exit__(None, None, None)
    assert await standing(database, job) == (Status.RENDERING, 1)
    renderer.before_end = None
    worker = Worker(database, renderer, config)
    await worker.recover()
    async with running(worker.run()):
        await until_it_is(database, job, Status.RENDERED)
    assert renderer.rendered == [job.id, job.id]


async def test_the_queue_waits_for_room_and_goes_on(
    database: Database, config: Config, queue_shot: Queueing, no_room: Block, refusals: Refusals
) -> None:
    waiting, renderer = [await queue_shot() for _ in range(2)], FakeRenderer()
    block = no_room()
    block.__enter__()
    async with running(Worker(database, renderer, config).run()):
        await told(refusals, 3)
        assert renderer.rendered == []
        block.__exit__(None, None, None)
        for job in waiting:
            await until_it_is(database, job, Status.RENDERED)
    assert renderer.rendered == [job.id for job in waiting]


async def test_a_clip_for_which_there_is_no_room_costs_no_attempt(
    database: Database, config: Config, queue_shot: Queueing, refusals: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    full = [RenderFailed("No space left on device", kind="disk", retryable=True) for _ in range(3)]
    job, renderer = await queue_shot(), FakeRenderer([*full])
    async with running(Worker(database, renderer, config).run()):
        await until_it_is(database, job, Status.RENDERED)
    assert await standing(database, job) == (Status.RENDERED, 1)
    assert renderer.rendered == [job.id] * 4
    assert f"nothing can be written to {config.directory} on the file system /" in caplog.text


async def test_a_folder_of_clips_that_does_not_answer_costs_no_attempt(
    database: Database,
    config: Config,
    queue_shot: Queueing,
    refusals: Refusals,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def make(path: Path, *args: object, **more: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle", str(path))

    waiting, renderer = [await queue_shot() for _ in range(2)], FakeRenderer()
    async with running(Worker(database, renderer, config).run()):
        with monkeypatch.context() as broken:
            broken.setattr(Path, "mkdir", make)
            await told(refusals, 3)
            assert renderer.rendered == []
        for job in waiting:
            await until_it_is(database, job, Status.RENDERED)
            assert await standing(database, job) == (Status.RENDERED, 1)
    assert "Stale file handle: '" in caplog.text


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("left", ["no folder", "an empty folder"])
async def test_nothing_is_rendered_into_the_place_of_clips_that_are_away(
    database: Database, config: Config, queue_shot: Queueing, refusals: Refusals, when: str, left: str
) -> None:
    """What lay there would make every clip on the mount count as lost."""
    clips, away = config.directory / "clips", config.directory / "away"
    first, renderer = await queue_shot(), FakeRenderer()
    worker = Worker(database, renderer, config)

    async def go_away(job: int) -> None:
        renderer.before_end = None
        clips.rename(away)
        if left == "an empty folder" or when == "meanwhile":
            clips.mkdir()

    async with running(worker.run()):
        await until_it_is(database, first, Status.RENDERED)
        if when == "before":
            await go_away(first.id)
        else:
            renderer.before_end = go_away
        second = await queue_shot()
        worker.changed(second)
        await told(refusals, 2)
        assert not list(clips.glob("*"))
        assert (await standing(database, first))[0] is Status.RENDERED
        assert renderer.rendered == ([first.id] if when == "before" else [first.id, second.id])
        if clips.exists():
            clips.rmdir()
        away.rename(clips)
        await until_it_is(database, second, Status.RENDERED)
    assert await standing(database, second) == (Status.RENDERED, 1)
    assert len(list(clips.glob("*.mp4"))) == 2


async def test_clips_that_were_deleted_by_hand_hold_up_nothing(
    database: Database, config: Config, queue_shot: Queueing
) -> None:
    clips = config.directory / "clips"
    worker = Worker(database, FakeRenderer(), config)
    first = await queue_shot()
    async with running(worker.run()):
        await until_it_is(database, first, Status.RENDERED)
        for clip in clips.glob("*.mp4"):
            clip.unlink()
        second = await queue_shot()
        worker.changed(second)
        await until_it_is(database, second, Status.RENDERED)
    assert footage.is_gone(clips / "another.mp4")


async def test_where_nobody_waits_the_work_ends(
    tmp_path: Path, database: Database, config: Config, queue_shot: Queueing
) -> None:
    job = await queue_shot()
    own = await Database.open(tmp_path / "test.sqlite3", patient=False)
    renderer = FakeRenderer([RenderFailed("No space left on device", kind="disk", retryable=True)])
    try:
        with pytest.raises(DiskUnusable, match="No space left"), alone():
            await Worker(own, renderer, config).run()
    finally:
        await own.close()
    assert await standing(database, job) == (Status.QUEUED, 0)


@pytest.mark.parametrize("full", ["before", "after"])
async def test_a_clip_is_posted_once(
    database: Database,
    config: Config,
    queue_shot: Queueing,
    no_room: Block,
    refusals: Refusals,
    monkeypatch: pytest.MonkeyPatch,
    full: str,
) -> None:
    """The disk fills up before the message's row is written, or after the message is sent."""
    monkeypatch.setattr(delivery, "EDIT_EVERY_S", 0.01)
    job, renderer, block = await queue_shot(), FakeRenderer(), no_room()
    async with running(Worker(database, renderer, config).run()):
        await until_it_is(database, job, Status.RENDERED)

    class Poster(FakePoster):
        async def send(self, *args: Any, **more: Any) -> int:
            message_id = await super().send(*args, **more)
            if full == "after":
                block.__enter__()
            return message_id

    async def fit(clip: Path, limit: int) -> Path:
        raise AssertionError(clip, limit)

    async def nowhere(job_id: int) -> None: ...

    poster = Poster(unreadable=True)  # in which nobody could find what was sent
    outbox = Outbox(database, config.directory, poster, nowhere, fit)
    if full == "before":
        block.__enter__()
    async with running(outbox.run()):
        await told(refusals, 3)
        assert len(poster.said) == (0 if full == "before" else 1)
        block.__exit__(None, None, None)
        await outbox.quiet()
    assert len(poster.said) == 1
    assert await standing(database, job) == (Status.POSTED, 1)


async def test_a_bot_that_cannot_go_on_ends_though_a_clip_is_not_recorded(
    config: Config, no_room: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Renderer(FakeRenderer):
        async def close(self) -> None: ...

    seen = asyncio.Event()

    async def look(clip: Path, engine: str, /) -> Look:
        seen.set()  # from here on, the clip is recorded whatever comes
        return Look()

    async def breaks(*_: object) -> None:
        await seen.wait()
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(app, "RendererClient", lambda *_, **__: Renderer(before_end=filling(no_room())))
    monkeypatch.setattr(CuttingRoom, "run", breaks)
    async with open_house(config) as house:
        monkeypatch.setattr(house.worker, "_look", look)
        await rows.queue_shot(house.database)
        limit = asyncio.timeout(20)
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            async with limit, working(house, FakePoster()):
                await asyncio.Event().wait()
        assert not limit.expired()
        (job,) = await jobs.with_status(house.database.reading(), *Status)
    assert (job.status, job.attempts) == (Status.RENDERING, 1)
