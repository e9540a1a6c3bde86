"""Votes under posted takes: real reactions and events, the real outbox and the real voting; only the worker is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from bot import voting
from bot.client import Services, TwohanderClient
from bot.i18n import speak
from bot.voting import Voting
from db import messages, votes
from db.models import Status
from tests import rows
from tests.discord.conftest import CHINESE, ENGLISH
from tests.discord.theatre import Theatre
from tests.standin import reactions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from db.connection import Database
    from db.models import Job
    from tests.discord.conftest import Stage, Worker

AGAIN, LIKE = "🔁", "👍"


@pytest_asyncio.fixture
async def theatre(stage: Stage, services: Services, client: TwohanderClient, worker: Worker) -> AsyncGenerator[Theatre]:
    async with Theatre.open(stage, services, client, worker) as found:
        yield found


async def queued(stage: Stage, database: Database) -> Job:
    _, job = await rows.queue_shot(database, guild=stage.guild.id, channel_id=stage.channel.id, author=stage.alice.id)
    return job


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
async def test_a_take_is_voted_for_rendered_again_and_says_so(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, language: str
) -> None:
    job = await queued(stage, database)
    async with database.writing() as writer:
        await writer.execute("UPDATE guilds SET locale = ?", (language,))
    post = await theatre.premiere(job)
    assert [(str(reaction.emoji), reaction.count) for reaction in post.reactions] == [(AGAIN, 1), (LIKE, 1)]
    words = speak(language)
    labels = [button.label for row in post.components for button in row.children]  # type: ignore[union-attr]
    assert labels == [words("button-again"), words("button-pick")]
    assert words("post-voted", take=1) not in post.content
    # Who asked for it counts as anybody else.
    await stage.alice.react(post, AGAIN)
    await stage.bob.react(post, AGAIN)
    await theatre.counted(job, {stage.alice.id, stage.bob.id})
    assert worker.changes == []
    await stage.manager.react(post, AGAIN)
    await theatre.until(lambda: worker.changes)
    (made,) = worker.changes
    assert (made.take, made.again_of, made.cause, made.status) == (2, job.id, "votes", Status.QUEUED)
    assert made.seed != job.seed
    again = await theatre.premiere(made)
    assert words("post-voted", take=1) in again.content
    assert again.id != post.id


async def test_a_reaction_that_is_taken_back_is_no_vote(stage: Stage, database: Database, theatre: Theatre) -> None:
    job = await queued(stage, database)
    post = await theatre.premiere(job)
    await stage.alice.react(post, AGAIN)
    await stage.alice.react(post, LIKE)
    await theatre.counted(job, {stage.alice.id})
    await stage.alice.unreact(post, AGAIN)
    await theatre.counted(job, set())
    await theatre.counted(job, {stage.alice.id}, "like")


async def test_bots_and_other_emoji_do_not_vote(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker
) -> None:
    job = await queued(stage, database)
    post = await theatre.premiere(job)
    machine = stage.guild.add_member(stage.env.create_user("machine", bot=True))
    for sign in (AGAIN, LIKE):
        await machine.react(post, sign)
    for sign in ("👎", "👍🏽", "🎬"):
        await stage.alice.react(post, sign)
    await stage.bob.react(post, AGAIN)
    await theatre.counted(job, {stage.bob.id})
    assert await theatre.voters(job, "like") == set()
    # Read from the message, not told of: the same.
    theatre.services.voting.signed_in()
    await theatre.until(lambda: theatre.is_open(job))
    assert await theatre.voters(job) == {stage.bob.id}
    assert await theatre.voters(job, "like") == set()
    assert worker.changes == []


async def test_reactions_that_a_moderator_clears_are_no_votes(
    stage: Stage, database: Database, theatre: Theatre
) -> None:
    job = await queued(stage, database)
    post = await theatre.premiere(job)
    for sign in (AGAIN, LIKE):
        await stage.alice.react(post, sign)
    await theatre.counted(job, {stage.alice.id})
    stage.env.backend.clear_reaction(stage.channel.id, post.id, AGAIN)
    await theatre.counted(job, set())
    assert await theatre.voters(job, "like") == {stage.alice.id}
    stage.env.backend.clear_reactions(stage.channel.id, post.id)
    await theatre.counted(job, set(), "like")


async def test_votes_cast_and_taken_back_while_the_bot_was_away_count(
    stage: Stage, services: Services, client: TwohanderClient, database: Database, worker: Worker
) -> None:
    first, second = await queued(stage, database), await queued(stage, database)
    async with Theatre.open(stage, services, client, worker) as theatre:
        posts = {job.id: await theatre.premiere(job) for job in (first, second)}
        for member in (stage.alice, stage.bob):
            await member.react(posts[first.id], AGAIN)
        await stage.alice.react(posts[second.id], LIKE)
        await theatre.counted(first, {stage.alice.id, stage.bob.id})
        await theatre.counted(second, {stage.alice.id}, "like")
    # Nobody counts now: neither events nor messages are looked at.
    await stage.manager.react(posts[first.id], AGAIN)
    await stage.alice.unreact(posts[second.id], LIKE)
    await stage.bob.react(posts[second.id], LIKE)
    revived = TwohanderClient(replace(services, voting=Voting(database, services.config, worker.changed)))
    await stage.env.restart_bot(revived)
    async with Theatre.open(stage, revived.services, revived, worker) as theatre:
        await theatre.counted(first, {stage.alice.id, stage.bob.id, stage.manager.id})
        await theatre.counted(second, {stage.bob.id}, "like")
        await theatre.until(lambda: worker.changes)
        assert [(made.take, made.again_of) for made in worker.changes] == [(2, first.id)]


async def test_hundreds_of_voters_and_super_reactions_are_all_counted_once(
    stage: Stage, database: Database, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    bursts = reactions.install(monkeypatch)
    backend = stage.env.backend
    job = await queued(stage, database)
    post = await theatre.premiere(job)
    crowd = [stage.env.create_user(f"member{number}").id for number in range(230)]
    fans = crowd[200:]
    # Seen by nobody: the bot reads the message when it signs in again. Some do both, one only the other.
    message = backend.get_message(stage.channel.id, post.id)
    reaction = message.reaction_for(LIKE)
    assert reaction is not None
    reaction.user_ids.extend(crowd[:210])
    bursts.given[post.id, LIKE].update(fans)
    bursts.given[post.id, AGAIN].add(stage.bob.id)
    theatre.services.voting.signed_in()
    await theatre.counted(job, {*crowd}, "like")
    await theatre.counted(job, {stage.bob.id})
    # Told of: a super reaction is a vote, and taking it back leaves the usual one that its giver has as well.
    bursts.set(backend, stage.channel.id, post.id, AGAIN, stage.alice.id, on=True)
    await theatre.counted(job, {stage.alice.id, stage.bob.id})
    bursts.set(backend, stage.channel.id, post.id, LIKE, fans[0], on=False)
    bursts.set(backend, stage.channel.id, post.id, LIKE, fans[-1], on=False)
    await theatre.counted(job, {*crowd[:-1]}, "like")


async def test_the_most_liked_take_is_chosen(stage: Stage, database: Database, theatre: Theatre) -> None:
    job = await queued(stage, database)
    post = await theatre.premiere(job)
    for member in (stage.alice, stage.bob, stage.manager):
        await member.react(post, AGAIN)
    await theatre.until(lambda: theatre.worker.changes)
    (made,) = theatre.worker.changes
    second = await theatre.premiere(made)

    async def chosen() -> int:
        found = await votes.chosen_take(database.reading(), job.shot_id)
        assert found is not None
        return found.take

    assert await chosen() == 2
    await stage.alice.react(post, LIKE)
    await theatre.counted(job, {stage.alice.id}, "like")
    assert await chosen() == 1
    await stage.alice.react(second, LIKE)
    await theatre.counted(made, {stage.alice.id}, "like")
    assert await chosen() == 2


async def test_without_the_permission_the_clip_is_posted_and_nobody_votes(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    job = await queued(stage, database)
    # 50013: Missing Permissions
    stage.env.inject_error("PUT", "/channels/*/messages/*/reactions/*", status=403, code=50013)
    post = await theatre.post(job)
    await theatre.until(lambda: "cannot be voted on" in caplog.text)
    for member in (stage.alice, stage.bob, stage.manager):
        await member.react(post, AGAIN)
    assert await theatre.voters(job) == set()
    assert worker.changes == []


async def test_trouble_at_discord_s_delays_the_reactions_only(
    stage: Stage, database: Database, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voting, "RETRY_AFTER_S", (0.01,))
    job = await queued(stage, database)
    stage.env.inject_error("PUT", "/channels/*/messages/*/reactions/*", status=401)
    post = await theatre.premiere(job)
    assert {str(reaction.emoji) for reaction in post.reactions} == {AGAIN, LIKE}


async def test_no_clip_in_a_dm_has_buttons_or_reactions(stage: Stage, database: Database, theatre: Theatre) -> None:
    job = await queued(stage, database)
    stage.env.inject_error("POST", f"/channels/{stage.channel.id}/messages", status=403, code=50001)
    await theatre.render(job)

    async def posted() -> bool:
        return (await theatre.takes(job))[0].status is Status.POSTED

    await theatre.until(posted)
    row = await messages.get(database.reading(), job.id, "clip")
    assert row is not None
    assert row.channel_id != stage.channel.id
    (sent,) = [request for request in stage.env.http_requests if request.path == f"/channels/{row.channel_id}/messages"]
    assert not (sent.json or {}).get("components")
    assert await votes.to_open(database.reading()) == []
