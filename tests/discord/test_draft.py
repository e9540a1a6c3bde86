"""The page that `/shot` shows, in both languages: its text, each button, the editor; also after a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from simcord import actors

from bot.client import TwohanderClient
from bot.drafting import Drafting
from bot.i18n import speak
from db import drafts, jobs, shots
from db.models import Status
from tests.discord.conftest import BLOCKED, CHINESE, ENGLISH, png

if TYPE_CHECKING:
    from simcord.results import ResponseMessage as Page

    from bot.client import Services
    from db.connection import Database
    from db.models import Job, Shot
    from tests.discord.conftest import Stage, Worker

PLAIN = "A lake at dawn, wide shot."
ENGLISH_SPIN = 'Night street. A man in a black robe spins around and his hat flies off. "Wait!" he shouts. They hug.'
CHINESE_SPIN = "深夜街头，一名身穿黑色长袍的男子转身，帽子飞出。他喊道：“等等！”两人拥抱。"
SPINS = {ENGLISH: ENGLISH_SPIN, CHINESE: CHINESE_SPIN}
BOTH = pytest.mark.parametrize("locale", [ENGLISH, CHINESE])


def text_of(page: Page) -> str:
    (embed,) = page.embeds
    assert embed.description is not None
    assert len(embed.description) <= 4096
    assert len(embed) <= 6000
    return embed.description


def labels(page: Page) -> dict[str, bool]:
    """Returns the buttons, and whether each can be pressed."""
    return {
        button["label"]: not button.get("disabled", False) for row in page.components for button in row["components"]
    }


def prompt_of(page: Page) -> str:
    """Returns what the page says that the model reads."""
    return text_of(page).rpartition("**\n")[2]


async def queued(database: Database) -> list[tuple[Shot, Job]]:
    reader = database.reading()
    return [(await shots.get(reader, job.shot_id), job) for job in await jobs.with_status(reader, Status.QUEUED)]


@pytest.fixture(params=[ENGLISH, CHINESE])
def spoken(stage: Stage, request: pytest.FixtureRequest) -> str:
    """A language that the members' Discord is set to."""
    stage.locale = request.param
    return request.param


