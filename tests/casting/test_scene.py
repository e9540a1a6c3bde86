from __future__ import annotations

import pytest

from bot.casting import scene_colour
from bot.casting.words import table


def test_words_of_both_languages_name_the_same_colour() -> None:
    assert scene_colour("late at night") == scene_colour("深夜") is not None
    assert scene_colour("A garden at DUSK") == scene_colour("黄昏的花园")
    assert scene_colour("黃昏的花園") == scene_colour("黄昏的花园")


def test_several_words_give_their_mean() -> None:
    night, palace = scene_colour("night"), scene_colour("palace")
    both = scene_colour("night in the palace")
    assert night
    assert palace
    assert both == tuple(round((a + b) / 2) for a, b in zip(night, palace, strict=True))


@pytest.mark.parametrize("text", ["", "they talk", "the knight sneers", "nightly", "他们说话"])
def test_no_word_no_colour(text: str) -> None:
    assert scene_colour(text) is None


def test_the_table_is_whole() -> None:
    words = [word for entry in table()["scene"] for word in (*entry["en"], *entry["zh"])]
    assert len(words) == len(set(words))
    assert all(entry["colour"].startswith("#") and len(entry["colour"]) == 7 for entry in table()["scene"])
    assert all(word == word.casefold() for word in words)
