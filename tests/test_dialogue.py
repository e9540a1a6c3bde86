"""bot.dialogue: lines as members type them, and those that the guards find in the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import dialogue
from bot.guards import Cue
from bot.refusal import Refused
from db.writing import Line


def cue(text: str, speaker: str | None = None) -> Cue:
    return Cue(text, speaker, (0, 0), 0, "zh" if any(ord(letter) > 0x3400 for letter in text) else "en")


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("沈月华: 你好 | Hello", (Line("沈月华", "你好", "Hello"),)),
        ("沈月华：OK | 好", (Line("沈月华", "OK", "好"),)),
        ("你好", (Line("", "你好"),)),
        ("Ada: Hello.\n\n萧云霄：走。", (Line("Ada", "", "Hello."), Line("萧云霄", "走。"))),
        ("Ada: Hello. // Bo: No.", (Line("Ada", "", "Hello."), Line("Bo", "", "No."))),
        (": Listen: rain.", (Line("", "", "Listen: rain."),)),
        ("Ada: ……|", (Line("Ada", "……"),)),
        ("", ()),
    ],
)
def test_lines_as_they_are_typed(typed: str, lines: tuple[Line, ...]) -> None:
    assert dialogue.read(typed) == lines
    assert dialogue.read(dialogue.typed(lines)) == lines


@pytest.mark.parametrize("typed", ["Ada:", "Ada: |", "Ada: a | b | c"])
def test_what_is_no_line(typed: str) -> None:
    with pytest.raises(Refused, match="refused-line"):
        dialogue.read(typed)


said = st.text("aB你好 :：.…", max_size=12).map(lambda text: " ".join(text.split()))
lines = st.builds(Line, st.text("aB沈 ", max_size=6).map(str.strip), said, said).filter(lambda line: line.zh or line.en)


@given(st.lists(lines, max_size=3).map(tuple))
def test_the_editor_gives_back_what_it_was_given(before: tuple[Line, ...]) -> None:
    assert dialogue.read(dialogue.typed(before)) == before


def test_speakers_are_written_as_the_character_is() -> None:
    bound = dialogue.bound((Line("ADA", "", "Hi"), Line("旁白", "夜。")), {"ada": "Ada"})
    assert [line.speaker for line in bound] == ["Ada", "旁白"]


def test_cues_become_lines_once() -> None:
    translated = Line("沈月华", "此茶甚好", "Good tea.")
    assert dialogue.with_cues((translated,), [cue("此茶甚好。", "沈月华")]) == (translated,)
    assert dialogue.with_cues((), [cue("Hello", "Ada"), cue("走。")]) == (Line("Ada", "", "Hello"), Line("", "走。"))


def test_lines_of_words_that_are_gone_go_and_others_stay() -> None:
    own, old = Line("Ada", "", "My own."), Line("Ada", "", "Old.")
    after = dialogue.with_cues((own, old), [cue("New.")], before=[cue("Old.")])
    assert after == (own, Line("", "", "New."))
    assert dialogue.with_cues((own, old), [cue("Old.")], before=[cue("Old.")]) == (own, old)
