"""The colour that a scene's words give the plate."""

from __future__ import annotations

import functools
import re
from typing import Final

from bot.casting.words import table

Colour = tuple[int, int, int]

_FURTHEST: Final = 3
"""Words beyond this many say nothing new about the light."""


def scene_colour(text: str) -> Colour | None:
    """Return the mean colour (0–255 each) of the places, times and lights that `text` names, or None.

    Words and colours: `words.toml`, `[scene]`. Limits: it knows words, not sentences ("no moon" is still a moon).
    """
    colours, pattern = _scene()
    hits: dict[Colour, None] = {}
    for match in pattern.finditer(text.casefold()):
        hits[colours[match.group()]] = None
    chosen = list(hits)[:_FURTHEST]
    if not chosen:
        return None
    red, green, blue = (round(sum(colour[i] for colour in chosen) / len(chosen)) for i in range(3))
    return red, green, blue


@functools.cache
def _scene() -> tuple[dict[str, Colour], re.Pattern[str]]:
    colours: dict[str, Colour] = {}
    for entry in table()["scene"]:
        code = entry["colour"]
        colour = (int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16))
        for word in (*entry["en"], *entry["zh"]):
            colours[word] = colour
    words = sorted(colours, key=len, reverse=True)
    parts = [rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words]
    return colours, re.compile("|".join(parts))
