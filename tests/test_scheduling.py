from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import scheduling
from db.jobs import Waiting
from db.models import Status


def job(job_id: int, member: int, status: Status = Status.QUEUED, frames: int = 121) -> Waiting:
    return Waiting(
        job_id=job_id,
        shot_id=job_id,
        number=job_id,
        take=1,
        guild_id=1,
        member_id=member,
        frames=frames,
        pixels=1_000_000,
        status=status,
        words="",
    )


def ids(found: list[Waiting]) -> list[int]:
    return [waiting.job_id for waiting in found]


def of_episode(job_id: int, member: int, status: Status = Status.QUEUED) -> Waiting:
    return replace(job(job_id, member, status), episode_id=7)


@st.composite
def lines(draw: st.DrawFn) -> list[Waiting]:
    members = draw(st.lists(st.tuples(st.integers(1, 6), st.sampled_from([Status.QUEUED, Status.RENDERING]))))
    numbered = [job(number, member, status) for number, (member, status) in enumerate(members, start=1)]
    return draw(st.permutations(numbered))


STARTED = st.dictionaries(st.integers(1, 8), st.floats(1.0, 2e9))


@given(lines(), STARTED)
def test_every_queued_job_comes_exactly_once(waiting: list[Waiting], started: dict[int, float]) -> None:
    ordered = scheduling.order(waiting, started)
    assert sorted(ids(ordered)) == sorted(found.job_id for found in waiting if found.status is Status.QUEUED)


@given(lines(), STARTED)
def test_a_members_own_jobs_stay_in_order(waiting: list[Waiting], started: dict[int, float]) -> None:
    ordered = scheduling.order(waiting, started)
    for member in {found.member_id for found in ordered}:
        own = [found.job_id for found in ordered if found.member_id == member]
        assert own == sorted(own)


@given(lines(), STARTED)
def test_nobody_gets_a_second_turn_before_everyone_had_a_first(
    waiting: list[Waiting], started: dict[int, float]
) -> None:
    members = [found.member_id for found in scheduling.order(waiting, started)]
    everyone = set(members)
    assert set(members[: len(everyone)]) == everyone


@given(lines(), STARTED)
def test_turns_go_round(waiting: list[Waiting], started: dict[int, float]) -> None:
    members = [found.member_id for found in scheduling.order(waiting, started)]
    for here, member in enumerate(members):
        if member in members[:here]:
            last = here - 1 - members[:here][::-1].index(member)
            between = set(members[last + 1 : here])
            # Everybody who still waits was served between two turns of one member.
            assert set(members[here:]) - {member} <= between


@given(lines(), STARTED)
def test_starting_the_next_job_changes_nothing_for_the_others(
    waiting: list[Waiting], started: dict[int, float]
) -> None:
    ordered = scheduling.order(waiting, started)
    while ordered:
        first, *rest = ordered
        started = started | {first.member_id: max(started.values(), default=0.0) + 1}
        ordered = scheduling.order(rest, started)
        assert ids(ordered) == ids(rest)


def test_twelve_shots_of_one_member_yield_to_the_single_shot_of_another() -> None:
    waiting = [job(number, member=1) for number in range(1, 13)] + [job(13, member=2)]
    assert ids(scheduling.order(waiting, {1: 50.0}))[:2] == [13, 1]
    assert ids(scheduling.order(waiting, {1: 50.0, 2: 60.0}))[:3] == [1, 13, 2]


def test_a_member_who_never_had_a_turn_comes_first() -> None:
    assert ids(scheduling.order([job(1, member=1), job(2, member=2)], {1: 10.0})) == [2, 1]


def test_estimates_add_up_behind_what_is_being_rendered() -> None:
    waiting = [job(1, 1, Status.RENDERING), job(2, 1), job(3, 2)]
    found = scheduling.places(waiting, {1: 10.0}, speed=0.1, elapsed_s=2.1)
    assert [(place.job.job_id, place.place) for place in found] == [(3, 1), (2, 2)]
    assert [place.eta_s for place in found] == pytest.approx([22.1, 34.2])


def test_a_render_that_takes_longer_than_thought_does_not_shorten_the_wait() -> None:
    waiting = [job(1, 1, Status.RENDERING), job(2, 2)]
    (place,) = scheduling.places(waiting, {}, speed=0.1, elapsed_s=1000.0)
    assert place.eta_s == pytest.approx(12.1)


def test_what_is_asked_for_by_itself_goes_before_the_members_own_episode() -> None:
    waiting = [of_episode(1, 1), of_episode(2, 1), job(3, 2), job(4, 1)]
    assert ids(scheduling.order(waiting, {1: 5.0, 2: 9.0})) == [4, 3, 1, 2]
