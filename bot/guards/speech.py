"""What the two languages of rule 1 share: who is named where, and what is decided about a quotation."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.guards.reading import Edit, Passage, Token, fold

if TYPE_CHECKING:
    from bot.guards.model import Language, Look
    from bot.guards.quotes import Quote

Sense = Literal["spoken", "name", "writing", "none"]

_TAG_MOST = 60  # characters of a tag between two halves of a speech
_FULL_NAME = 3  # characters of a Chinese name that has a given name of two


class Decision(NamedTuple):
    """What a quotation is, how the text goes on without its marks, and who speaks."""

    sense: Sense
    edits: tuple[Edit, ...] = ()
    speaker: str | None = None


class Mention(NamedTuple):
    """A character's name in the text."""

    start: int
    end: int
    name: str


class Scene:
    """A passage seen by rule 1: the passage, where names stand, and what has been decided so far."""

    def __init__(self, passage: Passage, cast: tuple[Look, ...]) -> None:
        self.passage = passage
        self.text = passage.text
        self.folded = passage.folded
        self.cast = cast
        self.mentions = find_names(passage.folded, cast)
        self.done = 0  # everything before this place has been decided
        self.speaker: str | None = None  # of the quotation before
        self.closed = False  # whether what stands in its place ends a sentence
        self.tagged = False  # whether that one had a speech tag behind it ("…," she says)
        self._starts = [token.start for token in passage.tokens]

    def before(self, position: int, count: int = 48) -> list[Token]:
        """Return the tokens of the sentence that ends at `position`, `count` at most."""
        tokens = self.passage.tokens
        index = last = bisect_left(self._starts, position)
        while index > 0 and last - index < count:
            token = tokens[index - 1]
            if token.start < self.done or (is_end(token) and not _is_abbreviation(tokens, index - 1)):
                break
            index -= 1
        return [token for token in tokens[index:last] if token.text != "\n"]

    def after(self, position: int, count: int = 10) -> list[Token]:
        """Return the tokens after `position`, `count` at most, to the end of the sentence (its mark left out)."""
        index = bisect_left(self._starts, position)
        found: list[Token] = []
        for token in self.passage.tokens[index : index + count]:
            if is_end(token):
                break
            found.append(token)
        return found

    def named(self, start: int, end: int) -> list[Mention]:
        """Return the names that stand between `start` and `end`."""
        return [mention for mention in self.mentions if start <= mention.start and mention.end <= end]

    def antecedent(self, position: int) -> str | None:
        """Return whom a pronoun before `position` stands for: the only character, or the last sentence's subject."""
        if len(self.cast) == 1:
            return self.cast[0].name
        earlier = self.named(0, position)
        if not earlier:
            return self.speaker
        sentence = max(self.folded.rfind(mark, 0, earlier[-1].start) for mark in ".!?。！？\n")
        return next(mention.name for mention in earlier if mention.start > sentence)

    def beat(self, quote: Quote) -> str | None:
        """Return whose action divides a speech ("…," Shen turns to Xiao, "…"), where a name stands right behind it."""
        inner = self.folded[quote.inner_start : quote.inner_end].rstrip()
        if inner[-1:] != ",":
            return None
        start = quote.end
        while start < len(self.folded) and self.folded[start] in " ,":
            start += 1
        return next((mention.name for mention in self.named(start, start + 40) if mention.start == start), None)

    def is_continued(self, position: int) -> bool:
        """Return whether the words at `position` go on with the speech before ("…," she says to him, "…")."""
        between = self.folded[self.done : position]
        if not self.done or len(between) > _TAG_MOST or "\n\n" in between:
            return False
        if not between.strip(" ,:—–-、"):
            return True
        if not self.tagged:
            return False
        told = between.rstrip(" \t\n")
        return told[-1:] in {",", ".", "。"} and not any(mark in told[:-1] for mark in ".!?。！？;；")

    def is_fresh(self, position: int) -> bool:
        """Return whether a sentence begins at `position`."""
        head = self.folded[max(0, position - 40) : position].rstrip(" \t")
        return not head or head[-1] in ".!?。\n" or position == 0


def is_end(token: Token) -> bool:
    """Return whether `token` ends a sentence."""
    return token.kind == "mark" and token.text in ".!?。;\n"


def _is_abbreviation(tokens: list[Token], index: int) -> bool:
    return (
        tokens[index].text == "."
        and index > 0
        and tokens[index - 1].text in {"mr", "mrs", "ms", "dr", "st", "int", "ext"}
    )


def find_names(folded: str, cast: tuple[Look, ...]) -> list[Mention]:
    """Return where the characters of `cast` are named, in order; a part of a name counts where only one has it."""
    aliases: dict[str, str | None] = {}
    for look in cast:
        for alias in _aliases(look.name):
            aliases[alias] = None if alias in aliases and aliases[alias] != look.name else look.name
    known = sorted((alias for alias, name in aliases.items() if name), key=len, reverse=True)
    if not known:
        return []
    pattern = "|".join(rf"(?<![a-z0-9]){re.escape(a)}(?![a-z0-9])" if a.isascii() else re.escape(a) for a in known)
    return [Mention(m.start(), m.end(), str(aliases[m[0]])) for m in re.finditer(pattern, folded)]


def _aliases(name: str) -> list[str]:
    """Return `name` and what it is shortened to: each word of a Latin name, the given name of a Chinese one."""
    folded = fold(name).strip()
    if not folded:
        return []
    found = [folded]
    latin = re.findall(r"[a-z\u00df-\u024f'-]{2,}", folded)
    chinese = re.findall(r"[\u3400-\u9fff]{2,}", folded)
    found += [
        word for word in latin if word not in {"the", "of", "de", "von", "van", "mr", "mrs", "dr", "old", "young"}
    ]
    for word in chinese:
        found.append(word)
        if len(word) >= _FULL_NAME:
            found.append(word[-2:])
    return list(dict.fromkeys(found))


def unquote(text: str, quote: Quote) -> tuple[Edit, ...]:
    """Return the edits that take a quotation's marks away and keep its words."""
    inner = text[quote.inner_start : quote.inner_end]
    edits = [Edit(quote.start, quote.inner_start, "")]
    if quote.inner_end > quote.inner_start and inner.strip():
        edits.append(Edit(quote.inner_end, quote.end, ""))
        return tuple(edits)
    return (Edit(quote.start, quote.end, ""),)


def language_of(scene: Scene, quote: Quote) -> Language:
    """Return the language that the sentence around `quote` is in: the nearest letter before it, after it, inside it."""
    around = scene.folded[max(scene.done, quote.start - 60) : quote.start]
    for part in (
        around[::-1],
        scene.folded[quote.end : quote.end + 30],
        scene.folded[quote.inner_start : quote.inner_end],
    ):
        for character in part:
            if character in "\n.!?。" and part is not scene.folded:
                break
            if "\u3400" <= character <= "\u9fff":
                return "zh"
            if character.isalpha():
                return "en"
    return "en"


def is_chinese_at(text: str) -> bool:
    """Return whether the first letter of `text` is Chinese."""
    for character in text:
        if character.isalpha():
            return "\u3400" <= character <= "\u9fff"
    return False
