"""Subtitles inside a film: a text track (3GPP timed text) for each SRT file that lies beside it under its name.

Players list them by language. They are switched off, for whoever wants a language burned in sees it already.
"""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING

from bot import subtitles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LANGUAGES: dict[str, str] = {"zh": "chi", "en": "eng"}
"""What a language is called in an mp4 (ISO 639-2)."""

_TEXT = (b"sbtl", b"text", b"subt")  # handlers of tracks of words
_ENABLED = 1
Span = tuple[int, int]


def beside(film: Path) -> dict[str, Path]:
    """Return the SRT files that lie beside a film under its name."""
    named = {language: film.with_suffix(f".{language}.srt") for language in LANGUAGES}
    return {language: path for language, path in named.items() if path.is_file()}


def excerpts(film: Path, first: int, end: int, fps: int, folder: Path) -> dict[str, Path]:
    """Write what of a film's SRT files belongs to the frames from `first` to before `end` into `folder`.

    Languages in which nothing is said there are left out: ffmpeg takes no empty file.
    """
    found: dict[str, Path] = {}
    for language, path in beside(film).items():
        text = subtitles.excerpt(path.read_text("utf-8"), first, end, fps)
        if text.strip():
            found[language] = folder / f"{language}.srt"
            found[language].write_text(text, "utf-8")
    return found


def options(languages: Sequence[str]) -> dict[str, str]:
    """Return ffmpeg's options for an mp4 with text tracks in these languages, in this order."""
    named = {f"metadata:s:s:{index}": f"language={LANGUAGES[language]}" for index, language in enumerate(languages)}
    return {"c:s": "mov_text", **named} if named else {}


def switch_off(film: Path) -> None:
    """Let no text track of an mp4 be shown unasked: ffmpeg switches the first one on whatever it is told.

    One bit of each track's header (`tkhd`, ISO/IEC 14496-12 8.3.2) is cleared in place.
    """
    with film.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        for track in _boxes(data, (0, len(data)), b"moov", b"trak"):
            for handler, _ in _boxes(data, track, b"mdia", b"hdlr"):
                if data[handler + 8 : handler + 12] in _TEXT:  # after version, flags and a field that is not used
                    for header, _ in _boxes(data, track, b"tkhd"):
                        data[header + 3] &= ~_ENABLED  # the last byte of its flags


def _boxes(data: mmap.mmap, within: Span, *path: bytes) -> Iterator[Span]:
    """Yield where the content of each box at `path` begins and ends."""
    start, end = within
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1:  # the size stands after the name, in 64 bits
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        stop = start + size if size else end  # 0: to the end
        if stop <= start:
            return
        if name == path[0]:
            if path[1:]:
                yield from _boxes(data, (content, stop), *path[1:])
            else:
                yield content, stop
        start = stop
