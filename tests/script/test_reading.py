"""bot.script: episodes read from TOML, and every problem told with line, key and what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import script
from bot.i18n import CHINESE, speak
from bot.script import ScriptError
from bot.script.locating import MAX_STATEMENT_LINES, lines_of
from bot.script.schema import MAX_SHOTS
from tests.script.whole import WHOLE

PALACE = Path(__file__).parents[2] / "examples" / "palace.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ada.png", "shen.png"):
        (tmp_path / name).write_bytes(b"a picture")
    return tmp_path


def problems(text: str, folder: Path) -> list[script.Problem]:
    with pytest.raises(ScriptError) as caught:
        script.parse(text, folder)
    return list(caught.value.problems)


def test_a_whole_script(folder: Path) -> None:
    parsed = script.parse(WHOLE, folder)
    assert (parsed.title, parsed.style, parsed.quality, parsed.subtitles) == ("Tea", "wuxia", "preview", "both")
    assert [who.name for who in parsed.characters] == ["Ada", "沈月华"]
    assert parsed.characters[0].picture == folder / "ada.png"
    assert parsed.characters[0].sharing == "owner"
    assert [len(scene.shots) for scene in parsed.scenes] == [1, 2]
    assert parsed.scenes[0].scaffolding == "a tea house, dusk, rain outside"
    assert (parsed.scenes[0].seed, parsed.scenes[1].scaffolding) == (9, "")
    first, second, third = parsed.shots
    assert first.words == "Two-shot. They drink tea."
    assert (first.cast, first.seconds, first.seed, first.crossfade) == (("Ada", "沈月华"), 8, 7, 12)
    assert (first.lora_strength, first.pin_strength, first.staggered) == (1.0, 0.95, True)
    assert first.lines == (script.Line(speaker="Ada", zh="好茶。", en="Good tea."), script.Line(en="Rain."))
    assert (second.cast, second.seconds, second.seed, second.staggered) == ((), None, None, False)
    assert third.cast == ("ada",)


def test_style_loras_are_those_that_there_are(folder: Path) -> None:
    parsed = script.parse(WHOLE, folder, styles=["ink", "Clay"])
    assert (parsed.style_lora, parsed.scenes[0].style_lora, parsed.shots[0].style_lora) == ("ink", "none", "Clay")
    with pytest.raises(ScriptError) as caught:
        script.parse(WHOLE, folder, "tea.toml", ["Ink"])
    said = "there is no style LoRA clay here; set up are: Ink; none takes no style LoRA"
    line = line_of('style_lora = "clay"')
    assert str(caught.value) == f"tea.toml:{line}: scenes[1].shots[1].style_lora: {said}"


def test_the_palace_drama() -> None:
    palace = script.load(PALACE)
    assert [len(scene.shots) for scene in palace.scenes] == [4, 2, 1, 1]
    assert [who.name for who in palace.characters] == ["沈月华", "萧云霄", "慕容静"]
    assert max(len(shot.cast) for shot in palace.shots) == 3
    assert all(scene.place and scene.light and scene.seed for scene in palace.scenes)
    for shot in palace.shots:
        assert shot.lines
        assert all(line.zh and line.en and line.speaker in shot.cast for line in shot.lines)


def line_of(passage: str) -> int:
    assert WHOLE.count(passage) == 1
    return WHOLE[: WHOLE.index(passage)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        ("seconds = 8", "seconds = 7", "scenes[1].shots[1].seconds", "5, 8, 10, 15"),
        ("seconds = 8", 'seconds = "8"', "scenes[1].shots[1].seconds", "5, 8, 10, 15"),
        ('quality = "preview"', 'quality = "4k"', "quality", "'preview', 'full'"),
        ("crossfade = 12", "crossfade = 49", "scenes[1].shots[1].crossfade", "0 to 48"),
        ("crossfade = 12", "crossfade = 1.5", "scenes[1].shots[1].crossfade", "a whole number"),
        ('{ en = "Rain." }', '{ speaker = "Ada" }', "scenes[1].shots[1].lines[2]", "zh, en or both"),
        ('{ en = "Rain." }', '{ fr = "Pluie." }', "scenes[1].shots[1].lines[2].fr", "known here: speaker, zh, en"),
        ('{ en = "Rain." }', '{ en = "' + "x" * 201 + '" }', "scenes[1].shots[1].lines[2].en", "201 characters"),
        ('place = "a tea house"', "place = 4", "scenes[1].place", "a text"),
        ("seed = 9", 'seed = "9"', "scenes[1].seed", "a whole number"),
        ("seed = 7", "seed = -1", "scenes[1].shots[1].seed", "0 to 4294967295 is allowed"),
        ("lora_strength = 1", "lora_strength = 1.5", "scenes[1].shots[1].lora_strength", "0.3 to 1.0 is allowed"),
        ("lora_strength = 1", "lora_strength = nan", "scenes[1].shots[1].lora_strength", "0.3 to 1.0 is allowed"),
        ("pin_strength = 0.95", "pin_strength = 0.5", "scenes[1].shots[1].pin_strength", "0.7 to 0.95 is allowed"),
        ("staggered = true", "staggered = 1", "scenes[1].shots[1].staggered", "true or false"),
        ("seed = 7", "sed = 7", "scenes[1].shots[1].sed", "did you mean seed?"),
        ("seed = 7", "zoom = 7", "scenes[1].shots[1].zoom", "known here: words, cast, seconds"),
        ('title = "One"', 'title = "One"\nmood = "calm"', "scenes[1].mood", "known here: title, place, light"),
        ('title = "Tea"', 'title = "Tea"\nmood = "calm"', "mood", "known here: title, version, style"),
        ('title = "Tea"', 'title = " "', "title", "must not be empty"),
        ('title = "Tea"', "title = 2026-01-01", "title", "a text"),
        ('"ada.png"', '"eve.png"', "characters[1].picture", "relative to the script"),
        ('picture = "ada.png"\n', "", "characters[1].picture", "is missing"),
        ('sharing = "owner"', 'sharing = "all"', "characters[1].sharing", "'server', 'owner'"),
        (
            'cast = ["ada"]',
            'cast = ["Eve"]',
            "scenes[2].shots[2].cast",
            "unknown character Eve; known: Ada, 沈月华",
        ),
        ('cast = ["ada"]', 'cast = ["ada", "Ada"]', "scenes[2].shots[2].cast", "Ada is named twice"),
        ('cast = ["ada"]', 'cast = ["a", "b", "c", "d"]', "scenes[2].shots[2].cast", "at most 3"),
        ('cast = ["ada"]', "cast = [1]", "scenes[2].shots[2].cast[1]", "a text"),
        ('words = "Close-up."', "words = 3", "scenes[2].shots[2].words", "a text"),
        ('words = "Close-up."', "", "scenes[2].shots[2].words", "is missing"),
    ],
)
def test_one_thing_wrong(folder: Path, old: str, new: str, path: str, told: str) -> None:
    (problem,) = problems(WHOLE.replace(old, new), folder)
    # What is missing is told on its table's line, what was added beneath on the next, an inline table on its key's.
    shift = -1 if not new else new.count("\n")
    if (path.endswith("picture") and not new) or ".lines" in path:
        shift = -2
    assert (problem.line, problem.path) == (line_of(old) + shift, path)
    assert told in str(ScriptError("tea.toml", [problem]))


def test_two_characters_of_one_name(folder: Path) -> None:
    twice, nobody = problems(WHOLE.replace('name = "沈月华"', 'name = "ADA"'), folder)
    assert (twice.path, twice.key, twice.arguments) == ("characters[2].name", "script-named-twice", {"name": "ADA"})
    assert (nobody.line, nobody.path) == (line_of('cast = ["Ada"'), "scenes[1].shots[1].cast")


def test_every_problem_is_told_in_order(folder: Path) -> None:
    text = WHOLE.replace("seed = 7", "seed = -7").replace('sharing = "owner"', 'sharing = "x"')
    with pytest.raises(ScriptError) as caught:
        script.parse(text, folder, "tea.toml")
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"tea.toml:{line_of('sharing')}: characters[1].sharing: ")
    assert second.startswith(f"tea.toml:{line_of('seed = 7')}: scenes[1].shots[1].seed: ")


@pytest.mark.parametrize(
    "text", ['title = "Tea"', 'title = "Tea"\nscenes = []', 'title = "Tea"\n[[scenes]]\nshots = []']
)
def test_nothing_to_render(folder: Path, text: str) -> None:
    (problem,) = problems(text, folder)
    assert "scenes" in problem.path


def test_inline_tables_stand_where_their_key_does(folder: Path) -> None:
    text = 'title = "Tea"\n\nscenes = [\n  { shots = [\n    { words = "a", seed = "x" },\n  ] },\n]\n'
    (problem,) = problems(text, folder)
    assert (problem.line, problem.path) == (3, "scenes[1].shots[1].seed")


def test_strings_that_look_like_tables_are_strings(folder: Path) -> None:
    words = 'words = """\n[[scenes]]\nseed = 1\n[[scenes.shots]]\n"""'
    (problem,) = problems(WHOLE.replace('words = "Close-up."', words + "\nseed = -1"), folder)
    assert (problem.line, problem.path) == (line_of('words = "Close-up."') + 5, "scenes[2].shots[2].seed")


def test_windows_line_ends_and_odd_separators(folder: Path) -> None:
    text = WHOLE.replace("empty hall", "empty\u2028hall").replace("\n", "\r\n")
    assert len(script.parse(text, folder).shots) == 3
    (problem,) = problems(text.replace('cast = ["ada"]', 'cast = ["Eve"]'), folder)
    assert problem.line == line_of('cast = ["ada"]')


def test_a_very_long_value_costs_only_the_line(folder: Path) -> None:
    long = 'words = """' + "\n" * (MAX_STATEMENT_LINES + 1) + 'x"""\nseed = -1'
    (problem,) = problems(WHOLE.replace('words = "Close-up."', long), folder)
    assert problem.path == "scenes[2].shots[2].seed"
    assert problem.line == line_of('words = "Close-up."') - 1, "the table's header is the last line that is known"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"title = \nx", "line 1"),
        (b"title = '\xff'", "UTF-8"),
        (b"a = " + b"[" * 5000, ""),
        (b"#" * 500_001, "500 kB"),
    ],
)
def test_no_script_at_all(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(ScriptError, match=r"bad\.toml") as caught:
        script.load(path)
    assert told in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="No such file"):
        script.load(tmp_path / "none.toml")


names = st.text(st.characters(codec="utf-8", exclude_characters="'", exclude_categories=("Cc", "Cs")), min_size=1)


@given(st.lists(st.tuples(names, st.sampled_from(["1", "'x'", '"""\na\n"""', "[\n1,\n]", "{ b = 1 }"])), max_size=6))
def test_each_key_is_found_on_its_line(pairs: list[tuple[str, str]]) -> None:
    unique = dict(pairs)
    text = "# a comment\n" + "".join(f"\n'{key}' = {value} # c\n" for key, value in unique.items())
    assert set(tomllib.loads(text)) == set(unique)
    rows = text.split("\n")
    for location, line in lines_of(text).items():
        assert rows[line - 1].startswith(f"'{location[0]}' = ")


def test_without_a_folder_pictures_and_names_are_not_looked_for() -> None:
    assert script.parse(WHOLE).characters[0].picture == Path("ada.png")
    assert script.parse(WHOLE.replace('"ada"', '"Eve"')).shots[2].cast == ("Eve",)


def test_problems_are_told_in_the_members_language() -> None:
    with pytest.raises(ScriptError) as caught:
        script.parse(WHOLE.replace("seconds = 8", "seconds = 7"), source="茶.toml")
    (told,) = caught.value.told(speak(CHINESE))
    line = line_of("seconds = 8")
    assert told == f"茶.toml:{line}: scenes[1].shots[1].seconds: 只能是其中之一：5, 8, 10, 15"


def test_too_many_shots() -> None:
    text = 'title = "Tea"\n[[scenes]]\n' + '[[scenes.shots]]\nwords = "A hall."\n' * (MAX_SHOTS + 1)
    (problem,) = problems(text, Path())
    assert (problem.key, problem.path) == ("script-too-many", "scenes")


def test_a_byte_order_mark_is_none_of_the_text() -> None:
    assert script.parse("\ufeff".encode() + WHOLE.encode()).title == "Tea"
