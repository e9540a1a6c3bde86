"""The storyboard: shots on a contact sheet, drawn with Pillow. Pure: pictures and words in, pictures out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageOps

from bot.subtitles.lettering import is_wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.subtitles import Language, Lettering

PER_PAGE = 12
"""Shots on one sheet."""

FRAME = (480, 270)
"""Width and height of a shot's picture, in pixels."""

_GAP, _CAPTION, _HEADING = 24, 104, 72
_GROUND, _EMPTY = (24, 24, 28), (44, 44, 50)
_BRIGHT, _SOFT, _SPOKEN = (244, 240, 232), (176, 172, 164), (232, 200, 120)
_HEADING_EM, _LABEL_EM, _TEXT_EM = 34.0, 26.0, 22.0
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Panel:
    """One shot on the sheet.

    Attributes:
        label: what members call it (`2.1`).
        length: how long it is, as the sheet says it.
        names: its characters.
        line: its first line of dialogue, or "".
        frame: a picture of any size, or None where there is none yet.
    """

    label: str
    length: str
    names: tuple[str, ...]
    line: str
    frame: Image.Image | None = None


def pages(count: int) -> int:
    """Return how many sheets `count` shots need: at least one."""
    return max(1, math.ceil(count / PER_PAGE))


def draw(heading: str, panels: Sequence[Panel], lettering: Lettering) -> Image.Image:
    """Draw one sheet of at most `PER_PAGE` shots under a heading.

    Returns:
        An RGB picture; nothing is drawn over its edge, however long the words are.
    """
    columns = max(1, min(4, math.ceil(math.sqrt(len(panels)))))
    rows = max(1, math.ceil(len(panels) / columns))
    width = columns * (FRAME[0] + _GAP) + _GAP
    height = _HEADING + rows * (FRAME[1] + _CAPTION + _GAP) + _GAP
    sheet = Image.new("RGB", (width, height), _GROUND)
    pen = _Pen(ImageDraw.Draw(sheet), lettering)
    pen.write(heading, (_GAP, _GAP + _HEADING_EM), _HEADING_EM, width - 2 * _GAP, _BRIGHT)
    for index, panel in enumerate(panels):
        left = _GAP + index % columns * (FRAME[0] + _GAP)
        top = _HEADING + _GAP + index // columns * (FRAME[1] + _CAPTION + _GAP)
        picture = ImageOps.fit(panel.frame.convert("RGB"), FRAME) if panel.frame else Image.new("RGB", FRAME, _EMPTY)
        sheet.paste(picture, (left, top))
        base = top + FRAME[1]
        pen.write(f"{panel.label} · {panel.length}", (left, base + 30), _LABEL_EM, FRAME[0], _BRIGHT)
        pen.write(" · ".join(panel.names), (left, base + 62), _TEXT_EM, FRAME[0], _SOFT)
        pen.write(panel.line, (left, base + 94), _TEXT_EM, FRAME[0], _SPOKEN)
    return sheet


class _Pen:
    """Writes single lines, cut where they would be too wide."""

    def __init__(self, on: ImageDraw.ImageDraw, lettering: Lettering) -> None:
        self._on = on
        self._lettering = lettering

    def write(self, text: str, at: tuple[float, float], em: float, limit: float, colour: tuple[int, int, int]) -> None:
        """Write one line, `at` the left end of its baseline; `em` and `limit` (its width) are in pixels."""
        language: Language = "zh" if any(is_wide(character) for character in text) else "en"
        x, y = at
        shown = self._fitting(self._lettering.drawable(" ".join(text.split()), language), language, limit / em)
        for face, run in self._lettering.runs(shown, language):
            font = face.at(em)
            self._on.text((x, y), run, font=font, fill=colour, anchor="ls")
            x += font.getlength(run)

    def _fitting(self, text: str, language: Language, ems: float) -> str:
        if self._lettering.width(text, language) <= ems:
            return text
        while text and self._lettering.width(text + _ELLIPSIS, language) > ems:
            text = text[:-1]
        return text.rstrip() + _ELLIPSIS
