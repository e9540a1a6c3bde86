"""bot.script: episodes as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import script
from bot.script import ScriptError

PALACE = Path(__file__).parents[1] / "examples" / "palace.toml"

WHOLE = """\
title = "Tea"

[[characters]]
name = "Ada"
picture = "ada.png"
outfit = "green coat"
sharing = "owner"

[[characters]]
name = "沈月华"
picture = "shen.png"

[[scenes]]
title = "One"

[[scenes.shots]]
words = \"\"\"
Two-shot. \\
They drink tea.\"\"\"
cast = ["Ada", "沈月华"]
seconds = 8
quality = "preview"
seed = 7
lora_strength = 1
pin_strength = 0.95
staggered = true

[[scenes]]

[[scenes.shots]]
words = "Wide shot of an empty hall."

[[scenes.shots]]
words = "Close-up."
cast = ["ada"]
"""


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
    assert parsed.title == "Tea"
    assert [who.name for who in parsed.characters] == ["Ada", "沈月华"]
    assert parsed.characters[0].picture == folder / "ada.png"
    assert parsed.characters[0].sharing == "owner"
    assert [len(scene.shots) for scene in parsed.scenes] == [1, 2]
    first, second, third = parsed.shots
    assert first.words == "Two-shot. They drink tea."
    assert (first.cast, first.seconds, first.quality, first.seed) == (("Ada", "沈月华"), 8, "preview", 7)
    assert (first.lora_strength, first.pin_strength, first.staggered) == (1.0, 0.95, True)
    assert (second.cast, second.seconds, second.seed, second.staggered) == ((), None, None, False)
    assert third.cast == ("ada",)


def test_the_palace_drama() -> None:
    palace = script.load(PALACE)
    assert [len(scene.shots) for scene in palace.scenes] == [4, 4]
    assert [who.name for who in palace.characters] == ["沈月华", "萧云霄", "慕容静"]
    assert max(len(shot.cast) for shot in palace.shots) == 3
    assert all(len(shot.words) <= 2000 for shot in palace.shots), "/shot takes 2000 characters"


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "told"),
    [
        ("seconds = 8", "seconds = 7", 21, "scenes[1].shots[1].seconds", "5, 8, 10 or 15"),
        ("seconds = 8", 'seconds = "8"', 21, "scenes[1].shots[1].seconds", "5, 8, 10 or 15"),
        ('quality = "preview"', 'quality = "4k"', 22, "scenes[1].shots[1].quality", "'preview' or 'full'"),
        ("seed = 7", "seed = -1", 23, "scenes[1].shots[1].seed", "0 to 4294967295 is allowed"),
        ("lora_strength = 1", "lora_strength = 1.5", 24, "scenes[1].shots[1].lora_strength", "0.3 to 1.0 is allowed"),
        ("lora_strength = 1", "lora_strength = nan", 24, "scenes[1].shots[1].lora_strength", "0.3 to 1.0 is allowed"),
        ("pin_strength = 0.95", "pin_strength = 0.5", 25, "scenes[1].shots[1].pin_strength", "0.7 to 0.95 is allowed"),
        ("staggered = true", "staggered = 1", 26, "scenes[1].shots[1].staggered", "valid boolean"),
        ("seed = 7", "sed = 7", 23, "scenes[1].shots[1].sed", "did you mean seed?"),
        ("seed = 7", "zoom = 7", 23, "scenes[1].shots[1].zoom", "known here: words, cast, seconds"),
        ('title = "One"', 'title = "One"\nlight = "dusk"', 15, "scenes[1].light", "known here: title, shots"),
        ('title = "Tea"', 'title = "Tea"\nmood = "calm"', 2, "mood", "known here: title, characters, scenes"),
        ('title = "Tea"', 'title = " "', 1, "title", "must not be empty"),
        ('title = "Tea"', "title = 2026-01-01", 1, "title", "valid string"),
        ('"ada.png"', '"eve.png"', 5, "characters[1].picture", "relative to the script"),
        ('picture = "ada.png"\n', "", 3, "characters[1].picture", "is missing"),
        ('sharing = "owner"', 'sharing = "all"', 7, "characters[1].sharing", "'server' or 'owner'"),
        (
            'cast = ["ada"]',
            'cast = ["Eve"]',
            35,
            "scenes[2].shots[2].cast",
            "unknown character Eve; known: Ada, 沈月华",
        ),
        ('cast = ["ada"]', 'cast = ["ada", "Ada"]', 35, "scenes[2].shots[2].cast", "Ada is named twice"),
        ('cast = ["ada"]', 'cast = ["a", "b", "c", "d"]', 35, "scenes[2].shots[2].cast", "at most 3"),
        ('cast = ["ada"]', "cast = [1]", 35, "scenes[2].shots[2].cast[1]", "valid string"),
        ('words = "Close-up."', "words = 3", 34, "scenes[2].shots[2].words", "valid string"),
        ('words = "Close-up."', "", 33, "scenes[2].shots[2].words", "is missing"),
    ],
)
def test_one_thing_wrong(folder: Path, old: str, new: str, line: int, path: str, told: str) -> None:
    assert WHOLE.count(old) == 1
    (problem,) = problems(WHOLE.replace(old, new), folder)
    assert (problem.line, problem.path) == (line, path)
    assert told in problem.message


def test_two_characters_of_one_name(folder: Path) -> None:
    twice, nobody = problems(WHOLE.replace('name = "沈月华"', 'name = "ADA"'), folder)
    assert (twice.line, twice.path, twice.message) == (10, "characters[2].name", "ADA is named twice")
    assert (nobody.line, nobody.path) == (20, "scenes[1].shots[1].cast")


def test_every_problem_is_told_in_order(folder: Path) -> None:
    text = WHOLE.replace("seed = 7", "seed = -7").replace('sharing = "owner"', 'sharing = "x"')
    with pytest.raises(ScriptError) as caught:
        script.parse(text, folder, "tea.toml")
    first, second = str(caught.value).splitlines()
    assert first.startswith("tea.toml:7: characters[1].sharing: ")
    assert second.startswith("tea.toml:23: scenes[1].shots[1].seed: ")


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
    assert (problem.line, problem.path) == (39, "scenes[2].shots[2].seed")


def test_windows_line_ends_and_odd_separators(folder: Path) -> None:
    text = WHOLE.replace("empty hall", "empty\u2028hall").replace("\n", "\r\n")
    assert len(script.parse(text, folder).shots) == 3
    (problem,) = problems(text.replace('cast = ["ada"]', 'cast = ["Eve"]'), folder)
    assert problem.line == 35


def test_a_very_long_value_costs_only_the_line(folder: Path) -> None:
    long = 'words = """' + "\n" * (script.MAX_STATEMENT_LINES + 1) + 'x"""\nseed = -1'
    (problem,) = problems(WHOLE.replace('words = "Close-up."', long), folder)
    assert problem.path == "scenes[2].shots[2].seed"
    assert problem.line == 33, "the table's header is the last line that is known"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"title = \nx", "line 1"),
        (b"title = '\xff'", "UTF-8"),
        (b"a = " + b"[" * 5000, ""),
        (b"#" * 500_001, "500000 bytes"),
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
    for location, line in script._lines(text).items():
        assert rows[line - 1].startswith(f"'{location[0]}' = ")
