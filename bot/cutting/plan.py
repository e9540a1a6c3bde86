"""What a film is made of: takes in order, cards, transitions, subtitles, and how it is encoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.subtitles import Line, Track

FPS = 24
"""Frames a second of every take and of every film."""


@dataclass(frozen=True)
class Take:
    """One shot as it is to be seen.

    Attributes:
        path: the clip.
        frames: how many of its frames are shown, from its first; fewer than it has trims the tail.
        lines: what is said in it, in order.
        fade: frames over which it goes over into what follows; 0 is a straight cut. Ignored on the last.
    """

    path: Path
    frames: int
    lines: tuple[Line, ...] = ()
    fade: int = 0


@dataclass(frozen=True)
class Card:
    """A still with words, before or after the takes.

    Attributes:
        titles: large rows, one above the other: the title in each of its languages.
        rows: small rows beneath: who wrote, who voted, which model.
        frames: how long it stands.
        fade: frames of the cross-fade between it and the take beside it; 0 is a straight cut.
    """

    titles: tuple[str, ...]
    rows: tuple[str, ...] = ()
    frames: int = 3 * FPS
    fade: int = FPS // 2


@dataclass(frozen=True)
class Subtitles:
    """How the lines are shown.

    Attributes:
        burn: the language that is drawn into the picture, both, or None.
        names: put the speaker before the words.
        bottom: share of the height that stays free beneath the words; more where a slate stands there.
        font: a font file that draws them and the cards; None takes those that come with the bot.
    """

    burn: Track | None = None
    names: bool = False
    bottom: float = 0.055
    font: Path | None = None


@dataclass(frozen=True)
class Encoding:
    """How the film is encoded.

    The default settings are those with which the renderer encodes takes: what is encoded here then joins on to takes
    that are copied.

    Attributes:
        size: width and height in pixels, even; None takes the first take's. Takes of another shape get black bars.
        crf: x264's constant rate factor.
        preset: x264's preset.
        max_rate: bit/s at most, averaged over a second, as in the renderer's takes; 0 sets no bound.
        max_bitrate: bit/s that the picture may need at most, takes that could be copied included; None sets no bound.
        audio_bitrate: bit/s of AAC.
        loudness: integrated loudness in LUFS (EBU R128); None leaves the sound as it is.
        true_peak: dBTP that the sound may reach.
        evening: dB by which one take's sound is raised or lowered at most to come near the others.
        ffmpeg: the program; empty takes the one that imageio-ffmpeg ships.
        jobs: how many ffmpeg run at a time.
    """

    size: tuple[int, int] | None = None
    crf: int = 18
    preset: str = "veryfast"
    max_rate: int = 14_000_000
    max_bitrate: int | None = None
    audio_bitrate: int = 128_000
    loudness: float | None = -16.0
    true_peak: float = -1.5
    evening: float = 8.0
    ffmpeg: str = ""
    jobs: int = 2


@dataclass(frozen=True)
class Cut:
    """A film.

    Raises:
        ValueError: there is no take, a length is not positive, or two cross-fades of a shot overlap.
    """

    takes: tuple[Take, ...]
    opening: Card | None = None
    ending: Card | None = None
    subtitles: Subtitles = field(default_factory=Subtitles)
    encoding: Encoding = field(default_factory=Encoding)

    def __post_init__(self) -> None:
        if not self.takes:
            raise ValueError("a film needs a take")
        for index, (frames, before, after) in enumerate(
            zip(self.lengths, (0, *self.fades), (*self.fades, 0), strict=True)
        ):
            if frames < 1 or before < 0 or after < 0:
                raise ValueError(f"shot {index}: lengths must be positive")
            if before + after > frames:
                raise ValueError(f"shot {index}: {frames} frames cannot hold cross-fades of {before} and {after}")

    @property
    def lengths(self) -> tuple[int, ...]:
        """Frames of each shot, cards included."""
        cards = [[card.frames] if card else [] for card in (self.opening, self.ending)]
        return (*cards[0], *(take.frames for take in self.takes), *cards[1])

    @property
    def fades(self) -> tuple[int, ...]:
        """Frames of each transition; one fewer than there are shots."""
        fades = [take.fade for take in self.takes]
        fades[-1] = self.ending.fade if self.ending else 0
        return (*([self.opening.fade] if self.opening else ()), *(fades if self.ending else fades[:-1]))

    @property
    def starts(self) -> tuple[int, ...]:
        """The film's frame on which each shot begins to be seen."""
        steps = [length - fade for length, fade in zip(self.lengths, self.fades, strict=False)]
        return (0, *accumulate(steps))

    @property
    def frames(self) -> int:
        """Frames of the film."""
        return sum(self.lengths) - sum(self.fades)

    @property
    def bodies(self) -> tuple[tuple[int, int], ...]:
        """For each shot, its own frames that no cross-fade touches: first, and the one before which they end."""
        pads = (0, *self.fades, 0)
        return tuple(
            (before, length - after) for length, (before, after) in zip(self.lengths, pairwise(pads), strict=True)
        )

    @property
    def boundaries(self) -> tuple[int, ...]:
        """The film's frames at which it may be split: where a shot begins, or the middle of the cross-fade into it."""
        return tuple(start + fade // 2 for start, fade in zip(self.starts[1:], self.fades, strict=True))


Stage = Literal["picture", "sound", "joining"]


@dataclass(frozen=True)
class CutProgress:
    """`done` of `total` steps of `stage` are done."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """A film on disk.

    Attributes:
        path: the mp4.
        frames: its frames.
        seconds: its length.
        boundaries: frames at which it may be split; for `fit_episode`.
        srt: an SRT file for each language in which anything is said.
        crowded: indexes of the takes whose words go faster than they can be read.
        encoded: pieces of picture that had to be encoded; the others were copied, or lay in the work folder.
    """

    path: Path
    frames: int
    seconds: float
    boundaries: tuple[int, ...]
    srt: Mapping[str, Path]
    crowded: tuple[int, ...]
    encoded: int
