"""Reading clips: what decides whether two can be joined without encoding, and the sound as exact samples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError

from bot.cutting.plan import FPS
from bot.cutting.process import CutError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 48_000
"""Samples a second of every film's sound."""

SAMPLES = RATE // FPS
"""Samples of sound to a frame of picture."""


@dataclass(frozen=True)
class Parameters:
    """What must be equal for two H.264 streams to be one. `extradata` holds the decoder's parameter sets."""

    codec: str
    extradata: bytes
    width: int
    height: int
    pix_fmt: str
    colours: tuple[int, int, int, int]


@dataclass(frozen=True)
class Picture:
    """A clip as its headers tell it.

    Attributes:
        parameters: of the picture.
        frames: how many it has.
        copyable: whether it can be copied packet by packet.
        voiced: whether it has sound.
    """

    parameters: Parameters
    frames: int
    copyable: bool
    voiced: bool


def read_picture(path: Path) -> Picture:
    """Read what a clip's headers say, without decoding.

    Copyable is a clip at `FPS` whose first packet is a keyframe and which begins at 0.

    Raises:
        CutError: it cannot be read, or has no picture.
    """
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            context = video.codec_context
            parameters = Parameters(
                context.name,
                bytes(context.extradata or b""),
                context.width,
                context.height,
                context.pix_fmt or "",
                (
                    int(context.color_primaries),
                    int(context.color_trc),
                    int(context.colorspace),
                    int(context.color_range),
                ),
            )
            first = next(container.demux(video))
            length = Fraction(video.duration or 0) * (video.time_base or Fraction(0)) * FPS
            steady = video.average_rate == FPS and length == video.frames and video.start_time == 0
            copyable = steady and first.is_keyframe and context.name == "h264"
            return Picture(parameters, video.frames, copyable, bool(container.streams.audio))
    except (FFmpegError, IndexError, StopIteration) as error:
        raise CutError(f"{path.name} cannot be read: {error}") from error


def read_sound(path: Path, frames: int) -> NDArray[np.float32]:
    """Return the sound of a clip's first `frames` frames, `(2, frames × SAMPLES)`, −1 to 1.

    The priming samples of AAC are skipped by the decoder, as the clip's edit list says. What is missing is silence.

    Raises:
        CutError: it cannot be read.
    """
    sound = np.zeros((2, frames * SAMPLES), np.float32)
    reached = 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return sound
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
            for frame in container.decode(container.streams.audio[0]):
                for part in resampler.resample(frame):
                    samples = part.to_ndarray()[:, : sound.shape[1] - reached]
                    sound[:, reached : reached + samples.shape[1]] = samples
                    reached += samples.shape[1]
                if reached >= sound.shape[1]:
                    break
    except FFmpegError as error:
        raise CutError(f"the sound of {path.name} cannot be read: {error}") from error
    return np.nan_to_num(sound)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
