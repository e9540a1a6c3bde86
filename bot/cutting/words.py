"""The words of a film: captions to burn into each shot, and SRT files of the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.cutting.plan import FPS
from bot.subtitles import Layout, time_lines, to_ass, to_srt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.cutting.plan import Cut
    from bot.subtitles import Caption, Language, Lettering

_LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class Words:
    """What is said in a film.

    Attributes:
        burned: for each take the text of an ASS file timed from its body's first frame, or empty.
        srt: the text of an SRT file for each language in which anything is said.
        crowded: indexes of the takes whose words go too fast to be read.
    """

    burned: tuple[str, ...]
    srt: Mapping[str, str]
    crowded: tuple[int, ...]


def write_words(plan: Cut, size: tuple[int, int], lettering: Lettering) -> Words:
    """Time the lines of each take inside that part of it which no cross-fade touches.

    A line that lacks a language stands in that language's file in the one it has.
    """
    layout = Layout(*size, bottom=plan.subtitles.bottom)
    how = plan.subtitles
    skipped = 1 if plan.opening else 0
    burned: list[str] = []
    tracks: dict[Language, list[Caption]] = {
        language: []
        for language in _LANGUAGES
        if any(getattr(line, language) for take in plan.takes for line in take.lines)
    }
    crowded: list[int] = []
    for index, take in enumerate(plan.takes):
        first, end = plan.bodies[index + skipped]
        start = plan.starts[index + skipped]
        late = False
        for language, captions in tracks.items():
            timed = time_lines(
                take.lines,
                first,
                end,
                fps=FPS,
                track=language,
                names=how.names,
                lettering=lettering,
                limit=layout.limit,
                burned=False,
            )
            captions += [_later(caption, start) for caption in timed.captions]
            late |= timed.crowded
        shown = ""
        if how.burn and take.lines:
            timed = time_lines(
                take.lines,
                0,
                end - first,
                fps=FPS,
                track=how.burn,
                names=how.names,
                lettering=lettering,
                limit=layout.limit,
            )
            shown = to_ass(timed.captions, layout, lettering, FPS) if timed.captions else ""
            late |= timed.crowded
        burned.append(shown)
        if late:
            crowded.append(index)
    srt = {language: to_srt(captions, FPS) for language, captions in tracks.items() if captions}
    return Words(tuple(burned), srt, tuple(crowded))


def _later(caption: Caption, frames: int) -> Caption:
    return replace(caption, first=caption.first + frames, end=caption.end + frames)
