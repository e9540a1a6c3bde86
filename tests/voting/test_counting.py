"""Votes as they come: counted once, in order, and acted on once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot import config
from bot.ballots import Vote
from db import jobs
from db.models import Status
from tests.conftest import MEMBER
from tests.voting.hall import ANN, BEN, CAT, DAN, RULES, FakeBallots, message_of, post, running

if TYPE_CHECKING:
    from db.connection import Database
    from tests.voting.hall import Queueing


async def test_enough_members_have_the_shot_rendered_again(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job, other = await posted(), await posted()
    async with running(database, ballots) as hall:
        assert sorted(ballots.opened) == [message_of(job), message_of(other)]
        await hall.react(job, "again", ANN, BEN)
        await hall.react(job, "like", CAT)
        assert hall.made == []
        await hall.react(job, "again", CAT)
        (made,) = hall.made
        assert await hall.takes(other) == [(1, Status.POSTED)]
    assert (made.shot_id, made.take, made.status) == (job.shot_id, 2, Status.QUEUED)
    assert (made.again_of, made.cause, made.requested_by) == (job.id, "votes", MEMBER)
    assert made.seed != job.seed


async def test_a_member_counts_once_and_may_take_it_back(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, ANN, ANN, BEN)
        await hall.react(job, "again", BEN, given=False)
        await hall.react(job, "again", CAT)
        assert await hall.again(job) == {ANN, CAT}
        assert hall.made == []


async def test_two_votes_in_the_same_instant_make_one_take(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
        for member in (CAT, DAN):
            hall.voting.count(Vote(message_of(job), "again", member, given=True))
        await hall.rest()
        assert len(hall.made) == 1
        assert await hall.again(job) == {ANN, BEN, CAT, DAN}
        assert await hall.takes(job) == [(1, Status.POSTED), (2, Status.QUEUED)]


async def test_a_vote_that_comes_and_goes_in_the_same_instant_is_counted_in_order(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
        for given in (True, False):
            hall.voting.count(Vote(message_of(job), "again", CAT, given=given))
        await hall.rest()
        # For an instant there were three: that is enough, and once.
        assert len(hall.made) == 1
        assert await hall.again(job) == {ANN, BEN}


async def test_votes_while_it_renders_and_on_an_old_take_decide_nothing(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        (made,) = hall.made
        async with database.writing() as writer:
            await jobs.start(writer, made.id)
        await hall.react(job, "again", ANN, given=False)
        await hall.react(job, "again", ANN, DAN)
        assert len(hall.made) == 1
        async with database.writing() as writer:
            await jobs.requeue(writer, made.id)
        await post(database, made)
        hall.voting.job_changed(made)
        await hall.rest()
        await hall.react(job, "again", 5, 6, 7)
        assert len(hall.made) == 1
        await hall.react(made, "again", ANN, BEN, CAT)
        assert [(take.take, take.again_of) for take in hall.made] == [(2, job.id), (3, made.id)]


async def test_a_take_that_was_cancelled_is_not_tried_again_by_the_same_votes(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        async with database.writing() as writer:
            await jobs.cancel(writer, hall.made[0].id)
        await hall.react(job, "again", DAN)
        hall.voting.signed_in()
        await hall.rest()
        assert len(hall.made) == 1


async def test_no_more_than_the_cap(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    take = await posted()
    async with running(database, ballots) as hall:
        for number in range(RULES.most):
            await hall.react(take, "again", ANN, BEN, CAT)
            assert len(hall.made) == number + 1
            take = await post(database, hall.made[-1])
            hall.voting.job_changed(take)
            await hall.rest()
        await hall.react(take, "again", ANN, BEN, CAT, DAN)
        assert len(hall.made) == RULES.most


async def test_a_cool_down_delays_and_loses_nothing(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job = await posted()
    async with running(database, ballots, RULES.model_copy(update={"cooldown_s": 0.5})) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        second = await post(database, hall.made[0])
        hall.voting.job_changed(second)
        await hall.rest()
        await hall.react(second, "again", ANN, BEN, CAT)
        while len(hall.made) < 2:
            await asyncio.sleep(0.01)
        ended = (await jobs.get(database.reading(), second.id)).ended_at
        assert ended is not None
        assert hall.made[1].created_at - ended >= 0.5
        assert hall.made[1].again_of == second.id


async def test_a_cool_down_outlives_a_restart_and_an_un_vote_ends_it(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    slow = RULES.model_copy(update={"cooldown_s": 3600.0})
    async with running(database, ballots, slow) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        second = await post(database, hall.made[0])
        hall.voting.job_changed(second)
        await hall.rest()
        await hall.react(second, "again", ANN, BEN, CAT)
        assert len(hall.made) == 1
    async with database.writing() as writer:
        await writer.execute("UPDATE jobs SET ended_at = ? WHERE id = ?", (time.time() - 3599.5, second.id))
    ballots.there[message_of(second), "again"].discard(CAT)
    async with running(database, ballots, slow) as hall:
        await asyncio.sleep(0.7)
        assert hall.made == []
        await hall.react(second, "again", CAT)
        assert [take.again_of for take in hall.made] == [second.id]


async def test_a_full_queue_makes_votes_wait(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job, blocking = await posted(), await posted()
    async with database.writing() as writer:
        waiting = await jobs.add(writer, shot_id=blocking.shot_id, take=2, seed=1, requested_by=ANN)
    async with running(database, ballots, queue=config.Queue(per_member=1, per_guild=1)) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        assert hall.made == []
        async with database.writing() as writer:
            waiting = await jobs.cancel(writer, waiting.id)
        hall.voting.job_changed(waiting)
        await hall.rest()
        assert [made.again_of for made in hall.made] == [job.id]


async def test_a_share_counts_who_reacted(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job = await posted()
    async with running(database, ballots, config.Voting(again=1, again_share=0.5)) as hall:
        await hall.react(job, "like", 10, 11, 12, 13)
        await hall.react(job, "again", 14, 15)
        assert hall.made == []
        # Who liked it goes away: two of four are half.
        await hall.react(job, "like", 10, 11, given=False)
        assert len(hall.made) == 1


async def test_a_shot_that_is_switched_off_stays_as_it_is(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
        await hall.voting.switch(job.shot_id, off=True)
        await hall.react(job, "again", CAT, DAN)
        await hall.react(job, "again", ANN, given=False)
        assert await hall.again(job) == {ANN, BEN}
        assert hall.made == []
        await hall.voting.switch(job.shot_id, off=False)
        await hall.rest()
        assert await hall.again(job) == {BEN, CAT, DAN}
        assert [made.again_of for made in hall.made] == [job.id]


async def test_a_switched_off_shot_stays_so_over_a_restart(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.voting.switch(job.shot_id, off=True)
    ballots.there[message_of(job), "again"] = {ANN, BEN, CAT}
    async with running(database, ballots) as hall:
        await hall.react(job, "again", DAN)
        assert await hall.again(job) == set()
        assert hall.made == []


async def test_who_listens_hears_that_the_choice_may_have_changed(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        hall.chosen.clear()
        await hall.react(job, "again", ANN)
        assert hall.chosen == []
        await hall.react(job, "like", ANN)
        assert hall.chosen == [job.shot_id]
