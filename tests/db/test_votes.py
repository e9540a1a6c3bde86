"""Votes as rows, and the take that they choose."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import jobs, messages, votes
from db.models import Job, Status
from tests import rows

if TYPE_CHECKING:
    from random import Random

    from db.connection import Database
    from db.models import Shot
    from db.votes import Kind

ALICE, BOB, CAROL = 11, 12, 13


async def post(database: Database, job: Job) -> int:
    """Take a job through to POSTED and return its message's id."""
    async with database.writing() as writer:
        await jobs.start(writer, job.id)
        await jobs.rendered(writer, job.id, **rows.RENDERED)
        posted, _ = await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=rows.CHANNEL)
        await messages.sent(writer, posted, 9000 + job.id)
        await jobs.posted(writer, job.id)
        (owed,) = await votes.to_open(writer)
        await votes.opened(writer, owed, possible=True)
    return 9000 + job.id


async def posted_takes(database: Database, count: int) -> tuple[Shot, list[Job]]:
    shot = await rows.add_shot(database)
    takes = [await rows.add_job(database, shot, take=take) for take in range(1, count + 1)]
    for take in takes:
        await post(database, take)
    return shot, takes


async def cast(database: Database, job: Job, kind: Kind, *members: int) -> None:
    async with database.writing() as writer:
        for member in members:
            await votes.cast(writer, job.id, member, kind)


async def test_a_vote_is_one_row_however_often_it_is_cast(database: Database) -> None:
    _, (job,) = await posted_takes(database, 1)
    await cast(database, job, "again", ALICE, ALICE, BOB)
    await cast(database, job, "like", ALICE)
    reader = database.reading()
    assert await votes.voters(reader, job.id, "again") == {ALICE, BOB}
    found = await votes.standing(reader, job.id)
    assert (found.again, found.reacted) == (2, 2)
    async with database.writing() as writer:
        await votes.take_back(writer, job.id, ALICE, "again")
        await votes.take_back(writer, job.id, CAROL, "again")
    found = await votes.standing(reader, job.id)
    assert (found.again, found.reacted) == (1, 2)


async def test_a_vote_that_stays_keeps_its_time(database: Database) -> None:
    _, (job,) = await posted_takes(database, 1)
    await cast(database, job, "like", ALICE, BOB)

    async def times() -> dict[int, float]:
        found = await database.reading().execute_fetchall("SELECT member_id, cast_at FROM votes")
        return {row["member_id"]: row["cast_at"] for row in found}

    before = await times()
    async with database.writing() as writer:
        await votes.replace(writer, job.id, "like", [CAROL, BOB])
    after = await times()
    assert after.keys() == {BOB, CAROL}
    assert after[BOB] == before[BOB]


async def test_a_take_leads_to_one_other_at_most(database: Database) -> None:
    shot, (job,) = await posted_takes(database, 1)
    async with database.writing() as writer:
        await jobs.add(writer, shot_id=shot.id, take=2, seed=8, requested_by=ALICE, again_of=job.id, cause="votes")
    with pytest.raises(sqlite3.IntegrityError, match="again_of"):
        async with database.writing() as writer:
            await jobs.add(writer, shot_id=shot.id, take=3, seed=9, requested_by=ALICE, again_of=job.id, cause="votes")
    assert await jobs.last_take(database.reading(), shot.id) == 2
    found = await votes.standing(database.reading(), job.id)
    assert (found.newest, found.spent, found.made_by_votes) == (False, True, 1)
    assert found.last_made > 0


async def test_only_newest_posted_and_unspent_takes_are_open_questions(database: Database) -> None:
    _, (old, new) = await posted_takes(database, 2)
    await cast(database, old, "again", ALICE)
    assert await votes.open_questions(database.reading()) == []
    await cast(database, new, "again", ALICE)
    assert await votes.open_questions(database.reading()) == [new.id]


