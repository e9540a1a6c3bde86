"""Title and end cards: words drawn by our own code into a still."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from bot.subtitles import Language, clean, lines_of
from bot.subtitles.lettering import is_wide

if TYPE_CHECKING:
    from bot.cutting.plan import Card
    from bot.subtitles import Lettering

_GROUND = (14, 14, 18)
_TITLE, _ROW = (244, 240, 232), (176, 172, 164)
_WIDE, _HIGH = 0.8, 0.84  # shares of the picture that words may take
_TITLE_EM, _ROW_EM = 0.1, 0.045  # of the height, before anything has to shrink
_LEADING = 1.5  # line to line, in ems
_BETWEEN = 0.4  # ems more after each text
_BASELINE = 1.1  # from a line's top, in ems
_LONGEST = 160  # characters of one text; more ends in an ellipsis
_MOST_LINES = 8
_SHRINK = 0.9
_SMALLEST = 7  # pixels an em under which nothing is read: then texts are left out


class _Set(NamedTuple):
    """One line as it is drawn: its words, em and height in pixels."""

    words: str
    language: Language
    colour: tuple[int, int, int]
    em: int
    height: float


def draw_card(card: Card, size: tuple[int, int], lettering: Lettering) -> Image.Image:
    """Draw a card.

    Titles and rows are wrapped (Chinese between characters, Latin at spaces) and all shrink together until they fit;
    of more than can be read, the last texts are left out. Nothing is ever drawn outside the safe area.

    Args:
        card: its words, as members wrote them.
        size: width and height in pixels.
        lettering: the fonts.

    Returns:
        An RGB picture of `size`.
    """
    width, height = size
    texts = [(_TITLE_EM, _TITLE, _shortened(title)) for title in card.titles]
    texts += [(_ROW_EM, _ROW, _shortened(row)) for row in card.rows]
    unit = min(height, width * 0.75)
    lines = _set(texts, unit, width * _WIDE, lettering)
    while lines is None or sum(line.height for line in lines) > height * _HIGH:
        if unit * _TITLE_EM > _SMALLEST:
            unit *= _SHRINK
        else:
            texts = texts[:-1]
        lines = _set(texts, unit, width * _WIDE, lettering)
    picture = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(picture)
    y = (height - sum(line.height for line in lines)) / 2
    for line in lines:
        x = (width - lettering.width(line.words, line.language) * line.em) / 2
        for face, run in lettering.runs(line.words, line.language):
            font = face.at(line.em)
            draw.text((x, y + line.em * _BASELINE), run, font=font, fill=line.colour, anchor="ls")
            x += font.getlength(run)
        y += line.height
    return picture


def _set(
    texts: list[tuple[float, tuple[int, int, int], str]], unit: float, limit: float, lettering: Lettering
) -> list[_Set] | None:
    """Break `texts` into lines at ems of `unit`; None where one needs too many lines."""
    lines: list[_Set] = []
    for share, colour, text in texts:
        em = max(_SMALLEST, round(share * unit))
        language: Language = "zh" if any(is_wide(character) for character in text) else "en"
        drawn = lettering.drawable(text, language)
        if not drawn:
            continue
        broken = lines_of(drawn, _MOST_LINES, limit / em, partial(lettering.width, language=language))
        if broken is None:
            return None
        lines += [_Set(words, language, colour, em, em * _LEADING) for words in broken]
        lines[-1] = lines[-1]._replace(height=em * (_LEADING + _BETWEEN))
    return lines


def _shortened(text: str) -> str:
    cleaned = clean(text)
    return cleaned if len(cleaned) <= _LONGEST else cleaned[: _LONGEST - 1].rstrip() + "…"
