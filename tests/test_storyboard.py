"""bot.storyboard: the contact sheet."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bot import storyboard
from bot.storyboard import FRAME, Panel
from bot.subtitles import Lettering


def panel(number: int = 1, colour: str | None = "#c03020", line: str = "沈月华: 你好 | Hello") -> Panel:
    frame = Image.new("RGB", (960, 544), colour) if colour else None
    return Panel(f"1.{number}", "8 s", ("沈月华", "Ada"), line, frame)


@pytest.mark.parametrize(("count", "sheets"), [(0, 1), (1, 1), (12, 1), (13, 2), (24, 2), (60, 5)])
def test_twelve_shots_a_sheet(count: int, sheets: int) -> None:
    assert storyboard.pages(count) == sheets


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (12, 4, 3)])
def test_each_shot_has_its_place(count: int, columns: int, rows: int) -> None:
    colours = [f"#{number * 20:02x}40{255 - number * 20:02x}" for number in range(count)]
    sheet = storyboard.draw("E1", [panel(number, colour) for number, colour in enumerate(colours)], Lettering())
    assert sheet.width == columns * (FRAME[0] + 24) + 24
    for index, colour in enumerate(colours):
        x = 24 + index % columns * (FRAME[0] + 24) + FRAME[0] // 2
        y = 96 + index // columns * (FRAME[1] + 128) + FRAME[1] // 2
        expected = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert sheet.getpixel((x, y)) == expected
    assert sheet.height >= rows * FRAME[1]


def test_words_are_drawn_and_never_over_the_edge() -> None:
    endless = "姑娘手中的玉佩，正是在下遗失之物。" * 30
    sheet = np.asarray(storyboard.draw(endless, [panel(line=endless)], Lettering()))
    written = (sheet != np.array([24, 24, 28])).any(axis=2)
    assert written[:96].any(), "a heading"
    assert written[96 + FRAME[1] :].any(), "a caption"
    assert not written[:, : 24 - 2].any()
    assert not written[:, -22:].any()


def test_a_shot_without_a_picture_and_without_words() -> None:
    sheet = storyboard.draw("", [Panel("1.1", "5 s", (), "")], Lettering())
    assert sheet.getpixel((24 + 10, 96 + 10)) == (44, 44, 50)


def test_an_empty_sheet() -> None:
    assert storyboard.draw("E1", [], Lettering()).size[0] > 0
