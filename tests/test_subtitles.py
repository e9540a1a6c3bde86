"""Breaking, timing and writing of captions, with ordinary words and with any at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.subtitles import (
    Caption,
    Layout,
    Lettering,
    Line,
    Row,
    Timed,
    Track,
    clean,
    excerpt,
    lines_of,
    reading_seconds,
    time_lines,
    to_ass,
    to_srt,
)
from tests.fonts import write_blocks

if TYPE_CHECKING:
    from pathlib import Path

LETTERING = Lettering()
LAYOUT = Layout(1280, 704)


def timed(lines: list[Line], end: int, track: Track = "both", first: int = 0, *, names: bool = False) -> Timed:
    return time_lines(lines, first, end, fps=24, track=track, names=names, lettering=LETTERING, limit=LAYOUT.limit)


def shown(result: Timed) -> list[list[str]]:
    return [[row.text for row in caption.rows] for caption in result.captions]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Hi", 1.0), ("x" * 34, 2.0), ("长" * 13, 2.0), ("长" * 13 + "x" * 17, 3.0), ("", 1.0)],
)
def test_reading_speeds(text: str, seconds: float) -> None:
    assert reading_seconds(text) == pytest.approx(seconds)


def test_two_lines_share_the_shot_by_their_length() -> None:
    result = timed([Line(en="You have come at last, after all these years."), Line(en="Yes.")], 121, "en")
    first, second = result.captions
    assert not result.crowded
    assert first.end - first.first > second.end - second.first
    assert 0 < first.first <= 6
    assert first.end + 2 <= second.first
    assert second.end <= 121
    # Not longer than twice the time that it takes to read.
    assert second.end - second.first <= 48


def test_too_many_words_are_told_and_still_shown() -> None:
    result = timed([Line(zh="我" * 60), Line(zh="你" * 60)], 48, "zh")
    assert result.crowded
    assert "".join("".join(rows) for rows in shown(result)) == "我" * 60 + "你" * 60
    assert not timed([Line(zh="我" * 12)], 48, "zh").crowded


def test_every_caption_stays_a_second_where_there_is_room_for_it() -> None:
    result = timed(
        [Line(en="A long sentence that takes its time to be read, surely."), *[Line(en="No.")] * 3], 110, "en"
    )
    assert result.crowded
    assert all(caption.end - caption.first >= 24 for caption in result.captions)


def test_no_room_no_words() -> None:
    assert timed([Line(en="Hello")], 10, first=10) == Timed((), crowded=True)
    assert timed([], 10) == Timed((), crowded=False)


def test_languages_and_names() -> None:
    line = Line("你来了。", "You came.", "沈月华")
    assert shown(timed([line], 72, "zh", names=True)) == [["沈月华：你来了。"]]
    assert shown(timed([line], 72, "en", names=True)) == [["沈月华: You came."]]
    assert shown(timed([line], 72)) == [["你来了。", "You came."]]
    # A line that lacks the language stands in the one it has.
    assert shown(timed([Line(zh="只有中文。")], 72, "en")) == [["只有中文。"]]


def test_bilingual_captions_have_one_row_each_and_break_together() -> None:
    line = Line("你终于来了，" * 9, "You have come at last, and I have waited. " * 5)
    captions = timed([line], 400).captions
    assert len(captions) > 1
    assert all([row.language for row in caption.rows] == ["zh", "en"] for caption in captions)


def test_breaks_are_where_a_reader_expects_them() -> None:
    def width(text: str) -> float:
        return sum(2 if character > "\u2e7f" else 1 for character in text)

    assert lines_of("我在这里等了三年，你终于来了。", 2, 20, width) == ["我在这里等了三年，", "你终于来了。"]
    assert lines_of("I waited here. You never came.", 2, 20, width) == ["I waited here.", "You never came."]
    assert lines_of("「好」，他说", 2, 8, width) == ["「好」，", "他说"]
    assert lines_of("x" * 30, 2, 20, width) == ["x" * 20, "x" * 10]
    assert lines_of("far too many words for two lines", 2, 10, width) is None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\nb\r\n c\td", "a b c d"),
        ("{\\p1}", "｛＼p1｝"),
        ("<b>x</b> --> y", "＜b＞x＜/b＞ --＞ y"),
        ("\x00\ud800\u202e\ufeffx", "x"),
        ("e\u0301", "é"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("  ", ""),
    ],
)
def test_cleaning(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_what_no_font_draws_is_kept_in_files_only() -> None:
    assert shown(timed([Line(en="Hi 😀 שלום")], 72, "en")) == [["Hi"]]
    kept = time_lines(
        [Line(en="Hi 😀 שלום")],
        0,
        72,
        fps=24,
        track="en",
        names=False,
        lettering=LETTERING,
        limit=LAYOUT.limit,
        burned=False,
    )
    assert shown(kept) == [["Hi 😀 שלום"]]


def test_a_font_that_was_chosen_leads_in_both_languages(tmp_path: Path) -> None:
    blocks = write_blocks(tmp_path / "blocks.ttf", "你来a")
    lettering = Lettering(blocks)
    ours, latin, cjk = lettering.faces
    assert (ours.family, ours.weight, ours.line) == ("Blocks", 900, pytest.approx(2.1))
    assert lettering.runs("你来了ab", "zh") == [(ours, "你来"), (cjk, "了"), (ours, "a"), (cjk, "b")]
    assert lettering.runs("a b来", "en") == [(ours, "a "), (latin, "b"), (ours, "来")]
    assert [face.family for face in LETTERING.faces] == [latin.family, cjk.family]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Line, st.text(max_size=80), st.text(max_size=80), st.text(max_size=8)), max_size=4),
    st.integers(1, 360),
)
def test_any_words_are_timed_inside_the_shot_and_fit(lines: list[Line], end: int) -> None:
    for track in ("zh", "en", "both"):
        result = timed(lines, end, track, names=True)
        reached = 0
        for caption in result.captions:
            assert reached <= caption.first < caption.end <= end
            reached = caption.end
            assert 1 <= len(caption.rows) <= 2
            for row in caption.rows:
                assert LETTERING.width(row.text, row.language) <= LAYOUT.limit
        said = sum(
            bool(
                LETTERING.drawable(line.text("zh", names=True), "zh")
                or LETTERING.drawable(line.text("en", names=True), "en")
            )
            for line in lines
        )
        assert len(result.captions) >= min(said, end)
        file = pysubs2.SSAFile.from_string(to_ass(result.captions, LAYOUT, LETTERING, 24), format_="ass")
        assert len(file) == len(result.captions)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60).map(clean).filter(bool), max_size=5))
def test_any_words_make_an_srt_that_parses(texts: list[str]) -> None:
    captions = [Caption(30 * n, 30 * n + 24, (Row(f"{text}.", "en"),)) for n, text in enumerate(texts)]
    file = pysubs2.SSAFile.from_string(to_srt(captions, 24), format_="srt")
    assert [event.plaintext.replace("\u2060", "") for event in file] == [
        f"{text}.".replace("\u2060", "") for text in texts
    ]


def test_times_are_on_the_frame() -> None:
    """A caption's first frame shows it, the frame that it ends before does not."""
    captions = [Caption(first, first + 24, (Row("x", "en"),)) for first in range(0, 240, 7)]
    for text, kind, step in ((to_ass(captions, LAYOUT, LETTERING, 24), "ass", 10), (to_srt(captions, 24), "srt", 1)):
        for caption, event in zip(captions, pysubs2.SSAFile.from_string(text, format_=kind), strict=True):
            assert event.start <= caption.first * 1000 / 24 < event.start + step
            assert event.end <= caption.end * 1000 / 24 < event.end + step


def test_a_part_of_a_film_takes_its_part_of_the_captions() -> None:
    srt = to_srt([Caption(0, 24, (Row("one", "en"),)), Caption(48, 96, (Row("two", "en"),))], 24)
    second = pysubs2.SSAFile.from_string(excerpt(srt, 72, 120, 24), format_="srt")
    assert [(event.start, event.end, event.text) for event in second] == [(0, 1000, "two")]
    assert excerpt(srt, 24, 48, 24) == ""


def test_upright_pictures_have_smaller_letters() -> None:
    assert Layout(704, 1280).em < Layout(1280, 704).em
    assert Layout(704, 1280).limit > 15
