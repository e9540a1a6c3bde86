"""Looking for many phrases at once in a text's tokens: one dictionary look-up a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.guards.reading import Token, fold, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.guards.reading import Passage


class Match(NamedTuple):
    """The tokens `first`–`last` (inclusive) are `phrase`, of `kind`."""

    first: int
    last: int
    phrase: str
    kind: str


class Phrases:
    """Phrases with a kind each; the longest wins where several begin at a token."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, list[tuple[list[str], str, str]]] = {}
        for phrase, kind in phrases:
            cut = [token.text for token in tokens(fold(phrase))]
            if cut:
                self._by_first.setdefault(cut[0], []).append((cut, phrase, kind))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def at(self, found: list[Token], index: int) -> Match | None:
        """Return the longest phrase that begins at token `index`."""
        for cut, phrase, kind in self._by_first.get(found[index].text, ()):
            size = len(cut)
            if size == 1:
                return Match(index, index, phrase, kind)
            # Most that begin alike part at the second word.
            if (
                index + size <= len(found)
                and found[index + 1].text == cut[1]
                and [token.text for token in found[index : index + size]] == cut
            ):
                return Match(index, index + size - 1, phrase, kind)
        return None

    def within(self, passage: Passage) -> bool:
        """Return whether there is a match anywhere."""
        by_first = self._by_first
        if by_first.keys().isdisjoint(passage.texts):
            return False
        found = passage.tokens
        return any(token.text in by_first and self.at(found, index) for index, token in enumerate(found))

    def all(self, found: list[Token]) -> list[Match]:
        """Return every match, left to right, without overlaps."""
        matches: list[Match] = []
        by_first = self._by_first
        last = -1
        for index in [index for index, token in enumerate(found) if token.text in by_first]:
            if index > last and (match := self.at(found, index)):
                matches.append(match)
                last = match.last
        return matches
