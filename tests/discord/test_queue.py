from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.i18n import speak
from db import jobs
from db.models import Status
from tests import rows
from tests.discord.conftest import CHINESE, ENGLISH

if TYPE_CHECKING:
    from simcord.actors import MemberActor

    from db.connection import Database
    from db.models import Job
    from tests.discord.conftest import Stage, Worker


STILL_POSTED = {ENGLISH: "still posted", CHINESE: "仍会发布"}


async def queued(stage: Stage, database: Database, member: MemberActor, words: str = "她鞠躬。") -> Job:
    _, job = await rows.queue_shot(database, guild=stage.guild.id, author=member.id, words=words)
    return job


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_an_empty_queue(stage: Stage, locale: str) -> None:
    stage.locale = locale
    assert await stage.slash(stage.alice, "queue") == speak(locale)("reply-queue-empty")


async def test_the_queue_in_english(stage: Stage, database: Database) -> None:
    await rows.move(database, jobs.start, (await queued(stage, database, stage.alice, "*A* <@1>\nlake")).id)
    await queued(stage, database, stage.alice)
    await queued(stage, database, stage.bob, "x" * 100)
    heading, now, first, second = (await stage.slash(stage.bob, "queue")).splitlines()
    assert heading == "2 shots are waiting:"
    assert now == rf"🎬 **#1** · <@{stage.alice.id}> · \*A\* \<@1> lake · being rendered now"
    assert first == f"`1` **#3** · <@{stage.bob.id}> · {'x' * 59}… · in about 10 s"
    assert second == f"`2` **#2** · <@{stage.alice.id}> · 她鞠躬。 · in about 10 s"


async def test_the_queue_in_chinese(stage: Stage, database: Database) -> None:
    stage.locale = "zh-TW"
    await queued(stage, database, stage.alice)
    assert (await stage.slash(stage.bob, "queue")).splitlines() == [
        "有 1 个镜头在排队：",
        f"`1` **#1** · <@{stage.alice.id}> · 她鞠躬。 · 约 5 秒后",
    ]


async def test_other_servers_are_not_shown(stage: Stage, database: Database) -> None:
    await rows.queue_shot(database, guild=rows.OTHER_GUILD)
    assert await stage.slash(stage.alice, "queue") == speak(ENGLISH)("reply-queue-empty")


async def test_a_long_queue_has_pages(stage: Stage, database: Database) -> None:
    for _ in range(40):
        await queued(stage, database, stage.alice, "长" * 80)
    first = await stage.slash(stage.alice, "queue")
    assert len(first) <= 2000
    assert first.splitlines()[-1].startswith("Page 1 of ")
    pages = int(first.split(" of ")[1].split(".")[0])
    assert pages > 1
    shown = [await stage.slash(stage.alice, "queue", page=page) for page in range(1, pages + 1)]
    lines = [line for text in shown for line in text.splitlines() if line.startswith("`")]
    assert [line.split("`")[1] for line in lines] == [str(place) for place in range(1, 41)]
    # Beyond the end is the last page.
    assert await stage.slash(stage.alice, "queue", page=99) == shown[-1]


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_a_member_cancels_their_own_shot(stage: Stage, database: Database, worker: Worker, locale: str) -> None:
    stage.locale = locale
    job = await queued(stage, database, stage.alice)
    answer = await stage.slash(stage.alice, "cancel", shot=1)
    assert answer == speak(locale)("reply-cancelled", number="1", clips=0)
    assert STILL_POSTED[locale] not in answer
    assert (await jobs.get(database.reading(), job.id)).status is Status.CANCELLED
    assert [change.id for change in worker.changes] == [job.id]
    assert worker.stopped == [job.id]


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_a_clip_that_is_on_its_way_is_said_to_be_posted(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    shot, job = await rows.queue_shot(database, guild=stage.guild.id, author=stage.alice.id)
    await rows.move(database, jobs.start, job.id)
    await rows.move(database, jobs.rendered, job.id, **rows.RENDERED)
    await rows.add_job(database, shot, take=2)
    answer = await stage.slash(stage.alice, "cancel", shot=1)
    assert answer == speak(locale)("reply-cancelled", number="1", clips=1)
    assert STILL_POSTED[locale] in answer
    answer = await stage.slash(stage.alice, "cancel", shot=1)
    assert answer == speak(locale)("refused-cancel-posting", number=1)
    assert STILL_POSTED[locale] in answer


async def test_a_rendering_shot_is_stopped(stage: Stage, database: Database, worker: Worker) -> None:
    job = await queued(stage, database, stage.alice)
    await rows.move(database, jobs.start, job.id)
    await stage.slash(stage.alice, "cancel", shot=1)
    assert (await jobs.get(database.reading(), job.id)).status is Status.CANCELLED
    assert worker.stopped == [job.id]


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_anothers_shot_is_left_alone(stage: Stage, database: Database, worker: Worker, locale: str) -> None:
    stage.locale = locale
    job = await queued(stage, database, stage.alice)
    assert await stage.slash(stage.bob, "cancel", shot=1) == speak(locale)("refused-not-your-shot", number=1)
    assert (await jobs.get(database.reading(), job.id)).status is Status.QUEUED
    assert worker.stopped == []


async def test_a_manager_cancels_anyones_shot(stage: Stage, database: Database) -> None:
    job = await queued(stage, database, stage.alice)
    assert "cancelled" in await stage.slash(stage.manager, "cancel", shot=1)
    assert (await jobs.get(database.reading(), job.id)).status is Status.CANCELLED


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_what_cannot_be_cancelled_is_said(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    assert await stage.slash(stage.alice, "cancel", shot=1234) == words("refused-no-such-shot", number=1234)
    assert "#1234" in words("refused-no-such-shot", number=1234)
    await queued(stage, database, stage.alice)
    await stage.slash(stage.alice, "cancel", shot=1)
    assert await stage.slash(stage.alice, "cancel", shot=1) == words("refused-too-late-to-cancel", number=1)
    await rows.queue_shot(database, guild=rows.OTHER_GUILD, author=stage.alice.id)
    assert await stage.slash(stage.manager, "cancel", shot=2) == words("refused-no-such-shot", number=2)


async def test_suggestions_are_ones_own_open_shots(stage: Stage, database: Database) -> None:
    await rows.move(database, jobs.start, (await queued(stage, database, stage.alice, "一位女子鞠躬")).id)
    await queued(stage, database, stage.bob, "A lake")
    await queued(stage, database, stage.alice, "湖边")
    await rows.move(database, jobs.cancel, (await queued(stage, database, stage.alice, "gone")).id)
    assert await stage.suggest(stage.alice, "cancel", "shot", "") == ["#1 · 一位女子鞠躬", "#3 · 湖边"]
    assert await stage.suggest(stage.alice, "cancel", "shot", "3") == ["#3 · 湖边"]
    assert await stage.suggest(stage.alice, "cancel", "shot", "鞠躬") == ["#1 · 一位女子鞠躬"]
    assert len(await stage.suggest(stage.manager, "cancel", "shot", "")) == 3
    found = await stage.bob.autocomplete(stage.channel, "cancel", "shot", "")
    assert [choice["value"] for choice in found] == [2]
