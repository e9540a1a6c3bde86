"""Fonts by script: which face draws a character, how wide a text is, and which characters nobody can draw."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal

import cvttf_NotoSansCJK_Medium
import font_source_sans_pro

from bot.subtitles.faces import Face

Language = Literal["zh", "en"]

LONGEST = 1000
"""Characters of one text that are looked at."""

_JOINERS = "\u200c\u200d"  # they shape Indic and Arabic letters; every other format character goes
# What ASS, SRT and HTML read as syntax is shown by its full-width twin: no renderer takes that for a command.
_TWINS = {ord(mark): ord(mark) + 0xFEE0 for mark in "{}\\<>"}
_MEASURE = 100  # pixels an em at which texts are measured; widths scale from there


class Lettering:
    """Faces of which one leads in each script; a character that the leading face lacks is taken from the next.

    Source Sans Pro leads in Latin, Greek and Cyrillic, Noto Sans CJK in Chinese, Japanese and Korean; both come in
    packages of their own.

    Args:
        font: a font file that leads in every script instead.

    Attributes:
        latin: the face that leads in Latin script where none was chosen.
        faces: all of them.

    Raises:
        UnusableFont: `font` is not there, or cannot be used.
    """

    def __init__(self, font: Path | None = None) -> None:
        chosen = () if font is None else (Face.load(font),)
        self.latin = Face.load(Path(font_source_sans_pro.font_directory, "SourceSansPro-Semibold.ttf"))
        cjk = Face.load(Path(cvttf_NotoSansCJK_Medium.get_TTF_path()))
        self.faces = (*chosen, self.latin, cjk)
        self._orders: dict[Language, tuple[Face, ...]] = {"zh": (*chosen, cjk, self.latin), "en": self.faces}
        self._widths: dict[Language, dict[str, float]] = {"zh": {}, "en": {}}

    def runs(self, text: str, language: Language) -> list[tuple[Face, str]]:
        """Return `text` cut into runs of one face; what no face draws is left out.

        In Chinese a CJK face leads, so that quotation marks and dashes have their full width.
        """
        order = self._orders[language]
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
        """Return `text` without what no face draws (emoji above all), white space folded."""
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
