"""Rule 3 in Chinese: an object and a verb by which it leaves (帽子飞出；脱下外套；把剑扔在地上)."""

from __future__ import annotations

from functools import cache
from typing import cast

from bot.guards.leaving_en import Detachment
from bot.guards.reading import Passage, Token, like
from bot.guards.tables import kinds, phrase, table, words

_S = "detaching"
_REACH = 12  # tokens between a thing and its verb
_COMPOUND_MOST = 3
_END = frozenset(",，。!?！？;；\n…:")


def find(passage: Passage) -> list[Detachment]:
    """Return the objects of `passage` that leave their wearer, in order, without overlaps."""
    tokens = passage.tokens
    found: list[Detachment] = []
    reached = 0
    for index, token in enumerate(tokens):
        if token.kind != "chinese" or token.start < reached:
            continue
        item = None
        if token.text in things():
            item = _by_itself(passage, index)
        elif token.text in words("zh", _S, "taking"):
            item = _taken(passage, index)
        if item is not None:
            found.append(item)
            reached = item.end
    return found


def _by_itself(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment where the verb follows the object (帽子被风吹走；把剑扔在地上)."""
    tokens = passage.tokens
    index = _compound(tokens, index)
    moved = _is_moved(tokens, index)
    verbs = words("zh", _S, "leaving") | (words("zh", _S, "taking") if moved is not None else frozenset[str]())
    for position in range(index + 1, min(len(tokens), index + 1 + _REACH)):
        token = tokens[position]
        if token.text == "," and tokens[position + 1 : position + 2] and tokens[position + 1].text in {"被", "从"}:
            continue
        if token.text in _END or token.text in words("zh", _S, "handing") or token.text in things():
            return None
        if token.text in verbs:
            break
    else:
        return None
    if any(t.text in words("zh", _S, "not") for t in tokens[index + 1 : position]):
        return None
    end = _clause_end(passage, tokens[position].end)
    after = next((t for t in tokens[position + 1 :] if t.start > end), None)
    if after is not None and passage.folded[end : end + 1] == "," and after.text in words("zh", _S, "fates"):
        end = _clause_end(passage, after.end)  # …，滚过大殿
    stays = _stays(passage, tokens[index])
    start = tokens[index].end
    if moved is not None:
        thing = passage.text[tokens[moved].end : tokens[index].end]
        keep = like(phrase("zh", _S, "keep"), passage.text).format(object=thing, stays=stays)
        return Detachment(
            tokens[index].text,
            tokens[moved].start,
            tokens[moved].start,
            end,
            keep,
            _gone(passage, tokens[index]),
            chinese=True,
        )
    return Detachment(
        tokens[index].text, tokens[index].start, start, end, stays, _gone(passage, tokens[index]), chinese=True
    )


def _compound(tokens: list[Token], index: int) -> int:
    """Return the last token of a thing that is several words of the tables (西装外套)."""
    last = index
    while last + 1 < len(tokens) and last - index < _COMPOUND_MOST and tokens[last + 1].text in things():
        last += 1
    return last


def _is_moved(tokens: list[Token], index: int) -> int | None:
    """Return the index of 把 or 将 before the object, or None."""
    for position in range(index - 1, max(-1, index - 8), -1):
        if tokens[position].text in _END:
            return None
        if tokens[position].text in {"把", "将"}:
            return position
    return None


def _taken(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment where the verb comes first (脱下外套；甩掉斗篷)."""
    tokens = passage.tokens
    if any(t.text in words("zh", _S, "not") for t in tokens[max(0, index - 2) : index]):
        return None
    for position in range(index + 1, min(len(tokens), index + 1 + _REACH)):
        token = tokens[position]
        if token.text in _END or token.text in words("zh", _S, "handing"):
            return None
        if token.text in things():
            break
    else:
        return None
    position = _compound(tokens, position)
    thing = tokens[position]
    if tokens[index].end != tokens[index + 1].start:
        return None
    end = _clause_end(passage, thing.end)
    begin = tokens[index].end
    if passage.folded[begin] == "了":
        begin += 1
    stays = _stays(passage, thing)
    keep = like(phrase("zh", _S, "keep"), passage.text).format(object=passage.text[begin : thing.end], stays=stays)
    return Detachment(
        thing.text, tokens[index].start, tokens[index].start, end, keep, _gone(passage, thing), chinese=True
    )


def _clause_end(passage: Passage, position: int) -> int:
    while position < len(passage.folded) and passage.folded[position] not in _END and passage.folded[position] != ".":
        position += 1
    return position


def _stays(passage: Passage, thing: Token) -> str:
    return like(cast("dict[str, str]", table("zh", _S)["stays"])[things()[thing.text]], passage.text)


def _gone(passage: Passage, thing: Token) -> str:
    said = like(phrase("zh", _S, "after_shot"), passage.text)
    return said.format(object=passage.text[thing.start : thing.end])


@cache
def things() -> dict[str, str]:
    """Return what can leave its wearer: object → how it is worn or held."""
    found: dict[str, str] = {}
    for key in ("props", "jewellery", "weapons"):
        found |= dict.fromkeys(words("zh", _S, key), key)
    return found | kinds("zh", "dark_clothes", "garments")
