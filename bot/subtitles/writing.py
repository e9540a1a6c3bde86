"""Captions as files: ASS for libass to burn in, SRT for players and translators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pysubs2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.subtitles.lettering import Lettering
    from bot.subtitles.timing import Caption, Row

_STYLE = "Caption"
# Readers of SRT look for times anywhere in a line. One that somebody speaks is broken by a word joiner, which has no
# width.
_TIME = re.compile(r"(\d:\d\d:\d\d)(?=[.,]\d)")


@dataclass(frozen=True)
class Layout:
    """Sizes on a picture of `width` × `height` pixels: an upright one has smaller letters, so that words fit.

    Attributes:
        width: of the picture.
        height: of the picture.
        bottom: share of the height that stays free beneath the words.
    """

    width: int
    height: int
    bottom: float = 0.055

    @property
    def em(self) -> float:
        """The letters' em in pixels."""
        return min(self.height * 0.052, self.width * 0.05)

    @property
    def side(self) -> int:
        """Pixels kept free on the left and on the right."""
        return round(self.width * 0.06)

    @property
    def limit(self) -> float:
        """The widest row in ems. A little under the free width: the outline needs some too."""
        return (self.width - 2 * self.side) / self.em - 0.3


def to_ass(captions: Sequence[Caption], layout: Layout, lettering: Lettering, fps: int) -> str:
    """Return an ASS file that shows `captions` at the bottom, white with a dark outline.

    Lines are already broken: libass is told to break nothing itself (wrap style 2). Override tags are ours alone,
    because `clean` has replaced every character that could begin one.
    """
    file = pysubs2.SSAFile()
    file.info.update(
        {
            "PlayResX": str(layout.width),
            "PlayResY": str(layout.height),
            "LayoutResX": str(layout.width),
            "LayoutResY": str(layout.height),
            "WrapStyle": "2",
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "TV.709",
            "Language": "zh-Hans",
        }
    )
    file.styles = {
        _STYLE: pysubs2.SSAStyle(
            fontname=lettering.latin.family,
            fontsize=layout.em * lettering.latin.line,
            outlinecolor=pysubs2.Color(16, 16, 16, 24),
            backcolor=pysubs2.Color(0, 0, 0, 128),
            outline=round(layout.em * 0.075, 1),
            shadow=round(layout.em * 0.03, 1),
            alignment=pysubs2.Alignment.BOTTOM_CENTER,
            marginl=layout.side,
            marginr=layout.side,
            marginv=round(layout.height * layout.bottom),
        )
    }
    for caption in captions:
        text = r"\N".join(_tagged(row, layout, lettering) for row in caption.rows)
        file.append(_event(caption, fps, 10, text))
    return file.to_string("ass")


def to_srt(captions: Sequence[Caption], fps: int) -> str:
    """Return an SRT file of `captions`."""
    file = pysubs2.SSAFile()
    for caption in captions:
        rows = (_TIME.sub("\\1\u2060", row.text) for row in caption.rows)
        file.append(_event(caption, fps, 1, r"\N".join(rows)))
    return file.to_string("srt")


def excerpt(srt: str, first: int, end: int, fps: int) -> str:
    """Return the part of an SRT file that belongs to the frames from `first` to before `end`, which begin at 0 there.

    For a film that is posted in parts. A caption that is on screen at a boundary is shown on both sides of it.
    """
    file = pysubs2.SSAFile.from_string(srt, format_="srt")
    begin, stop = first * 1000 // fps, end * 1000 // fps
    kept = [event for event in file.events if event.start < stop and event.end > begin]
    for event in kept:
        event.start, event.end = max(event.start, begin) - begin, min(event.end, stop) - begin
    file.events = kept
    return file.to_string("srt")


def _event(caption: Caption, fps: int, step: int, text: str) -> pysubs2.SSAEvent:
    # Rounded down to the format's step: the caption is there on its first frame, and gone on the frame it ends before.
    start, end = (frame * 1000 // fps // step * step for frame in (caption.first, caption.end))
    return pysubs2.SSAEvent(start=start, end=end, text=text, style=_STYLE)


def _tagged(row: Row, layout: Layout, lettering: Lettering) -> str:
    # A size in ASS is a line's height, which differs between faces: every run says its own, so that the ems are equal.
    # The weight tells a face from others of its family that the machine has.
    return "".join(
        f"{{\\fn{face.family}\\b{face.weight}\\fs{layout.em * face.line:.2f}}}{run}"
        for face, run in lettering.runs(row.text, row.language)
    )
