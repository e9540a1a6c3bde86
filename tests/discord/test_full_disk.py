"""What members and the operator read while the disk takes no writes, and what is there afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import casting
from bot.i18n import speak
from db import characters, jobs
from db.models import Status
from tests.discord.conftest import CHINESE, ENGLISH, png

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bot.client import TwohanderClient
    from db.connection import Database
    from tests.discord.conftest import Stage, Worker

LAKE = "A lake at dawn, wide shot."


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_what_cannot_be_written_down_is_not_accepted_and_said(
    stage: Stage,
    database: Database,
    worker: Worker,
    no_room: Callable[[], AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
    locale: str,
) -> None:
    stage.locale = locale
    said = speak(locale)("failure-disk")
    page = await stage.page(stage.alice, prompt=LAKE)
    with no_room():
        assert await stage.slash(stage.alice, "shot", prompt=LAKE) == said
        pressed = await stage.press(stage.alice, page, "render")
        assert [answer.content for answer in pressed.followups] == [said]
        assert await stage.slash(stage.bob, "character add", name="Li", picture=("p.png", png())) == said
        # What only reads is answered as ever.
        assert await stage.slash(stage.bob, "queue") != said
    assert await jobs.with_status(database.reading(), *Status) == []
    assert await characters.visible_to(database.reading(), stage.guild.id, stage.bob.id) == []
    assert worker.changes == []
    assert f"/shot of member {stage.alice.id} in guild {stage.guild.id} was not written down" in caplog.text
    assert "GB free" in caplog.text
    assert "Traceback" not in caplog.text
    # With room, the same page queues the shot.
    await stage.press(stage.alice, page, "render")
    (job,) = await jobs.with_status(database.reading(), Status.QUEUED)
    assert worker.changes == [job]
    assert len(stage.env.errors) == 2


async def test_a_picture_for_which_there_is_no_room(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(picture: casting.Reference, directory: Path) -> Path:
        Path("/dev/full").write_bytes(picture.data)
        raise AssertionError

    monkeypatch.setattr(casting, "store", store)
    answer = await stage.slash(stage.bob, "character add", name="Li", picture=("p.png", png()))
    assert answer == speak(ENGLISH)("failure-disk")
    assert await characters.visible_to(database.reading(), stage.guild.id, stage.bob.id) == []
    assert len(stage.env.errors) == 1


async def test_the_bot_signs_in(
    stage: Stage,
    client: TwohanderClient,
    database: Database,
    no_room: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.signed_in.clear()
    with no_room():
        await client.on_ready()
    assert client.signed_in.is_set()
