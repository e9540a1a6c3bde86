"""The buttons beneath a take, its editor, and /vote, in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.client import Services, TwohanderClient
from bot.directing import Directing
from bot.i18n import speak
from bot.views.take import SEED_MOST
from db import characters, shots, votes
from db.models import CastMember, ShotPin, Status
from tests import rows
from tests.discord.conftest import BLOCKED, CHINESE, ENGLISH, png
from tests.discord.theatre import Theatre

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import discord
    from simcord.actors import MemberActor
    from simcord.results import InteractionResult

    from db.connection import Database
    from db.models import Job, Shot
    from tests.discord.conftest import Stage, Worker

BOTH = pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
WORDS = "A lake at dawn, wide shot."


@pytest_asyncio.fixture
async def theatre(stage: Stage, services: Services, client: TwohanderClient, worker: Worker) -> AsyncGenerator[Theatre]:
    async with Theatre.open(stage, services, client, worker) as found:
        yield found


async def posted(stage: Stage, database: Database, theatre: Theatre, **columns: Any) -> tuple[Job, discord.Message]:
    _, job = await rows.queue_shot(
        database,
        guild=stage.guild.id,
        author=stage.alice.id,
        **{"channel_id": stage.channel.id, "words": WORDS, "prompt": WORDS} | columns,
    )
    return job, await theatre.premiere(job)


async def press(member: MemberActor, post: discord.Message, job: Job, act: str) -> InteractionResult:
    return await member.click(post, custom_id=f"take:{job.id}:{act}")


def answer(result: InteractionResult) -> str:
    """Return a button's answer, which only who pressed it sees."""
    assert result.ephemeral
    assert result.response is not None
    return result.response.content


async def rewrite(member: MemberActor, post: discord.Message, job: Job, **written: str) -> str:
    """Open the editor, write into it, and return the answer."""
    opened = await press(member, post, job, "again")
    assert opened.modal is not None
    return answer(await member.submit_modal(opened, {"words": WORDS, "seed": ""} | written))


async def shot_of(database: Database, job: Job) -> Shot:
    return await shots.get(database.reading(), job.shot_id)


# Re-render…


