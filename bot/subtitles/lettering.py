"""Fonts by script: which face draws a character, how wide a text is, and which characters nobody can draw."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cvttf_NotoSansCJK_Medium
import font_source_sans_pro
from PIL import Image, ImageDraw, ImageFont

Language = Literal["zh", "en"]

LONGEST = 1000
"""Characters of one text that are looked at."""

_MISSING = "\U0010fffd"  # a private-use character that no text font draws: shows what a missing glyph looks like
_JOINERS = "\u200c\u200d"  # they shape Indic and Arabic letters; every other format character goes
# What ASS, SRT and HTML read as syntax is shown by its full-width twin: no renderer takes that for a command.
_TWINS = {ord(mark): ord(mark) + 0xFEE0 for mark in "{}\\<>"}
_MEASURE = 100  # pixels an em at which texts are measured; widths scale from there


@dataclass(frozen=True)
class Face:
    """One font file.

    Attributes:
        path: where it lies.
        name: the full name, by which libass finds it.
        line: ascent plus descent in ems; a font size in ASS means this height, not the em.
    """

    path: Path
    name: str
    line: float

    @classmethod
    def load(cls, path: Path) -> Face:
        """Read a font's names and height.

        Raises:
            OSError: the file is not there or is no font.
        """
        font = ImageFont.truetype(str(path), 1000)
        family, style = font.getname()
        ascent, descent = font.getmetrics()
        name = f"{family} {style}" if style and style != "Regular" else str(family)
        return cls(path, name, (ascent + descent) / 1000)

    def at(self, pixels: float) -> ImageFont.FreeTypeFont:
        """Return the font with an em of `pixels`."""
        return _font(self.path, max(6, round(pixels)))

    def draws(self, character: str) -> bool:
        """Whether the font has a glyph for `character`."""
        return _draws(self.path, character)


class Lettering:
    """Two faces, one that leads in each script; a character that the leading face lacks is taken from the other.

    Args:
        latin: the face for Latin, Greek and Cyrillic; None takes Source Sans Pro from the package that ships it.
        cjk: the face for Chinese, Japanese and Korean; None takes Noto Sans CJK from the package that ships it.

    Raises:
        OSError: a file is not there or is no font.
    """

    def __init__(self, latin: Path | None = None, cjk: Path | None = None) -> None:
        self.latin = Face.load(latin or Path(font_source_sans_pro.font_directory, "SourceSansPro-Semibold.ttf"))
        self.cjk = Face.load(cjk or Path(cvttf_NotoSansCJK_Medium.get_TTF_path()))
        self._widths: dict[Language, dict[str, float]] = {"zh": {}, "en": {}}

    @property
    def faces(self) -> tuple[Face, Face]:
        """Both faces."""
        return self.latin, self.cjk

    def runs(self, text: str, language: Language) -> list[tuple[Face, str]]:
        """Return `text` cut into runs of one face; what neither face draws is left out.

        In Chinese the CJK face leads, so that quotation marks and dashes have their full width.
        """
        order = (self.cjk, self.latin) if language == "zh" else (self.latin, self.cjk)
        runs: list[tuple[Face, str]] = []
        for character in text:
            face = next((face for face in order if face.draws(character)), None)
            if runs and (character == " " or character in _JOINERS):
                face = runs[-1][0]
            if face is None:
                continue
            if runs and runs[-1][0] is face:
                runs[-1] = (face, runs[-1][1] + character)
            else:
                runs.append((face, character))
        return runs

    def width(self, text: str, language: Language) -> float:
        """Return how wide `text` is, in ems.

        By single characters, each measured once: kerning makes Latin text a trifle narrower than this.
        """
        widths = self._widths[language]
        for character in set(text) - widths.keys():
            runs = self.runs(character, language)
            widths[character] = runs[0][0].at(_MEASURE).getlength(character) / _MEASURE if runs else 0.0
        return sum(map(widths.__getitem__, text))

    def drawable(self, text: str, language: Language) -> str:
        """Return `text` without what neither face draws (emoji above all), white space folded."""
        return " ".join("".join(run for _, run in self.runs(text, language)).split())


def clean(text: str) -> str:
    """Return a member's text as one line that no subtitle format takes for syntax.

    Composed; line breaks and tabs become spaces; control characters, lone surrogates, direction overrides and
    private-use characters go; `{ } < >` and the backslash become their full-width twins; at most `LONGEST` characters.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text[:LONGEST]):
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character)[0] != "C" or character in _JOINERS:
            kept.append(character)
    return " ".join("".join(kept).split()).translate(_TWINS)


def is_wide(character: str) -> bool:
    """Whether `character` is an ideograph, kana, hangul or a full-width mark."""
    return unicodedata.east_asian_width(character) in {"W", "F"}


@lru_cache(maxsize=32)
def _font(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), pixels)


@lru_cache(maxsize=16)
def _plain(path: Path) -> ImageFont.FreeTypeFont:
    # Without shaping, which would put a dotted circle under a mark that stands alone.
    return ImageFont.truetype(str(path), 16, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=20_000)
def _draws(path: Path, character: str) -> bool:
    return character == " " or _glyph(path, character) != _glyph(path, _MISSING)


@lru_cache(maxsize=2_000)
def _glyph(path: Path, character: str) -> bytes:
    canvas = Image.new("L", (32, 32))
    ImageDraw.Draw(canvas).text((4, 4), character, font=_plain(path), fill=255)
    return canvas.tobytes()
