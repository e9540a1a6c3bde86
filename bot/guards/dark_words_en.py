"""Rule 2 in English: the colours that drift, the garments that they lie on, and how a colour is insisted on."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from bot.guards.inflection import misspelt, plural, with_plurals
from bot.guards.phrases import Match, Phrases
from bot.guards.reading import Edit, Passage, Token
from bot.guards.tables import kinds, words

_DARK = "dark"  # the kind of a colour that is written as it stands; other kinds say how it is meant
_BLACK = "black"

_COLOUR = frozenset({"color", "colour", "colored", "coloured", "hue", "shade"})

BE = frozenset({"is", "are", "was", "were", "remains", "stays", "remain", "stay"})
TAIL = frozenset({"once", "now", "too", "again", "throughout", "today", "still", "itself", "all", "instead", "tonight"})
EVEN = frozenset(
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
_COMPARISONS = (["colour", "of"], ["color", "of"], ["shade", "of"])
_SUBSTANCE_MOST = 3  # words of the substance that a colour is compared to


class Dark(NamedTuple):
    """A dark garment in a text: colour in capitals, garment, where both stand, and the edits that say it so."""

    colour: str
    garment: str
    start: int
    end: int
    edits: tuple[Edit, ...]


def colour_at(tokens: list[Token], index: int) -> Match | None:
    """Return the dark colour at token `index`: a word of the tables, a compound, or a comparison."""
    return colours().at(tokens, index) or hyphened(tokens, index) or _compared(tokens, index)


def is_compared(match: Match) -> bool:
    """Return whether `match` tells a colour by a comparison."""
    return match.phrase.startswith(f"{_BLACK} as ")


def _compared(tokens: list[Token], index: int) -> Match | None:
    """Return a colour told by a comparison (the colour of ink)."""
    if tokens[index].text != "the" or [token.text for token in tokens[index + 1 : index + 3]] not in _COMPARISONS:
        return None
    for at in range(index + 3, min(len(tokens), index + 3 + _SUBSTANCE_MOST)):
        if tokens[at].kind != "word":
            return None
        if tokens[at].text in words("en", "dark_clothes", "substances"):
            if at + 1 < len(tokens) and _goes_on(tokens, at + 1):
                return None
            return Match(index, at, f"{_BLACK} as {tokens[at].text}", _BLACK)
    return None


def hyphened(tokens: list[Token], index: int) -> Match | None:
    """Return a colour written with hyphens (dark-green, obsidian-black)."""
    first, _, rest = tokens[index].text.partition("-")
    shade = tokens[index].text.rpartition("-")[2]
    if rest and shade in words("en", "dark_clothes", "dark") and first not in {"non", "not", *light()}:
        return Match(index, index, tokens[index].text, _DARK)  # obsidian-black
    if rest in {"coloured", "colored", "dark", "hued"} and first in words("en", "dark_clothes", "substances"):
        return Match(index, index, tokens[index].text, _BLACK)  # ink-coloured
    if rest and first in words("en", "dark_clothes", "deepening") and rest in words("en", "dark_clothes", "colours"):
        return Match(index, index, tokens[index].text, _DARK)
    return None


def past_colour(tokens: list[Token], match: Match) -> Token | None:
    """Return what follows the colour and the word colour itself (clothes of black colour)."""
    index = match.last + 1
    if index < len(tokens) and tokens[index].text in _COLOUR:
        index += 1
    return tokens[index] if index < len(tokens) else None


def compound(tokens: list[Token], garment: Match) -> Match:
    """Extend a garment over the next one (suit jacket, dress shoes)."""
    while garment.last + 1 < len(tokens):
        following = garments().at(tokens, garment.last + 1)
        if following is None:
            break
        garment = Match(garment.first, following.last, f"{garment.phrase} {following.phrase}", following.kind)
    return garment


def capitals(passage: Passage, match: Match) -> str:
    """Return the colour as it is insisted on: in capitals, spelt right."""
    if match.kind != _DARK:
        return match.kind.upper()
    tokens = passage.tokens
    return " ".join(passage.text[tokens[match.first].start : tokens[match.last].end].upper().split())


def recolour(passage: Passage, match: Match) -> tuple[Edit, ...]:
    """Return the edit that puts the colour in capitals, if it is not there yet."""
    tokens = passage.tokens
    start, end = tokens[match.first].start, tokens[match.last].end
    colour = capitals(passage, match)
    if is_compared(match):
        colour += match.phrase.removeprefix(match.kind)  # BLACK as ink
    return (Edit(start, end, colour),) if passage.text[start:end] != colour else ()


def _goes_on(tokens: list[Token], index: int) -> bool:
    """Return whether a colour, a cut or a garment stands at `index` (the colour of ink black silk)."""
    return bool(tokens[index].text in qualities() or garments().at(tokens, index) or colours().at(tokens, index))


@cache
def colours() -> Phrases:
    """Return the dark colours to be looked for; a kind that is not "dark" is what a misspelt one is meant to be."""
    deep, dark = words("en", "dark_clothes", "deepening"), words("en", "dark_clothes", "dark")
    pairs = [f"{d} {colour}" for d in sorted(deep) for colour in sorted(words("en", "dark_clothes", "colours"))]
    typed = [
        (colour.replace(meant, typo), colour)
        for meant in ("black", "charcoal")
        for colour in sorted(dark)
        if meant in colour.split(" ")
        for typo in sorted(misspelt(meant))
    ]
    return Phrases([*((colour, _DARK) for colour in [*sorted(dark), *pairs]), *typed])


@cache
def garments() -> Phrases:
    """Return the garments, in singular and plural."""
    nouns = kinds("en", "dark_clothes", "garments")
    return Phrases([*nouns.items(), *((plural(noun), kind) for noun, kind in nouns.items())])


@cache
def things() -> frozenset[str]:
    """Return what keeps a dark colour for itself (hair, tea)."""
    return with_plurals(words("en", "dark_clothes", "things"))


@cache
def light() -> frozenset[str]:
    """Return the colours that are not dark by themselves."""
    return words("en", "dark_clothes", "light") | words("en", "dark_clothes", "colours")


@cache
def qualities() -> frozenset[str]:
    """Return what may stand between a colour and its garment."""
    section = ("dark", "deepening", "colours", "light", "materials")
    return frozenset[str]().union(*(words("en", "dark_clothes", key) for key in section))
