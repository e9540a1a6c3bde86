"""A font file made for a test: whatever it draws is one solid block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = 0.8
"""Width and height of the block in ems; a tenth stays free on each side of it."""


def write_blocks(path: Path, characters: str, *, family: str = "Blocks") -> Path:
    """Write a font that draws `characters`; its names, weight and heights agree as little as in some real fonts."""
    pen = TTGlyphPen(None)
    for draw, point in zip((pen.moveTo, *[pen.lineTo] * 3), ((100, 0), (100, 800), (900, 800), (900, 0)), strict=True):
        draw(point)
    pen.closePath()
    font = FontBuilder(1000)
    font.setupGlyphOrder([".notdef", "block"])
    font.setupCharacterMap(dict.fromkeys(map(ord, characters), "block"))
    font.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "block": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (1000, 0), "block": (1000, 100)})
    font.setupHorizontalHeader(ascent=700, descent=-200)
    names = {"familyName": family, "styleName": "Heavy", "fullName": "Quite Another Name", "psName": "Another-Heavy"}
    font.setupNameTable(names)
    font.setupOS2(usWinAscent=1500, usWinDescent=600, usWeightClass=900)
    font.setupPost()
    font.save(path)
    return path
