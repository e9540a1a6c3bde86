from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from db import jobs, leftovers
from db.models import ACTIVE, MOVES, Job, Status
from tests import rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from db.connection import Database

Step = tuple["Callable[..., Awaitable[Job]]", dict[str, Any]]

STEPS: dict[str, Step] = {
    "start": (jobs.start, {}),
    "rendered": (jobs.rendered, rows.RENDERED),
    "posted": (jobs.posted, {}),
    "requeue": (jobs.requeue, {}),
    "cancel": (jobs.cancel, {}),
    "fail": (jobs.fail, {"failure": "failure-render"}),
}
WAYS: dict[Status, tuple[str, ...]] = {
    Status.QUEUED: (),
    Status.RENDERING: ("start",),
    Status.RENDERED: ("start", "rendered"),
    Status.POSTED: ("start", "rendered", "posted"),
    Status.CANCELLED: ("cancel",),
    Status.FAILED: ("fail",),
}
"""How a fresh job gets to each status."""

ALLOWED: dict[tuple[Status, str], Status] = {
    (Status.QUEUED, "start"): Status.RENDERING,
    (Status.QUEUED, "cancel"): Status.CANCELLED,
    (Status.QUEUED, "fail"): Status.FAILED,
    (Status.RENDERING, "rendered"): Status.RENDERED,
    (Status.RENDERING, "requeue"): Status.QUEUED,
    (Status.RENDERING, "cancel"): Status.CANCELLED,
    (Status.RENDERING, "fail"): Status.FAILED,
    (Status.RENDERED, "posted"): Status.POSTED,
    (Status.RENDERED, "requeue"): Status.QUEUED,
    (Status.RENDERED, "fail"): Status.FAILED,
}


async def take(database: Database, job: Job, step: str) -> Job:
    function, values = STEPS[step]
    return await rows.move(database, function, job.id, **values)


async def job_in(database: Database, status: Status) -> Job:
    _, job = await rows.queue_shot(database)
    for step in WAYS[status]:
        job = await take(database, job, step)
    assert job.status is status
    return job


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("step", list(STEPS))
async def test_each_move_from_each_status(database: Database, status: Status, step: str) -> None:
    job = await job_in(database, status)
    after = ALLOWED.get((status, step))
    if after is None:
        with pytest.raises(jobs.StaleMoveError, match=f"job {job.id} is not"):
            await take(database, job, step)
        assert await jobs.get(database.reading(), job.id) == job
    else:
        assert (await take(database, job, step)).status is after
        assert after in MOVES[status]


def test_the_table_of_moves_is_what_the_functions_do() -> None:
    assert {(before, after) for before, moves in MOVES.items() for after in moves} == {
        (before, after) for (before, _), after in ALLOWED.items()
    }
    assert {status for status, moves in MOVES.items() if moves} == ACTIVE


async def test_two_workers_cannot_start_the_same_job(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    results = await asyncio.gather(*(rows.move(database, jobs.start, job.id) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, Job) for result in results) == 1
    assert sum(isinstance(result, jobs.StaleMoveError) for result in results) == 4
    assert (await jobs.get(database.reading(), job.id)).attempts == 1


async def test_a_cancel_and_a_finished_render_cannot_both_win(database: Database) -> None:
    job = await job_in(database, Status.RENDERING)
    results = await asyncio.gather(
        take(database, job, "cancel"), take(database, job, "rendered"), return_exceptions=True
    )
    assert sum(isinstance(result, Job) for result in results) == 1
    assert (await jobs.get(database.reading(), job.id)).status in {Status.CANCELLED, Status.RENDERED}


async def test_a_render_is_recorded(database: Database) -> None:
    job = await job_in(database, Status.RENDERED)
    assert (job.engine, job.clip_path, job.clip_frames) == ("animatic", "/nowhere/clip.mp4", 113)
    assert job.stages == {"draw": 1.5}
    assert job.started_at is not None
    assert job.ended_at is not None
    assert job.ended_at >= job.started_at


async def test_a_job_that_is_queued_again_keeps_its_attempts_and_loses_its_clip(database: Database) -> None:
    done = await job_in(database, Status.RENDERED)
    async with database.writing() as writer:
        await leftovers.mark_swept(writer, [done.id])
    job = await take(database, done, "requeue")
    assert (job.attempts, job.clip_path, job.ended_at, job.swept_at) == (1, None, None, None)
    # Where a cut of the clip that it had misses it only now, what it will have is not written off.
    async with database.writing() as writer:
        await leftovers.mark_swept(writer, [done.id])
    job = await take(database, job, "start")
    assert (job.attempts, job.swept_at) == (2, None)


async def test_a_failure_says_why(database: Database) -> None:
    assert (await job_in(database, Status.FAILED)).failure == "failure-render"


async def test_a_take_is_queued_once(database: Database) -> None:
    shot, _ = await rows.queue_shot(database)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await rows.add_job(database, shot)
    second = await rows.add_job(database, shot, take=2)
    assert [job.take for job in await jobs.of_shot(database.reading(), rows.GUILD, shot.number)] == [1, 2]
    assert second.take == 2


async def test_takes_are_found_in_their_own_guild(database: Database) -> None:
    shot, job = await rows.queue_shot(database)
    other, _ = await rows.queue_shot(database, guild=rows.OTHER_GUILD)
    assert shot.number == other.number == 1
    assert await jobs.of_shot(database.reading(), rows.GUILD, 1) == [job]
    assert await jobs.of_shot(database.reading(), rows.GUILD, 2) == []


async def test_only_open_jobs_wait(database: Database) -> None:
    made = {status: await job_in(database, status) for status in Status}
    found = await jobs.waiting(database.reading())
    assert [job.job_id for job in found] == [made[Status.QUEUED].id, made[Status.RENDERING].id]
    assert found[0].pixels == 1280 * 704
    assert await jobs.with_status(database.reading(), Status.POSTED, Status.FAILED) == sorted(
        (made[Status.POSTED], made[Status.FAILED]), key=lambda job: job.id
    )


async def test_last_started_is_the_latest_of_each_member(database: Database) -> None:
    await rows.queue_shot(database, author=rows.BOB)
    first = await job_in(database, Status.RENDERING)
    second = await job_in(database, Status.CANCELLED)
    third = await job_in(database, Status.RENDERING)
    assert first.started_at is not None
    assert second.started_at is None
    assert await jobs.last_started(database.reading()) == {rows.ALICE: third.started_at}


async def test_speed_is_seconds_a_megapixel_of_that_engine(database: Database) -> None:
    assert await jobs.render_speed(database.reading(), "animatic") is None
    job = await job_in(database, Status.RENDERED)
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET started_at = 100.0, ended_at = 110.0 WHERE id = ?", (job.id,))
    megapixels = 121 * 1280 * 704 / 1e6
    assert await jobs.render_speed(database.reading(), "animatic") == pytest.approx(10 / megapixels)
    assert await jobs.render_speed(database.reading(), "ltx") is None
    beside = await job_in(database, Status.RENDERED)
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET started_at = 107.0, ended_at = 116.0 WHERE id = ?", (beside.id,))
    assert await jobs.render_speed(database.reading(), "animatic") == pytest.approx(16 / (2 * megapixels))


async def test_an_unknown_job_is_no_row(database: Database) -> None:
    with pytest.raises(LookupError):
        await jobs.get(database.reading(), 404)
    with pytest.raises(jobs.StaleMoveError):
        await rows.move(database, jobs.start, 404)
