"""Whatever is voted, missed or interrupted: the counts are exact."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import voting
from bot.ballots import Vote
from db import votes
from db.connection import Database
from tests import rows
from tests.conftest import CHANNEL, GUILD, MEMBER
from tests.voting.hall import RULES, FakeBallots, message_of, post, running

if TYPE_CHECKING:
    from db.models import Job
    from db.votes import Kind


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
            _, job = await rows.queue_shot(
                database, guild=GUILD, author=MEMBER, channel_id=CHANNEL, words="a walk", prompt="a walk"
            )
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
