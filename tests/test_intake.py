from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from bot import casting
from bot.config import Config, Data, Defaults, Guards, Queue
from bot.intake import Intake
from bot.orders import FRAMES, SIZES, Accepted, Prepared, ShotOrder
from bot.refusal import Refused
from bot.roster import Roster, Sheet
from db import guilds, jobs, shots
from db.models import Status
from tests import rows
from tests.rows import ALICE, BOB, CHANNEL, GUILD, OTHER_GUILD
from tests.standin.consumer import Consumer

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import ShotPin

BLOCKED = "绝密"
ORDER = ShotOrder(GUILD, CHANNEL, ALICE, "zh-CN", "A lake at dawn, wide shot.")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data=Data(directory=str(tmp_path / "data")),
        queue=Queue(per_member=2, per_guild=3),
        guards=Guards(blocklist=(BLOCKED,)),
    )


@pytest.fixture
def worker() -> Consumer:
    return Consumer()


@pytest.fixture
def intake(database: Database, config: Config, worker: Consumer) -> Intake:
    return Intake(database, config, worker, lambda: "animatic")


async def accept(intake: Intake, **changes: Any) -> Accepted:
    return (await intake.accept(await intake.prepare(replace(ORDER, **changes))))[0]


async def refused(intake: Intake, **changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await accept(intake, **changes)
    return caught.value


async def add_characters(database: Database, config: Config, *names: str) -> None:
    for index, name in enumerate(names):
        data = io.BytesIO()
        Image.new("RGB", (320, 400), (60 * index, 90, 120)).save(data, "PNG")
        await Roster(database, config).add(GUILD, "en-US", ALICE, Sheet(name, "a person", picture=data.getvalue()))


async def test_the_rows_are_there_when_it_is_accepted(intake: Intake, database: Database, worker: Consumer) -> None:
    accepted = await accept(intake, seed=42)
    assert (accepted.place, accepted.shot.number, accepted.shot.seed) == (1, 1, 42)
    assert accepted.eta_s > 0
    assert await shots.get(database.reading(), accepted.shot.id) == accepted.shot
    assert await jobs.get(database.reading(), accepted.job.id) == accepted.job
    assert worker.changes == [accepted.job]
    assert await guilds.locale_of(database.reading(), GUILD) == "zh-CN"


async def test_what_is_left_open_comes_from_the_configuration(
    database: Database, worker: Consumer, config: Config
) -> None:
    defaults = Defaults(seconds=8, quality="preview")
    intake = Intake(database, config.model_copy(update={"defaults": defaults}), worker, lambda: "animatic")
    shot = (await accept(intake)).shot
    assert (shot.frames, (shot.width, shot.height)) == (FRAMES[8], SIZES["preview"])


async def test_what_is_asked_for_is_taken(intake: Intake) -> None:
    shot = (await accept(intake, seconds=15, quality="full", lora_strength=1.0, pin_strength=0.7)).shot
    assert (shot.frames, shot.width, shot.height) == (361, 1280, 704)
    assert (shot.lora_strength, shot.pin_strength) == (1.0, 0.7)


async def test_preparing_changes_nothing(intake: Intake, database: Database, worker: Consumer) -> None:
    await intake.prepare(ORDER)
    assert await jobs.waiting(database.reading()) == []
    assert worker.changes == []


async def test_the_prompt_is_what_the_guards_made_and_the_words_stay(intake: Intake, database: Database) -> None:
    words = '沈月华低声说："退下。"她转身离开。中景。'
    accepted = await accept(intake, words=words)
    assert accepted.shot.words == words
    assert accepted.shot.prompt == accepted.report.prompt
    assert "退下" not in accepted.shot.prompt
    stored = await shots.get(database.reading(), accepted.shot.id)
    assert stored.report["findings"]


async def test_two_characters_share_one_picture_at_the_first_frame(
    intake: Intake, database: Database, config: Config
) -> None:
    await add_characters(database, config, "沈月华", "萧云霄")
    shot = (await accept(intake, cast=("萧云霄", "沈月华"), quality="preview")).shot
    assert [member.name for member in shot.cast] == ["萧云霄", "沈月华"]
    (pin,) = shot.pins
    assert pin.frame == 0
    assert not Path(pin.path).is_absolute()
    with Image.open(config.directory / pin.path) as picture:
        assert picture.size == SIZES["preview"]


async def test_the_same_picture_is_composed_once_and_again_when_it_is_gone(
    intake: Intake, database: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_characters(database, config, "沈月华")
    composed: list[object] = []
    original = casting.compose
    monkeypatch.setattr(casting, "compose", lambda *args, **how: composed.append(how) or original(*args, **how))
    bows, turns, night = [
        await intake.prepare(replace(ORDER, cast=("沈月华",), words=words))
        for words in ("沈月华鞠躬。", "沈月华转身。", "沈月华在夜里鞠躬。")
    ]
    (first,) = await intake.pins(bows)
    assert await intake.pins(turns) == [first]
    assert len(composed) == 1
    # Other light, another plate.
    assert await intake.pins(night) != [first]
    (config.directory / first.path).unlink()
    assert await intake.pins(turns) == [first]
    assert len(composed) == 3
    assert (config.directory / first.path).is_file()


async def test_staggered_characters_have_a_frame_each(intake: Intake, database: Database, config: Config) -> None:
    await add_characters(database, config, "沈月华", "萧云霄")
    shot = (await accept(intake, cast=("沈月华", "萧云霄"), staggered=True)).shot
    assert len({pin.frame for pin in shot.pins}) == 2
    assert all(pin.frame % 8 == 0 and pin.frame < shot.frames for pin in shot.pins)


async def test_without_characters_nothing_is_pinned(intake: Intake) -> None:
    assert (await accept(intake)).shot.pins == ()


@pytest.mark.parametrize(
    ("changes", "key", "arguments"),
    [
        ({"words": " \u200b"}, "refused-prompt-empty", {}),
        ({"words": "，……"}, "refused-prompt-empty", {}),
        ({"cast": ("Nobody",)}, "refused-unknown-character", {"name": "Nobody"}),
        ({"cast": ("Hidden",), "member_id": BOB}, "refused-unknown-character", {"name": "Hidden"}),
        ({"cast": ("Elsewhere",)}, "refused-unknown-character", {"name": "Elsewhere"}),
        ({"cast": ("Hidden", "ｈｉｄｄｅｎ")}, "refused-same-character-twice", {"name": "Hidden"}),
        ({"cast": ("a", "b", "c", "d")}, "refused-too-many-characters", {"most": 3}),
        ({"cast": ("Hidden",)}, "refused-picture-gone", {"name": "Hidden"}),
    ],
)
async def test_a_cast_that_cannot_play(
    intake: Intake, database: Database, worker: Consumer, changes: dict[str, Any], key: str, arguments: dict[str, Any]
) -> None:
    await rows.add_character(database, "Hidden", sharing="owner", picture_path="gone.png")
    await rows.add_character(database, "Elsewhere", guild=OTHER_GUILD)
    refusal = await refused(intake, **changes)
    assert (refusal.key, refusal.arguments) == (key, arguments)
    assert await jobs.waiting(database.reading()) == []
    assert worker.changes == []


async def test_a_guard_refuses(intake: Intake, database: Database) -> None:
    refusal = await refused(intake, words=f"她打开{BLOCKED}档案。")
    assert refusal.key.startswith("guard-safety-")
    assert await jobs.waiting(database.reading()) == []


@pytest.mark.parametrize("another", [False, True])
async def test_a_character_that_is_removed_meanwhile(
    intake: Intake, database: Database, config: Config, *, another: bool
) -> None:
    await add_characters(database, config, "沈月华")
    prepared = await intake.prepare(replace(ORDER, cast=("沈月华",)))
    await Roster(database, config).remove(GUILD, "沈月华", ALICE, may_manage=False)
    if another:  # of the same name; SQLite would give it the same id if it were the last
        await add_characters(database, config, "Last", "沈月华")
    with pytest.raises(Refused) as caught:
        await intake.accept(prepared)
    assert caught.value.key == "refused-unknown-character"
    assert (await accept(intake)).shot.number == 1  # no number was used up


async def test_limits_hold_against_orders_at_the_same_time(intake: Intake, database: Database) -> None:
    results = await asyncio.gather(*(accept(intake) for _ in range(5)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, Refused)]
    assert [(refusal.key, refusal.arguments) for refusal in refusals] == [("refused-member-limit", {"most": 2})] * 3
    await accept(intake, member_id=BOB)
    assert (await refused(intake, member_id=BOB)).key == "refused-guild-limit"
    await accept(intake, member_id=BOB, guild_id=OTHER_GUILD)
    assert len(await jobs.waiting(database.reading())) == 4


async def test_cancelling_stops_what_renders(intake: Intake, database: Database, worker: Consumer) -> None:
    job = (await accept(intake)).job
    await rows.move(database, jobs.start, job.id)
    (cancelled,) = (await intake.cancel(GUILD, 1, ALICE, may_manage=False)).takes
    assert cancelled.status is Status.CANCELLED
    assert worker.changes[-1] == cancelled
    assert worker.stopped == [job.id]


@pytest.mark.parametrize(
    ("number", "member", "guild", "key"),
    [
        (2, ALICE, GUILD, "refused-no-such-shot"),
        (1, ALICE, OTHER_GUILD, "refused-no-such-shot"),
        (1, BOB, GUILD, "refused-not-your-shot"),
    ],
)
async def test_what_cannot_be_cancelled(
    intake: Intake, database: Database, number: int, member: int, guild: int, key: str
) -> None:
    job = (await accept(intake)).job
    with pytest.raises(Refused) as caught:
        await intake.cancel(guild, number, member, may_manage=False)
    assert caught.value.key == key
    assert (await jobs.get(database.reading(), job.id)).status is Status.QUEUED


async def test_a_finished_shot_cannot_be_cancelled(intake: Intake, database: Database) -> None:
    job = (await accept(intake)).job
    await rows.move(database, jobs.start, job.id)
    await rows.move(database, jobs.rendered, job.id, **rows.RENDERED)
    with pytest.raises(Refused) as caught:
        await intake.cancel(GUILD, 1, ALICE, may_manage=True)
    assert caught.value.key == "refused-cancel-posting"


async def test_a_member_cancels_only_their_own_takes_of_a_shot(intake: Intake, database: Database) -> None:
    accepted = await accept(intake)
    other = await rows.add_job(database, accepted.shot, take=2, member=BOB)
    (cancelled,) = (await intake.cancel(GUILD, 1, BOB, may_manage=False)).takes
    assert cancelled.id == other.id
    assert (await jobs.get(database.reading(), accepted.job.id)).status is Status.QUEUED


async def test_pins_that_are_thrown_away_while_it_is_queued_are_made_again(
    intake: Intake, database: Database, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_characters(database, config, "Ada")
    compose = intake.pins

    async def swept(prepared: Prepared) -> list[ShotPin]:
        pins = await compose(prepared)
        monkeypatch.undo()
        (config.directory / pins[0].path).unlink()
        return pins

    monkeypatch.setattr(intake, "pins", swept)
    (pin,) = (await accept(intake, words="Ada bows, wide shot.", cast=("Ada",))).shot.pins
    assert (config.directory / pin.path).is_file()


async def test_an_episode_s_shot_does_not_stand_as_another_did(
    intake: Intake, database: Database, config: Config
) -> None:
    await add_characters(database, config, "Ada", "Bao")
    table = replace(ORDER, cast=("Ada", "Bao"), words="Ada and Bao sit at a table.")
    written = replace(table, remembered=False)
    first = (await intake.accept(await intake.prepare(written)))[0]
    await accept(intake, cast=("Ada", "Bao"), words="Bao stands on the left and Ada on the right.")
    assert await intake.is_as_queued(await intake.prepare(written), first.shot)
    assert not await intake.is_as_queued(await intake.prepare(table), first.shot)  # a single shot goes by the last one
