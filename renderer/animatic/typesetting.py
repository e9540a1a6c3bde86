"""Setting lines of Chinese and Latin text: cleaning, measuring, breaking, cutting to a width."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import cvttf_NotoSansCJK_Medium
from PIL import Image, ImageDraw, ImageFont, features

if TYPE_CHECKING:
    from collections.abc import Iterator

ELLIPSIS = "…"

_LONGEST = 600  # characters of a text that are looked at; no slate holds more
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}  # ASCII to its full-width form
_CLOSING, _OPENING = "!%),.:;?]}~", "([{"
_NO_START = set(
    _CLOSING + _CLOSING.translate(_FULL_WIDTH) + "、。〉》」』】〕”’…—·ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NO_END = set(_OPENING + _OPENING.translate(_FULL_WIDTH) + "〈《「『【〔“‘")
_MISSING = "\U0010fffd"  # a private-use character that no text font draws: shows what a missing glyph looks like
_WIDE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO")

# Without libraqm (it needs the system's libfribidi) Pillow refuses to be told a language. With it, the font gives the
# forms that readers of simplified Chinese expect, the low full stop first of all.
_SHAPED = features.check("raqm")
_LANGUAGE: dict[str, Any] = {"language": "zh-Hans"} if _SHAPED else {}


class Typeface:
    """One font file, at any size.

    Args:
        path: a font with CJK glyphs; None takes Noto Sans CJK from the package that ships it.

    Raises:
        OSError: the file is not there or is no font.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = path or cvttf_NotoSansCJK_Medium.get_TTF_path()
        self._sizes: dict[int, ImageFont.FreeTypeFont] = {}
        self._drawable: dict[str, bool] = {}
        # Without shaping, which would put a dotted circle under a mark that stands alone.
        self._plain = ImageFont.truetype(self._path, 16, layout_engine=ImageFont.Layout.BASIC)
        self._missing = self._glyph(_MISSING)

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """Return the font at `size` pixels (never under 6)."""
        pixels = max(6, round(size))
        if pixels not in self._sizes:
            self._sizes[pixels] = ImageFont.truetype(self._path, pixels)
        return self._sizes[pixels]

    def width(self, text: str, size: float) -> float:
        """Return how wide `text` is in pixels."""
        return self.at(size).getlength(text, **_LANGUAGE)

    def draw(
        self,
        draw: ImageDraw.ImageDraw,
        place: tuple[float, float],
        text: str,
        size: float,
        *,
        fill: tuple[int, ...],
        anchor: str = "ls",
    ) -> None:
        """Draw one line; `place` is the left end of its baseline, or what Pillow's `anchor` says."""
        draw.text(place, text, font=self.at(size), fill=fill, anchor=anchor, **_LANGUAGE)

    def clean(self, text: str) -> str:
        """Return `text` as one line that this font can draw: composed, white space folded, no control characters.

        Emoji and other symbols that the font lacks are dropped; letters that it lacks become one ellipsis a run, so
        that the reader sees that something is there.
        """
        composed = unicodedata.normalize("NFC", text[:_LONGEST])
        kept: list[str] = []
        for character in composed:
            if character.isspace():
                kept.append(" ")
            elif unicodedata.category(character)[0] == "C":
                continue
            elif self._can_draw(character):
                kept.append(character)
            elif unicodedata.category(character)[0] == "L" and (not kept or kept[-1] != ELLIPSIS):
                kept.append(ELLIPSIS)
        return " ".join("".join(kept).split())

    def cut(self, text: str, size: float, width: float) -> str:
        """Return `text`, cut with an ellipsis where it is wider than `width` pixels; empty where nothing fits."""
        if self.width(text, size) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle].rstrip() + ELLIPSIS, size) <= width:
                low = middle
            else:
                high = middle - 1
        cut = text[:low].rstrip() + ELLIPSIS
        return cut if self.width(cut, size) <= width else ""

    def wrap(self, text: str, size: float, width: float, lines: int) -> list[str]:
        """Return `text` in at most `lines` lines, none wider than `width` pixels; what does not fit ends in "…".

        Chinese breaks between characters, but no line starts with a closing mark or ends with an opening one; Latin
        breaks at spaces, and within a word only where the word alone is too wide.
        """
        wrapped: list[str] = []
        line = ""
        pieces = list(self._fitting(_pieces(text), size, width))
        for index, piece in enumerate(pieces):
            if not line or self.width((line + piece).rstrip(), size) <= width:
                line += piece if line else piece.lstrip()
                continue
            if len(wrapped) == lines - 1:
                rest = line + "".join(pieces[index:])
                return [*wrapped, self.cut(rest.rstrip(), size, width)]
            wrapped.append(line.rstrip())
            line = piece.lstrip()
        return [*wrapped, line.rstrip()] if line.strip() else wrapped

    def _can_draw(self, character: str) -> bool:
        if character not in self._drawable:
            self._drawable[character] = self._glyph(character) != self._missing
        return self._drawable[character]

    def _glyph(self, character: str) -> bytes:
        canvas = Image.new("L", (32, 32))
        ImageDraw.Draw(canvas).text((4, 4), character, font=self._plain, fill=255)
        return canvas.tobytes()

    def _fitting(self, pieces: Iterator[str], size: float, width: float) -> Iterator[str]:
        """Yield `pieces`, those wider than a line cut into parts that fit."""
        for piece in pieces:
            part = ""
            for character in piece if self.width(piece.rstrip(), size) > width else ():
                if part and self.width(part + character, size) > width:
                    yield part
                    part = ""
                part += character
            yield part or piece


def _pieces(text: str) -> Iterator[str]:
    """Yield the unbreakable pieces of `text`: words with the space that follows, single CJK characters with marks."""
    piece = ""
    for character in text:
        if piece and _may_break(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before in _NO_END or after in _NO_START or unicodedata.combining(after):
        return False
    if before == " ":
        return after != " "
    return _is_cjk(before) or _is_cjk(after)


def _is_cjk(character: str) -> bool:
    return character > "\u2e7f" and unicodedata.name(character, "").startswith(_WIDE_SCRIPTS)
