"""Cards: every word inside the safe area, whatever is written on them."""

from __future__ import annotations

import numpy as np
import pytest

from bot.cutting import Card
from bot.cutting.cards import draw_card
from bot.subtitles import Lettering

SIZES = [(1280, 704), (704, 1280), (256, 144)]


@pytest.fixture(scope="module")
def lettering() -> Lettering:
    return Lettering()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "card",
    [
        Card(("玉佩定情", "The Jade Pendant")),
        Card(("长" * 500, "W" * 500), tuple(f"Row {n} {'words ' * 30}" for n in range(40))),
        Card(("《「御花园」》,第一幕:" * 6, "A title that is much too long to stand on a single line of any card")),
        Card(("{\\p1}'; drawtext=\n\x00\ud800", "שלום 😀 <b>"), ("%{n}",)),
    ],
    ids=["bilingual", "endless", "wrapped", "hostile"],
)
def test_words_stay_inside(card: Card, size: tuple[int, int], lettering: Lettering) -> None:
    picture = draw_card(card, size, lettering)
    assert picture.size == size
    pixels = np.asarray(picture.convert("L")).astype(int)
    drawn = pixels > 60
    assert drawn.any()
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    width, height = size
    assert rows.min() >= height * 0.05
    assert rows.max() <= height * 0.95
    assert columns.min() >= width * 0.08
    assert columns.max() <= width * 0.92
    # Centred, but for the empty half of a full-width mark at an end.
    assert abs(columns.min() + columns.max() - width) < width * 0.06


def test_a_card_without_words_is_plain(lettering: Lettering) -> None:
    for titles in ((), ("",), ("😀\n",)):
        picture = draw_card(Card(titles), (256, 144), lettering)
        assert picture.getcolors() == [(256 * 144, (14, 14, 18))]


def test_titles_are_larger_than_rows(lettering: Lettering) -> None:
    def height(card: Card) -> int:
        drawn = np.asarray(draw_card(card, (1280, 704), lettering).convert("L")) > 60
        rows = np.flatnonzero(drawn.any(axis=1))
        return int(rows.max() - rows.min())

    assert height(Card(("完",))) > 1.8 * height(Card((), ("完",)))
