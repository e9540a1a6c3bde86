"""Subtitles: lines of dialogue → captions timed inside their shot → ASS (burned in) and SRT (attached).

Pure and blocking: no Discord, no database. What members wrote is data throughout: `clean` leaves nothing that ASS, SRT
or an HTML-minded player could take for syntax.
"""

from bot.subtitles.breaking import divide, lines_of
from bot.subtitles.faces import Face, UnusableFont
from bot.subtitles.lettering import Language, Lettering, clean
from bot.subtitles.timing import Caption, Line, Row, Timed, Track, reading_seconds, time_lines
from bot.subtitles.writing import Layout, excerpt, to_ass, to_srt

__all__ = [
    "Caption",
    "Face",
    "Language",
    "Layout",
    "Lettering",
    "Line",
    "Row",
    "Timed",
    "Track",
    "UnusableFont",
    "clean",
    "divide",
    "excerpt",
    "lines_of",
    "reading_seconds",
    "time_lines",
    "to_ass",
    "to_srt",
]
