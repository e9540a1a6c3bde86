"""What was missed while the bot was away, and what Discord refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import voting
from bot.ballots import Vote
from bot.poster import ChannelClosed, Unavailable
from db import votes
from tests.voting.hall import ANN, BEN, CAT, DAN, FakeBallots, message_of, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import pytest

    from db.connection import Database
    from db.disk import DiskUnusable
    from tests.voting.hall import Queueing


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


async def test_a_full_disk_is_waited_out(
    database: Database,
    ballots: FakeBallots,
    posted: Queueing,
    no_room: Callable[[], AbstractContextManager[None]],
    refusals: asyncio.Queue[DiskUnusable],
) -> None:
    job = await posted()
    async with running(database, ballots) as hall:
        with no_room():
            for member in (ANN, BEN):
                hall.voting.count(Vote(message_of(job), "again", member, given=True))
            for _ in range(3):
                await refusals.get()
            ballots.there[message_of(job), "again"] = {ANN, BEN, CAT}
            hall.voting.signed_in()  # and all is read again
            while len(ballots.reads) < 3:
                await asyncio.sleep(0.005)
            assert await hall.again(job) == set()
        async with asyncio.timeout(20):
            while not hall.made:
                await hall.rest()
        assert await hall.again(job) == {ANN, BEN, CAT}
    assert [made.take for made in hall.made] == [2]


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
