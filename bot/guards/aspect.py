"""Rule 5: a text that asks for portrait or square output (9:16, film it vertical, 竖屏, 正方形画面)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.guards.inflection import verb_forms
from bot.guards.phrases import Phrases
from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_S = "framing"
_MADE_MOST = 4  # words between a verb of filming and the way it is to be held
_AROUND = 24  # characters around a ratio in which a clock or a score is looked for
_POLITE = frozenset({"please", "pls", "thanks", "thx"})
_MARKS = re.compile(r"[.!?;。！？；\n]")
_UPRIGHT_ZH = re.compile(
    r"竖(?:着?拍|屏|版|幅|式|向|构图|画[面幅]|的?视频|的短?片|[的着]看|的(?=[,。]|$))|(?:正方形?|方形)的?(?:画[面幅]|构图|视频|画布|比例)"
)


def upright(passage: Passage) -> tuple[int, int] | None:
    """Return where `passage` asks for output that is not landscape, or None."""
    tokens = passage.tokens
    for match in _phrases().all(tokens):
        start, end = tokens[match.first].start, tokens[match.last].end
        if not match.phrase[0].isdigit() or not _is_clock(passage, match.first, start, end):
            return start, end
    told = words("en", _S, "upright")
    for index, token in enumerate(tokens) if not told.isdisjoint(passage.texts) else ():
        if token.text in told and (_is_made(tokens, index) or _is_alone(tokens, index)):
            return token.start, token.end
    if not passage.text.isascii():
        found = _UPRIGHT_ZH.search(passage.folded)
        return found.span() if found else None
    return None


def _is_made(tokens: list[Token], index: int) -> bool:
    """Return whether the video is to be made so (film it vertical; can you make this in portrait)."""
    behind = tokens[index + 1] if index + 1 < len(tokens) else None
    free = (
        behind is None or behind.kind != "word" or behind.text in words("en", "grammar", "breaks") | {"please", "pls"}
    )
    if not free:
        return False
    for at in range(index - 1, max(-1, index - 1 - _MADE_MOST), -1):
        if tokens[at].kind != "word":
            return False
        if tokens[at].text in _filming():
            between = {token.text for token in tokens[at + 1 : index]}
            return bool(between & words("en", _S, "videos")) or tokens[index].text == "vertically"
    return False


def _is_alone(tokens: list[Token], index: int) -> bool:
    """Return whether the word stands by itself between marks (Vertical. Medium shot of …)."""
    before = index == 0 or tokens[index - 1].kind == "mark"
    behind = index + 1 == len(tokens) or tokens[index + 1].kind == "mark"
    return before and behind and tokens[index].text in {"vertical", "portrait"}


def _is_clock(passage: Passage, first: int, start: int, end: int) -> bool:
    """Return whether a ratio is a time or a score (the 9:16 train; 比分2:3), or digits of a longer number."""
    folded = passage.folded
    if folded[start - 1 : start].isdigit() or folded[end : end + 1].isdigit() or folded[end : end + 1] == ":":
        return True
    left = max([start - _AROUND, *(m.end() for m in _MARKS.finditer(folded, 0, start))])
    right = next((m.start() for m in _MARKS.finditer(folded, end, end + _AROUND)), end + _AROUND)
    around = folded[max(0, left) : right]
    near = set(re.findall(r"[a-z]+", around))
    if near & words("en", _S, "formats") or any(word in around for word in words("zh", _S, "formats")):
        return False
    if near & words("en", _S, "clocks") or any(word in around for word in words("zh", _S, "clocks")):
        return True
    return first > 0 and passage.tokens[first - 1].text in {"at", "by", "until", "till"}


@cache
def _filming() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", _S, "filming")))))


@cache
def _phrases() -> Phrases:
    listed = [*words("en", _S, "portrait"), *words("zh", _S, "portrait")]
    return Phrases([(phrase, "portrait") for phrase in sorted(listed)])
