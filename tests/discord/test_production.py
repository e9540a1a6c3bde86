"""`/episode render`, `status`, `cut`, `cancel`, the buttons, and notices: the real client, rows, no renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.i18n import speak
from bot.proofs import Who
from bot.views.production import NotifyButton
from db import bulletins, cuts, episodes, jobs, members
from db.cuts import Piece
from db.models import Status
from db.writing import EpisodeStatus
from tests import rows
from tests.discord.conftest import CHINESE, ENGLISH
from tests.stories import reword, write_episode

if TYPE_CHECKING:
    from simcord.actors import MemberActor
    from simcord.results import InteractionResult

    from bot.client import TwohanderClient
    from db.connection import Database
    from db.writing import Episode
    from tests.discord.conftest import Stage, Worker


async def written(stage: Stage, database: Database, *, shots: int = 2) -> Episode:
    who = Who(stage.guild.id, stage.channel.id, stage.alice.id, CHINESE)
    return await write_episode(database, shots=shots, title="Jade *one*", who=who)


async def press(stage: Stage, member: MemberActor, quote: InteractionResult, label: str) -> str:
    assert quote.response is not None
    return stage.text_of(await member.click(quote.response, label=label))


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_a_quote_comes_first_and_its_button_queues(
    stage: Stage, database: Database, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    episode = await written(stage, database)
    quote = await stage.command(stage.alice, "episode render", episode=1)
    text = stage.text_of(quote)
    assert "Jade \\*one\\*" in text
    assert words("production-quote-shots", needed=2, total=2, others=0) in text
    assert await jobs.waiting(database.reading()) == []
    receipt = await press(stage, stage.alice, quote, words("button-produce"))
    assert words("reply-produced", shots=2, place=1, eta=words("post-seconds", seconds=5)) == receipt
    queued = await jobs.with_status(database.reading(), Status.QUEUED)
    assert len(queued) == 2
    assert worker.changes == queued
    assert (await episodes.get(database.reading(), episode.id)).status is EpisodeStatus.RENDERING
    status = await stage.slash(stage.alice, "episode status", episode=1)
    assert "⏳⏳" in status


async def test_the_button_of_an_old_quote_says_so(stage: Stage, database: Database) -> None:
    episode = await written(stage, database)
    quote = await stage.command(stage.alice, "episode render", episode=1)
    await reword(database, episode, "1.1", "A bridge, wide shot.")
    answer = await press(stage, stage.alice, quote, "Render")
    assert answer == speak(ENGLISH)("refused-episode-changed")
    assert await jobs.waiting(database.reading()) == []


async def test_strangers_viewers_and_editors(stage: Stage, database: Database) -> None:
    episode = await written(stage, database)
    words = speak(ENGLISH)
    for command in ("render", "status", "preview", "cut", "cancel"):
        answer = await stage.slash(stage.bob, f"episode {command}", episode=1)
        assert answer == words("refused-no-such-episode", number=1)
    async with database.writing() as writer:
        await episodes.share(writer, episode.id, stage.bob.id, "viewer")
    assert "0 of 2 shots" in await stage.slash(stage.bob, "episode status", episode=1)
    for command in ("render", "cut", "cancel"):
        answer = await stage.slash(stage.bob, f"episode {command}", episode=1)
        assert answer == words("refused-not-your-episode", number=1)
    async with database.writing() as writer:
        await episodes.share(writer, episode.id, stage.bob.id, "editor")
    quote = await stage.command(stage.bob, "episode render", episode=1)
    assert "2 of 2 shots" in stage.text_of(quote)
    # The quote's button outlives the role.
    async with database.writing() as writer:
        await episodes.share(writer, episode.id, stage.bob.id, None)
    assert await press(stage, stage.bob, quote, "Render") == words("refused-not-your-episode", number=1)
    assert await jobs.waiting(database.reading()) == []
    assert "2 of 2 shots" in await stage.slash(stage.manager, "episode render", episode=1)


async def test_nothing_to_cut_or_cancel_is_said(stage: Stage, database: Database) -> None:
    await written(stage, database)
    words = speak(ENGLISH)
    assert await stage.slash(stage.alice, "episode cut", episode=1) == words("refused-no-takes-yet", number=1)
    assert await stage.slash(stage.alice, "episode cancel", episode=1) == words("refused-nothing-to-cancel", number=1)


async def test_an_episode_larger_than_the_limit_and_cancelling_it(
    stage: Stage, database: Database, worker: Worker
) -> None:
    await written(stage, database, shots=5)  # a member may have three in line
    quote = await stage.command(stage.alice, "episode render", episode=1)
    assert "5 of 5 shots" in stage.text_of(quote)
    assert (await press(stage, stage.alice, quote, "Render")).startswith("5 shots are queued")
    line = (await stage.slash(stage.bob, "queue")).splitlines()
    assert (line[0], len(line)) == ("5 shots are waiting:", 5)
    assert line[-1] == speak(ENGLISH)("reply-queue-owed", owed=2)
    assert "⏳" * 5 in await stage.slash(stage.alice, "episode status", episode=1)
    answer = await stage.slash(stage.alice, "episode cancel", episode=1)
    assert answer == speak(ENGLISH)("reply-episode-cancelled", number="1", takes=5, clips=0, films=0)
    assert "still posted" not in answer
    assert len(worker.stopped) == 5
    assert await jobs.waiting(database.reading()) == []


@pytest.mark.parametrize(("locale", "still_posted"), [(ENGLISH, "still posted"), (CHINESE, "仍会发布")])
async def test_what_is_on_its_way_when_it_is_cancelled_is_said_to_be_posted(
    stage: Stage, database: Database, locale: str, still_posted: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    episode = await written(stage, database)
    await press(
        stage, stage.alice, await stage.command(stage.alice, "episode render", episode=1), words("button-produce")
    )
    first, _ = await jobs.with_status(database.reading(), Status.QUEUED)
    await rows.move(database, jobs.start, first.id)
    await rows.move(database, jobs.rendered, first.id, **rows.RENDERED)
    async with database.writing() as writer:
        cut = await cuts.want(writer, episode.id, plan="{}", plan_hash="earlier takes", not_before=0)
        await cuts.start(writer, cut.id)
        await cuts.finished(writer, cut.id, pieces=[Piece("film.mp4")], seconds=5.0)
        await bulletins.owe(writer, episode.id, "cut", cut_id=cut.id)
        (part,) = await bulletins.of_cut(writer, cut.id)
        await bulletins.aim(writer, part, stage.channel.id)
    answer = await stage.slash(stage.alice, "episode cancel", episode=1)
    assert answer == words("reply-episode-cancelled", number="1", takes=1, clips=1, films=1)
    assert answer.count(still_posted) == 2
    answer = await stage.slash(stage.alice, "episode cancel", episode=1)
    assert answer == words("refused-episode-posting", number=1)
    assert still_posted in answer


async def test_an_empty_episode(stage: Stage, database: Database) -> None:
    await written(stage, database, shots=0)
    for command in ("render", "preview"):
        answer = await stage.slash(stage.alice, f"episode {command}", episode=1)
        assert answer == speak(ENGLISH)("refused-empty-episode", number=1)


async def test_a_preview_comes_as_a_private_file(stage: Stage, database: Database) -> None:
    await written(stage, database, shots=1)
    shown = await stage.command(stage.alice, "episode preview", episode=1)
    assert shown.response is not None
    (film,) = shown.response.attachments
    assert film.filename == "E1.mp4"
    assert stage.text_of(shown).startswith("**E1**")
    assert await jobs.with_status(database.reading(), *Status) == []


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_notices_are_switched_off_and_on(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    answer = await stage.slash(stage.alice, "settings", notices="off")
    assert answer == words("reply-settings-notices-off")
    assert await members.notices_off(database.reading(), stage.guild.id, stage.alice.id)
    assert await stage.slash(stage.alice, "settings", notices="on", review="changes") == "\n".join(
        [words("reply-settings-changes"), words("reply-settings-notices-on")]
    )
    assert not await members.notices_off(database.reading(), stage.guild.id, stage.alice.id)
    assert await stage.slash(stage.alice, "settings") == words("reply-settings-nothing")


async def test_the_notify_button(stage: Stage, database: Database, client: TwohanderClient) -> None:
    import discord

    episode = await written(stage, database)
    channel = client.get_channel(stage.channel.id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    view.add_item(NotifyButton(episode.id, "Notify me"))
    view.stop()
    message = await channel.send("status", view=view)
    words = speak(ENGLISH)
    for _ in range(2):
        answer = stage.text_of(await stage.bob.click(message, label="Notify me"))
        assert answer == words("reply-subscribed", number="1")
    asking = list(await database.reading().execute_fetchall("SELECT member_id FROM subscriptions"))
    assert [row["member_id"] for row in asking] == [stage.bob.id]
    assert await members.locale_of(database.reading(), stage.guild.id, stage.bob.id) == ENGLISH, (
        "what a DM is written in"
    )
    stage.locale = CHINESE
    await stage.bob.click(message, label="Notify me")
    assert await members.locale_of(database.reading(), stage.guild.id, stage.bob.id) == CHINESE
    stage.locale = ENGLISH
    await stage.slash(stage.bob, "settings", notices="off")
    assert stage.text_of(await stage.bob.click(message, label="Notify me")) == words("refused-notices-off")
    assert await bulletins.owed(database.reading()) == []
