"""The worker against a real database and a renderer whose ends are chosen by the test."""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bot.app import alone
from bot.config import Config, Data, Queue
from bot.renderer_client import Rejected, RenderCancelled, RendererDied, RenderFailed
from bot.worker import Worker
from db import jobs, shots
from db.models import Job, Shot, Status
from tests.fake_renderer import FakeRenderer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from aiosqlite import Connection

    from db.connection import Database
    from renderer.protocol import Progress

    Queueing = Callable[..., Awaitable[Job]]


async def work_once(worker: Worker) -> bool:
    """Have the next job done; return whether there was one."""
    job = await worker.take_next()
    if job is not None:
        await worker.see_through(job)
    return job is not None


@dataclass
class Heard:
    """A listener that keeps what it hears."""

    moves: list[tuple[int, Status]] = field(default_factory=list)
    steps: list[tuple[int, str]] = field(default_factory=list)

    def job_changed(self, job: Job) -> None:
        self.moves.append((job.id, job.status))

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        self.steps.append((job.id, progress.stage))


@pytest.fixture
def renderer() -> FakeRenderer:
    return FakeRenderer()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def worker(database: Database, renderer: FakeRenderer, heard: Heard, tmp_path: Path) -> Worker:
    config = Config(data=Data(directory=str(tmp_path / "data")), queue=Queue(attempts=2))
    made = Worker(database, renderer, config)
    made.listen(heard)
    return made


async def test_a_job_becomes_a_clip(worker: Worker, database: Database, queue_shot: Queueing, heard: Heard) -> None:
    job = await queue_shot()
    assert await work_once(worker)
    done = await jobs.get(database.reading(), job.id)
    assert done.status is Status.RENDERED
    assert done.engine == "animatic"
    assert done.clip_frames == 113
    assert done.clip_path is not None
    assert (worker.clips.parent / done.clip_path).read_bytes() == b"clip"
    assert heard.moves == [(job.id, Status.RENDERING), (job.id, Status.RENDERED)]
    assert heard.steps == [(job.id, "draw")]
    assert not await work_once(worker)


async def test_members_take_turns(worker: Worker, queue_shot: Queueing, renderer: FakeRenderer) -> None:
    first = [(await queue_shot(member=1)).id for _ in range(3)]
    second = (await queue_shot(member=2)).id
    while await work_once(worker):
        pass
    assert renderer.rendered == [first[0], second, first[1], first[2]]


@pytest.mark.parametrize(
    ("end", "status", "failure"),
    [
        (Rejected("size"), Status.FAILED, "failure-rejected"),
        (RenderFailed("oom", kind="out_of_memory", retryable=False), Status.FAILED, "failure-memory"),
        (RenderFailed("nan", kind="failed", retryable=False), Status.FAILED, "failure-render"),
        (RenderFailed("nan", kind="failed", retryable=True), Status.QUEUED, None),
        (RendererDied("killed"), Status.QUEUED, None),
        (ZeroDivisionError(), Status.FAILED, "failure-render"),
    ],
)
async def test_each_end_leaves_its_status(
    worker: Worker,
    database: Database,
    queue_shot: Queueing,
    renderer: FakeRenderer,
    end: Exception,
    status: Status,
    failure: str | None,
) -> None:
    job = await queue_shot()
    renderer.ends = [end]
    await work_once(worker)
    ended = await jobs.get(database.reading(), job.id)
    assert (ended.status, ended.failure, ended.attempts) == (status, failure, 1)


