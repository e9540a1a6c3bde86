"""Voting against a real database and reactions that the test sets; only Discord is missing."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import config, voting
from bot.ballots import Vote, due_at, needed
from bot.config import Config
from bot.poster import ChannelClosed, PostError, Unavailable
from bot.voting import Voting
from db import guilds, jobs, messages, shots, votes
from db.connection import Database
from db.models import Status
from db.votes import Standing

from .conftest import CHANNEL, GUILD, MEMBER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from db.models import Job
    from db.votes import Kind

    Queueing = Callable[..., Awaitable[Job]]

ANN, BEN, CAT, DAN = 1, 2, 3, 4
RULES = config.Voting(again=3, most=2, cooldown_s=0.0)


@dataclass
class FakeBallots:
    """Reactions as Discord has them: by message and kind. `trouble` is raised by the next requests."""

    there: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    trouble: list[PostError] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def open(self, channel_id: int, message_id: int) -> None:
        assert channel_id == CHANNEL
        if self.trouble:
            raise self.trouble.pop(0)
        self.opened.append(message_id)

    async def read(self, channel_id: int, message_id: int) -> dict[Kind, set[int]]:
        assert channel_id == CHANNEL
        self.reads.append(message_id)
        found: dict[Kind, set[int]] = {}
        for kind in voting.KINDS:
            found[kind] = set(self.there.get((message_id, kind), ()))
        await self.gate.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        return found


@dataclass
class Hall:
    """A voting that runs, with its rows and its reactions."""

    database: Database
    voting: Voting
    ballots: FakeBallots
    made: list[Job]
    chosen: list[int] = field(default_factory=list)

    async def react(self, job: Job, kind: Kind, *members: int, given: bool = True) -> None:
        """React as Discord tells of it: the reaction is there, and the event follows."""
        for member in members:
            there = self.ballots.there.setdefault((message_of(job), kind), set())
            (there.add if given else there.discard)(member)
            self.voting.count(Vote(message_of(job), kind, member, given=given))
        await self.rest()

    async def rest(self) -> None:
        """Wait until every vote is counted and every ballot read."""
        for _ in range(500):
            await asyncio.sleep(0.002)
            if self.voting._votes.empty() and not self.voting._unread and not self.voting._away:
                break
        # The last one is taken off its queue before it is in the rows.
        await asyncio.sleep(0.02)
        async with self.database.writing():
            pass

    async def takes(self, job: Job) -> list[tuple[int, Status]]:
        reader = self.database.reading()
        shot = await shots.get(reader, job.shot_id)
        return [(take.take, take.status) for take in await jobs.of_shot(reader, shot.guild_id, shot.number)]

    async def again(self, job: Job) -> set[int]:
        return await votes.voters(self.database.reading(), job.id, "again")


def message_of(job: Job) -> int:
    return 5000 + job.id


async def post(database: Database, job: Job) -> Job:
    async with database.writing() as writer:
        await jobs.start(writer, job.id)
        await jobs.rendered(writer, job.id, engine="animatic", clip_path="c.mp4", frames=113, stages={})
        posted, _ = await messages.intend(writer, job_id=job.id, purpose="clip", channel_id=CHANNEL)
        await messages.sent(writer, posted, message_of(job))
        return await jobs.posted(writer, job.id)


@asynccontextmanager
async def running(
    database: Database, ballots: FakeBallots, rules: config.Voting = RULES, queue: config.Queue | None = None
) -> AsyncGenerator[Hall]:
    made: list[Job] = []
    found = Voting(database, Config(voting=rules, queue=queue or config.Queue()), made.append)
    hall = Hall(database, found, ballots, made)
    found.listen(hall.chosen.append)
    task = asyncio.create_task(found.run(ballots))
    try:
        async with asyncio.timeout(30):
            await hall.rest()
            yield hall
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voting, "RETRY_AFTER_S", (0.01,))


@pytest.fixture
def ballots() -> FakeBallots:
    return FakeBallots()


@pytest.fixture
def posted(database: Database, queue_shot: Queueing) -> Queueing:
    async def make(**about: Any) -> Job:
        return await post(database, await queue_shot(**about))

    return make


# The rules


@given(st.integers(1, 20), st.floats(0, 1), st.integers(0, 200))
def test_how_many_are_needed(again: int, share: float, reacted: int) -> None:
    rules = config.Voting(again=again, again_share=share)
    found = needed(rules, reacted)
    assert found >= again
    assert found >= share * reacted - 1e-5
    assert found <= max(again, share * reacted + 1)
    assert needed(rules, reacted + 1) >= found


def test_a_share_is_not_rounded_up_past_itself() -> None:
    assert needed(config.Voting(again=1, again_share=0.07), 100) == 7
    assert needed(config.Voting(again=2, again_share=0.5), 9) == 5
    assert needed(config.Voting(again=3), 1000) == 3


async def test_what_keeps_votes_from_deciding(database: Database, posted: Queueing) -> None:
    job = await posted()
    free = Standing(job, GUILD, off=False, newest=True, spent=False, again=3, reacted=4, made_by_votes=0, last_made=0.0)
    assert due_at(free, RULES) == 0.0
    for change in (
        {"off": True},
        {"newest": False},
        {"spent": True},
        {"again": 2},
        {"made_by_votes": 2},
        {"job": replace(job, status=Status.RENDERED)},
    ):
        assert due_at(replace(free, **change), RULES) is None, change
    cooling = replace(free, made_by_votes=1, last_made=1000.0)
    assert due_at(cooling, RULES.model_copy(update={"cooldown_s": 60.0})) == 1060.0


# What happens


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


# Away, and back


async def test_what_changed_while_away_counts_at_start(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job, other = await posted(), await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
        await hall.react(other, "again", ANN, BEN)
    ballots.there[message_of(job), "again"] = {BEN, CAT, DAN}
    ballots.there[message_of(other), "again"] = {DAN}
    async with running(database, ballots) as hall:
        assert await hall.again(job) == {BEN, CAT, DAN}
        assert await hall.again(other) == {DAN}
        assert [made.again_of for made in hall.made] == [job.id]
    async with running(database, ballots) as hall:
        assert hall.made == []


async def test_stale_rows_decide_nothing_before_they_are_read(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
    ballots.there[message_of(job), "again"] = set()
    ballots.gate.clear()
    async with running(database, ballots) as hall:
        hall.voting.count(Vote(message_of(job), "again", CAT, given=True))
        await asyncio.sleep(0.05)
        assert hall.made == []
        ballots.gate.set()
        await hall.rest()
        # What Discord told of after the reading began stands on top of what was read.
        assert await hall.again(job) == {CAT}
        assert hall.made == []


async def test_what_is_told_of_during_a_reading_wins(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    ballots.there[message_of(job), "again"] = {ANN, BEN}
    ballots.gate.clear()
    async with running(database, ballots) as hall:
        while not ballots.reads:
            await asyncio.sleep(0.005)
        for member, given in ((ANN, False), (CAT, True), (DAN, True), (DAN, False)):
            hall.voting.count(Vote(message_of(job), "again", member, given=given))
        await asyncio.sleep(0.05)
        ballots.gate.set()
        await hall.rest()
        assert await hall.again(job) == {BEN, CAT}


async def test_a_new_session_reads_again(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        ballots.there[message_of(job), "like"] = {ANN}
        before = len(ballots.reads)
        hall.voting.signed_in()
        await hall.rest()
        assert len(ballots.reads) == before + 1
        assert await votes.voters(database.reading(), job.id, "like") == {ANN}


async def test_no_more_than_the_recent_ones_are_read_and_older_ones_when_somebody_reacts(
    database: Database, ballots: FakeBallots, posted: Queueing, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = [await posted() for _ in range(4)]
    async with running(database, ballots):
        pass
    monkeypatch.setattr(voting, "RECENT", 2)
    ballots.reads.clear()
    ballots.there[message_of(takes[0]), "again"] = {ANN, BEN}
    async with running(database, ballots) as hall:
        assert ballots.reads == [message_of(takes[3]), message_of(takes[2])]
        await hall.react(takes[0], "again", CAT)
        assert ballots.reads[2:] == [message_of(takes[0])]
        assert [made.again_of for made in hall.made] == [takes[0].id]


async def test_trouble_at_discord_s_is_waited_out(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job = await posted()
    ballots.there[message_of(job), "like"] = {ANN}
    ballots.trouble = [Unavailable("503"), Unavailable("503")]
    async with running(database, ballots) as hall:
        while not ballots.reads:
            await asyncio.sleep(0.005)
        await hall.rest()
        assert ballots.opened == [message_of(job)]
        assert await votes.voters(database.reading(), job.id, "like") == {ANN}


async def test_where_reactions_are_refused_nobody_votes(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    job = await posted()
    ballots.trouble = [ChannelClosed("403")]
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN, CAT)
        assert hall.made == []
        assert await votes.to_open(database.reading()) == []


async def test_what_cannot_be_read_holds_up_nothing(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    gone, job = await posted(), await posted()
    async with running(database, ballots):
        pass
    ballots.there[message_of(job), "again"] = {ANN}
    ballots.there[message_of(gone), "again"] = {ANN}
    ballots.trouble = [ChannelClosed("404")]
    async with running(database, ballots) as hall:
        assert (await hall.again(job), await hall.again(gone)) in [({ANN}, set()), (set(), {ANN})]


async def test_cleared_reactions_are_no_votes(database: Database, ballots: FakeBallots, posted: Queueing) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        await hall.react(job, "again", ANN, BEN)
        await hall.react(job, "like", ANN)
        hall.voting.count(Vote(message_of(job), "again", None, given=False))
        await hall.rest()
        assert await hall.again(job) == set()
        assert await votes.voters(database.reading(), job.id, "like") == {ANN}


async def test_reactions_on_other_messages_are_nothing(
    database: Database, ballots: FakeBallots, posted: Queueing
) -> None:
    await posted()
    async with running(database, ballots) as hall:
        for member in (ANN, BEN, CAT):
            hall.voting.count(Vote(1, "again", member, given=True))
        await hall.rest()
        assert hall.made == []


# The switch, and the choice


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


# Exact, whatever comes

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["event", "event", "event", "missed", "away", "restart"]),
        st.integers(1, 5),
        st.sampled_from(voting.KINDS),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(EVENTS)
def test_the_rows_are_what_discord_has(events: list[tuple[str, int, Kind, bool]]) -> None:
    """Whatever is voted, missed, or interrupted: the rows end as the reactions, and one take is made, if any."""
    asyncio.run(_play(events))


async def _play(events: list[tuple[str, int, Kind, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(Path(folder) / "votes.sqlite3")
        try:
            async with database.writing() as writer:
                await guilds.remember(writer, GUILD, "en-US")
                shot = await shots.add(
                    writer,
                    guild_id=GUILD,
                    channel_id=CHANNEL,
                    author_id=MEMBER,
                    words="a walk",
                    prompt="a walk",
                    report={},
                    frames=121,
                    size=(1280, 704),
                    seed=7,
                    lora_strength=0.8,
                    pin_strength=0.9,
                    cast=(),
                    pins=(),
                )
                job = await jobs.add(writer, shot_id=shot.id, take=1, seed=7, requested_by=MEMBER)
            job = await post(database, job)
            ballots = FakeBallots()
            enough = False
            remaining = list(events)
            while True:
                async with running(database, ballots) as hall:
                    enough |= _voters(ballots, job, "again") >= RULES.again
                    while remaining:
                        what, member, kind, given = remaining.pop(0)
                        if what == "restart":
                            break
                        if what == "away":
                            hall.voting.signed_in()
                            await hall.rest()
                            enough |= _voters(ballots, job, "again") >= RULES.again
                            continue
                        there = ballots.there.setdefault((message_of(job), kind), set())
                        (there.add if given else there.discard)(member)
                        if what == "event":
                            hall.voting.count(Vote(message_of(job), kind, member, given=given))
                    else:
                        hall.voting.signed_in()
                        await hall.rest()
                        enough |= _voters(ballots, job, "again") >= RULES.again
                        for kind in voting.KINDS:
                            found = await votes.voters(database.reading(), job.id, kind)
                            assert found == ballots.there.get((message_of(job), kind), set())
                        takes = await hall.takes(job)
                        assert len(takes) <= 2
                        assert not enough or len(takes) == 2
                        return
        finally:
            await database.close()


def _voters(ballots: FakeBallots, job: Job, kind: Kind) -> int:
    return len(ballots.there.get((message_of(job), kind), ()))
