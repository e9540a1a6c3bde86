"""Looking at a finished take: is it black, frozen, silent where it should speak, or smeared at its end.

Pure and blocking (the bot calls it in a thread). Frames are looked at in grey and small, the sound in windows of
100 ms, so that a take of five seconds takes a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation, VideoReformatter

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from numpy.typing import NDArray

_WIDTH = 320
_RATE = 48_000
_WINDOW = _RATE // 10
_BLOCK = 16  # pixels of the small picture: a mouth in a wide shot is a quarter of one
_TILES = (4, 5)  # rows and columns in which sharpness is measured
_LEAST_TEXTURE = 0.5  # grey levels: less is what the encoder leaves of a flat wall
_LEAST_EXPECTED = 0.4  # of the body's sharpness: a trend is believed no further


class InspectionError(Exception):
    """The clip cannot be read. For the log."""


@dataclass(frozen=True)
class Thresholds:
    """Where a take stops being sound. Grey levels are 0–255 of the full range, differences are per pixel.

    Attributes:
        black_level: a frame is black where 98 of 100 pixels are darker than this. A night scene has a lamp or a face.
        black_share: share of black frames from which a take counts as black; shorter is a fade or a blink of the model.
        still_difference: two frames are the same picture where no block of 16 pixels (of 320) differs by more on
            average. Measured through x264 at crf 18: equal frames up to 0.08 (keyframes more, which are passed over);
            nothing but grain of one grey level 0.1 to 0.3; a mouth alone that moves in a wide shot 1.8, though all
            of the picture then differs by 0.01 only.
        still_share: share of the take that stands still in one stretch from which it counts as frozen.
        silent_level: dBFS that the loudest 100 ms stay under in a silent take. Room tone is about −50.
        smear: a frame at the end is smeared where half its textured tiles have less than this share of the sharpness
            that the body predicts for them.
        jump: the picture breaks where it changes once by so many times as much as it did in the body, and by
            `jump_least`, and then goes on calmly; a camera that whips round goes on changing.
        jump_least: grey levels that a break changes at least.
        tail: how many frames at the end are looked at.
        most_trim: how many frames may be proposed to be trimmed.
    """

    black_level: float = 24.0
    black_share: float = 0.6
    still_difference: float = 0.25
    still_share: float = 0.5
    silent_level: float = -60.0
    smear: float = 0.62
    jump: float = 3.0
    jump_least: float = 8.0
    tail: int = 24
    most_trim: int = 12


@dataclass(frozen=True)
class Findings:
    """What was found in a take.

    Attributes:
        frames: how many it has.
        black: too much of it is black.
        frozen: too much of it stands still.
        silent: there is no sound where some was expected.
        smeared: frames at the end that are smeared or come after a break.
        trim: frames to trim away, at most `Thresholds.most_trim`; 0 where the end is sound.
        black_share: share of black frames.
        still_share: longest stretch without a change, as a share of the take.
        loudest: dBFS of the loudest 100 ms; −inf for digital silence.
        tail_sharpness: sharpness of the worst of the last frames as a share of what the body predicts, median of the
            tiles.
    """

    frames: int
    black: bool
    frozen: bool
    silent: bool
    smeared: int
    trim: int
    black_share: float
    still_share: float
    loudest: float
    tail_sharpness: float

    @property
    def broken(self) -> bool:
        """Whether the take should be rendered again: trimming does not mend it."""
        return self.black or self.frozen or self.silent or self.smeared > self.trim


def inspect(
    clip: Path, *, expects_sound: bool = True, expects_motion: bool = True, thresholds: Thresholds | None = None
) -> Findings:
    """Look at a take.

    Args:
        clip: the file.
        expects_sound: whether silence is a fault: the shot has dialogue, or the engine always makes sound.
        expects_motion: whether standing still is a fault. Not for the animatic engine, whose shots without a camera
            move are one drawing; the model is never still, not even under a fixed camera: hair, cloth and grain move.
        thresholds: where a take stops being sound; None takes those that were measured.

    Raises:
        InspectionError: the clip cannot be read or has no picture.
    """
    limits = thresholds or Thresholds()
    try:
        with av.open(str(clip)) as container:
            seen = _look(container)
        loudest = _loudest(clip)
    except (FFmpegError, IndexError) as error:
        raise InspectionError(f"{clip.name} cannot be read: {error}") from error
    if not len(seen.bright):
        raise InspectionError(f"{clip.name} has no picture")
    black_share = float(np.mean(seen.bright < limits.black_level))
    still_share = _longest(_calmed(seen.stir) < limits.still_difference) / max(1, len(seen.stir))
    smeared, sharpness = _tail(seen, limits)
    black = black_share >= limits.black_share
    return Findings(
        frames=len(seen.bright),
        black=black,
        # A black take stands still too; one fault is enough to tell.
        frozen=expects_motion and not black and still_share >= limits.still_share,
        silent=expects_sound and loudest < limits.silent_level,
        smeared=smeared,
        trim=min(smeared, limits.most_trim),
        black_share=black_share,
        still_share=still_share,
        loudest=loudest,
        tail_sharpness=sharpness,
    )


@dataclass(frozen=True)
class _Seen:
    """What was measured.

    Attributes:
        bright: for each frame, the 98th percentile of grey.
        sharp: for each frame, the sharpness of each tile: `(frames, tiles)`.
        change: for each pair of frames, the mean difference.
        stir: for each pair of frames, the mean difference of the block that changed most.
    """

    bright: NDArray[np.float64]
    sharp: NDArray[np.float64]
    change: NDArray[np.float64]
    stir: NDArray[np.float64]


def _look(container: InputContainer) -> _Seen:
    video = container.streams.video[0]
    video.thread_type = "AUTO"
    reformatter = VideoReformatter()
    bright: list[float] = []
    sharp: list[NDArray[np.float32]] = []
    change: list[float] = []
    stir: list[float] = []
    before: NDArray[np.int16] | None = None
    for frame in container.decode(video):
        height = max(_TILES[0] * 2, round(frame.height * _WIDTH / frame.width))
        small = reformatter.reformat(frame, _WIDTH, height, "gray", interpolation=Interpolation.AREA)
        grey = small.to_ndarray().astype(np.int16)
        bright.append(float(np.percentile(grey[::2, ::2], 98)))
        sharp.append(_sharpness(grey))
        if before is not None:
            difference = np.abs(grey - before)
            change.append(float(difference.mean()))
            stir.append(float(_means(difference, height // _BLOCK or 1, _WIDTH // _BLOCK).max()))
        before = grey
    return _Seen(np.array(bright), np.array(sharp, np.float64), np.array(change), np.array(stir))


def _sharpness(grey: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return for each tile the energy of the second differences in proportion to the whole picture's contrast.

    A fade does not lower it. Tiles without texture, of which nothing can be said, are 0.
    """
    inner = grey[1:-1, 1:-1] * 4
    edges = inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    energy = np.sqrt(_means(edges.astype(np.float32) ** 2, *_TILES)).ravel()
    return np.where(energy < _LEAST_TEXTURE, 0.0, energy / max(float(grey.std()), 1.0))