async def test_ballots_by_message_and_by_age(database: Database) -> None:
    shot, takes = await posted_takes(database, 3)
    reader = database.reading()
    assert [ballot.job_id for ballot in await votes.recent_ballots(reader, 2)] == [takes[2].id, takes[1].id]
    assert [ballot.job_id for ballot in await votes.ballots_of(reader, shot.id)] == [take.id for take in takes[::-1]]
    found = await votes.ballot(reader, 9000 + takes[0].id)
    assert found is not None
    assert (found.job_id, found.shot_id, found.channel_id, found.off) == (takes[0].id, shot.id, rows.CHANNEL, False)
    assert await votes.ballot(reader, 1) is None
    async with database.writing() as writer:
        await votes.switch(writer, shot.id, off=True)
    assert (await votes.standing(reader, takes[0].id)).off
    assert await votes.recent_ballots(reader, 9) == []


async def test_a_clip_in_a_dm_is_not_voted_on(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    async with database.writing() as writer:
        posted, _ = await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=rows.CHANNEL)
        posted = await messages.redirect(writer, posted, 999)
        await messages.sent(writer, posted, 77)
    assert await votes.to_open(database.reading()) == []
    assert await votes.ballot(database.reading(), 77) is None


async def test_other_messages_are_not_voted_on(database: Database) -> None:
    _, job = await rows.queue_shot(database)
    async with database.writing() as writer:
        posted, _ = await messages.intend(writer, job_id=job.id, purpose="status", channel_id=rows.CHANNEL)
        await messages.sent(writer, posted, 78)
    assert await votes.to_open(database.reading()) == []
    assert await votes.ballot(database.reading(), 78) is None


async def test_the_chosen_take_of_rows(database: Database) -> None:
    shot, (first, second, third) = await posted_takes(database, 3)
    unfinished = await rows.add_job(database, shot, take=4)
    reader = database.reading()

    async def chosen() -> int | None:
        found = await votes.chosen_take(reader, shot.id)
        return found.id if found else None

    assert await chosen() == third.id
    await cast(database, first, "like", ALICE, BOB)
    await cast(database, second, "like", BOB, CAROL)
    await cast(database, unfinished, "like", ALICE, BOB, CAROL)
    assert await chosen() == second.id
    async with database.writing() as writer:
        await votes.pick(writer, shot.id, third.id)
    assert await chosen() == third.id
    async with database.writing() as writer:
        await votes.pick(writer, shot.id, None)
        await votes.take_back(writer, second.id, BOB, "like")
    assert await chosen() == first.id
    assert await votes.chosen_take(reader, (await rows.add_shot(database)).id) is None


TAKE = Job(
    id=0,
    shot_id=1,
    take=0,
    seed=0,
    requested_by=ALICE,
    status=Status.POSTED,
    attempts=1,
    engine="animatic",
    clip_path="clip.mp4",
    clip_frames=113,
    failure=None,
    created_at=0.0,
    started_at=0.0,
    ended_at=0.0,
)

TAKES = st.lists(st.sampled_from(Status), max_size=6).map(
    lambda statuses: [replace(TAKE, id=100 + n, take=n, status=status) for n, status in enumerate(statuses, 1)]
)
LIKES = st.dictionaries(st.integers(100, 108), st.integers(0, 3))


@given(TAKES, LIKES, st.none() | st.integers(100, 108), st.randoms())
def test_choosing_follows_the_rules(
    takes: list[Job], likes: dict[int, int], picked: int | None, chance: Random
) -> None:
    found = votes.choose(takes, likes, picked)
    finished = {take.id: take for take in takes if take.status in {Status.RENDERED, Status.POSTED}}
    assert (found is None) == (not finished)
    if found is None:
        return
    assert found.id in finished
    shuffled = list(takes)
    chance.shuffle(shuffled)
    assert votes.choose(shuffled, likes, picked) == found
    if picked in finished:
        assert found.id == picked
        return
    for other in finished.values():
        assert likes.get(other.id, 0) <= likes.get(found.id, 0)
        if likes.get(other.id, 0) == likes.get(found.id, 0):
            assert other.take <= found.take
