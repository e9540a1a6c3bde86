"""Places and times, worked out from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import Queue
from bot.estimates import Estimates
from db import jobs
from tests import rows
from tests.rows import BOB, GUILD, OTHER_GUILD

if TYPE_CHECKING:
    from db.connection import Database


@pytest.fixture
def estimates(database: Database) -> Estimates:
    return Estimates(database, lambda: "animatic", Queue(per_member=2, per_guild=3))


async def test_the_line_is_fair_and_shows_only_the_guilds_own_with_its_true_place(
    database: Database, estimates: Estimates
) -> None:
    first, second = [(await rows.queue_shot(database))[1] for _ in range(2)]
    _, other = await rows.queue_shot(database, author=BOB, guild=OTHER_GUILD)
    assert [place.job.job_id for place in await estimates.line()] == [first.id, other.id, second.id]
    here = await estimates.line(GUILD)
    assert [(place.place, place.job.number) for place in here] == [(1, 1), (3, 2)]
    assert here[0].eta_s < here[1].eta_s
    assert await estimates.place_of(second.id) == here[1]


async def test_what_is_being_rendered_is_told_apart(database: Database, estimates: Estimates) -> None:
    _, job = await rows.queue_shot(database)
    await rows.move(database, jobs.start, job.id)
    assert [waiting.job_id for waiting in await estimates.rendering(GUILD)] == [job.id]
    assert await estimates.rendering(OTHER_GUILD) == []
    assert await estimates.line(GUILD) == []
    assert await estimates.place_of(job.id) is None
