"""Rule 2 in English where no garment is named: dressed all in black, the man in black, black-clad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.dark_words_en import BE, EVEN, TAIL, Dark, capitals, recolour, things
from bot.guards.reading import Edit
from bot.guards.tables import phrase, words

if TYPE_CHECKING:
    from bot.guards.phrases import Match
    from bot.guards.reading import Passage, Token

_FULLY = frozenset(
    {
        "head",
        "toe",
        "to",
        "nothing",
        "but",
        "head-to-toe",
        "mourning",
        "usual",
        "funeral",
        "full",
        "her",
        "his",
        "widow's",
    }
)
_SOMEBODY = frozenset(
    {"he", "she", "they", "both", "he's", "she's", "they're", "i'm", "who's", "who", "everybody", "him", "her", "them"}
)


def unnamed(passage: Passage, match: Match) -> list[Dark]:  # noqa: C901, PLR0911  (one question after the other)
    """Return unnamed clothes (dressed all in black, the man in black, wearing black)."""
    tokens = passage.tokens
    after = tokens[match.last + 1] if match.last + 1 < len(tokens) else None
    if after is not None and (after.kind in {"number", "chinese"} or after.text in things()):
        return []
    if after is not None and after.text in {"and", "or"}:
        following = tokens[match.last + 2].text if match.last + 2 < len(tokens) else ""
        if following in words("en", "dark_clothes", "light"):
            return []
    back = match.first - 1
    while back >= 0 and tokens[back].text in EVEN | _FULLY:
        back -= 1
    if back < 0:
        return []
    dressed = words("en", "dark_clothes", "dressed")
    link = tokens[back].text
    before = tokens[back - 1].text if back else ""
    if link in BE and before in dressed:  # everything she wears is black
        end = tokens[match.last].end
        cloth = phrase("en", "dark_clothes", "cloth")
        return [Dark(capitals(passage, match), cloth, tokens[match.first].start, end, recolour(passage, match))]
    if link == "in":
        named = before in dressed or before in words("en", "dark_clothes", "people") or before in EVEN | {"toe"}
        named = named or before in _SOMEBODY or (before in BE and back > 1 and _is_somebody(passage, back - 2))
        if not (named or _is_name(passage, back - 1)) or not (
            after is None or after.kind == "mark" or named or _is_free(after)
        ):
            return []
    elif (
        link == "," and back + 1 < match.first and before in words("en", "dark_clothes", "people")
    ):  # a ninja, all black
        if after is not None and after.kind != "mark":
            return []
    elif link not in dressed or not (after is None or after.kind == "mark" or _is_free(after)):
        return []
    colour = capitals(passage, match)
    cloth = phrase("en", "dark_clothes", "cloth")
    place = tokens[match.last].end
    edits = (*recolour(passage, match), Edit(place, place, " " + cloth))
    return [Dark(colour, cloth, tokens[match.first].start, place, edits)]


def clad(passage: Passage, token: Token) -> Dark | None:
    """Return the clothes in `black-clad`, `dark-suited`, `black-robed`."""
    colour, _, rest = token.text.rpartition("-")
    if rest not in words("en", "dark_clothes", "dressed") | {
        "hatted",
        "coated",
        "booted",
        "hooded",
        "gloved",
        "cloaked",
    }:
        return None
    if colour not in words("en", "dark_clothes", "dark"):
        return None
    end = token.start + len(colour)
    capitals = passage.text[token.start : end].upper()
    edits = (Edit(token.start, end, capitals),) if passage.text[token.start : end] != capitals else ()
    return Dark(capitals, phrase("en", "dark_clothes", "cloth"), token.start, token.end, edits)


def _is_somebody(passage: Passage, index: int) -> bool:
    text = passage.tokens[index].text
    return text in _SOMEBODY or text in words("en", "dark_clothes", "people") or _is_name(passage, index)


def _is_name(passage: Passage, index: int) -> bool:
    token = passage.tokens[index] if index >= 0 else None
    return token is not None and token.kind == "word" and index > 0 and passage.text[token.start].isupper()


def _is_free(token: Token) -> bool:
    """Return whether the noun phrase ends before `token`: a preposition, a verb, an adverb."""
    if token.text in words("en", "grammar", "breaks") | TAIL | {"head", "from"}:
        return True
    return token.text.endswith(("ing", "ly", "ed", "s")) and token.text not in things()
