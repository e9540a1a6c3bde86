"""Discord's markdown, as far as the bot's messages use it, as safe HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

# "zero" knows plain paragraphs only, and passes no HTML through.
_PARSER = MarkdownIt("zero", {"breaks": True, "html": False}).enable(
    ["emphasis", "strikethrough", "backticks", "blockquote", "escape", "newline", "list"]
)
# In Discord a quote ends with its line; in markdown-it it goes on to the next blank one.
_QUOTE = re.compile(r"^(> .*)\n(?!> |\n)", re.MULTILINE)
_MENTION = re.compile(r"&lt;@!?(\d+)&gt;")


def markup(text: str, names: Mapping[int, str]) -> Markup:
    """Return `text` as HTML; `names` are the people whom it may mention, by id."""

    def mention(match: re.Match[str]) -> str:
        name = names.get(int(match[1]))
        return match[0] if name is None else str(Markup('<span class="mention">@{}</span>').format(name))

    return Markup(_MENTION.sub(mention, _PARSER.render(_QUOTE.sub(r"\1\n\n", text))))  # noqa: S704 - the parser has escaped it
