"""Rule 2 in English: where a dark colour lies on a garment."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from bot.guards.inflection import plural, with_plurals
from bot.guards.phrases import Match, Phrases
from bot.guards.reading import Edit, Passage, Token
from bot.guards.tables import kinds, phrase, words

_UNKNOWN = 2  # words between a colour and its garment that the tables do not know
_WALK_MOST = 12  # tokens between them at all
_LIST_MOST = 40  # tokens of a list of garments that share a colour
_BE = frozenset({"is", "are", "was", "were", "remains", "stays", "remain", "stay"})
_COLOUR = frozenset({"color", "colour", "colored", "coloured", "hue", "shade"})
_TAIL = frozenset(
    {"once", "now", "too", "again", "throughout", "today", "still", "itself", "all", "instead", "tonight"}
)
_EVEN = frozenset(
    {
        "deepest",
        "darkest",
        "blackest",
        "all",
        "pure",
        "entirely",
        "completely",
        "solid",
        "very",
        "so",
        "purely",
        "totally",
        "simple",
    }
)

_SOMEBODY = frozenset(
    {"he", "she", "they", "both", "he's", "she's", "they're", "i'm", "who's", "who", "everybody", "him", "her", "them"}
)


class Dark(NamedTuple):
    """A dark garment in a text: colour in capitals, garment, where both stand, and the edits that say it so."""

    colour: str
    garment: str
    start: int
    end: int
    edits: tuple[Edit, ...]


def find(passage: Passage) -> list[Dark]:
    """Return the dark garments of `passage`, in order."""
    found: list[Dark] = []
    tokens = passage.tokens
    index = 0
    colours = _colours()
    while index < len(tokens):
        token = tokens[index]
        if token.kind != "word":
            index += 1
            continue
        if "-" in token.text:
            clad = _clad(passage, token)
            if clad:
                found.append(clad)
                index += 1
                continue
        match = colours.at(tokens, index) or _hyphened(tokens, index)
        if match is None:
            index += 1
            continue
        garments = _ahead(passage, match) or _behind(passage, match) or _dressed(passage, match)
        found += garments
        index = match.last + 1
    return found


def _ahead(passage: Passage, match: Match) -> list[Dark]:  # noqa: C901, PLR0911, PLR0912  (one question after the other)
    """Return the garment that the colour stands before, and those that share it (black hat, coat and gloves)."""
    tokens = passage.tokens
    index = match.last + 1
    if index + 1 < len(tokens) and tokens[index].text == "of":  # black of robe
        garment = _garments().at(tokens, index + 1)
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
                or tokens[index + 1].text not in _qualities()
            ):
                return []
        elif token.kind == "chinese":
            return _chinese(passage, match, token)
        elif token.kind != "word":
            return []
        else:
            garment = _garments().at(tokens, index)
            if garment:
                return _shared(passage, match, garment)
            if text in {"and", "or"}:
                if index + 1 >= len(tokens) or tokens[index + 1].text not in _qualities():
                    return []
            elif text in _things() or text.endswith("'s") or text in words("en", "grammar", "breaks"):
                return []
            elif text not in _qualities():
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
    return [Dark(_capitals(passage, match), garment, start, token.end, _recolour(passage, match))]


def _shared(passage: Passage, match: Match, garment: Match) -> list[Dark]:
    tokens = passage.tokens
    garment = _compound(tokens, garment)
    colour = _capitals(passage, match)
    start, end = tokens[match.first].start, tokens[garment.last].end
    found = [Dark(colour, garment.phrase, start, end, _recolour(passage, match))]
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
        following = _garments().at(tokens, index) if index < len(tokens) else None
        if following is None and first < index:
            following = _garments().at(tokens, first)
        if following is None:
            break
        following = _compound(tokens, following)
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
    while back >= 0 and tokens[back].text in _EVEN:
        back -= 1
    if back < 1:
        return []
    link = tokens[back].text
    after = _past_colour(tokens, match)
    free = after is None or after.kind != "word" or after.text in words("en", "grammar", "breaks") | _TAIL
    soft = after is not None and after.text in words("en", "dark_clothes", "materials")
    if link in _BE:
        if after is not None and (after.text in _things() or _garments().at(tokens, match.last + 1)):
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
        garment = _garments().at(tokens, first) if first >= 0 else None
        if garment and garment.last == back - 1:
            colour = _capitals(passage, match)
            edits = _recolour(passage, match)
            return [Dark(colour, garment.phrase, tokens[first].start, tokens[match.last].end, edits)]
    return []


def _past_colour(tokens: list[Token], match: Match) -> Token | None:
    """Return what follows the colour and the word colour itself (clothes of black colour)."""
    index = match.last + 1
    if index < len(tokens) and tokens[index].text in _COLOUR:
        index += 1
    return tokens[index] if index < len(tokens) else None


def _dressed(passage: Passage, match: Match) -> list[Dark]:  # noqa: PLR0911  (one question after the other)
    """Return unnamed clothes (dressed all in black, the man in black, wearing black)."""
    tokens = passage.tokens
    after = tokens[match.last + 1] if match.last + 1 < len(tokens) else None
    if after is not None and (after.kind in {"number", "chinese"} or after.text in _things()):
        return []
    if after is not None and after.text in {"and", "or"}:
        following = tokens[match.last + 2].text if match.last + 2 < len(tokens) else ""
        if following in words("en", "dark_clothes", "light"):
            return []
    back = match.first - 1
    while back >= 0 and tokens[back].text in _EVEN | {"head", "toe", "to", "nothing", "but"}:
        back -= 1
    if back < 0:
        return []
    dressed = words("en", "dark_clothes", "dressed")
    link = tokens[back].text
    before = tokens[back - 1].text if back else ""
    if link in _BE and before in dressed:  # everything she wears is black
        end = tokens[match.last].end
        cloth = phrase("en", "dark_clothes", "cloth")
        return [Dark(_capitals(passage, match), cloth, tokens[match.first].start, end, _recolour(passage, match))]
    if link == "in":
        named = before in dressed or before in words("en", "dark_clothes", "people") or before in _EVEN | {"toe"}
        named = named or before in _SOMEBODY or (before in _BE and back > 1 and _is_somebody(passage, back - 2))
        if not (named or _is_name(passage, back - 1)) or not (
            after is None or after.kind == "mark" or named or _is_free(after)
        ):
            return []
    elif link not in dressed or not (after is None or after.kind == "mark" or _is_free(after)):
        return []
    colour = _capitals(passage, match)
    cloth = phrase("en", "dark_clothes", "cloth")
    place = tokens[match.last].end
    edits = (*_recolour(passage, match), Edit(place, place, " " + cloth))
    return [Dark(colour, cloth, tokens[match.first].start, place, edits)]


def _is_free(token: Token) -> bool:
    """Return whether the noun phrase ends before `token`: a preposition, a verb, an adverb."""
    if token.text in words("en", "grammar", "breaks") | _TAIL | {"head", "from"}:
        return True
    return token.text.endswith(("ing", "ly", "ed", "s")) and token.text not in _things()


def _is_somebody(passage: Passage, index: int) -> bool:
    text = passage.tokens[index].text
    return text in _SOMEBODY or text in words("en", "dark_clothes", "people") or _is_name(passage, index)


def _is_name(passage: Passage, index: int) -> bool:
    token = passage.tokens[index] if index >= 0 else None
    return token is not None and token.kind == "word" and index > 0 and passage.text[token.start].isupper()


def _clad(passage: Passage, token: Token) -> Dark | None:
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


def _hyphened(tokens: list[Token], index: int) -> Match | None:
    """Return a colour written with hyphens (dark-green, obsidian-black)."""
    first, _, rest = tokens[index].text.partition("-")
    shade = tokens[index].text.rpartition("-")[2]
    if rest and shade in words("en", "dark_clothes", "dark") and first not in {"non", "not", *_light()}:
        return Match(index, index, tokens[index].text, "dark")  # obsidian-black
    if rest and first in words("en", "dark_clothes", "deepening") and rest in words("en", "dark_clothes", "colours"):
        return Match(index, index, tokens[index].text, "dark")
    return None


def _compound(tokens: list[Token], garment: Match) -> Match:
    """Extend a garment over the next one (suit jacket, dress shoes)."""
    while garment.last + 1 < len(tokens):
        following = _garments().at(tokens, garment.last + 1)
        if following is None:
            break
        garment = Match(garment.first, following.last, f"{garment.phrase} {following.phrase}", following.kind)
    return garment


def _capitals(passage: Passage, match: Match) -> str:
    tokens = passage.tokens
    return " ".join(passage.text[tokens[match.first].start : tokens[match.last].end].upper().split())


def _recolour(passage: Passage, match: Match) -> tuple[Edit, ...]:
    tokens = passage.tokens
    start, end = tokens[match.first].start, tokens[match.last].end
    colour = _capitals(passage, match)
    return (Edit(start, end, colour),) if passage.text[start:end] != colour else ()


@cache
def _colours() -> Phrases:
    deep = words("en", "dark_clothes", "deepening")
    pairs = [
        (f"{d} {colour}", "dark") for d in sorted(deep) for colour in sorted(words("en", "dark_clothes", "colours"))
    ]
    return Phrases([*((colour, "dark") for colour in sorted(words("en", "dark_clothes", "dark"))), *pairs])


@cache
def _garments() -> Phrases:
    nouns = kinds("en", "dark_clothes", "garments")
    return Phrases([*nouns.items(), *((plural(noun), kind) for noun, kind in nouns.items())])


@cache
def _things() -> frozenset[str]:
    return with_plurals(words("en", "dark_clothes", "things"))


@cache
def _light() -> frozenset[str]:
    return words("en", "dark_clothes", "light") | words("en", "dark_clothes", "colours")


@cache
def _qualities() -> frozenset[str]:
    section = ("dark", "deepening", "colours", "light", "materials")
    return frozenset[str]().union(*(words("en", "dark_clothes", key) for key in section))