def _means(values: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the means of `rows` × `columns` equal parts; what is left over at the edges is left out."""
    height, width = values.shape[0] // rows, values.shape[1] // columns
    parts = values[: height * rows, : width * columns].reshape(rows, height, columns, width)
    return parts.mean(axis=(1, 3), dtype=np.float32)


def _tail(seen: _Seen, limits: Thresholds) -> tuple[int, float]:
    """Return how many frames at the end are bad, and the worst sharpness among the last as a share of the expected.

    What is expected goes on as the body did just before the tail: a picture that drifts out of focus, or a pan from
    cloth to sky, loses sharpness all along; a smeared tail loses it at once.
    """
    frames = len(seen.sharp)
    tail = min(limits.tail, frames // 3)
    if tail < 2:  # noqa: PLR2004 - a line through one point has no slope
        return 0, 1.0
    near = seen.sharp[frames - 2 * tail : frames - tail]
    slope = np.minimum(0.0, np.polyfit(np.arange(tail), near, 1)[0])
    median = np.median(near, axis=0)
    textured = median > 0
    if not textured.any():
        return _broken_off(seen.change, tail, limits), 1.0
    ahead = np.arange(tail)[:, None] + (tail + 1) / 2
    expected = np.maximum(median + slope * ahead, median * _LEAST_EXPECTED)[:, textured]
    # Of half the tiles: where one thing turns away, leaves or blurs, the others stay as sharp as they were.
    share = np.median(seen.sharp[frames - tail :, textured] / expected, axis=1)
    bad = share < limits.smear
    # Counted from the end: frames that recover are a motion of the scene and no smear.
    smeared = tail if bad.all() else int(np.argmin(bad[::-1]))
    return max(smeared, _broken_off(seen.change, tail, limits)), float(share.min())


def _broken_off(change: NDArray[np.float64], tail: int, limits: Thresholds) -> int:
    """Return how many frames come after a break of the picture near the end; 0 where it does not break."""
    usual = float(np.percentile(change[:-tail], 95))
    last = change[-min(tail, limits.most_trim) :]
    after = np.append(last[1:], np.inf)  # of the last frame nobody knows how it would have gone on
    breaks = np.flatnonzero((last > max(limits.jump_least, limits.jump * usual)) & (after < last / 2))
    return len(last) - int(breaks[0]) if len(breaks) else 0


def _loudest(clip: Path) -> float:
    """Return the level of the loudest 100 ms in dBFS."""
    with av.open(str(clip)) as container:
        if not container.streams.audio:
            return -np.inf
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=_RATE)
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(container.streams.audio[0])
            for part in resampler.resample(frame)
        ]
    sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    window = max(1, min(_WINDOW, len(sound)))
    windows = sound[: len(sound) // window * window].reshape(-1, window)
    power = float((windows.astype(np.float64) ** 2).mean(axis=1).max(initial=0.0))
    return 10 * float(np.log10(power)) if power else -np.inf


def _calmed(change: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each value and its neighbours: a keyframe renews a picture that stands still."""
    padded = np.pad(change, 1, mode="edge") if len(change) else np.zeros(2)
    return np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0)


def _longest(flags: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of true values."""
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
