"""When a shot's lines are on screen: spread over the shot by their length, at a speed that can be read.

Everything is counted in frames from the shot's own first frame, so that a caption begins and ends on a frame and never
reaches into the next shot or a cross-fade.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from bot.subtitles.breaking import divide, lines_of
from bot.subtitles.lettering import Language, Lettering, clean, is_wide

if TYPE_CHECKING:
    from collections.abc import Sequence

Track = Literal["zh", "en", "both"]

LATIN_SPEED = 17.0
"""Characters a second that are read with ease, spaces counted (Netflix's Timed Text Style Guide, adult programmes)."""

CJK_SPEED = 6.5
"""Ideographs a second."""

SHORTEST = 1.0
"""Seconds that even a single word stays."""

LONGEST = 2.0
"""A caption goes at the latest after so many times its reading time, rather than stand over a silent shot."""

_GAP = 2  # frames between two captions: the eye sees that the words changed
_LEAD = 0.25  # seconds at most before the first words: nobody speaks on the first frame
_MORE_PARTS = 20  # than the width alone asks for: words seldom fill their lines


@dataclass(frozen=True)
class Line:
    """What one character says, in one language or both.

    Attributes:
        zh: the Chinese words, or empty.
        en: the English words, or empty.
        speaker: shown before the words where names are asked for.
    """

    zh: str = ""
    en: str = ""
    speaker: str = ""

    def text(self, language: Language, *, names: bool) -> str:
        """Return the cleaned words in `language`, the speaker before them where `names` asks; empty for none."""
        words = clean(self.zh if language == "zh" else self.en)
        speaker = clean(self.speaker)
        if not names or not speaker or not words:
            return words
        return f"{speaker}：{words}" if language == "zh" else f"{speaker}: {words}"


@dataclass(frozen=True)
class Row:
    """One row of a caption and the language whose font leads in it."""

    text: str
    language: Language


@dataclass(frozen=True)
class Caption:
    """At most two rows, from frame `first` to before frame `end`."""

    first: int
    end: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Timed:
    """The captions of a shot; `crowded` says that they go faster than they can be read."""

    captions: tuple[Caption, ...]
    crowded: bool


@dataclass(frozen=True)
class _Fits:
    """What decides whether a row fits: the letters, and the widest row in ems."""

    lettering: Lettering
    limit: float


def reading_seconds(text: str) -> float:
    """Return how long `text` takes to read, `SHORTEST` at least."""
    wide = sum(1 for character in text if is_wide(character))
    return max(SHORTEST, wide / CJK_SPEED + (len(text) - wide) / LATIN_SPEED)


def time_lines(
    lines: Sequence[Line],
    first: int,
    end: int,
    *,
    fps: int,
    track: Track,
    names: bool,
    lettering: Lettering,
    limit: float,
    burned: bool = True,
) -> Timed:
    """Lay `lines` out over the frames from `first` to before `end`.

    Args:
        lines: in the order in which they are spoken.
        first: the first frame that may carry words.
        end: the frame before which the last words go.
        fps: frames a second.
        track: the language, or both, one above the other. A line that lacks it is shown in the one it has.
        names: put the speaker before the words.
        lettering: measures.
        limit: the widest row, in ems.
        burned: leave out what the fonts cannot draw (emoji, scripts without a font). A file for players keeps it.
    """
    wanted: list[tuple[tuple[Row, ...], float]] = []
    for line in lines:
        wanted += _parts(_texts(line, track, names, lettering if burned else None), _Fits(lettering, limit))
    fitting = wanted[: max(0, end - first)]
    places, crowded = _spread([seconds * fps for _, seconds in fitting], first, end, fps)
    captions = tuple(Caption(start, stop, rows) for (rows, _), (start, stop) in zip(fitting, places, strict=True))
    return Timed(captions, crowded or len(fitting) < len(wanted))


def _texts(line: Line, track: Track, names: bool, drawn_by: Lettering | None) -> list[tuple[Language, str]]:
    """Return what is shown of a line, by language: one for a track of one, whichever there is."""
    texts: list[tuple[Language, str]] = []
    languages: tuple[Language, ...] = ("en", "zh") if track == "en" else ("zh", "en")
    for language in languages:
        text = line.text(language, names=names)
        if drawn_by:
            text = drawn_by.drawable(text, language)
        if text and (track == "both" or not texts):
            texts.append((language, text))
    return texts


def _parts(texts: list[tuple[Language, str]], fits: _Fits) -> list[tuple[tuple[Row, ...], float]]:
    """Return a line's captions: the rows of each, and the seconds that it takes to read."""
    if not texts:
        return []
    rows = 1 if len(texts) > 1 else 2
    widest = max(fits.lettering.width(text, language) for language, text in texts)
    fewest = max(1, math.floor(widest / (rows * fits.limit)))
    for count in range(fewest, fewest + _MORE_PARTS):
        split = [_split(text, language, count, rows, fits) for language, text in texts]
        if all(split):
            break
    else:
        return []
    shown = max(len(parts) for parts in split)
    captions: list[tuple[tuple[Row, ...], float]] = []
    for index in range(shown):
        # A short translation stays beneath all the parts of a long original.
        each = [parts[min(index, len(parts) - 1)] for parts in split]
        block = tuple(row for part in each for row in part)
        captions.append((block, max(reading_seconds("".join(row.text for row in part)) for part in each)))
    return captions


def _split(text: str, language: Language, count: int, rows: int, fits: _Fits) -> list[tuple[Row, ...]]:
    """Return `text` in `count` parts of at most `rows` rows, or in one where it fits; empty where it does not."""
    width = partial(fits.lettering.width, language=language)
    whole = lines_of(text, rows, fits.limit, width)
    if whole:
        return [tuple(Row(row, language) for row in whole)]
    parts: list[tuple[Row, ...]] = []
    for part in divide(text, count, fits.limit, width):
        lines = lines_of(part, rows, fits.limit, width)
        if lines is None:
            return []
        parts.append(tuple(Row(row, language) for row in lines))
    return parts


def _spread(wanted: list[float], first: int, end: int, fps: int) -> tuple[list[tuple[int, int]], bool]:
    """Return first and end frame for captions that want so many frames, and whether some got fewer than that."""
    if not wanted:
        return [], False
    gap = _GAP if end - first >= len(wanted) * 3 * _GAP else 0
    room = end - first - gap * (len(wanted) - 1)
    slots = _slots(wanted, room, min(SHORTEST * fps, room / len(wanted)))
    lead = min(math.floor(_LEAD * fps), max(0, math.floor(room - sum(wanted))))
    places: list[tuple[int, int]] = []
    reached = float(first)
    for index, (want, slot) in enumerate(zip(wanted, slots, strict=True)):
        start = round(reached) + (lead if index == 0 else 0)
        stop = min(round(reached + slot), start + math.ceil(want * LONGEST))
        places.append((start, stop))
        reached += slot + gap
    return places, sum(wanted) > room + 1


def _slots(wanted: list[float], room: float, least: float) -> list[float]:
    """Share `room` in proportion to `wanted`, nobody under `least`."""
    held: set[int] = set()
    while True:
        left = room - least * len(held)
        total = sum(want for index, want in enumerate(wanted) if index not in held)
        slots = [least if index in held else want * left / total for index, want in enumerate(wanted)]
        short = {index for index, slot in enumerate(slots) if slot < least - 1e-6}
        if not short:
            return slots
        held |= short
