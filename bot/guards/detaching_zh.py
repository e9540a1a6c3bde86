"""Rule 3 in Chinese: an object and a verb by which it leaves (帽子飞出；脱下外套；把剑扔在地上)."""

from __future__ import annotations

from functools import cache
from typing import cast

from bot.guards.leaving_en import Detachment
from bot.guards.leaving_en import nouns as english_things
from bot.guards.reading import Passage, Token, compounds, like, struck
from bot.guards.tables import kinds, phrase, table, words

_S = "detaching"
_REACH = 12  # tokens between a thing and its verb
_COMPOUND_MOST = 3
_FATE_MOST = 5  # tokens of a clause before the verb that tells what becomes of the thing
_THING_MOST = 6  # characters of a thing that the tables do not know
_FAILING_MOST = 6  # tokens between a hand that fails and what it held
_END = frozenset(",，。!?！？;；\n…:")


def find(passage: Passage) -> list[Detachment]:
    """Return the objects of `passage` that leave their wearer, in order, without overlaps."""
    tokens = passage.tokens
    found: list[Detachment] = []
    reached = 0
    for index, token in enumerate(tokens):
        if token.start < reached:
            continue
        item = None
        if token.text in things():
            item = _by_itself(passage, index)
        elif token.text in _taking() or (token.text in words("zh", _S, "failed") and _is_failing(passage, index)):
            item = _taken(passage, index)
        elif token.text in {"从", "自", "由"}:
            item = _from_body(passage, index)
        if item is not None:
            found.append(item)
            reached = item.end
    return found


def _by_itself(passage: Passage, index: int) -> Detachment | None:  # noqa: C901  (one question after the other)
    """Return the detachment where the verb follows the object (帽子被风吹走；把剑扔在地上)."""
    tokens = passage.tokens
    held = _is_held(tokens, index)
    seized = index > 0 and tokens[index - 1].text in words("zh", _S, "seizing")
    index = _compound(tokens, index)
    moved = _is_moved(tokens, index)
    if held and moved is None:
        return None
    thrown = seized and index + 1 < len(tokens) and tokens[index + 1].text in _taking()  # 抓起剑掷出
    verbs = [_leaving()]
    if moved is not None or thrown:
        verbs.append(_taking())
    if _is_failing(passage, index):
        verbs.append(words("zh", _S, "failed"))
    stops = _stops()
    for position in range(index + 1, min(len(tokens), index + 1 + _REACH)):
        token = tokens[position]
        if token.text == "," and position + 1 < len(tokens):
            struck_ = any(t.text == "被" for t in tokens[index + 1 : position])  # 礼帽被打穿，飞落在地
            if tokens[position + 1].text in {"被", "从"} or (struck_ and _is_any(tokens[position + 1], verbs)):
                continue
        if token.kind in {"number", "word"} or token.text in stops:
            return None
        if _is_any(token, verbs):
            break
    else:
        return None
    between = tokens[index + 1 : position]
    if any(t.text in words("zh", _S, "not") or t.text.startswith("始终") for t in between):
        return None
    end = _fate_end(passage, position)
    stays = _stays(passage, tokens[index], between)
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


def _is_failing(passage: Passage, index: int) -> bool:
    """Return whether the hand that holds the thing fails right before (手一松，长枪…)."""
    if words("zh", _S, "failing").isdisjoint(passage.texts):
        return False
    near = {token.text for token in passage.tokens[max(0, index - _FAILING_MOST) : index]}
    return bool(near & words("zh", _S, "failing"))


def _is_held(tokens: list[Token], index: int) -> bool:
    """Return whether somebody holds or wears the thing and moves with it (持剑飞下屋顶)."""
    for token in reversed(tokens[max(0, index - 4) : index]):
        if token.text in words("zh", _S, "holding"):
            return True
        if token.kind != "chinese" or token.text in {"的", "被", "从"}:
            return False
    return False


