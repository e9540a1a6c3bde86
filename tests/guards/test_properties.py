"""What must hold for any text: nothing raises, a second run moves nothing, no words are lost, no quotes are left."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.guards import Draft, Look, blocked, review
from bot.guards.quotes import find_quotes
from bot.guards.reading import fold

CAST = (Look("Shen Yuehua", "a black silk robe"), Look("萧云霄", "一身白衣，黑色长靴"))
MARKS = "\"“”'‘’「」『』«»‹›„＂"
DOUBLE = '"'
PIECES = [
    *MARKS,
    *MARKS,
    " ",
    " ",
    " ",
    "\n",
    ", ",
    ". ",
    "：",
    ": ",
    "，",
    "。",
    "! ",
    "？",
    "—",
    "…",
    "! ",
    "the colour of ink ",
    "blak hat ",
    "steps out of her shoes ",
    "loses his grip on the sword ",
    "手一松，",
    "，她说。",
    "——",
    "5'6″",
    "5'6" + DOUBLE,
    "4" + DOUBLE,
    "he says ",
    "she whispered ",
    "Shen says ",
    "说道",
    "他低声说",
    "沈月华",
    "萧云霄",
    "the old man",
    "don't ",
    "Shen's ",
    "a black suit",
    "black hair ",
    "a navy coat and hat ",
    "BLACK robe throughout.",
    "黑色长袍",
    "黑衣人",
    "玄衣",
    "始终为",
    "his hat flies off",
    "throws his sword ",
    "takes off her coat",
    "帽子飞出去",
    "脱下外套",
    "把剑扔在地上",
    "STAYS ON his head",
    "they hug ",
    "拥抱",
    "so-called ",
    "a sign reading ",
    "写着",
    "《玉佩》",
    "I ",
    "you ",
    "我",
    "and ",
    "then ",
    "runs, jumps ",
    "Camera: ",
    "镜头：",
    "VEGA: ",
    "'tis ",
    "guards' ",
    "''",
    "``",
    "\u200b",
    "İ",
    "ﬁ",
    "e\u0301",
]
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
casts = st.sampled_from([(), CAST[:1], CAST])


@settings(max_examples=600, deadline=None)
@given(texts, casts)
@example('"\'"', ())
@example("BLACK AA NAVY COAT AND HAT", ())
@example("black and navy coat and hat", ())
@example("AA:B", ())
@example("AA\nB", ())
@example("BLACK HAT FLIES OFF…", CAST[:1])
@example("A! TAKES OFF COAT", ())
@example("THROW SWORD A脱下外套", ())
@example("「0?bLAK HAT", ())
@example("THE COLOR OF0INK BLAK HAT", ())
@example("HAT THE COLOR OF INK BLAK HAT", ())
@example("INK BLAK HAT", ())
@example("THROW SWORD0DON'T:HAT FLIES OF", ())
def test_second_review_changes_nothing(text: str, cast: tuple[Look, ...]) -> None:
    first = review(Draft(text, cast=cast))
    again = review(Draft(first.text, cast=cast))
    assert again.text == first.text
    assert again.prompt == first.prompt
    assert not again.cues
    whole = review(Draft(first.prompt, cast=cast))
    assert whole.prompt == first.prompt


@settings(max_examples=600, deadline=None)
@given(texts, casts)
def test_no_quotes_left_and_spans_inside(text: str, cast: tuple[Look, ...]) -> None:
    report = review(Draft(text, cast=cast))
    left = find_quotes(report.prompt)
    assert not left.quotes
    assert not re.search("[“”「」『』«»‹›„＂]", report.prompt)
    for start, end in [finding.span for finding in report.findings] + [cue.span for cue in report.cues]:
        assert 0 <= start <= end <= len(text)
    assert [cue.order for cue in report.cues] == list(range(len(report.cues)))


@settings(max_examples=300, deadline=None)
@given(texts, casts)
def test_output_is_bounded(text: str, cast: tuple[Look, ...]) -> None:
    report = review(Draft(text, cast=cast))
    assert len(report.prompt) <= 4 * len(text) + 1200


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(
        ["He turns and says ", "She whispers: ", "他低声说：", "沈月华說道：", "", "他回头，", "A man stands. "]
    ),
    st.sampled_from(['""', "“”", "「」", "『』", "«»", "‹›", "„“", "＂＂", "‘’", "''"]),
    st.lists(
        st.sampled_from(["I", "will", "wait", "for", "you", "我", "等你", "tonight", "don't"]), min_size=3, max_size=8
    ),
    st.sampled_from([" and leaves.", ".", "", "。", "，然后离开。", " Then he goes."]),
)
def test_no_cue_is_lost(before: str, marks: str, said: list[str], after: str) -> None:
    words = " ".join(said) + "!"
    report = review(Draft(f"{before}{marks[0]}{words}{marks[1]}{after}"))
    assert [cue.text for cue in report.cues] == [words]
    assert words not in report.prompt


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=8), max_size=4))
def test_blocked_never_raises_and_finds_its_word(text: str, blocklist: list[str]) -> None:
    assert blocked(text, tuple(blocklist)) in {None, *blocklist}
    assert blocked(f"{text} grobnik ", ("grobnik",)) == "grobnik"


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_folding_moves_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    "junk",
    [
        '"',
        "'",
        "“",
        "「",
        "「」",
        'a"',
        "5'",
        "黑",
        "黑色",
        "hat ",
        "flies ",
        "，",
        ": ",
        "说：",
        "says, ",
        "black and ",
        "《",
        "'a ",
        "a' ",
        "he says: I ",
    ],
)
def test_hostile_junk_is_read_in_time(junk: str) -> None:
    """Quadratic or worse reading of these would pass the test's time limit by far."""
    long = (junk * 2000)[:2000]
    assert not review(Draft(long, blocklist=("grobnik", "黑莲教"))).refused or "9" in long
    assert review(Draft(junk * 5000)).refused == (len(junk * 5000) > 2000)
