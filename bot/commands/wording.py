"""Members' own words inside our sentences, and lists that fit one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.utils import escape_markdown, escape_mentions

from bot.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT_LIMIT = 2000
"""Characters that a Discord message holds."""

FIELD_LIMIT = 1024
"""Characters that a field of an embed holds."""

PAGE_LIMIT = 1800
"""Characters of a list on one page: leaves room for the heading and the line that leads on."""

ELLIPSIS = "…"


def escaped(text: str) -> str:
    """Return a member's words so that Discord shows them as they were written: no markdown, no mention, one line."""
    line = " ".join(visible(text).split())
    return escape_mentions(escape_markdown(line, ignore_links=False)).replace("<", "\\<")


def excerpt(text: str, limit: int) -> str:
    """Return the beginning of `text` on one line, at most `limit` characters long, with … where it goes on."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def shortened(text: str, limit: int = CONTENT_LIMIT) -> str:
    """Return `text` cut, at a line's end where there is one, to `limit` characters."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 2]
    return kept[: kept.rfind("\n")] + "\n" + ELLIPSIS if "\n" in kept else kept + ELLIPSIS


def pages(lines: Sequence[str], limit: int = PAGE_LIMIT) -> list[list[str]]:
    """Divide `lines` into pages of at most `limit` characters, each holding at least one line; none for no lines."""
    divided: list[list[str]] = []
    room = 0
    for line in lines:
        room -= len(line) + 1
        if not divided or room < 0:
            divided.append([])
            room = limit - len(line) - 1
        divided[-1].append(line)
    return divided