def _from_body(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment of what the tables do not know, where it leaves a hand, a sleeve (法器从袖中滑落)."""
    tokens = passage.tokens
    parts = cast("dict[str, str]", table("zh", _S)["parts"])
    left = None
    for position in range(index + 1, min(len(tokens), index + 1 + _REACH)):
        token = tokens[position]
        if token.text in _END or token.start != tokens[position - 1].end:
            return None
        if token.text in _leaving():
            break
        left = left or next((parts[part] for part in parts if part in token.text), None)
    else:
        return None
    item = _fallen(passage, index, position, left)
    if item is not None:
        return item
    run = _run_before(tokens, index)
    thing = passage.folded[tokens[run].start : tokens[index].start] if run is not None else ""
    if left is None or run is None or len(thing) > _THING_MOST:
        return None
    loose, people = words("zh", _S, "loose"), words("zh", "grammar", "people") | words("zh", "grammar", "pronouns")
    if any(thing.endswith(word) for word in (*loose, *people)) or tokens[index - 1].text in words("zh", _S, "not"):
        return None
    said = like(phrase("zh", _S, "after_shot"), passage.text).format(
        object=passage.text[tokens[run].start : tokens[index].start]
    )
    end = _fate_end(passage, position)
    start = tokens[index].start
    return Detachment(thing, tokens[run].start, start, end, like(left, passage.text), said, chinese=True)


def _fallen(passage: Passage, index: int, verb: int, left: str | None) -> Detachment | None:
    """Return the detachment where the thing is named after the verb (从怀中掉出一封信)."""
    tokens = passage.tokens
    for position in range(verb + 1, min(len(tokens), verb + 1 + _COMPOUND_MOST + 1)):
        if tokens[position].kind != "chinese":
            return None
        if tokens[position].text in things():
            break
    else:
        return None
    thing = tokens[position]
    whole = passage.text[tokens[verb].end : thing.end]
    stays = like(left, passage.text) if left else _stays(passage, thing)
    keep = like(phrase("zh", _S, "keep"), passage.text).format(object=whole, stays=stays)
    start, end = tokens[index].start, _clause_end(passage, thing.end)
    return Detachment(thing.text, start, start, end, keep, _gone(passage, thing), chinese=True)


def _run_before(tokens: list[Token], index: int) -> int | None:
    """Return where the run of Chinese before `index` begins, without what it belongs to (他手里的杯子从…), or None."""
    first = index
    while first > 0 and tokens[first - 1].kind == "chinese" and tokens[first - 1].end == tokens[first].start:
        if tokens[first - 1].text in {"的", "在", "时", "了"}:
            break
        first -= 1
    return first if first < index else None


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
    folded = passage.folded
    while position < len(folded) and folded[position] not in _END and folded[position] != ".":
        if folded[position] == " " and "\u3400" <= folded[position - 1] <= "\u9fff":
            break  # 头盔飞脱 骑手倒地 俯拍
        position += 1
    return position


def _fate_end(passage: Passage, index: int) -> int:
    """Return where the telling of what becomes of the thing ends (…，滚过大殿；…，被海风吹走)."""
    tokens = passage.tokens
    end = _clause_end(passage, tokens[index].end)
    stop = words("zh", "grammar", "pronouns") | words("zh", "grammar", "people") | things().keys()
    while passage.folded[end : end + 1] in {",", " "}:
        first = next((at for at in range(index, len(tokens)) if tokens[at].start > end), len(tokens))
        for at in range(first, min(len(tokens), first + _FATE_MOST)):
            if tokens[at].kind != "chinese" or tokens[at].text in stop:
                return end
            if tokens[at].text in _leaving() or (at == first and tokens[at].text in words("zh", _S, "fates")):
                break
        else:
            return end
        index = at
        end = _clause_end(passage, tokens[at].end)
    return end


def _stays(passage: Passage, thing: Token, between: list[Token] | None = None) -> str:
    """Return how the thing stays: where the text says that it was (从口袋里), else where such are."""
    parts = cast("dict[str, str]", table("zh", _S)["parts"])
    left = False
    for token in between or []:
        left = left or token.text in {"从", "自", "由"}
        part = next((parts[part] for part in parts if part in token.text), None) if left else None
        if part is not None:
            return like(part, passage.text)
    return like(cast("dict[str, str]", table("zh", _S)["stays"])[things()[thing.text]], passage.text)


def _gone(passage: Passage, thing: Token) -> str:
    said = like(phrase("zh", _S, "after_shot"), passage.text)
    return said.format(object=passage.text[thing.start : thing.end])


def _is_any(token: Token, lists: list[frozenset[str]]) -> bool:
    return any(token.text in listed for listed in lists)


@cache
def _stops() -> frozenset[str]:
    """Return what ends the way from a thing to its verb."""
    return words("zh", _S, "handing") | things().keys() | _END


@cache
def _leaving() -> frozenset[str]:
    return words("zh", _S, "leaving") | compounds()


@cache
def _taking() -> frozenset[str]:
    return words("zh", _S, "taking") | struck()


@cache
def things() -> dict[str, str]:
    """Return what can leave its wearer: object → how it is worn or held."""
    found: dict[str, str] = {}
    for key in ("props", "jewellery", "weapons"):
        found |= dict.fromkeys(words("zh", _S, key), key)
    found |= {word: kind for word, kind in english_things().items() if " " not in word}  # 她的sunglasses滑落
    found |= kinds("zh", "dark_clothes", "garments")
    return found | dict.fromkeys(words("zh", _S, "face"), "face")
