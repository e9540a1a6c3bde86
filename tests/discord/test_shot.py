from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simcord import SetupError

from bot.i18n import speak
from db import jobs, shots
from db.models import Status
from tests import rows
from tests.discord.conftest import BLOCKED, CHINESE, ENGLISH, png

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import Shot
    from tests.discord.conftest import Stage, Worker


async def the_shot(database: Database, shot_id: int = 1) -> Shot:
    return await shots.get(database.reading(), shot_id)


async def cast(stage: Stage, *names: str) -> None:
    for name in names:
        await stage.slash(stage.alice, "character add", name=name, picture=("p.png", png()))


@pytest.mark.parametrize(
    ("locale", "answer"),
    [
        (ENGLISH, "Shot **#1** is next, ready in about 5 s. I will post the clip in this channel."),
        (CHINESE, "镜头 **#1** 排在最前面，约 5 秒后完成，届时我会把片段发到这个频道。"),
    ],
)
async def test_a_shot_is_queued_before_the_member_hears_so(
    stage: Stage, database: Database, worker: Worker, locale: str, answer: str
) -> None:
    stage.locale = locale
    text = await stage.shot(stage.alice, prompt="A lake at dawn, wide shot.", quality="preview")
    assert text.splitlines()[0] == answer
    shot = await the_shot(database)
    assert (shot.guild_id, shot.channel_id, shot.author_id) == (stage.guild.id, stage.channel.id, stage.alice.id)
    assert (shot.words, shot.frames, shot.width, shot.height) == ("A lake at dawn, wide shot.", 121, 960, 544)
    (job,) = await jobs.with_status(database.reading(), Status.QUEUED)
    assert worker.changes == [job]


async def test_every_option_is_taken(stage: Stage, database: Database) -> None:
    await cast(stage, "沈月华", "萧云霄")
    await stage.shot(
        stage.alice,
        prompt="沈月华在左，萧云霄在右，两人对视。中景。",
        character1="沈月华",
        character2="萧云霄",
        length=10,
        quality="full",
        seed=42,
        lora=0.7,
        pin=0.85,
        staggered=True,
    )
    shot = await the_shot(database)
    assert [member.name for member in shot.cast] == ["沈月华", "萧云霄"]
    assert (shot.frames, shot.width, shot.height, shot.seed) == (241, 1280, 704, 42)
    assert shot.lora_strength == pytest.approx(0.7)
    assert shot.pin_strength == pytest.approx(0.85)
    assert len(shot.pins) == 2


async def test_without_a_seed_each_shot_gets_its_own(stage: Stage, database: Database) -> None:
    for _ in range(2):
        await stage.shot(stage.alice, prompt="A lake at dawn, wide shot.")
    assert (await the_shot(database, 1)).seed != (await the_shot(database, 2)).seed


async def test_a_place_in_a_longer_queue(stage: Stage) -> None:
    for _ in range(2):
        await stage.shot(stage.alice, prompt="A lake at dawn, wide shot.")
    assert "queued in place 3" in await stage.shot(stage.alice, prompt="A lake at dusk, wide shot.")
    # Bob has had no turn and waits behind one shot only.
    assert "queued in place 2" in await stage.shot(stage.bob, prompt="A lake at noon, wide shot.")


async def test_refusals_queue_nothing(stage: Stage, database: Database, worker: Worker) -> None:
    await cast(stage, "沈月华")
    await stage.slash(stage.bob, "character add", name="Secret", picture=("p.png", png()), sharing="owner")
    words = speak(ENGLISH)
    cases = {
        words("refused-unknown-character", name=r"No\*body\*"): {"character1": "No*body*"},
        words("refused-unknown-character", name="Secret"): {"character1": "Secret"},
        words("refused-same-character-twice", name="沈月华"): {"character1": "沈月华", "character2": " 沈月华"},
    }
    for answer, options in cases.items():
        assert await stage.slash(stage.alice, "shot", prompt="She bows.", **options) == answer
    assert BLOCKED not in await stage.slash(stage.alice, "shot", prompt="She bows.", character1="nobody")
    assert not await jobs.waiting(database.reading())
    assert worker.changes == []


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_a_blocked_word_is_refused_by_the_guards(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    text = await stage.slash(stage.alice, "shot", prompt=f"她拿着一份{BLOCKED}文件。")
    assert text
    assert "#1" not in text
    assert not await jobs.waiting(database.reading())


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_limits_of_member_and_server(stage: Stage, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    for _ in range(3):
        await stage.shot(stage.alice, prompt="A lake at dawn, wide shot.")
    assert await stage.shot(stage.alice, prompt="A lake.") == words("refused-member-limit", most=3)
    await stage.shot(stage.bob, prompt="A lake at dawn, wide shot.")
    assert await stage.shot(stage.bob, prompt="A lake.") == words("refused-guild-limit", most=4)


async def test_a_picture_that_is_gone_is_said(stage: Stage, database: Database) -> None:
    await rows.add_character(database, guild=stage.guild.id, picture_path="pictures/gone.png")
    text = await stage.shot(stage.alice, prompt="She bows.", character1="沈月华")
    assert text == speak(ENGLISH)("refused-picture-gone", name="沈月华")


@pytest.mark.parametrize("options", [{"length": 6}, {"lora": 0.2}, {"pin": 0.99}, {"seed": -1}, {"quality": "4k"}])
async def test_discord_itself_refuses_what_the_ranges_exclude(stage: Stage, options: dict[str, object]) -> None:
    with pytest.raises(SetupError):
        await stage.alice.slash(stage.channel, "shot", prompt="She bows.", **options)
