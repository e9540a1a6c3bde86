"""Discord's markdown, as far as the bot's messages use it, as safe HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.renderer import RendererProtocol
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

# In Discord a quote or a list ends with its line; in markdown-it it goes on to the next blank one.
_QUOTE = re.compile(r"^(> .*)\n(?!> |\n)", re.MULTILINE)
_LIST = re.compile(r"^(- .*)\n(?!- |\n)", re.MULTILINE)
_MENTION = re.compile(r"&lt;(@!?|#)(\d+)&gt;")
_JUMP = re.compile(r"https://discord\.com/channels/\d+/\d+/(\d+)")


def _link_open(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Return what begins a link: one to a message leads to it on this page, any other nowhere."""
    del renderer, options, env
    jump = _JUMP.fullmatch(str(tokens[index].attrGet("href") or ""))
    return f'<a href="#m{jump[1]}">' if jump else '<a class="elsewhere">'


# "zero" knows plain paragraphs only, and passes no HTML through.
_PARSER = MarkdownIt("zero", {"breaks": True, "html": False}).enable(
    ["emphasis", "strikethrough", "backticks", "blockquote", "escape", "link", "newline", "list"]
)
_PARSER.add_render_rule("link_open", _link_open)


def markup(text: str, names: Mapping[int, str]) -> Markup:
    """Return `text` as HTML; `names` are the people and places that it may mention, by id."""

    def mention(match: re.Match[str]) -> str:
        name, sign = names.get(int(match[2])), match[1][0]
        return match[0] if name is None else str(Markup('<span class="mention">{}{}</span>').format(sign, name))

    return Markup(_MENTION.sub(mention, _PARSER.render(_LIST.sub(r"\1\n\n", _QUOTE.sub(r"\1\n\n", text)))))  # noqa: S704 - the parser has escaped it
