from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from db import jobs, messages
from db.messages import Owed
from tests import rows

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import Job, Posted, Purpose


async def intend(database: Database, job: Job, purpose: Purpose) -> tuple[Posted, bool]:
    async with database.writing() as writer:
        return await messages.intend(writer, job_id=job.id, purpose=purpose, channel_id=rows.CHANNEL)


async def send(database: Database, job: Job, purpose: Purpose, message_id: int | None) -> None:
    posted, _ = await intend(database, job, purpose)
    async with database.writing() as writer:
        await messages.sent(writer, posted, message_id)


async def test_a_message_is_intended_once_and_keeps_its_nonce(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    first, fresh = await intend(database, job, "clip")
    again, fresh_again = await intend(database, job, "clip")
    assert (fresh, fresh_again) == (True, False)
    assert again == first
    assert len(first.nonce) <= 25
    assert (await intend(database, job, "status"))[0].nonce != first.nonce


async def test_a_nonce_fits_for_any_job_and_purpose(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET id = ? WHERE id = ?", (10**12, job.id))
        posted, _ = await messages.intend(writer, job_id=10**12, purpose="failure", channel_id=rows.CHANNEL)
    assert len(posted.nonce) <= 25


async def test_one_message_cannot_stand_for_two_jobs(database: Database) -> None:
    _, one = await rows.queue_shot(database)
    _, two = await rows.queue_shot(database)
    await send(database, one, "status", 900)
    with pytest.raises(sqlite3.IntegrityError, match="message_id"):
        await send(database, two, "status", 900)


async def test_a_sent_message_is_known(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    await send(database, job, "status", 900)
    found = await messages.get(database.reading(), job.id, "status")
    assert found is not None
    assert (found.message_id, found.channel_id) == (900, rows.CHANNEL)
    assert await messages.get(database.reading(), job.id, "clip") is None


async def test_a_message_can_be_sent_elsewhere(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    posted, _ = await intend(database, job, "clip")
    async with database.writing() as writer:
        moved = await messages.redirect(writer, posted, 777)
    assert (moved.channel_id, moved.nonce) == (777, posted.nonce)


async def test_what_is_owed_follows_the_job(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    reader = database.reading()
    assert await messages.owed(reader) == [Owed(job.id, "status")]
    await intend(database, job, "status")
    assert await messages.owed(reader) == [Owed(job.id, "status")]  # intended is not sent
    await send(database, job, "status", 900)
    assert await messages.owed(reader) == []
    await rows.move(database, jobs.start, job.id)
    assert await messages.owed(reader) == []
    await rows.move(database, jobs.rendered, job.id, **rows.RENDERED)
    assert await messages.owed(reader) == [Owed(job.id, "clip")]
    await send(database, job, "clip", 901)
    await rows.move(database, jobs.posted, job.id)
    assert await messages.owed(reader) == []


async def test_clips_are_posted_before_anything_else(database: Database) -> None:
    _, waits = await rows.queue_shot(database)
    _, fails = await rows.queue_shot(database)
    _, renders = await rows.queue_shot(database)
    await rows.move(database, jobs.fail, fails.id, failure="failure-render")
    await rows.move(database, jobs.start, renders.id)
    await rows.move(database, jobs.rendered, renders.id, **rows.RENDERED)
    assert await messages.owed(database.reading()) == [
        Owed(renders.id, "clip"),
        Owed(fails.id, "failure"),
        Owed(waits.id, "status"),
    ]


async def test_a_message_that_was_given_up_is_owed_no_more(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    await send(database, job, "status", None)
    assert await messages.owed(database.reading()) == []


async def test_the_status_of_an_ended_job_is_outdated_until_forgotten(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    await send(database, job, "status", 900)
    assert await messages.outdated_status(database.reading()) == []
    await rows.move(database, jobs.cancel, job.id)
    (outdated,) = await messages.outdated_status(database.reading())
    assert outdated.message_id == 900
    async with database.writing() as writer:
        await messages.forget(writer, outdated)
    assert await messages.outdated_status(database.reading()) == []
