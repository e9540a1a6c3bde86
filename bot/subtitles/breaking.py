"""Where a text may be broken: into lines of one picture, and into parts that are shown one after the other.

A line of Chinese breaks between characters, but never before a closing mark or after an opening one (GB/T 15834 and
the kinsoku rules); Latin breaks at spaces, and inside a word only where the word alone is wider than a line.
"""

from __future__ import annotations

import math
import unicodedata
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from bot.subtitles.lettering import is_wide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Width = Callable[[str], float]

_CLOSING, _OPENING = "!%),.:;?]}~", "([{"
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NO_START = set(
    _CLOSING + _CLOSING.translate(_FULL_WIDTH) + "、。〉》」』】〕”’…—·ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NO_END = set(_OPENING + _OPENING.translate(_FULL_WIDTH) + "〈《「『【〔“‘")
_SENTENCE_ENDS = set(".!?。！？…")
_PAUSES = set(",;:—，、；：")
_QUOTES = "\"'”’」』）)"
# How far from the even place a break may lie for a better reason, as a share of the part's width.
_FOR_A_SENTENCE, _FOR_A_PAUSE = 0.35, 0.2


def lines_of(text: str, rows: int, limit: float, width: Width) -> list[str] | None:
    """Return `text` as at most `rows` lines, none wider than `limit`, as even as the words allow.

    Args:
        text: one line of cleaned text.
        rows: 1 or 2 for a subtitle; more for a card.
        limit: in the unit of `width`.
        width: measures a text; the widths of its characters add up.

    Returns:
        The lines, or None where `text` does not fit.
    """
    for count in range(max(1, math.ceil(width(text) / limit)), rows + 1):
        lines = divide(text, count, limit, width)
        if all(width(line) <= limit for line in lines):
            return lines
    # Even lines may each be a little too wide where a greedy filling fits.
    lines = _fill(list(_pieces(text, limit, width)), limit, width)
    return lines if len(lines) <= rows else None


def divide(text: str, parts: int, limit: float, width: Width) -> list[str]:
    """Return `text` in `parts` parts of like width, broken at the ends of sentences where one is near.

    Fewer parts come back where the text has fewer places to break.
    """
    pieces = list(_pieces(text, limit, width))
    reached = list(accumulate(width(piece) for piece in pieces))
    cuts = [0]
    for part in range(1, min(parts, len(pieces))):
        target = reached[-1] * part / parts
        open_places = range(cuts[-1] + 1, len(pieces) - (min(parts, len(pieces)) - part) + 1)
        cuts.append(
            min(
                open_places, key=lambda at: abs(reached[at - 1] - target) - _bonus(pieces[at - 1]) * reached[-1] / parts
            )
        )
    cuts.append(len(pieces))
    return [part for start, end in pairwise(cuts) if (part := "".join(pieces[start:end]).strip())]


def _bonus(piece: str) -> float:
    end = piece.rstrip().rstrip(_QUOTES)[-1:]
    if end in _SENTENCE_ENDS:
        return _FOR_A_SENTENCE
    return _FOR_A_PAUSE if end in _PAUSES else 0.0


def _fill(pieces: list[str], limit: float, width: Width) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if line and width((line + piece).rstrip()) > limit:
            lines.append(line.strip())
            line = ""
        line += piece
    return [*lines, line.strip()] if line.strip() else lines


def _pieces(text: str, limit: float, width: Width) -> Iterator[str]:
    """Yield the unbreakable pieces of `text`, each with the space that follows; one wider than a line is cut."""
    piece, wide = "", 0.0
    for character in text:
        more = width(character)
        too_wide = wide + more > limit and not unicodedata.combining(character)
        if piece and (too_wide or _may_break(piece[-1], character)):
            yield piece
            piece, wide = "", 0.0
        piece += character
        wide += more
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before in _NO_END or after in _NO_START or unicodedata.combining(after):
        return False
    if before == " ":
        return after != " "
    return is_wide(before) or is_wide(after)
