"""Font files: what a face draws, how wide and high that is, and by which name libass finds it."""

from __future__ import annotations

import hashlib
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fontTools.ttLib import TTFont, TTLibError
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

CHINESE = "的一是我你在"
"""What a font for Chinese draws, whichever of the two scripts it is made for."""

_MISSING = "\U0010fffd"  # a private-use character that no text font draws: shows what a missing glyph looks like
_FAMILY = (1, 3, 1)  # in the `name` table: the family's name as Windows, and so libass, reads it
_ENGLISH = 0x409
_SYNTAX = set("\\{}()")  # what an override tag of ASS cannot hold
_REGULAR, _LIGHTEST = 400, 100

_DAMAGED = (OSError, TTLibError, LookupError, ValueError, AssertionError, struct.error)
"""What FreeType and fontTools raise of fonts that are not to be read, or not as they should be."""


class UnusableFont(ValueError):
    """A font file that captions cannot be drawn with. The message names the file and says why."""


@dataclass(frozen=True)
class Face:
    """One font file; of a collection its first font.

    Attributes:
        path: where it lies.
        family: the name by which libass finds it.
        weight: 400 is regular, 700 bold: tells it from others of its family that the machine has.
        line: what a font size in ASS means, in ems: not the em, but the height that the font gives Windows.
        content: SHA-256 of the file.
    """

    path: Path
    family: str
    weight: int
    line: float
    content: str

    @classmethod
    def load(cls, path: Path) -> Face:
        """Read a font's name, weight and height.

        Raises:
            UnusableFont: the file is not there, is no font, or has a name that cannot be said in ASS.
        """
        with _usable(path):
            if not path.is_file():
                raise UnusableFont(f"{path}: no such file")
            drawn_as = str(ImageFont.truetype(str(path), 16).getname()[0])
            with TTFont(path, lazy=True, fontNumber=0) as font:
                family = _family(font) or drawn_as
                weight, line = _weight(font), _line(font)
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        if not family.isprintable() or family != family.strip() or _SYNTAX & set(family) or family[:1] in {"", "@"}:
            raise UnusableFont(f"{path}: its name {family!r} cannot be written into subtitles")
        return cls(path, family, weight, line, content)

    @classmethod
    def for_chinese(cls, path: Path) -> Face:
        """Read a font that an operator has chosen.

        Raises:
            UnusableFont: also where it has no Chinese characters, or cannot draw them.
        """
        face = cls.load(path)
        with _usable(path):
            chinese = all(map(face.draws, CHINESE))
        if not chinese:
            raise UnusableFont(f"{path} has no Chinese characters; choose a font that has")
        return face

    def at(self, pixels: float) -> ImageFont.FreeTypeFont:
        """Return the font with an em of `pixels`."""
        return _font(self.path, max(6, round(pixels)))

    def draws(self, character: str) -> bool:
        """Whether the font has a glyph for `character`."""
        return _draws(self.path, character)


@contextmanager
def _usable(path: Path) -> Generator[None]:
    try:
        yield
    except UnusableFont:
        raise
    except _DAMAGED as error:
        raise UnusableFont(f"{path} is no font that can be used: {str(error) or 'it is damaged'}") from None


def _family(font: Any) -> str:
    names = font["name"]
    english = names.getName(*_FAMILY, _ENGLISH)
    return str(english or names.getName(*_FAMILY) or "")


def _weight(font: Any) -> int:
    # Old fonts count from 1 to 9.
    weight = int(font["OS/2"].usWeightClass) if "OS/2" in font else _REGULAR
    return weight if weight >= _LIGHTEST else _REGULAR


def _line(font: Any) -> float:
    """Return a line's height in ems as libass has it, which does as Windows does."""
    high = int(font["OS/2"].usWinAscent + font["OS/2"].usWinDescent) if "OS/2" in font else 0
    return (high or int(font["hhea"].ascent - font["hhea"].descent)) / int(font["head"].unitsPerEm)


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
