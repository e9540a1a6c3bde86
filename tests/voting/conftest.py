from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot import voting
from tests.voting.hall import FakeBallots, post

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import Job
    from tests.voting.hall import Queueing


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