async def test_a_job_that_kills_the_renderer_does_not_loop(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    job = await queue_shot()
    renderer.ends = [RendererDied("killed")] * 5
    while await work_once(worker):
        pass
    ended = await jobs.get(database.reading(), job.id)
    assert (ended.status, ended.failure) == (Status.FAILED, "failure-renderer-died")
    assert renderer.rendered == [job.id, job.id]


async def test_a_cancelled_job_is_stopped_and_its_clip_dropped(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    job = await queue_shot()

    async def cancel(job_id: int) -> None:
        async with database.writing() as writer:
            await jobs.cancel(writer, job_id)
        worker.stop(job_id)

    renderer.before_end = cancel
    await work_once(worker)  # too late: it ends with a clip all the same
    assert renderer.cancelled == [job.id]
    assert (await jobs.get(database.reading(), job.id)).status is Status.CANCELLED
    assert not list(worker.clips.glob("*.mp4"))

    second = await queue_shot()
    renderer.ends = [RenderCancelled("in time")]
    await work_once(worker)
    assert (await jobs.get(database.reading(), second.id)).status is Status.CANCELLED


async def test_a_job_that_is_cancelled_as_it_is_claimed_is_not_rendered(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await queue_shot()
    real = shots.get

    async def cancelled_meanwhile(reader: Connection, shot_id: int) -> Shot:
        async with database.writing() as writer:
            await jobs.cancel(writer, job.id)
        worker.stop(job.id)
        return await real(reader, shot_id)

    monkeypatch.setattr(shots, "get", cancelled_meanwhile)
    assert await work_once(worker)
    assert renderer.rendered == []
    assert (await jobs.get(database.reading(), job.id)).status is Status.CANCELLED


async def test_a_job_that_is_stopped_in_the_tick_of_its_hand_over_is_not_rendered(
    worker: Worker, queue_shot: Queueing, renderer: FakeRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await queue_shot()
    handed_over = worker._handed_over.set

    def and_stopped() -> None:
        # The task that hands it over is made and has not begun: the renderer does not know the job yet.
        worker.stop(job.id)
        handed_over()

    monkeypatch.setattr(worker._handed_over, "set", and_stopped)
    assert await work_once(worker)
    assert renderer.cancelled == [job.id]
    assert renderer.rendered == []


async def test_a_stop_of_the_bot_is_no_attempt(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    job = await queue_shot()
    begun = asyncio.Event()

    async def long(job_id: int) -> None:
        begun.set()
        await asyncio.Event().wait()

    renderer.before_end = long
    working = asyncio.create_task(worker.run())
    await begun.wait()
    assert (await jobs.get(database.reading(), job.id)).attempts == 1
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    stopped = await jobs.get(database.reading(), job.id)
    assert (stopped.status, stopped.attempts) == (Status.QUEUED, 0)


@asynccontextmanager
async def running(worker: Worker) -> AsyncGenerator[None]:
    task = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def standing(database: Database, *waiting: Job) -> list[tuple[Status, int]]:
    """Return status and attempts of each job."""
    found = [await jobs.get(database.reading(), job.id) for job in waiting]
    return [(job.status, job.attempts) for job in found]


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


@dataclass
class Gate:
    """Holds jobs until they are let through."""

    waiting: list[int] = field(default_factory=list)
    through: set[int] = field(default_factory=set)

    async def __call__(self, job: int) -> None:
        self.waiting.append(job)
        await until(lambda: job in self.through)
        self.through.remove(job)


async def test_the_next_job_is_claimed_when_there_is_room_and_no_earlier(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    begin, end = Gate(), Gate()
    renderer.at_begin, renderer.before_end = begin, end
    first, second, third = [await queue_shot(member=1) for _ in range(3)]
    async with running(worker):
        begin.through.add(first.id)
        await until(lambda: begin.waiting == [first.id, second.id])
        assert end.waiting == [first.id]
        fairer = await queue_shot(member=2)  # comes before the third, which is not claimed yet
        worker.changed(fairer)
        worker.stop(third.id)
        worker.stop(second.id)
        assert renderer.cancelled == [second.id]
        begin.through |= {second.id, fairer.id, third.id}
        await until(lambda: renderer.rendered == [first.id, second.id, fairer.id])
        assert (await standing(database, third)) == [(Status.QUEUED, 0)]  # three are enough
        end.through |= {first.id, second.id, fairer.id, third.id}
        await until(lambda: renderer.rendered[3:] == [third.id])
    assert renderer.prepared[0] == ["a walk in a garden"] * 3


async def test_a_stop_of_the_bot_is_no_attempt_of_any_job(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    renderer.before_end = end = Gate()
    queued = [await queue_shot() for _ in range(3)]
    async with running(worker):
        await until(lambda: len(end.waiting) == 3)
        assert await standing(database, *queued) == [(Status.RENDERING, 1)] * 3
    assert await standing(database, *queued) == [(Status.QUEUED, 0)] * 3


async def test_jobs_that_died_together_are_rendered_alone_before_either_is_charged(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    innocent, guilty, other = [await queue_shot() for _ in range(3)]
    both = RendererDied("killed", jobs=(innocent.id, guilty.id))
    renderer.before_end = end = Gate()
    async with running(worker):
        await until(lambda: len(end.waiting) == 3)
        end.waiting.clear()
        for job, died in ((innocent, both), (guilty, both), (other, None)):
            renderer.ends = [died]
            end.through.add(job.id)
            await until(lambda: not renderer.ends)
        await until(lambda: end.waiting == [innocent.id])
        assert await standing(database, guilty, other) == [(Status.QUEUED, 0), (Status.RENDERED, 1)]
        end.through.add(innocent.id)
        renderer.ends = [None, RendererDied("killed", jobs=(guilty.id,)), RendererDied("killed", jobs=(guilty.id,))]
        await until(lambda: end.waiting == [innocent.id, guilty.id])
        assert await standing(database, innocent, guilty) == [(Status.RENDERED, 1), (Status.RENDERING, 1)]
        renderer.before_end = None
        end.through.add(guilty.id)
        while (await jobs.get(database.reading(), guilty.id)).status is not Status.FAILED:
            await asyncio.sleep(0.01)


async def test_a_renderer_that_does_not_start_costs_no_attempt(
    worker: Worker, database: Database, queue_shot: Queueing, renderer: FakeRenderer
) -> None:
    job = await queue_shot()
    renderer.does_not_start = 3
    running = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(20):
            while (await jobs.get(database.reading(), job.id)).status is not Status.RENDERED:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
    assert renderer.starts == 4
    assert (await jobs.get(database.reading(), job.id)).attempts == 1


async def test_where_nobody_waits_for_a_renderer_the_work_ends(
    database: Database, queue_shot: Queueing, renderer: FakeRenderer, tmp_path: Path
) -> None:
    job = await queue_shot()
    renderer.does_not_start = 1
    config = Config(data=Data(directory=str(tmp_path / "data")))
    with pytest.raises(RendererDied, match="does not start"), alone():
        await Worker(database, renderer, config, patient=False).run()
    assert (await jobs.get(database.reading(), job.id)).attempts == 0


async def test_run_wakes_for_a_new_job(worker: Worker, database: Database, queue_shot: Queueing) -> None:
    async with running(worker):
        await asyncio.sleep(0)
        job = await queue_shot()
        worker.changed(job)
        while (await jobs.get(database.reading(), job.id)).status is not Status.RENDERED:
            await asyncio.sleep(0.01)


async def test_recovery_after_a_kill(worker: Worker, database: Database, queue_shot: Queueing, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    once, twice, kept, lost, waiting = [await queue_shot() for _ in range(5)]
    async with database.writing() as writer:
        await jobs.start(writer, once.id)
        await jobs.start(writer, twice.id)
        await jobs.requeue(writer, twice.id)
        await jobs.start(writer, twice.id)
        for job, path in ((kept, clip), (lost, tmp_path / "gone.mp4")):
            await jobs.start(writer, job.id)
            await jobs.rendered(writer, job.id, engine="animatic", clip_path=str(path), frames=113, stages={})
    await worker.recover()
    statuses = [(await jobs.get(database.reading(), job.id)).status for job in (once, twice, kept, lost, waiting)]
    assert statuses == [Status.QUEUED, Status.QUEUED, Status.RENDERED, Status.QUEUED, Status.QUEUED]
    charged = [(await jobs.get(database.reading(), job.id)).attempts for job in (once, twice)]
    assert charged == [0, 1]  # nobody knows which of the two it was; alone, it would be


@pytest.mark.parametrize("trouble", ["no folder", "an empty folder", "a mount whose server is gone"])
async def test_recovery_renders_nothing_again_while_the_clips_are_away(
    worker: Worker, database: Database, queue_shot: Queueing, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    job = await queue_shot()
    assert await work_once(worker)
    if trouble == "a mount whose server is gone":

        def look(path: Path) -> bool:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected", str(path))

        monkeypatch.setattr(type(worker.clips), "is_file", look)
    else:
        worker.clips.rename(worker.clips.with_name("away"))
    if trouble == "an empty folder":
        worker.clips.mkdir()
    await worker.recover()
    assert (await jobs.get(database.reading(), job.id)).status is Status.RENDERED


async def test_a_job_that_was_alone_at_a_kill_is_charged(
    worker: Worker, database: Database, queue_shot: Queueing
) -> None:
    job = await queue_shot()
    async with database.writing() as writer:
        await jobs.start(writer, job.id)
        await jobs.requeue(writer, job.id)
        await jobs.start(writer, job.id)
    await worker.recover()
    assert (await jobs.get(database.reading(), job.id)).status is Status.FAILED
