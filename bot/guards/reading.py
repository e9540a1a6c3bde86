"""Reading a text once for all the rules: folding without moving a character, tokens, and the map back to the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from opencc import OpenCC

from bot.guards.inflection import Verb
from bot.guards.tables import kinds, phrase, strings, table, words
from bot.guards.told import is_within, told

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Edit", "Passage", "Token", "Verb", "fold", "is_chinese", "is_traditional", "like", "tokens"]

Kind = Literal["word", "number", "chinese", "mark"]

CJK = "\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"(?P<chinese>[{CJK}]+|(?<![a-z])t恤衫?)|(?P<word>[a-z\u00df-\u024f]+(?:['-][a-z\u00df-\u024f]+)*)|(?P<number>\d+)|(?P<mark>《[^《》\n]*》|[^\s\w]|\n)"
)
_WORN_MOST = 5  # characters of a garment
_CHINESE = re.compile(rf"[{CJK}]")
_SECTIONS = (
    "told",
    "dialogue",
    "dark_clothes",
    "detaching",
    "contact",
    "complexity",
    "grammar",
    "framing",
    "scaffolding",
)


class Token(NamedTuple):
    """A word, a number, a Chinese word of the tables (or one character), or a mark; `text` is folded.

    A title in 《》 is one mark, so that no rule reads into it.
    """

    text: str
    start: int
    end: int
    kind: Kind


class Edit(NamedTuple):
    """Replace `start`–`end` of a text by `new`."""

    start: int
    end: int
    new: str


class Passage:
    """A text under repair that knows where each of its parts stood in the member's original.

    Each `apply` adds one layer of replaced regions; `source` goes back through them. Folded text and tokens are made
    when first asked for.
    """

    def __init__(self, text: str, layers: tuple[tuple[tuple[int, int, int, int], ...], ...] = ()) -> None:
        self.text = text
        self._layers = layers
        self._folded: str | None = None
        self._tokens: list[Token] | None = None
        self._texts: frozenset[str] | None = None
        self._told: list[tuple[int, int]] | None = None

    @property
    def folded(self) -> str:
        """The text folded, character for character."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the folded text."""
        if self._tokens is None:
            self._tokens = tokens(self.folded)
        return self._tokens

    @property
    def texts(self) -> frozenset[str]:
        """The tokens' texts, without their order."""
        if self._texts is None:
            self._texts = frozenset([token.text for token in self.tokens])
        return self._texts

    def is_told(self, position: int) -> bool:
        """Return whether what stands at `position` is told of, not shown (see `bot.guards.told`)."""
        if self._told is None:
            self._told = told(self.tokens)
        return bool(self._told) and is_within(self._told, position)

    def apply(self, edits: list[Edit]) -> Passage:
        """Return the text with `edits` made; they are sorted here, and one that overlaps its forerunner is left out."""
        parts: list[str] = []
        layer: list[tuple[int, int, int, int]] = []
        position = length = 0
        for start, end, new in sorted(edits):
            if start < position:
                continue
            parts += (self.text[position:start], new)
            length += start - position
            layer.append((length, length + len(new), start, end))
            length += len(new)
            position = end
        parts.append(self.text[position:])
        return Passage("".join(parts), (*self._layers, tuple(layer))) if layer else self

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return where `start`–`end` stood in the member's original text."""
        for layer in reversed(self._layers):
            start = _back(layer, start, last=False)
            end = max(start, _back(layer, end, last=True))
        return start, end


def _back(layer: tuple[tuple[int, int, int, int], ...], position: int, *, last: bool) -> int:
    index = bisect_right(layer, (position, -1 if last else 1 << 60, 0, 0)) - 1
    if index < 0:
        return position
    new_start, new_end, old_start, old_end = layer[index]
    if position < new_end:
        return old_end if last and position > new_start else old_start
    return old_end + position - new_end


def fold(text: str) -> str:
    """Return `text` in lower case, simplified, half-width, with straight apostrophes; no character moves.

    Not full NFKC: that moves characters. What has no single-character fold stays as it is (the safety rule, which must
    undo every trick, normalises fully and keeps its own map).
    """
    if text.isascii():
        return text.lower()
    return text.translate(_folding())


def tokens(folded: str) -> list[Token]:
    """Return the tokens of a folded text; Chinese runs are cut by longest match against the tables' words."""
    found: list[Token] = []
    for match in _TOKEN.finditer(folded):
        kind = match.lastgroup
        start, end = match.span()
        if kind == "chinese":
            found += [Token(text, start + first, start + last, "chinese") for text, first, last in _cut(match[0])]
        else:
            found.append(Token(match[0], start, end, kind))  # pyright: ignore[reportArgumentType]  (a group's name)
    return found


