"""How many votes are needed, and what keeps them from deciding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.ballots import due_at, needed
from db.models import Status
from db.votes import Standing
from tests.conftest import GUILD
from tests.voting.hall import RULES

if TYPE_CHECKING:
    from db.connection import Database
    from tests.voting.hall import Queueing


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