@BOTH
async def test_the_editor_shows_the_take_as_it_is(
    stage: Stage, database: Database, theatre: Theatre, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    job, post = await posted(stage, database, theatre, pins=[ShotPin(0, "pins/a.png")])
    opened = await press(stage.alice, post, job, "again")
    assert opened.modal is not None
    assert opened.modal["title"] == words("again-title")
    fields = {label["component"]["custom_id"]: label for label in opened.modal["components"]}
    assert {name: field["label"] for name, field in fields.items()} == {
        "words": words("editor-label"),
        "seed": words("again-seed"),
        "pin": words("again-pin", least="0.7", most="0.95"),
    }
    assert fields["words"]["component"]["value"] == WORDS
    assert fields["pin"]["component"]["value"] == "0.9"


async def test_without_a_pin_there_is_none_to_change(stage: Stage, database: Database, theatre: Theatre) -> None:
    job, post = await posted(stage, database, theatre)
    opened = await press(stage.alice, post, job, "again")
    assert opened.modal is not None
    assert [label["component"]["custom_id"] for label in opened.modal["components"]] == ["words", "seed"]


@BOTH
async def test_another_seed_makes_another_take(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    job, post = await posted(stage, database, theatre)
    text = await rewrite(stage.alice, post, job, seed="42")
    (made,) = worker.changes
    assert (made.shot_id, made.take, made.seed, made.status) == (job.shot_id, 2, 42, Status.QUEUED)
    assert (made.again_of, made.cause, made.requested_by) == (job.id, "direction", stage.alice.id)
    assert text == speak(locale)("reply-take-queued", take="1.2", place=1, eta=speak(locale)("post-seconds", seconds=5))


async def test_an_empty_seed_is_a_new_one_each_time(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker
) -> None:
    job, post = await posted(stage, database, theatre)
    for _ in range(2):
        await rewrite(stage.alice, post, job)
    assert [made.take for made in worker.changes] == [2, 3]
    assert len({job.seed, *(made.seed for made in worker.changes)}) == 3
    # A take leads to one other by right; the second is on the member's own account.
    assert [made.again_of for made in worker.changes] == [job.id, None]


@BOTH
async def test_other_words_go_through_the_guards_and_make_another_shot(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    job, post = await posted(stage, database, theatre)
    text = await rewrite(stage.alice, post, job, words="A man in a black robe bows.", seed="5")
    (made,) = worker.changes
    shot = await shot_of(database, made)
    assert (shot.number, shot.words, made.take, made.seed) == (2, "A man in a black robe bows.", 1, 5)
    assert "BLACK" in shot.prompt
    assert (shot.channel_id, shot.frames, shot.width) == (stage.channel.id, 121, 1280)
    assert "#2.1" in text
    assert speak(locale)("reply-guards") in text


async def test_another_pin_strength_makes_another_shot(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker
) -> None:
    await stage.slash(stage.alice, "character add", name="Ada", picture=("p.png", png()))
    ada = await characters.named(database.reading(), stage.guild.id, "Ada")
    assert ada is not None
    job, post = await posted(
        stage,
        database,
        theatre,
        cast=[CastMember("Ada", "", ada.id)],
        pins=[ShotPin(0, "pins/a.png")],
        words="Ada bows.",
    )
    await rewrite(stage.alice, post, job, words="Ada bows.", pin="0,8")
    (made,) = worker.changes
    shot = await shot_of(database, made)
    assert (shot.number, shot.pin_strength) == (2, pytest.approx(0.8))
    assert [member.name for member in shot.cast] == ["Ada"]
    assert len(shot.pins) == 1


@BOTH
async def test_what_cannot_be_is_refused(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    job, post = await posted(stage, database, theatre, pins=[ShotPin(0, "pins/a.png")])
    seed = words("refused-seed", most=SEED_MOST)
    pin = words("refused-pin", least="0.7", most="0.95")
    same = words("refused-same-take")
    for written, said in (
        ({"seed": "x"}, seed),
        ({"seed": "-1"}, seed),
        ({"seed": str(SEED_MOST + 1)}, seed),
        ({"seed": "７"}, seed),
        ({"pin": "0.5"}, pin),
        ({"pin": "nan"}, pin),
        ({"pin": "1e-1"}, pin),
        ({"seed": str(job.seed)}, same),
        ({"words": "   "}, words("refused-no-words")),
    ):
        assert await rewrite(stage.alice, post, job, **written) == said, written
    refused = await rewrite(stage.alice, post, job, words=f"一份{BLOCKED}文件。")
    assert "#2" not in refused
    assert worker.changes == []


@BOTH
async def test_limits_hold_for_directors_too(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    job, post = await posted(stage, database, theatre)
    for _ in range(3):
        await rewrite(stage.alice, post, job)
    assert await rewrite(stage.alice, post, job) == speak(locale)("refused-member-limit", most=3)
    assert len(worker.changes) == 3


@BOTH
async def test_somebody_else_may_not_and_who_manages_may(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    job, post = await posted(stage, database, theatre)
    said = speak(locale)("refused-not-your-take", number=1)
    for act in ("again", "pick"):
        assert answer(await press(stage.bob, post, job, act)) == said
    # A modal that was opened elsewhere is no way around it.
    opened = await press(stage.alice, post, job, "again")
    monkey = await stage.alice.submit_modal(opened, {"words": WORDS, "seed": "9"})
    assert "#1.2" in answer(monkey)
    assert "#1.3" in await rewrite(stage.manager, post, job)
    assert [made.requested_by for made in worker.changes] == [stage.alice.id, stage.manager.id]


async def test_who_directs_is_asked(stage: Stage, services: Services, database: Database, theatre: Theatre) -> None:
    asked: list[tuple[int, int]] = []

    async def allowed(reader: object, member_id: int, shot: Shot) -> bool:
        del reader
        asked.append((member_id, shot.number))
        return member_id == stage.bob.id

    job, post = await posted(stage, database, theatre)
    directing = Directing(
        *(database, services.config, services.intake, services.voting, theatre.worker.changed),
        rewrite=services.directing._rewrite,
        allowed=allowed,
    )
    await stage.env.restart_bot(TwohanderClient(replace(services, directing=directing)))
    assert "#1.2" in await rewrite(stage.bob, post, job)
    assert answer(await press(stage.alice, post, job, "pick")) == speak(ENGLISH)("refused-not-your-take", number=1)
    assert set(asked) == {(stage.bob.id, 1), (stage.alice.id, 1)}


async def test_a_take_of_another_server_is_unknown(stage: Stage, database: Database, theatre: Theatre) -> None:
    _, job = await rows.queue_shot(database, guild=rows.OTHER_GUILD, author=stage.alice.id)
    _, post = await posted(stage, database, theatre)
    directing = theatre.services.directing
    with pytest.raises(Exception, match="refused-take-gone"):
        await directing.look(job.id, stage.guild.id, stage.alice.id, may_manage=True)
    with pytest.raises(Exception, match="refused-take-gone"):
        await directing.look(999, stage.guild.id, stage.alice.id, may_manage=True)
    assert post.components


async def test_buttons_and_editor_outlive_a_restart(
    stage: Stage, services: Services, database: Database, theatre: Theatre, worker: Worker
) -> None:
    job, post = await posted(stage, database, theatre)
    opened = await press(stage.alice, post, job, "again")
    await stage.env.restart_bot(TwohanderClient(services))
    assert "#1.2" in answer(await stage.alice.submit_modal(opened, {"words": WORDS, "seed": "8"}))
    await stage.env.restart_bot(TwohanderClient(services))
    await press(stage.alice, post, job, "pick")
    assert await votes.picked(database.reading(), job.shot_id) == job.id
    assert [made.seed for made in worker.changes] == [8]


# Pick this take


@BOTH
async def test_a_pick_overrides_the_votes_until_it_is_taken_back(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    heard: list[int] = []
    theatre.services.voting.listen(heard.append)
    job, post = await posted(stage, database, theatre)
    await rewrite(stage.alice, post, job)
    second = worker.changes[0]
    await theatre.premiere(second)
    heard.clear()

    async def chosen() -> int:
        found = await votes.chosen_take(database.reading(), job.shot_id)
        assert found is not None
        return found.take

    assert await chosen() == 2
    picked = await press(stage.alice, post, job, "pick")
    assert answer(picked) == words("reply-picked", number="1", take=1)
    assert await chosen() == 1
    assert heard == [job.shot_id]
    assert picked.response is not None
    back = await stage.alice.click(picked.response, label=words("button-votes"))
    assert answer(back) == words("reply-votes-choose", number="1")
    assert await chosen() == 2
    assert heard == [job.shot_id] * 2


# /vote


@BOTH
async def test_voting_is_switched_off_and_on(
    stage: Stage, database: Database, theatre: Theatre, worker: Worker, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    job, post = await posted(stage, database, theatre)
    assert await stage.slash(stage.alice, "vote off", shot=1) == words("reply-vote-off", number="1")
    assert (await votes.standing(database.reading(), job.id)).off
    for member in (stage.alice, stage.bob, stage.manager):
        await member.react(post, "🔁")
    assert await stage.slash(stage.manager, "vote on", shot=1) == words("reply-vote-on", number="1")
    # What stands under the take is read, and is enough.
    await theatre.until(lambda: worker.changes)
    assert [(made.take, made.cause) for made in worker.changes] == [(2, "votes")]


@BOTH
async def test_only_who_directs_a_shot_switches_its_voting(
    stage: Stage, database: Database, theatre: Theatre, locale: str
) -> None:
    stage.locale = locale
    words = speak(locale)
    job, _ = await posted(stage, database, theatre)
    assert await stage.slash(stage.bob, "vote off", shot=1) == words("refused-not-your-take", number=1)
    assert await stage.slash(stage.bob, "vote off", shot=7) == words("refused-no-such-shot", number=7)
    assert not (await votes.standing(database.reading(), job.id)).off


async def test_suggestions_are_ones_own_shots_or_all_of_them(stage: Stage, database: Database) -> None:
    await rows.queue_shot(database, guild=stage.guild.id, author=stage.alice.id, words="湖边")
    await rows.queue_shot(database, guild=stage.guild.id, author=stage.bob.id, words="A lake")
    await rows.queue_shot(database, guild=rows.OTHER_GUILD, author=stage.alice.id, words="elsewhere")
    assert await stage.suggest(stage.alice, "vote off", "shot", "") == ["#1 · 湖边"]
    assert await stage.suggest(stage.manager, "vote on", "shot", "") == ["#2 · A lake", "#1 · 湖边"]
    assert await stage.suggest(stage.manager, "vote on", "shot", "1") == ["#1 · 湖边"]
