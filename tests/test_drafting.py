"""Drafts without Discord: what a choice makes of an order, and what reaches the queue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.config import Config, Data, Guards, Queue
from bot.drafting import KEPT_S, Drafting
from bot.intake import Intake
from bot.orders import ShotOrder
from bot.refusal import Refused
from db import drafts, guilds, jobs, shots
from db.models import Status
from tests import rows
from tests.rows import ALICE, BOB, CHANNEL, GUILD

if TYPE_CHECKING:
    from pathlib import Path

    from bot.drafting import Repair
    from db.connection import Database
    from db.models import Job, Shot

SPIN = 'Night street. A man in a black robe spins around and his hat flies off. "Wait for me!" he shouts.'
HUG = 'She says: "Stay." They hug in the garden, medium shot. He answers: "I cannot."'
MUCH = (
    'She says: "Now!" She opens the door, runs down the stairs, jumps over the wall and draws her sword.'
    ' Then she turns, throws a stone, climbs the tree and shouts: "Come here!"'
)
ORDER = ShotOrder(GUILD, CHANNEL, ALICE, "zh-CN", SPIN)


class Worker:
    def changed(self, job: Job) -> None:
        pass

    def stop(self, job_id: int) -> None:
        pass


@pytest.fixture
def drafting(database: Database, tmp_path: Path) -> Drafting:
    config = Config(
        data=Data(directory=str(tmp_path / "data")),
        queue=Queue(per_member=2, per_guild=3),
        guards=Guards(blocklist=("绝密",)),
    )
    return Drafting(database, Intake(database, config, Worker(), lambda: "animatic"))


async def queued(database: Database) -> list[tuple[Shot, Job]]:
    reader = database.reading()
    return [(await shots.get(reader, job.shot_id), job) for job in await jobs.with_status(reader, Status.QUEUED)]


async def test_what_is_proposed_is_what_is_queued(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(ORDER)
    assert await queued(database) == []
    assert await drafting.look(proposal.draft_id, ALICE) == proposal
    await drafting.queue(proposal.draft_id, ALICE)
    ((shot, job),) = await queued(database)
    assert (shot.words, shot.prompt) == (SPIN, proposal.whole.report.prompt)
    assert "STAYS ON" in shot.prompt
    assert "BLACK" in shot.prompt
    assert [cue["text"] for cue in shot.report["cues"]] == ["Wait for me!"]
    assert job.overrides == ()


async def test_own_words_reach_the_take(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(ORDER)
    kept = await drafting.keep_words(proposal.draft_id, ALICE)
    assert kept.chosen
    assert not any(finding.soft for finding in kept.findings)
    await drafting.queue(proposal.draft_id, ALICE)
    ((shot, job),) = await queued(database)
    assert job.overrides == ("dark_clothes", "detaching_objects")
    assert "black robe" in shot.prompt
    assert "flies off" in shot.prompt
    assert "Wait" not in shot.prompt  # the rule on dialogue is no soft one


async def test_every_choice_can_be_taken_back(drafting: Drafting) -> None:
    first = await drafting.propose(replace(ORDER, words=SPIN + " They hug."))
    for change in (
        drafting.keep_words(first.draft_id, ALICE),
        drafting.choose(first.draft_id, ALICE, "split"),
        drafting.choose(first.draft_id, ALICE, "reframe"),
    ):
        changed = await change
        assert changed.chosen
        assert changed != first
        assert await drafting.undo(first.draft_id, ALICE) == first
    assert not first.chosen


async def test_split_before_and_after_the_object_leaves(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(ORDER)
    split = await drafting.choose(proposal.draft_id, ALICE, "split")
    assert len(split.shots) == 2
    await drafting.queue(proposal.draft_id, ALICE)
    (first, one), (second, two) = await queued(database)
    assert (first.number, second.number) == (1, 2)
    assert one.id < two.id
    assert "STAYS ON" in first.prompt
    assert "already gone" in second.prompt
    assert "STAYS ON" not in second.prompt


async def test_kept_on_after_a_split_is_one_shot_again(drafting: Drafting) -> None:
    proposal = await drafting.propose(ORDER)
    await drafting.choose(proposal.draft_id, ALICE, "split")
    assert await drafting.choose(proposal.draft_id, ALICE, "keep_on") == proposal


@pytest.mark.parametrize(
    ("words", "repair", "lines"),
    [
        (SPIN, "split", [[], ["Wait for me!"]]),
        (MUCH, "split", [["Now!"], ["Come here!"]]),
        (HUG, "reframe", [["Stay.", "I cannot."]]),
    ],
)
async def test_no_repair_loses_a_line_of_dialogue(
    drafting: Drafting, database: Database, words: str, repair: Repair, lines: list[list[str]]
) -> None:
    proposal = await drafting.propose(replace(ORDER, words=words))
    before = [cue.text for cue in proposal.whole.report.cues]
    changed = await drafting.choose(proposal.draft_id, ALICE, repair)
    assert [[cue.text for cue in shot.report.cues] for shot in changed.shots] == lines
    assert [line for own in lines for line in own] == before
    await drafting.queue(proposal.draft_id, ALICE)
    stored = [[cue["text"] for cue in shot.report["cues"]] for shot, _ in await queued(database)]
    assert stored == lines


async def test_a_reframed_shot_keeps_the_members_words(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(replace(ORDER, words=HUG))
    changed = await drafting.choose(proposal.draft_id, ALICE, "reframe")
    assert "hug" not in changed.whole.report.prompt
    assert "face to face" in changed.whole.report.prompt
    assert not any(finding.rule == "contact_and_complexity" for finding in changed.findings)
    assert [finding.reason for finding in changed.findings if finding.rule == "quoted_dialogue"]
    await drafting.queue(proposal.draft_id, ALICE)
    ((shot, _),) = await queued(database)
    assert (shot.words, shot.prompt) == (HUG, changed.whole.report.prompt)


async def test_two_repairs_one_after_the_other(drafting: Drafting) -> None:
    proposal = await drafting.propose(replace(ORDER, words=SPIN + " They hug."))
    await drafting.choose(proposal.draft_id, ALICE, "reframe")
    with pytest.raises(Refused, match="refused-draft-changed"):  # the hat stays on in what was reframed
        await drafting.choose(proposal.draft_id, ALICE, "split")
    undone = await drafting.undo(proposal.draft_id, ALICE)
    assert undone == proposal
    split = await drafting.choose(proposal.draft_id, ALICE, "split")
    assert len(split.parts) == 2


async def test_people_keep_their_places_when_a_shot_is_split(drafting: Drafting, database: Database) -> None:
    for name in ("Ada", "Bea"):
        await rows.add_character(database, name)
    words = "Bea stands on the left, Ada on the right. Bea spins around and her hat flies off. Ada laughs at Bea."
    proposal = await drafting.propose(replace(ORDER, words=words, cast=("Ada", "Bea")))
    split = await drafting.choose(proposal.draft_id, ALICE, "split")
    for part in split.parts:
        assert [who.name for who in part.cast] == ["Bea", "Ada"]
        assert part.sides == ("left", "right")


async def test_new_words_drop_earlier_choices(drafting: Drafting) -> None:
    proposal = await drafting.propose(ORDER)
    await drafting.choose(proposal.draft_id, ALICE, "split")
    await drafting.keep_words(proposal.draft_id, ALICE)
    reworded = await drafting.reword(proposal.draft_id, ALICE, "His cap flies off. Wide shot.")
    assert not reworded.chosen
    assert "STAYS ON" in reworded.whole.report.prompt


async def test_refused_words_leave_the_draft_alone(drafting: Drafting) -> None:
    proposal = await drafting.propose(ORDER)
    with pytest.raises(Refused, match="guard-safety-blocked"):
        await drafting.reword(proposal.draft_id, ALICE, "一份绝密文件。")
    assert await drafting.look(proposal.draft_id, ALICE) == proposal


async def test_a_draft_is_its_members_alone(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(ORDER)
    draft_id = proposal.draft_id
    for attempt in (
        drafting.look(draft_id, BOB),
        drafting.queue(draft_id, BOB),
        drafting.keep_words(draft_id, BOB),
        drafting.choose(draft_id, BOB, "split"),
        drafting.reword(draft_id, BOB, "Mine."),
        drafting.undo(draft_id, BOB),
    ):
        with pytest.raises(Refused, match="refused-not-your-draft"):
            await attempt
    assert await drafting.look(draft_id, ALICE) == proposal
    assert await queued(database) == []


async def test_queued_once_however_often_it_is_asked(drafting: Drafting, database: Database) -> None:
    proposal = await drafting.propose(ORDER)
    results = await asyncio.gather(
        *(drafting.queue(proposal.draft_id, ALICE) for _ in range(4)), return_exceptions=True
    )
    refusals = [result for result in results if isinstance(result, Refused)]
    assert [refusal.key for refusal in refusals] == ["refused-draft-queued"] * 3
    assert len(await queued(database)) == 1
    for attempt in (drafting.look(proposal.draft_id, ALICE), drafting.reword(proposal.draft_id, ALICE, "Other.")):
        with pytest.raises(Refused, match="refused-draft-queued"):
            await attempt


async def test_both_shots_of_a_split_or_none(drafting: Drafting, database: Database) -> None:
    await drafting.queue((await drafting.propose(replace(ORDER, words="A lake."))).draft_id, ALICE)
    proposal = await drafting.propose(ORDER)
    await drafting.choose(proposal.draft_id, ALICE, "split")
    with pytest.raises(Refused, match="refused-member-limit"):  # two at a time: one waits already
        await drafting.queue(proposal.draft_id, ALICE)
    assert len(await queued(database)) == 1
    # The draft waits on: as one shot there is room for it.
    await drafting.undo(proposal.draft_id, ALICE)
    await drafting.queue(proposal.draft_id, ALICE)
    assert len(await queued(database)) == 2


async def test_a_draft_waits_for_two_weeks(drafting: Drafting, database: Database) -> None:
    old = await drafting.propose(ORDER)
    async with database.writing() as writer:
        await writer.execute("UPDATE drafts SET created_at = created_at - ?", (KEPT_S + 1,))
    assert await drafting.look(old.draft_id, ALICE) == old
    await drafting.propose(ORDER)  # whoever comes next clears up
    with pytest.raises(Refused, match="refused-draft-gone"):
        await drafting.look(old.draft_id, ALICE)


async def test_a_draft_that_cannot_be_read_any_more_is_gone(drafting: Drafting, database: Database) -> None:
    async with database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        draft_id = await drafts.add(writer, guild_id=GUILD, member_id=ALICE, shot_order='{"words": 3}')
    with pytest.raises(Refused, match="refused-draft-gone"):
        await drafting.look(draft_id, ALICE)
