"""bot.script.write: back into the file, with its comments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import script
from bot.script import Line, Scene, Script, Shot
from bot.script.matching import pair
from tests.script.whole import WHOLE

PALACE = (Path(__file__).parents[2] / "examples" / "palace.toml").read_text("utf-8")


def changed(before: Script, scene: int, shot: int, **values: Any) -> Script:
    scenes = list(before.scenes)
    shots = list(scenes[scene].shots)
    shots[shot] = shots[shot].model_copy(update=values)
    scenes[scene] = scenes[scene].model_copy(update={"shots": tuple(shots)})
    return before.model_copy(update={"scenes": tuple(scenes)})


def same(one: Script, other: Script) -> bool:
    return one.model_copy(update={"characters": ()}) == other.model_copy(update={"characters": ()})


@pytest.mark.parametrize("text", [WHOLE, PALACE])
def test_what_is_unchanged_is_the_same_to_the_byte(text: str) -> None:
    assert script.write(script.parse(text), text) == text


def test_one_change_is_one_changed_line() -> None:
    written = script.write(changed(script.parse(PALACE), 0, 1, seconds=10), PALACE)
    different = [
        (before, after)
        for before, after in zip(PALACE.splitlines(), written.splitlines(), strict=True)
        if before != after
    ]
    assert different == [("seconds = 5", "seconds = 10")]


def test_comments_stay_when_shots_come_and_go() -> None:
    before = script.parse(WHOLE)
    new = Shot(words="A cat.", seconds=5, lines=(Line(zh="喵"),))
    scene = before.scenes[1].model_copy(update={"shots": (before.scenes[1].shots[1], new)})
    after = before.model_copy(update={"scenes": (before.scenes[0], scene), "version": 4})
    written = script.write(after, WHOLE)
    assert same(script.parse(written), after)
    assert "# The first scene." in written
    assert "# said at once" in written


def test_scenes_change_places() -> None:
    before = script.parse(WHOLE)
    after = before.model_copy(update={"scenes": before.scenes[::-1]})
    written = script.write(after, WHOLE)
    assert same(script.parse(written), after)
    assert "# said at once" in written


def test_what_is_no_longer_said_goes() -> None:
    after = changed(script.parse(WHOLE), 0, 0, seed=None, lines=(), staggered=False)
    written = script.write(after, WHOLE)
    assert same(script.parse(written), after)
    assert "seed = 7" not in written
    assert "好茶" not in written


def test_inline_tables_are_written_anew() -> None:
    text = '# lost\ntitle = "Tea"\nscenes = [{ shots = [{ words = "A hall." }] }]\n'
    after = changed(script.parse(text), 0, 0, words="A garden.")
    assert same(script.parse(script.write(after, text)), after)


def test_scenes_and_shots_may_be_none_yet() -> None:
    before = script.parse(WHOLE)
    empty = before.scenes[0].model_copy(update={"shots": ()})
    for scenes in ((), (empty,), (empty, before.scenes[1])):
        after = before.model_copy(update={"scenes": scenes})
        written = script.write(after, WHOLE)
        assert same(script.parse(written), after)
        assert same(script.parse(script.write(before, written)), before)


words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=120).filter(str.strip)
lines = st.builds(Line, speaker=st.text(max_size=9), zh=words.map(lambda text: text[:100]), en=st.text(max_size=20))
shots = st.builds(
    Shot,
    words=words,
    cast=st.lists(st.sampled_from(["A", "沈"]), max_size=2, unique=True).map(tuple),
    seconds=st.sampled_from([5, 8]),
    seed=st.none() | st.integers(0, 9),
    pin_strength=st.none() | st.just(0.8),
    crossfade=st.integers(0, 48),
    lines=st.lists(lines, max_size=2).map(tuple),
)
scenes = st.builds(
    Scene,
    title=st.text(max_size=9),
    seed=st.none() | st.just(0),
    shots=st.lists(shots, max_size=3).map(tuple),
)
scripts = st.builds(
    Script,
    title=words.map(lambda text: text[:50]).filter(str.strip),
    scenes=st.lists(scenes, max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(scripts, scripts)
def test_whatever_was_there_before_the_file_says_what_is_wanted(before: Script, after: Script) -> None:
    fresh = script.write(before)
    assert script.parse(fresh) == before
    assert script.parse(script.write(after, fresh)) == after


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("abc", "abc", [0, 1, 2]),
        ("cab", "abc", [2, 0, 1]),
        ("aXc", "abc", [0, 1, 2]),
        ("Xabc", "abc", [None, 0, 1, 2]),
        ("aa", "a", [0, None]),
        ("", "abc", []),
    ],
)
def test_pairs(new: str, old: str, expected: list[int | None]) -> None:
    assert pair(new, old, lambda one, other: one == other) == expected
