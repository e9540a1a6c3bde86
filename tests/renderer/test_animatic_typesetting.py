from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.animatic.typesetting import ELLIPSIS, Typeface

FACE = Typeface()
SIZE = 20

ZH = (
    "月光下的御花园,她拾起一枚玉佩,低头端详;衣袖随夜风轻轻飘动。"
    "《玉佩定情》(第一幕),神情由惊讶转为若有所思……远处传来更鼓声!"
).translate({ord(mark): ord(mark) + 0xFEE0 for mark in ",;()!"})  # with the full-width marks of Chinese print
EN = "Medium two-shot in the palace garden at dawn; they face each other over the jade pendant, she lowers her eyes."


@pytest.mark.parametrize("width", [60, 133, 260, 400])
@pytest.mark.parametrize(
    "text", [ZH, EN, f"{EN} {ZH}", "x" * 200, "https://example.org/" + "a-b_c/" * 40, "。" * 90, "((((((((" * 9]
)
def test_no_line_is_wider_than_asked_and_nothing_is_lost(text: str, width: int) -> None:
    lines = FACE.wrap(text, SIZE, width, 1000)
    assert all(FACE.width(line, SIZE) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_breaks_where_a_typesetter_would() -> None:
    for width in range(90, 420, 7):
        lines = FACE.wrap(ZH, SIZE, width, 1000)
        assert not {line[0] for line in lines} & set("\uff0c。\uff1b\uff09》\uff01…")
        assert not {line[-1] for line in lines} & set("《\uff08")


def test_latin_words_stay_whole() -> None:
    lines = FACE.wrap(EN, SIZE, 260, 1000)
    assert " ".join(lines).split() == EN.split()
    assert len(lines) > 3


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    lines = FACE.wrap(ZH, SIZE, 200, 2)
    assert len(lines) == 2
    assert lines[1].endswith(ELLIPSIS)
    assert not lines[0].endswith(ELLIPSIS)
    assert FACE.width(lines[1], SIZE) <= 200
    assert FACE.wrap("short", SIZE, 200, 2) == ["short"]
    assert FACE.wrap("", SIZE, 200, 2) == []


def test_cut() -> None:
    assert FACE.cut(EN, SIZE, 10_000) == EN
    assert FACE.cut(EN, SIZE, 120).endswith(ELLIPSIS)
    assert FACE.width(FACE.cut(EN, SIZE, 120), SIZE) <= 120
    assert FACE.cut(EN, SIZE, 3) == ""


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\nb\t c\u3000d ", "a b c d"),
        ("cafe\u0301", "café"),
        ("evil\u202etext\x00\x1b[0m\u200b", "eviltext[0m"),
        ("love 😀❤️ 月", "love 月"),
        ("العربية then हिन्दी", f"{ELLIPSIS} then {ELLIPSIS}"),
        ("\ud800lone", "lone"),
        ("한국어 日本語", "한국어 日本語"),
    ],
)
def test_cleaning(text: str, clean: str) -> None:
    assert FACE.clean(text) == clean


@given(st.text(max_size=300), st.integers(5, 600), st.integers(1, 4))
def test_any_unicode_fits(text: str, width: int, lines: int) -> None:
    clean = FACE.clean(text)
    assert not any(unicodedata.category(character)[0] == "C" for character in clean)
    wrapped = FACE.wrap(clean, SIZE, width, lines)
    assert len(wrapped) <= lines
    # A single glyph may be wider than an absurdly narrow line: nothing can break it.
    assert all(FACE.width(line, SIZE) <= width or len(line) == 1 for line in wrapped)


def test_a_missing_font_is_said() -> None:
    with pytest.raises(OSError, match="cannot open resource"):
        Typeface("/nowhere/font.otf")