async def test_the_page_comes_before_the_queue(stage: Stage, database: Database, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    text = text_of(page)
    assert page.embeds[0].title == words("review-title")
    rules = ["quoted_dialogue", "dark_clothes", "detaching_objects", "contact_and_complexity"]
    places = [text.index(words(f"guard-rule-{rule}")) for rule in rules]
    assert places == sorted(places)
    assert words("guard-dialogue-spoken") in text
    assert ("💬 Wait!" if spoken == ENGLISH else "💬 等等！") in text
    assert ("~~hat flies off~~ → **hat STAYS ON" if spoken == ENGLISH else "~~帽子飞出~~ → **帽子始终") in text
    assert list(labels(page)) == [
        words(key)
        for key in (
            *("button-render", "button-edit", "guard-option-keep_on", "guard-option-split", "guard-option-reframe"),
            "button-own-words",
        )
    ]
    assert await queued(database) == []


async def test_render(stage: Stage, database: Database, worker: Worker, spoken: str) -> None:
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    shown = prompt_of(page)
    result = await stage.press(stage.alice, page, "render")
    assert result.followups == []
    words = speak(spoken)
    eta = words("post-seconds", seconds=5)
    assert page.content == words("reply-shot-queued", number="1", place=1, eta=eta)
    assert page.embeds == []
    assert page.components == []
    ((shot, job),) = await queued(database)
    assert (shot.words, shot.prompt) == (SPINS[spoken], shown)
    assert worker.changes == [job]


async def test_a_clean_shot_says_so(stage: Stage, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=PLAIN)
    assert text_of(page).startswith(words("review-clean"))
    assert list(labels(page)) == [words("button-render"), words("button-edit")]
    assert prompt_of(page) == PLAIN
    assert page.embeds[0].footer.text == " · ".join(
        [
            words("post-no-cast"),
            words("choice-length", seconds=5),
            "1280×704",
            words("review-strengths", pin="0.9", lora="0.8"),
        ]
    )


async def test_own_words(stage: Stage, database: Database, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    await stage.press(stage.alice, page, "own")
    rules = words("review-list-mark").join(
        words(f"guard-rule-{rule}") for rule in ("contact_and_complexity", "dark_clothes", "detaching_objects")
    )
    assert words("review-kept", rules=rules) in text_of(page)
    assert list(labels(page)) == [words(key) for key in ("button-render", "button-edit", "button-undo")]
    await stage.press(stage.alice, page, "render")
    ((shot, job),) = await queued(database)
    assert job.overrides == ("contact_and_complexity", "dark_clothes", "detaching_objects")
    assert ("hat flies off" if spoken == ENGLISH else "帽子飞出") in shot.prompt
    assert ("Wait" if spoken == ENGLISH else "等等") not in shot.prompt


async def test_undo(stage: Stage, spoken: str) -> None:
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    before = (page.embeds, page.components)
    for act in ("own", "split", "reframe"):
        await stage.press(stage.alice, page, act)
        assert page.embeds != before[0]
        await stage.press(stage.alice, page, "undo")
        assert (page.embeds, page.components) == before


async def test_split_and_keep_on(stage: Stage, database: Database, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    one = (page.embeds, page.components)
    assert not labels(page)[words("guard-option-keep_on")]
    await stage.press(stage.alice, page, "split")
    text = text_of(page)
    assert words("review-prompt-of", number=1) in text
    second = text.partition(words("review-prompt-of", number=2))[2]
    assert ("💬 Wait!" if spoken == ENGLISH else "💬 等等！") in second
    assert not labels(page)[words("guard-option-split")]
    await stage.press(stage.alice, page, "keep_on")
    assert (page.embeds, page.components) == one
    await stage.press(stage.alice, page, "split")
    await stage.press(stage.alice, page, "render")
    assert [line.partition("**#")[2][:1] for line in page.content.splitlines()] == ["1", "2"]
    cues = [[cue["text"] for cue in shot.report["cues"]] for shot, _ in await queued(database)]
    assert cues == [[], ["Wait!" if spoken == ENGLISH else "等等！"]]


async def test_reframe(stage: Stage, database: Database, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    await stage.press(stage.alice, page, "reframe")
    assert words("guard-option-reframe") not in labels(page)
    assert words("button-undo") in labels(page)
    assert ("💬 Wait!" if spoken == ENGLISH else "💬 等等！") in text_of(page)
    await stage.press(stage.alice, page, "render")
    ((shot, _),) = await queued(database)
    assert ("face to face" if spoken == ENGLISH else "靠近而不接触") in shot.prompt
    assert len(shot.report["cues"]) == 1


async def test_the_editor_has_the_words_and_takes_new_ones(stage: Stage, database: Database, spoken: str) -> None:
    words = speak(spoken)
    page = await stage.page(stage.alice, prompt=SPINS[spoken])
    opened = await stage.press(stage.alice, page, "edit")
    assert opened.modal is not None
    assert opened.modal["title"] == words("editor-title")
    assert SPINS[spoken] in json.dumps(opened.modal, ensure_ascii=False).replace("\\", "")
    sent = await stage.alice.submit_modal(opened, {"words": PLAIN})
    assert sent.followups == []
    assert prompt_of(page) == PLAIN
    await stage.press(stage.alice, page, "render")
    ((shot, _),) = await queued(database)
    assert shot.words == PLAIN


async def test_buttons_and_editor_outlive_a_restart(stage: Stage, services: Services, database: Database) -> None:
    page = await stage.page(stage.alice, prompt=ENGLISH_SPIN)
    opened = await stage.press(stage.alice, page, "edit")
    await stage.env.restart_bot(TwohanderClient(services))
    await stage.alice.submit_modal(opened, {"words": "A man in a black robe bows. Wide shot."})
    assert "BLACK robe" in prompt_of(page)
    await stage.press(stage.alice, page, "own")
    assert "black robe" in prompt_of(page)
    await stage.env.restart_bot(TwohanderClient(services))
    await stage.press(stage.alice, page, "render")
    ((shot, job),) = await queued(database)
    assert shot.words == "A man in a black robe bows. Wide shot."
    assert job.overrides == ("dark_clothes",)


@BOTH
async def test_the_slower_of_two_clicks_is_told(
    stage: Stage, services: Services, database: Database, locale: str
) -> None:
    """Here one after the other, as simcord plays; tests/test_kill.py presses twice at once."""
    stage.locale = locale
    page = await stage.page(stage.alice, prompt=PLAIN)
    await services.drafting.queue(1, stage.alice.id)
    for act in ("render", "edit"):
        pressed = await stage.press(stage.alice, page, act)
        (answer,) = pressed.followups or [pressed.response]
        assert answer is not None
        assert answer.content == speak(locale)("refused-draft-queued")
    assert len(await queued(database)) == 1


@BOTH
async def test_somebody_elses_click_is_refused(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    stage.locale = locale
    page = await stage.page(stage.alice, prompt=ENGLISH_SPIN)
    before = page.embeds
    # Discord shows the page to its member only; that nobody else can press is not left to that alone.
    monkeypatch.setattr(actors, "can_access_message", lambda *_: True)
    for act in ("render", "own", "split", "edit"):
        pressed = await stage.press(stage.bob, page, act)
        (answer,) = pressed.followups or [pressed.response]
        assert answer is not None
        assert answer.content == speak(locale)("refused-not-your-draft")
        assert answer.ephemeral
    assert page.embeds == before
    assert await queued(database) == []


@BOTH
async def test_a_page_too_old(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    page = await stage.page(stage.alice, prompt=PLAIN)
    async with database.writing() as writer:
        await drafts.forget_older_than(writer, -1)
    for act in ("render", "edit"):
        pressed = await stage.press(stage.alice, page, act)
        (answer,) = pressed.followups or [pressed.response]
        assert answer is not None
        assert answer.content == speak(locale)("refused-draft-gone")
    await stage.page(stage.alice, prompt=PLAIN)
    assert (await stage.press(stage.alice, page, "render")).followups  # its number is nobody else's


async def test_a_refused_edit_leaves_the_page(stage: Stage) -> None:
    page = await stage.page(stage.alice, prompt=PLAIN)
    before = page.embeds
    opened = await stage.press(stage.alice, page, "edit")
    sent = await stage.alice.submit_modal(opened, {"words": f"一份{BLOCKED}文件。"})
    assert [answer.content for answer in sent.followups] == [speak(ENGLISH)("guard-safety-blocked", word=BLOCKED)]
    assert page.embeds == before


async def test_limits_are_told_beside_the_page_and_half_a_split_is_not_queued(stage: Stage, database: Database) -> None:
    for _ in range(2):
        await stage.shot(stage.alice, prompt=PLAIN)
    page = await stage.page(stage.alice, prompt=ENGLISH_SPIN)
    await stage.press(stage.alice, page, "split")
    pressed = await stage.press(stage.alice, page, "render")
    assert [answer.content for answer in pressed.followups] == [speak(ENGLISH)("refused-member-limit", most=3)]
    assert len(await queued(database)) == 2
    assert page.components  # the page waits on
    await stage.press(stage.alice, page, "undo")
    await stage.press(stage.alice, page, "render")
    assert len(await queued(database)) == 3


async def test_staggered_pins_are_named(stage: Stage, spoken: str) -> None:
    for name in ("Ada", "Bea"):
        await stage.slash(stage.alice, "character add", name=name, picture=("p.png", png()))
    prompt = "Bea stands at the gate, wide shot. Then Ada walks up to her."
    page = await stage.page(stage.alice, prompt=prompt, character1="Ada", character2="Bea", staggered=True)
    words = speak(spoken)
    assert words("review-pin", name="Bea", frame=0) in text_of(page)
    assert text_of(page).count("📌") == 2


@pytest.mark.parametrize(
    "prompt",
    [
        'A man in a black *coat* says "Go **now**". He hugs her. ',
        "他身穿黑色长袍，说：“走吧。”两人拥抱。帽子飞出。",
        "_`*~|>" * 10 + " x ",
        "".join(f'He says "{number}". A navy coat {number}. ' for number in range(30)),
        "".join(f"His hat {number} flies off. She in a black gown{number} kisses him. " for number in range(30)),
    ],
)
async def test_the_page_stays_inside_discords_limits(stage: Stage, spoken: str, prompt: str) -> None:
    page = await stage.page(stage.alice, prompt=(prompt * 400)[:2000])
    words = speak(spoken)
    assert words("review-prompt") in text_of(page)
    for act in ("split", "own"):
        if any(button["custom_id"].endswith(act) for row in page.components for button in row["components"]):
            await stage.press(stage.alice, page, act)
            assert words("review-list-mark") in text_of(page)


async def test_what_repeats_is_told_once(stage: Stage) -> None:
    page = await stage.page(stage.alice, prompt='A man in a black coat says "Go". ' * 20)
    text = text_of(page)
    assert text.count("Quoted words make garbled subtitles") == 1
    assert '> ~~says "Go"~~ → **speaks** ×20' in text
    assert text.count("💬") == 1
    varied = await stage.page(stage.alice, prompt=" ".join(f'She says "Take {number}".' for number in range(20)))
    assert "… and 15 more lines." in text_of(varied)
    assert "What the model reads" in text_of(varied)


async def test_members_words_are_shown_as_they_are(stage: Stage) -> None:
    page = await stage.page(stage.alice, prompt='**Bold** <@1> ~~x~~ says "*Go* @everyone". Wide shot.')
    text = text_of(page)
    assert r"\*\*Bold\*\* \<@1>" in text
    assert "💬 \\*Go\\* @\u200beveryone" in text


@BOTH
async def test_settings(stage: Stage, database: Database, locale: str) -> None:
    stage.locale = locale
    words = speak(locale)
    assert await stage.slash(stage.alice, "settings", review="changes") == words("reply-settings-changes")
    text = await stage.slash(stage.alice, "shot", prompt=PLAIN)
    assert text.startswith(words("reply-shot-queued", number="1", place=1, eta=words("post-seconds", seconds=5)))
    assert len(await queued(database)) == 1
    assert labels(await stage.page(stage.alice, prompt=SPINS[locale]))  # the guards changed something
    assert labels(await stage.page(stage.bob, prompt=PLAIN))  # his own choice
    assert await stage.slash(stage.alice, "settings", review="always") == words("reply-settings-always")
    assert labels(await stage.page(stage.alice, prompt=PLAIN))
    assert len(await queued(database)) == 1


async def test_a_page_that_breaks_is_told_with_a_reference(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = await stage.page(stage.alice, prompt=PLAIN)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Drafting, "queue", broken)
    pressed = await stage.press(stage.alice, page, "render")
    (answer,) = pressed.followups
    assert "a secret" not in answer.content
    assert answer.content.split("`")[1] in caplog.text if "`" in answer.content else answer.content
    assert "a secret" in caplog.text
