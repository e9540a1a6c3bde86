"""Rule 5: how many people a text puts into the frame (five soldiers, a family of six, 一家六口, 三十几个人)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_S = "framing"
_NOUN_MOST = 3  # words of a noun phrase behind its number
_PART_MOST = 4  # words between "one" and the number that it is one of
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_NUMBER_ZH = "[一二两三四五六七八九十百千万几数上半\\d]"
_NOT_PEOPLE = "(?![份间床房座桌台制用参沙船车票餐次文民行家工])"  # 四人间, 六人份, 三人行
_PART_ZH = re.compile("(?:中|里|之一|之中|当中|的(?:照片|合影|合照|画像|雕像|故事|名字|消息|座位|名单))")
_NAME = re.compile(r"[A-Z][\w'-]+")
_NAMES = re.compile(r"[A-Z][\w'-]+(?:, [A-Z][\w'-]+){2,},? and [A-Z][\w'-]+")
_SEXES_ZH = re.compile(r"(?P<first>[一二两三四五六七八九十])男(?P<second>[一二两三四五六七八九十])女")


def crowd(passage: Passage, most: int) -> tuple[int, int] | None:
    """Return where `passage` says that more than `most` people are in the frame, or None.

    Limits: numbers and English lists of names are counted, not a crowd without either. One of five brothers is one.
    """
    tokens = passage.tokens
    counting = _counting()
    for index, token in enumerate(tokens):
        if token.text not in counting and (token.kind != "word" or "-" not in token.text):
            continue
        span = _counted(tokens, index, most)
        if span is not None and not passage.is_told(span[0]):
            return span
    listed = _listed(passage, most)
    if listed is not None or passage.text.isascii():
        return listed
    return _crowd_zh(passage, most)


def _listed(passage: Passage, most: int) -> tuple[int, int] | None:
    """Return where more than `most` people are named one after the other (Tom, Ann, Bo and Sue)."""
    if "," not in passage.texts or "and" not in passage.texts:
        return None
    known = (words("en", "scaffolding", key) for key in ("sizes", "camera_alone", "steady"))
    technical = frozenset[str]().union(*known)
    for match in _NAMES.finditer(passage.text):
        names = [name for name in _NAME.findall(match[0]) if name.lower() not in technical]
        if len(names) > most and not passage.is_told(match.start()):
            return match.span()
    return None


def _counted(tokens: list[Token], index: int, most: int) -> tuple[int, int] | None:
    """Return where the group stands that token `index` counts, if it is one of more than `most`."""
    token = tokens[index]
    alone = cast("dict[str, int]", table("en", _S)["groups"]).get(token.text)
    head, _, rest = token.text.partition("-")
    if alone is None and rest in words("en", _S, "strong"):  # five-member
        alone = _numbers().get(head)
    if alone is not None:
        return (token.start, token.end) if alone > most and not _is_part(tokens, index) else None
    number = _numbers().get(head if rest == "odd" else token.text)
    if number is None or _is_part(tokens, index):
        return None
    return _group(tokens, index, number, most) or _named(tokens, index, number, most)


def _group(tokens: list[Token], index: int, number: int, most: int) -> tuple[int, int] | None:
    """Return the group that a number counts without a noun for people (a family of six; six of them; two couples)."""
    token = tokens[index]
    before = tokens[index - 2] if index > 1 else None
    following = [word.text for word in tokens[index + 1 : index + 3]]
    if following[:1] and following[0] in {"couples", "pairs", "duos"} and 2 * number > most:
        return token.start, tokens[index + 1].end
    if number <= most:
        return None
    if before is not None and tokens[index - 1].text == "of" and before.text in words("en", _S, "gathered"):
        return before.start, token.end
    if following[:1] == ["of"] and following[-1] in {"us", "them", "you"}:
        return token.start, tokens[index + 2].end
    return None


def _named(tokens: list[Token], index: int, number: int, most: int) -> tuple[int, int] | None:
    """Return a number and the noun for people that it counts (five weary soldiers; dozens of guards)."""
    known, breaks = words("en", _S, "people"), words("en", "grammar", "breaks") - {"of"}
    for word in tokens[index + 1 : index + 1 + _NOUN_MOST] if number > most else []:
        if word.text in known:
            return tokens[index].start, word.end
        if word.kind not in {"word", "mark"} or (word.kind == "mark" and word.text != "-") or word.text in breaks:
            return None
    return None


def _is_part(tokens: list[Token], index: int) -> bool:
    """Return whether the number only says what one belongs to, or what is for so many (one of the seven; for six)."""
    before = [token.text for token in tokens[max(0, index - _PART_MOST) : index]]
    while before and before[-1] in words("en", "grammar", "determiners"):
        before.pop()
    if not before:
        return False
    if before[-1] in {"for", "than", "like", "without"}:
        return True
    parts = words("en", _S, "parts")
    return before[-1] in {"of", "among"} and any(word in parts or word.endswith("est") for word in before[:-1])


@cache
def _counting() -> frozenset[str]:
    """Return the words that may begin a count."""
    return frozenset(_numbers()) | frozenset(cast("dict[str, int]", table("en", _S)["groups"]))


@cache
def _numbers() -> dict[str, int]:
    return cast("dict[str, int]", table("en", _S)["numbers"])


def _crowd_zh(passage: Passage, most: int) -> tuple[int, int] | None:
    folded = passage.folded
    for match in _groups_zh().finditer(folded):
        number = _value(match["number"])
        behind = folded[match.end() : match.end() + 6]
        part = _PART_ZH.match(behind) or folded[match.start() - 1 : match.start()] in {"第", "."}
        if number > most and not part and not passage.is_told(match.start()):
            return match.span()
    for match in _SEXES_ZH.finditer(folded):
        if _value(match["first"]) + _value(match["second"]) > most:
            return match.span()
    return None


@cache
def _groups_zh() -> re.Pattern[str]:
    """Return what finds a number of people: with a counter and a noun, with one for people, or with 人 alone."""
    people = sorted(words("zh", "grammar", "people"), key=len, reverse=True)
    counters, heads = "".join(sorted(words("zh", _S, "counters"))), "".join(sorted(words("zh", _S, "heads")))
    return re.compile(
        rf"(?P<number>{_NUMBER_ZH}+)[多余来几]?(?:"
        rf"[{counters}]个?[\u3400-\u9fff]{{0,4}}?(?:{'|'.join(people)}){_NOT_PEOPLE}"
        rf"|[{heads}]人?(?=[\u3400-\u9fff])|(?<=[四五六七八九十几])口(?:人|之家|子)?(?![井袋气水茶饭酒锅缸钟箱棺])"
        rf"|个?号?人{_NOT_PEOPLE})"
    )


def _value(number: str) -> int:
    """Return a Chinese number, or digits; of two next to each other (四五个) the larger, of 几 and 数 some."""
    if number.isdigit():
        return int(number)
    total = digit = 0
    for character in number:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS.get(character, 3 if character in "几数" else 0)
    return total + digit