@lru_cache(maxsize=16384)
def _cut(run: str) -> tuple[tuple[str, int, int], ...]:
    """Return the words of a run of Chinese characters, with start and end in it.

    Each repair reads the text again; most of its runs were cut before.
    """
    vocabulary, longest = _vocabulary()
    colours = words("zh", "dark_clothes", "dark")
    found: list[tuple[str, int, int]] = []
    start, end = 0, len(run)
    while start < end:
        stop = start + 1
        for size in range(min(longest.get(run[start], 1), end - start), 1, -1):
            if run[start : start + size] in vocabulary:
                stop = start + size
                break
        if stop - start > 1 and run[start] in colours and _is_worn(run, start + 1, stop, end):
            stop = start + 1  # 黑 马甲, not 黑马 甲
        found.append((run[start:stop], start, stop))
        start = stop
    return tuple(found)


def _is_worn(run: str, start: int, after: int, end: int) -> bool:
    """Return whether a garment or its cloth begins at `start` and goes on past `after`."""
    worn = _worn()
    return any(run[start:stop] in worn for stop in range(after + 1, min(end, start + _WORN_MOST) + 1))


def is_chinese(text: str) -> bool:
    """Return whether `text` has more Chinese characters than Latin words."""
    chinese = len(_CHINESE.findall(text))
    return bool(chinese) and chinese >= len(re.findall(r"[A-Za-z]+", text))


def is_traditional(text: str) -> bool:
    """Return whether a traditional character stands in `text`."""
    return not text.isascii() and _traditional_character().search(text) is not None


def like(said: str, text: str) -> str:
    """Return `said` (simplified Chinese) in the script of `text`."""
    return _traditional(said) if is_traditional(text) else said


@cache
def _traditional_character() -> re.Pattern[str]:
    # Not 著: it stands in simplified texts, too.
    return re.compile("[" + "".join(chr(code) for code in _simplified() if chr(code) != "著") + "]")


@lru_cache(maxsize=4096)
def _traditional(said: str) -> str:
    return _converter("s2tw")(said)


@cache
def _converter(scheme: str) -> Callable[[str], str]:
    return cast("Callable[[str], str]", OpenCC(scheme).convert)  # pyright: ignore[reportUnknownMemberType]  (untyped)


@cache
def _simplified() -> dict[int, str]:
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    folded = _converter("t2s")("\n".join(characters)).split("\n")
    # 著 is a particle in traditional texts (看著) and stands for 着; OpenCC leaves it to the context.
    return {ord(a): b for a, b in zip(characters, folded, strict=True) if a != b and len(b) == 1} | {ord("著"): "着"}


@cache
def _folding() -> dict[int, str]:
    table_: dict[int, str] = dict(_simplified())
    table_ |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
    upper = [*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x370, 0x530), *range(0xFF21, 0xFF3B)]
    for code in upper:
        lowered = table_.get(code, chr(code)).lower()
        if len(lowered) == 1 and lowered != chr(code):
            table_[code] = lowered
    return table_ | dict.fromkeys(map(ord, "’‘＇ʼ"), "'") | dict.fromkeys(map(ord, "‐‑－"), "-") | {0xA0: " "}


@cache
def strong_colours() -> frozenset[str]:
    """Return the Chinese dark colours as rule 2 writes them (纯黑色, 纯藏青色)."""
    pure = phrase("zh", "dark_clothes", "pure")
    dark = words("zh", "dark_clothes", "dark")
    return frozenset(
        pure + (colour if colour.endswith("色") else colour + "色") for colour in dark if colour[0] != pure
    )


@cache
def _worn() -> frozenset[str]:
    materials = (word for word in words("zh", "dark_clothes", "materials") if len(word) > 1)
    return frozenset(kinds("zh", "dark_clothes", "garments")) | frozenset(materials)


@cache
def compounds() -> frozenset[str]:
    """Return the Chinese verbs of leaving that are made of two parts (飞走, 滑脱, 打落)."""
    parts = cast("dict[str, list[str]]", table("zh", "detaching")["compounds"])
    return struck() | {a + b for a in parts["first"] for b in parts["second"] if a != b}


@cache
def struck() -> frozenset[str]:
    """Return those of them that somebody or something does to the thing (打落, 吹飞了)."""
    parts = cast("dict[str, list[str]]", table("zh", "detaching")["compounds"])
    return frozenset(a + b for a in parts["struck"] for b in parts["struck_to"])


@cache
def _vocabulary() -> tuple[set[str], dict[str, int]]:
    listed = {word for section in _SECTIONS for word in strings(table("zh", section)) if len(word) > 1}
    vocabulary = listed | strong_colours() | compounds()
    longest: dict[str, int] = {}
    for word in vocabulary:
        longest[word[0]] = max(longest.get(word[0], 1), len(word))
    return vocabulary, longest
