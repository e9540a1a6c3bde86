"""Rule 2 in English: where a dark colour lies on a garment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.dark_words_en import (
    BE,
    EVEN,
    TAIL,
    Dark,
    capitals,
    colour_at,
    compound,
    garments,
    is_compared,
    past_colour,
    qualities,
    recolour,
    things,
)
from bot.guards.dressed_en import clad, unnamed
from bot.guards.reading import Edit, Passage, Token
from bot.guards.tables import kinds, words

if TYPE_CHECKING:
    from bot.guards.phrases import Match

_UNKNOWN = 2  # words between a colour and its garment that the tables do not know
_WALK_MOST = 12  # tokens between them at all
_LIST_MOST = 40  # tokens of a list of garments that share a colour
_PASSING = frozenset({"in", "of", "usual", "longer", "one", "such", "with", "have", "has", "put", "on"})
_DENIED_MOST = 7  # tokens between a denial and the colour


def find(passage: Passage) -> list[Dark]:
    """Return the dark garments of `passage`, in order."""
    found: list[Dark] = []
    tokens = passage.tokens
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind != "word":
            index += 1
            continue
        if "-" in token.text:
            whole = clad(passage, token)
            if whole:
                found.append(whole)
                index += 1
                continue
        match = colour_at(tokens, index)
        if match is not None and not _is_denied(tokens, match.first):
            worn = [] if is_compared(match) else _ahead(passage, match)
            found += worn or _behind(passage, match) or unnamed(passage, match)
        index = (index if match is None else match.last) + 1
    return found


def _ahead(passage: Passage, match: Match) -> list[Dark]:  # noqa: C901, PLR0911, PLR0912  (one question after the other)
    """Return the garment that the colour stands before, and those that share it (black hat, coat and gloves)."""
    tokens = passage.tokens
    index = match.last + 1
    if index + 1 < len(tokens) and tokens[index].text == "of":  # black of robe
        garment = garments().at(tokens, index + 1)
        return _shared(passage, match, garment) if garment else []
    unknown = 0
    while index < len(tokens) and index - match.last <= _WALK_MOST:
        token = tokens[index]
        text = token.text
        if token.kind == "mark":
            if (
                unknown
                or text not in {",", "-", "&"}
                or index + 1 >= len(tokens)
                or tokens[index + 1].text not in qualities()
            ):
                return []
        elif token.kind == "chinese":
            return _chinese(passage, match, token)
        elif token.kind != "word":
            return []
        else:
            garment = garments().at(tokens, index)
            if garment:
                return _shared(passage, match, garment)
            if text in {"and", "or"}:
                if index + 1 >= len(tokens) or tokens[index + 1].text not in qualities():
                    return []
            elif text in things() or text.endswith("'s") or text in words("en", "grammar", "breaks"):
                return []
            elif text not in qualities():
                unknown += 1
                if unknown > _UNKNOWN:
                    return []
        index += 1
    return []


def _chinese(passage: Passage, match: Match, token: Token) -> list[Dark]:
    """Return the Chinese garment behind an English colour (navy blue 西装)."""
    if token.text not in kinds("zh", "dark_clothes", "garments"):
        return []
    start = passage.tokens[match.first].start
    garment = passage.text[token.start : token.end]
    return [Dark(capitals(passage, match), garment, start, token.end, recolour(passage, match))]


def _shared(passage: Passage, match: Match, garment: Match) -> list[Dark]:
    tokens = passage.tokens
    garment = compound(tokens, garment)
    colour = capitals(passage, match)
    start, end = tokens[match.first].start, tokens[garment.last].end
    found = [Dark(colour, garment.phrase, start, end, recolour(passage, match))]
    pending: list[Dark] = []
    index = garment.last + 1
    while index < min(len(tokens), match.last + _LIST_MOST) and tokens[index].text in {",", "and", "&"}:
        joined = tokens[index].text != ","
        index += 1
        if index < len(tokens) and tokens[index].text in {"and", "&"}:
            joined = True
            index += 1
        first = index
        while index < len(tokens) and tokens[index].text in words("en", "dark_clothes", "materials"):
            index += 1
        following = garments().at(tokens, index) if index < len(tokens) else None
        if following is None and first < index:
            following = garments().at(tokens, first)
        if following is None:
            break
        following = compound(tokens, following)
        place = tokens[first].start
        pending.append(
            Dark(colour, following.phrase, place, tokens[following.last].end, (Edit(place, place, colour + " "),))
        )
        index = following.last + 1
        if joined:
            found += pending
            pending = []
    return found


def _behind(passage: Passage, match: Match) -> list[Dark]:  # noqa: C901  (one question after the other)
    """Return the garment before the colour (his suit is black, a robe of black silk)."""
    tokens = passage.tokens
    back = match.first - 1
    while back >= 0 and tokens[back].text in EVEN:
        back -= 1
    if back < 1:
        return []
    link = tokens[back].text
    after = past_colour(tokens, match)
    free = (
        is_compared(match)
        or after is None
        or after.kind != "word"
        or after.text in words("en", "grammar", "breaks") | TAIL
    )
    soft = after is not None and after.text in words("en", "dark_clothes", "materials")
    if link in BE:
        if after is not None and (after.text in things() or garments().at(tokens, match.last + 1)):
            return []
    elif link in {"of", "in"}:
        mixed = after is not None and after.text == "and" and after is tokens[match.last + 1]  # of black and gold
        if not (free or soft) or mixed:
            return []
    elif not free:
        return []
    elif link not in {",", "as", "("}:
        back += 1  # her jumpsuit black, the car silver
    for size in (2, 1):
        first = back - size
        garment = garments().at(tokens, first) if first >= 0 else None
        if garment and garment.last == back - 1:
            colour = capitals(passage, match)
            edits = recolour(passage, match)
            return [Dark(colour, garment.phrase, tokens[first].start, tokens[match.last].end, edits)]
    return []


def _is_denied(tokens: list[Token], index: int) -> bool:
    """Return whether nobody wears what begins at `index` (not wearing his black suit; instead of the black robe)."""
    passing = words("en", "dark_clothes", "dressed") | words("en", "grammar", "determiners") | _PASSING
    for at in range(index - 1, max(-1, index - 1 - _DENIED_MOST), -1):
        text = tokens[at].text
        if text in words("en", "dark_clothes", "denied"):
            return True
        if tokens[at].kind != "word" or (text not in passing and text not in qualities()):
            return False
    return False
