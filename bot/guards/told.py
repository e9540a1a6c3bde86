"""What a text tells of without showing it: reported, remembered, wished for, or on a picture.

She tells him how the wind took her hat; 老师讲起赤壁大战: nobody in the frame does it, so rules 2 to 5 leave it alone.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Literal

from bot.guards.inflection import verb_forms, with_plurals
from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.reading import Token

_S = "told"
_ADDRESSED_MOST = 3  # words between a verb of telling and what is told (tells the old man about …)
_STOPS = frozenset(",.;:!?。！？；，\n—–…")
_TURNS = frozenset({"he", "she", "they", "then"})


def told(tokens: list[Token]) -> list[tuple[int, int]]:
    """Return the regions of the text (start, end) that are told of, in order."""
    found: list[tuple[int, int]] = []
    reached = -1
    opening = _opening()
    for index, token in enumerate(tokens):
        if token.text not in opening or token.start < reached:
            continue
        begin = _begin_zh(tokens, index) if token.kind == "chinese" else _begin_en(tokens, index)
        if begin is not None and begin < len(tokens):
            reached = _end(tokens, begin)
            found.append((tokens[begin].start, reached))
    return found


def is_within(regions: list[tuple[int, int]], position: int) -> bool:
    """Return whether `position` lies in one of `regions`."""
    index = bisect_right(regions, (position, 1 << 60)) - 1
    return index >= 0 and regions[index][0] <= position < regions[index][1]


def _begin_en(tokens: list[Token], index: int) -> int | None:  # noqa: PLR0911  (one question after the other)
    """Return the index of the token where what is told begins (tells him | about …; remembers | the day …)."""
    text = tokens[index].text
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if text in _pictures():
        at = index + 2 if following in {"is", "was"} else index + 1  # the film is about …
        return at if at < len(tokens) and tokens[at].text in words("en", _S, "of") else None
    kind = _verbs().get(text)
    if kind is None or (index and tokens[index - 1].text in words("en", "grammar", "determiners")):
        return None
    if kind == "recalled":
        return index + 1
    opens = words("en", _S, "opens")
    for at in range(index + 1, min(len(tokens), index + 2 + _ADDRESSED_MOST)):
        if tokens[at].kind != "word":
            return None
        if tokens[at].text in opens or (tokens[at].text == "to" and kind == "wished" and at + 1 < len(tokens)):
            return at
        if tokens[at].text in words("en", "grammar", "joins"):
            return None
    return None


def _begin_zh(tokens: list[Token], index: int) -> int | None:
    """Return the index of the token where what is told begins (讲起 | …；鼓励 | …；问 | 是谁…)."""
    text = tokens[index].text
    if text in words("zh", _S, "telling"):
        return index + 1
    if text in words("zh", _S, "asking"):
        asked = words("zh", _S, "asked")
        for at in range(index + 1, len(tokens)):
            if tokens[at].kind != "chinese":
                return None
            if tokens[at].text in asked:
                return index + 1
    return None


def _end(tokens: list[Token], begin: int) -> int:
    """Return where what is told from `begin` on ends: with its clause, or where somebody begins to act."""
    joins = words("en", "grammar", "joins") - {"and", "when", "where", "because", "before", "after"}
    for at in range(begin, len(tokens)):
        token = tokens[at]
        if token.text in _STOPS or (at > begin and token.text in joins):
            return token.start
        turns = (
            token.text == "and" and at + 1 < len(tokens) and (tokens[at + 1].text in _TURNS or _acts(tokens, at + 1))
        )
        if turns or (token.kind == "chinese" and token.text in words("zh", _S, "turns") and at > begin):
            return token.start
    return tokens[-1].end


def _acts(tokens: list[Token], index: int) -> bool:
    """Return whether the verb at `index` stands in the present of the picture (… and hugs her)."""
    text = tokens[index].text
    return text.endswith("s") and not text.endswith(("ss", "'s", "us")) and not _is_plural(tokens, index)


def _is_plural(tokens: list[Token], index: int) -> bool:
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    return following is None or following.kind != "word" or following.text in {"of", "in", "on", "at", "with", "and"}


@cache
def _verbs() -> dict[str, Literal["told", "recalled", "wished"]]:
    """Return every form of the verbs of telling → what may follow them."""
    found: dict[str, Literal["told", "recalled", "wished"]] = {}
    for kind in ("told", "wished", "recalled"):
        found |= dict.fromkeys(verb_forms(tuple(sorted(words("en", _S, kind)))), kind)
    return found


@cache
def _opening() -> frozenset[str]:
    """Return the words that may open what is told."""
    return frozenset(_verbs()) | _pictures() | words("zh", _S, "telling") | words("zh", _S, "asking")


@cache
def _pictures() -> frozenset[str]:
    return with_plurals(words("en", _S, "pictures"))
