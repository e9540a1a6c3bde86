"""What a shot's words say about the camera: framing, move, handheld, and whom it looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from renderer.animatic.vocabulary import FRAMINGS, HANDHELD, MOVES, NEGATED, Framing, Move, simplified

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_Word = TypeVar("_Word", Framing, Move)
_CLAUSE_END = re.compile(r"[.。;!?\n]")
_SUBJECT_REACH = 40  # characters after the framing in which its subject is looked for


@dataclass(frozen=True, slots=True)
class Direction:
    """Camera directions; None where the words say nothing.

    Attributes:
        framing: the framing at the start.
        move: the camera's move.
        end: the framing at which a push or pull ends ("push in to a close-up").
        handheld: whether the camera is carried.
        subject: index of the name that the framing is for ("close-up of Shen Yuehua").
    """

    framing: Framing | None = None
    move: Move | None = None
    end: Framing | None = None
    handheld: bool = False
    subject: int | None = None

    @property
    def label(self) -> str:
        """What the slate says of it, in Chinese and English; empty where nothing was said."""
        parts = [part.value for part in (self.framing, self.move) if part]
        if self.handheld:
            parts.append("手持 HANDHELD")
        return " · ".join(parts)


def read_direction(texts: Iterable[str], names: Iterable[str] = ()) -> Direction:
    """Return what `texts` say, the first text first: a later one is asked only for what the earlier ones leave open.

    Args:
        texts: the shot's description and prompt, in the order in which they count.
        names: who is in the picture, from left to right.
    """
    people = tuple(names)
    framing: Framing | None = None
    move: Move | None = None
    end: Framing | None = None
    subject: int | None = None
    handheld = False
    for text in map(simplified, texts):
        handheld = handheld or any(True for _ in _said(HANDHELD, text))
        framings = _in_order(FRAMINGS, text)
        moves = _in_order(MOVES, text)
        if move is None and moves:
            move, moved = moves[0]
            if move in {Move.PUSH, Move.PULL}:
                end, framings = _split_end(framings, moved)
        if framing is None and framings:
            framing, match = framings[0]
            subject = _subject(text, match.end(), people)
    return Direction(framing, move, end, handheld, subject)


def _said(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return (match for match in pattern.finditer(text) if not NEGATED.search(text[: match.start()][-16:]))


def _in_order(words: Mapping[_Word, re.Pattern[str]], text: str) -> list[tuple[_Word, re.Match[str]]]:
    """Return the words said, in order of place; of two that overlap, the one that starts first or else is longer."""
    found = [(word, match) for word, pattern in words.items() for match in _said(pattern, text)]
    found.sort(key=lambda item: (item[1].start(), -item[1].end()))
    kept: list[tuple[_Word, re.Match[str]]] = []
    for word, match in found:
        if not kept or match.start() >= kept[-1][1].end():
            kept.append((word, match))
    return kept


def _split_end(
    framings: list[tuple[Framing, re.Match[str]]],
    moved: re.Match[str],
) -> tuple[Framing | None, list[tuple[Framing, re.Match[str]]]]:
    """Return the framing at which `moved` ends, and the framings that are left for the start."""
    for index, (framing, match) in enumerate(framings):
        clause = moved.string[moved.end() : match.start()]
        if match.start() >= moved.end() and len(clause) <= _SUBJECT_REACH and not _CLAUSE_END.search(clause):
            return framing, framings[:index] + framings[index + 1 :]
    return None, framings


def _subject(text: str, start: int, names: tuple[str, ...]) -> int | None:
    """Return whose name comes first within reach of `start`, before the sentence ends."""
    reach = _CLAUSE_END.split(text[start : start + _SUBJECT_REACH], maxsplit=1)[0].casefold()
    places = [
        (place, index)
        for index, name in enumerate(names)
        for part in simplified(name).casefold().split()
        if len(part) > 1 and (place := reach.find(part)) >= 0
    ]
    return min(places)[1] if places else None
