"""ffmpeg work on finished clips: a film out of takes, and a film that fits.

Everything is asynchronous and can be cancelled: ffmpeg runs as a child, long Python work in threads. No filter ever
holds a member's words: those go through files.
"""

from bot.cutting.assembly import cut
from bot.cutting.fitting import Part, fit, fit_episode
from bot.cutting.place import PART, PlaceError, writing_into
from bot.cutting.plan import FPS, Card, Cut, CutProgress, Encoding, Finished, Subtitles, Take
from bot.cutting.process import CannotFitError, CutError, run_ffmpeg

__all__ = [
    "FPS",
    "PART",
    "CannotFitError",
    "Card",
    "Cut",
    "CutError",
    "CutProgress",
    "Encoding",
    "Finished",
    "Part",
    "PlaceError",
    "Subtitles",
    "Take",
    "cut",
    "fit",
    "fit_episode",
    "run_ffmpeg",
    "writing_into",
]
