"""Re-render… on a take of an episode: its words are changed where they are written, and the shot is rendered again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import editing
from bot.i18n import speak
from bot.proofs import Who
from db import episodes, jobs, shots
from db.models import Status
from tests.discord.conftest import CHINESE, ENGLISH
from tests.discord.theatre import Theatre
from tests.stories import write_episode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import discord
    from simcord.actors import MemberActor
    from simcord.results import InteractionResult

    from bot.client import Services, TwohanderClient
    from db.connection import Database
    from db.models import Job
    from db.writing import Episode
    from tests.discord.conftest import Stage, Worker

OTHER = "A harbour at night, wide shot."


class Set:
    """An episode of two shots of Alice's, rendered and posted."""

    def __init__(self, stage: Stage, database: Database, services: Services, theatre: Theatre) -> None:
        self.stage = stage
        self.database = database
        self.services = services
        self.theatre = theatre
        self.who = Who(stage.guild.id, stage.channel.id, stage.alice.id, ENGLISH)

    async def produce(self) -> tuple[Job, discord.Message]:
        """Returns the first shot's take."""
        episode = await write_episode(self.database, shots=2, who=self.who)
        first, second = await self.services.production.render(episode.id, episode.version, self.who)
        await self.theatre.premiere(second.job)
        return first.job, await self.theatre.premiere(first.job)

    async def episode(self) -> Episode:
        found = await episodes.by_number(self.database.reading(), self.stage.guild.id, 1)
        assert found is not None
        return found

    async def queued(self) -> list[Job]:
        return await jobs.with_status(self.database.reading(), Status.QUEUED)


@pytest.fixture
async def studio(
    stage: Stage, database: Database, services: Services, client: TwohanderClient, worker: Worker
) -> AsyncGenerator[Set]:
    async with Theatre.open(stage, services, client, worker) as theatre:
        yield Set(stage, database, services, theatre)


async def opened(member: MemberActor, post: discord.Message, job: Job) -> InteractionResult:
    return await member.click(post, custom_id=f"take:{job.id}:again")


def text_of(result: InteractionResult) -> str:
    assert result.ephemeral
    assert result.response is not None
    return result.response.content


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_other_words_are_written_and_rendered(studio: Set, locale: str) -> None:
    studio.stage.locale = locale
    job, post = await studio.produce()
    before = await studio.episode()
    async with studio.database.writing() as writer:
        await episodes.share(writer, before.id, studio.stage.bob.id, "editor")
    modal = await opened(studio.stage.bob, post, job)
    assert modal.modal is not None
    said = text_of(await studio.stage.bob.submit_modal(modal, {"words": "A man in a black robe bows.", "seed": ""}))
    assert "#3.1" in said
    assert speak(locale)("reply-guards") in said
    after = await studio.episode()
    assert (after.version, after.shots[0].words) == (before.version + 1, "A man in a black robe bows.")
    assert after.shots[1] == before.shots[1]
    (made,) = await studio.queued()
    shot = await shots.get(studio.database.reading(), made.shot_id)
    assert (after.shots[0].shot_id, made.requested_by) == (shot.id, studio.stage.bob.id)
    assert shot.seed == (await shots.get(studio.database.reading(), job.shot_id)).seed
    assert "a palace" in shot.prompt
    # With its take the episode has another plan: it is cut anew.
    assert await editing.planned(studio.database.reading(), after, settled=True) is None
    await studio.theatre.premiere(made)
    plan = await editing.planned(studio.database.reading(), after, settled=True)
    assert plan is not None
    assert plan.job_ids[0] == made.id


async def test_an_outdated_editor_stores_nothing_and_says_what_changed(studio: Set) -> None:
    job, post = await studio.produce()
    modal = await opened(studio.stage.alice, post, job)
    await studio.stage.slash(studio.stage.manager, "episode edit", episode=1, part="1.1", prompt="A lake at dawn.")
    result = await studio.stage.alice.submit_modal(modal, {"words": OTHER, "seed": "5"})
    words = speak(ENGLISH)
    assert text_of(result).splitlines() == [
        words("refused-stale-episode", number=1),
        words("reply-episode-given-back"),
    ]
    assert result.response is not None
    (embed,) = result.response.embeds
    assert embed.description is not None
    assert f"<@{studio.stage.manager.id}>: 1.1: words" in embed.description
    assert "A lake at dawn." in embed.description
    assert OTHER in embed.description
    (file,) = result.response.attachments
    assert OTHER.encode() in await file.read()
    assert await studio.queued() == []
    # The editor that its button opens shows what is written now.
    again = await studio.stage.alice.click(result.response, label=words("button-edit-again"))
    assert again.modal is not None
    assert again.modal["components"][0]["component"]["value"] == "A lake at dawn."
    assert "#3.1" in text_of(await studio.stage.alice.submit_modal(again, {"words": OTHER, "seed": "5"}))
    assert (await studio.episode()).shots[0].seed == 5


async def test_who_may_not_edit_may_not_rewrite(studio: Set) -> None:
    job, post = await studio.produce()
    modal = await opened(studio.stage.alice, post, job)
    # The shot stays Alice's, the episode becomes another's.
    async with studio.database.writing() as writer:
        await writer.execute("UPDATE episodes SET owner_id = ?", (studio.stage.bob.id,))
    said = text_of(await studio.stage.alice.submit_modal(modal, {"words": OTHER, "seed": ""}))
    assert said.startswith(speak(ENGLISH)("refused-no-such-episode", number=1))
    assert await studio.queued() == []


async def test_other_dialogue_and_its_take_are_stored_together(studio: Set) -> None:
    job, post = await studio.produce()
    drawn = (await studio.episode()).shots[0].words

    async def rewrite(said: str, seed: str = "") -> str:
        modal = await opened(studio.stage.alice, post, job)
        return text_of(await studio.stage.alice.submit_modal(modal, {"words": f"{drawn} “{said}”", "seed": seed}))

    assert "#3.1" in await rewrite("Hello.")
    (job,) = await studio.queued()
    post = await studio.theatre.premiere(job)
    before = await studio.episode()
    words = speak(ENGLISH)
    assert (await rewrite("Farewell.", str(job.seed))).startswith(words("refused-same-take"))
    assert await studio.episode() == before
    # The picture is the same: it is another take of the same shot.
    assert "#3.2" in await rewrite("Farewell.")
    after = await studio.episode()
    assert (after.shots[0].words, after.version) == (f"{drawn} “Farewell.”", before.version + 1)
    assert "#3.3" in await rewrite("Farewell.")
    assert (await studio.episode()).version == after.version, "nothing was changed"
    # Back to what was queued is a change, too.
    assert "#3.4" in await rewrite("Hello.")
    assert (await studio.episode()).shots[0].words == before.shots[0].words
    assert [made.shot_id for made in await studio.queued()] == [job.shot_id] * 3
    assert (await rewrite("Again.")).startswith(words("refused-member-limit", most=3))
    assert (await studio.episode()).shots[0].words == before.shots[0].words
