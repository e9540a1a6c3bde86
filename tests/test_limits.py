"""What is in line, and what is owed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import limits, scheduling
from bot.config import Queue
from bot.refusal import Refused
from db.jobs import Waiting
from db.models import Status

QUEUE = Queue(per_member=3, per_guild=5)


def job(job_id: int, member: int, guild: int, episode: int | None, status: Status = Status.QUEUED) -> Waiting:
    return Waiting(job_id, job_id, job_id, 1, guild, member, 121, 1, status, "", episode)


@st.composite
def lines(draw: st.DrawFn) -> list[Waiting]:
    kinds = st.tuples(st.integers(1, 4), st.sampled_from([1, 1, 2]), st.sampled_from([None, 7, 8]), st.booleans())
    drawn = draw(st.lists(kinds, max_size=30))
    # One renders at most.
    return [
        job(number, member, guild, episode, Status.RENDERING if first and number == 1 else Status.QUEUED)
        for number, (member, guild, episode, first) in enumerate(drawn, 1)
    ]


@given(lines())
def test_no_more_of_episodes_is_in_line_than_there_is_room_for(waiting: list[Waiting]) -> None:
    order = scheduling.order(waiting, {})
    owed = limits.owed(waiting, order, QUEUE)
    assert owed <= {found.job_id for found in order if found.episode_id is not None}
    line = [found for found in waiting if found.job_id not in owed]
    single = Counter(found.member_id for found in line if found.episode_id is None)
    for member, count in Counter(found.member_id for found in line).items():
        assert count <= max(QUEUE.per_member, single[member] + 1)
    # Nobody's turn is passed over: what the worker takes next is in line.
    for member in {found.member_id for found in waiting}:
        assert any(found.member_id == member for found in line)
    if order and order[0].job_id in owed:
        assert any(found.status is Status.RENDERING for found in waiting)


def test_a_full_server_leaves_each_member_one() -> None:
    waiting = [*(job(number, number, 1, None) for number in range(1, 6)), job(6, 6, 1, 7), job(7, 6, 1, 7)]
    assert limits.owed(waiting, scheduling.order(waiting, {}), QUEUE) == {7}
    assert limits.guild_is_full(waiting, QUEUE, 1)
    assert not limits.guild_is_full(waiting[1:], QUEUE, 1)


def test_shots_of_episodes_keep_no_single_shot_out() -> None:
    waiting = [job(number, 1, 1, 7) for number in range(1, 61)]
    limits.check_shots(waiting, QUEUE, 1, 1, 3)
    with pytest.raises(Refused, match="refused-member-limit"):
        limits.check_shots(waiting, QUEUE, 1, 1, 4)
    limits.check_episode(waiting, QUEUE, 1, 7)
    with pytest.raises(Refused, match="refused-episodes-waiting"):
        limits.check_episode(waiting, QUEUE, 1, 8)
