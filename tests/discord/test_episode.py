"""`/episode`: written by commands, by file and in the editor, by several members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import script
from bot.i18n import speak
from db import episodes
from db.writing import EpisodeStatus, Line
from tests.discord.conftest import BLOCKED, CHINESE, ENGLISH, png

if TYPE_CHECKING:
    from simcord.actors import MemberActor

    from db.connection import Database
    from db.writing import Episode
    from tests.discord.conftest import Stage

PALACE = Path(__file__).parents[2] / "examples" / "palace.toml"
SPOKEN = "中景，固定镜头。沈月华微笑道：“此茶甚好。”清晨的御花园，古装电影质感。"


async def the_episode(stage: Stage, database: Database, number: int = 1) -> Episode:
    found = await episodes.by_number(database.reading(), stage.guild.id, number)
    assert found is not None
    return found


async def cast(stage: Stage, *names: str) -> None:
    for name in names:
        await stage.slash(stage.alice, "character add", name=name, picture=("p.png", png()))


async def begin(stage: Stage, title: str = "Tea") -> None:
    await stage.slash(stage.alice, "episode new", title=title)


async def written(stage: Stage) -> None:
    """Alice writes two scenes with two shots and one."""
    await begin(stage)
    await stage.slash(stage.alice, "episode scene", episode=1, title="Garden", place="a garden", light="dawn")
    for words in ("She bows. Wide shot.", "He smiles. Close-up."):
        await stage.slash(stage.alice, "episode add", episode=1, prompt=words)
    await stage.slash(stage.alice, "episode scene", episode=1, title="Hall")
    await stage.slash(stage.alice, "episode add", episode=1, prompt="A hall. Wide shot.")


def words_of(episode: Episode) -> list[list[str]]:
    return [[shot.words for shot in scene.shots] for scene in episode.scenes]


def said(episode: Episode) -> dict[str, Any]:
    """Returns all that is written, without ids."""
    table = {key: getattr(episode, key) for key in ("title", "style", "style_lora", "quality", "subtitles")}
    table["cards"] = (episode.speaker_names, episode.title_card, episode.end_card)
    table["scenes"] = [
        {key: getattr(scene, key) for key in ("position", "title", "place", "light", "words", "seed")}
        | {
            "shots": [
                {key: getattr(shot, key) for key in shot.__slots__ if key not in {"id", "scene_id"}}
                for shot in scene.shots
            ]
        }
        for scene in episode.scenes
    ]
    return table


async def test_the_palace_drama_by_commands_and_by_file_is_the_same(stage: Stage, database: Database) -> None:
    palace = script.load(PALACE)
    await cast(stage, *(who.name for who in palace.characters))
    await stage.slash(stage.alice, "episode new", title=palace.title, style=palace.style)
    for number, scene in enumerate(palace.scenes, 1):
        texts = {key: getattr(scene, key) for key in ("title", "place", "light", "words", "seed")}
        await stage.slash(stage.alice, "episode scene", episode=1, **{key: text for key, text in texts.items() if text})
        for shot in scene.shots:
            lines = " // ".join(f"{line.speaker}: {line.zh} | {line.en}" for line in shot.lines)
            options: dict[str, Any] = {f"character{place}": name for place, name in enumerate(shot.cast, 1)}
            options |= {"staggered": True} if shot.staggered else {}
            await stage.slash(
                stage.alice,
                "episode add",
                episode=1,
                scene=number,
                prompt=shot.words,
                dialogue=lines,
                length=shot.seconds,
                crossfade=shot.crossfade,
                **options,
            )
    await begin(stage, "something else")
    answer = await stage.slash(stage.alice, "episode script", episode=2, file=("palace.toml", PALACE.read_bytes()))
    assert "4 scenes, 8 shots" in answer
    by_commands, by_file = await the_episode(stage, database), await the_episode(stage, database, 2)
    assert said(by_commands) == said(by_file)
    assert [len(scene.shots) for scene in by_file.scenes] == [4, 2, 1, 1]
    spoken = by_file.shots[2]
    assert spoken.lines == (
        Line("萧云霄", "姑娘手中的玉佩，正是在下遗失之物。", "The pendant in your hand, my lady, is the one I lost."),
    )
    # Given again, nothing changes; and what is given back still has its comments.
    given = await stage.command(stage.alice, "episode script", episode=2)
    assert given.response is not None
    text = await given.response.attachments[0].read()
    assert "# 3 · Shen and Xiao meet." in text.decode()
    await stage.slash(stage.alice, "episode script", episode=2, file=("palace.toml", text))
    again = await the_episode(stage, database, 2)
    assert said(again) == said(by_file)
    assert [shot.id for shot in again.shots] == [shot.id for shot in by_file.shots]


async def test_what_is_said_in_the_words_becomes_a_line(stage: Stage, database: Database) -> None:
    await cast(stage, "沈月华")
    await begin(stage)
    answer = await stage.slash(stage.alice, "episode add", episode=1, prompt=SPOKEN, character1="沈月华")
    assert "💬 沈月华: 此茶甚好。" in answer
    (shot,) = (await the_episode(stage, database)).shots
    assert shot.lines == (Line("沈月华", "此茶甚好。"),)
    assert shot.words == SPOKEN
    await stage.slash(
        stage.alice,
        "episode edit",
        episode=1,
        part="1.1",
        prompt=SPOKEN.replace("此茶甚好", "请坐"),
        character1=" 沈月华",
    )
    (shot,) = (await the_episode(stage, database)).shots
    assert (shot.lines, shot.cast) == ((Line("沈月华", "请坐。"),), ("沈月华",))


async def test_scenes_and_shots_move_and_go(stage: Stage, database: Database) -> None:
    await written(stage)
    await stage.slash(stage.alice, "episode move", episode=1, part="2.1", to="1.1")
    assert words_of(await the_episode(stage, database)) == [
        ["A hall. Wide shot.", "She bows. Wide shot.", "He smiles. Close-up."],
        [],
    ]
    await stage.slash(stage.alice, "episode move", episode=1, part="2", to="1")
    await stage.slash(stage.alice, "episode move", episode=1, part="2.2", to="1")
    await stage.slash(stage.alice, "episode remove", episode=1, part="2.2")
    await stage.slash(stage.alice, "episode edit", episode=1, part="1.1", length=10, crossfade=12, dialogue="A: Hi.")
    await stage.slash(stage.alice, "episode edit", episode=1, part="2", light="dusk", seed=0)
    await stage.slash(stage.alice, "episode edit", episode=1, subtitles="zh", title_card=False)
    found = await the_episode(stage, database)
    assert words_of(found) == [["She bows. Wide shot."], ["A hall. Wide shot."]]
    shot = found.shots[0]
    assert (shot.seconds, shot.crossfade, shot.lines) == (10, 12, (Line("A", en="Hi."),))
    assert (found.scenes[1].light, found.scenes[1].seed) == ("dusk", 0)
    assert (found.subtitles, found.title_card, found.end_card) == ("zh", False, True)
    await stage.slash(stage.alice, "episode remove", episode=1, part="1")
    assert words_of(await the_episode(stage, database)) == [["A hall. Wide shot."]]


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_refusals_store_nothing(stage: Stage, database: Database, locale: str) -> None:
    await written(stage)
    before = await the_episode(stage, database)
    stage.locale = locale
    words = speak(locale)
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        words("refused-no-such-episode", number=9): ("add", {"episode": 9, "prompt": "A hall."}),
        words("refused-no-such-part", part="3"): ("add", {"episode": 1, "prompt": "A hall.", "scene": 3}),
        words("refused-no-such-part", part="1.3"): ("remove", {"episode": 1, "part": "1.3"}),
        words("refused-no-such-part", part="x"): ("move", {"episode": 1, "part": "x", "to": "1"}),
        words("refused-scene-into-scene", part="1"): ("move", {"episode": 1, "part": "1", "to": "2.1"}),
        words("refused-option-of-other-part"): ("edit", {"episode": 1, "part": "1", "length": 8}),
        words("refused-unknown-character", name="Eve"): (
            "add",
            {"episode": 1, "prompt": "A hall.", "character1": "Eve"},
        ),
        words("refused-blocked-word"): ("edit", {"episode": 1, "title": BLOCKED}),
        words("guard-safety-blocked", word=BLOCKED): ("add", {"episode": 1, "prompt": f"一份{BLOCKED}文件。"}),
        words("refused-line", line="A:"): ("add", {"episode": 1, "prompt": "A hall.", "dialogue": "A:"}),
    }
    for answer, (verb, options) in cases.items():
        assert await stage.slash(stage.alice, f"episode {verb}", **options) == answer
    assert await the_episode(stage, database) == before


async def share(stage: Stage, giver: MemberActor, receiver: MemberActor, role: str) -> str:
    # Not through `stage.slash`, whose own parameter is called `member`.
    result = await giver.slash(stage.channel, "episode share", episode=1, member=receiver, role=role)
    assert result.ephemeral
    return stage.text_of(result)


async def test_who_may_do_what(stage: Stage, database: Database) -> None:
    await written(stage)
    words = speak(ENGLISH)
    add = {"episode": 1, "prompt": "A garden. Wide shot."}
    hidden = words("refused-no-such-episode", number=1)
    assert await stage.slash(stage.bob, "episode add", **add) == hidden
    assert await stage.slash(stage.bob, "episode script", episode=1) == hidden
    assert await stage.suggest(stage.bob, "episode add", "episode", "") == []
    await share(stage, stage.alice, stage.bob, "viewer")
    assert "Tea" in await stage.slash(stage.bob, "episode script", episode=1)
    assert await stage.slash(stage.bob, "episode add", **add) == words("refused-not-your-episode", number=1)
    await share(stage, stage.alice, stage.bob, "editor")
    assert "added" in await stage.slash(stage.bob, "episode add", **add)
    denied = words("refused-not-the-owner", number=1)
    assert await stage.slash(stage.bob, "episode delete", episode=1) == denied
    assert await share(stage, stage.bob, stage.manager, "editor") == denied
    assert await stage.suggest(stage.bob, "episode add", "episode", "") == ["1 · Tea"]
    await share(stage, stage.alice, stage.bob, "none")
    assert await stage.slash(stage.bob, "episode add", **add) == hidden
    assert "added" in await stage.slash(stage.manager, "episode add", **add)
    gone = await stage.command(stage.manager, "episode delete", episode=1)
    assert gone.response is not None
    assert "A garden." in (await gone.response.attachments[0].read()).decode()
    assert await episodes.by_number(database.reading(), stage.guild.id, 1) is None


async def test_an_episode_that_is_being_made_is_not_deleted(stage: Stage, database: Database) -> None:
    await written(stage)
    episode = await the_episode(stage, database)
    async with database.writing() as writer:
        await episodes.move_on(writer, episode.id, {EpisodeStatus.WRITING}, EpisodeStatus.RENDERING)
    answer = await stage.slash(stage.alice, "episode delete", episode=1)
    assert answer == speak(ENGLISH)("refused-episode-under-way", number=1)


async def test_the_editor(stage: Stage, database: Database) -> None:
    await written(stage)
    opened = await stage.alice.slash(stage.channel, "episode edit", episode=1, part="1.2")
    assert opened.modal is not None
    await stage.alice.submit_modal(
        opened, {"words": "He bows. Close-up.", "cast": "", "lines": "Ada: 你好 | Hello\n: Hm: no.", "seed": "7"}
    )
    shot = (await the_episode(stage, database)).shots[1]
    assert (shot.words, shot.seed) == ("He bows. Close-up.", 7)
    assert shot.lines == (Line("Ada", "你好", "Hello"), Line("", en="Hm: no."))
    opened = await stage.alice.slash(stage.channel, "episode edit", episode=1, part="2")
    await stage.alice.submit_modal(
        opened, {"title": "Great hall", "place": "a hall", "light": "", "words": "", "seed": ""}
    )
    assert (await the_episode(stage, database)).scenes[1].scaffolding == "a hall"
    opened = await stage.alice.slash(stage.channel, "episode edit", episode=1)
    await stage.alice.submit_modal(opened, {"title": "Green tea", "style": "wuxia"})
    found = await the_episode(stage, database)
    assert (found.title, found.style) == ("Green tea", "wuxia")


@pytest.mark.parametrize("locale", [ENGLISH, CHINESE])
async def test_a_stale_edit_is_refused_with_what_changed_and_nothing_is_lost(
    stage: Stage, database: Database, locale: str
) -> None:
    await written(stage)
    stage.locale = locale
    words = speak(locale)
    opened = await stage.alice.slash(stage.channel, "episode edit", episode=1, part="1.1")
    await stage.slash(stage.manager, "episode edit", episode=1, part="1.1", prompt="She waves. Wide shot.")
    mine = "She bows low. " + "Very low. " * 150
    sent = await stage.alice.submit_modal(opened, {"words": mine, "cast": "", "lines": "", "seed": ""})
    assert (await the_episode(stage, database)).shots[0].words == "She waves. Wide shot."
    assert sent.response is not None
    assert sent.response.content.startswith(words("refused-stale-episode", number=1))
    (embed,) = sent.response.embeds
    assert embed.description is not None
    assert "She waves. Wide shot." in embed.description
    assert "She bows low." in embed.description
    assert mine.strip() in (await sent.response.attachments[0].read()).decode()
    # The button opens the editor on what is current: now the same text goes through.
    again = await stage.alice.click(sent.response, custom_id=sent.response.components[0]["components"][0]["custom_id"])
    assert again.modal is not None
    await stage.alice.submit_modal(again, {"words": mine, "cast": "", "lines": "", "seed": ""})
    assert (await the_episode(stage, database)).shots[0].words == mine.strip()


async def test_a_refused_text_comes_back(stage: Stage, database: Database) -> None:
    await written(stage)
    opened = await stage.alice.slash(stage.channel, "episode edit", episode=1, part="1.1")
    sent = await stage.alice.submit_modal(
        opened, {"words": f"一份{BLOCKED}文件。", "cast": "", "lines": "", "seed": ""}
    )
    assert sent.response is not None
    assert sent.response.content.startswith(speak(ENGLISH)("guard-safety-blocked", word=BLOCKED))
    assert f"一份{BLOCKED}文件。" in (await sent.response.attachments[0].read()).decode()
    assert (await the_episode(stage, database)).shots[0].words == "She bows. Wide shot."


async def test_a_stale_file_is_refused_with_what_is_current(stage: Stage, database: Database) -> None:
    await written(stage)
    given = await stage.command(stage.alice, "episode script", episode=1)
    assert given.response is not None
    old = await given.response.attachments[0].read()
    await stage.slash(stage.alice, "episode edit", episode=1, title="Green tea")
    refused = await stage.command(stage.alice, "episode script", episode=1, file=("tea.toml", old))
    assert refused.response is not None
    assert "older version" in refused.response.content
    assert "Green tea" in (await refused.response.attachments[0].read()).decode()
    assert (await the_episode(stage, database)).title == "Green tea"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('title = "T"\n[[scenes]]\nseed = -1\n', "第 3 行: `scenes[1].seed`: \\-1 超出范围"),
        (
            'title = "T"\n[[scenes]]\n[[scenes.shots]]\nwords = "A."\ncast = ["Eve"]\n',
            "第 5 行: `scenes[1].shots[1].cast`:",
        ),
        (
            f'title = "T"\n[[scenes]]\n[[scenes.shots]]\nwords = "一份{BLOCKED}。"\n',
            "第 4 行: `scenes[1].shots[1].words`:",
        ),
        (f'title = "T"\nstyle = "{BLOCKED}"\n', "第 2 行: `style`:"),
        ("title = \n", "不是 TOML"),
    ],
)
async def test_a_bad_file_is_told_by_line_and_key(stage: Stage, database: Database, text: str, told: str) -> None:
    await written(stage)
    before = await the_episode(stage, database)
    stage.locale = CHINESE
    answer = await stage.slash(stage.alice, "episode script", episode=1, file=("坏.toml", text.encode()))
    assert told in answer
    assert await the_episode(stage, database) == before


async def test_a_large_file_is_not_read(stage: Stage) -> None:
    await begin(stage)
    answer = await stage.slash(stage.alice, "episode script", episode=1, file=("t.toml", b"#" * 500_001))
    assert answer == speak(ENGLISH)("refused-script-too-large", most=500)


async def test_suggestions(stage: Stage) -> None:
    await written(stage)
    assert await stage.suggest(stage.alice, "episode edit", "part", "2", episode=1) == [
        "2 · Hall",
        "2.1 · A hall. Wide shot.",
        "1.2 · He smiles. Close-up.",
    ]
    assert await stage.suggest(stage.alice, "episode add", "scene", "gar", episode=1) == ["1 · Garden"]
    assert await stage.suggest(stage.alice, "episode edit", "part", "", episode=7) == []
