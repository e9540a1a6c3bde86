"""The film's sound as one run of samples: takes at even loudness, cross-faded at every cut so that none clicks.

At a straight cut neither take has sound beyond it, so each is continued by its own mirror image for 5 ms and the two
are cross-faded there: no sample jumps, nothing gets quieter, and no frame is lost. Only one take is in memory at a
time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bot.cutting.clips import SAMPLES, read_sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from threading import Event

    from numpy.typing import NDArray

EDGE = 240
"""Samples (5 ms) on either side of a straight cut that are cross-faded."""


@dataclass(frozen=True)
class Voice:
    """The sound of one shot: a clip (None: silence), its frames, and the gain in dB."""

    path: Path | None
    frames: int
    gain: float = 0.0


def write_sound(voices: Sequence[Voice], fades: Sequence[int], output: Path, stop: Event) -> int:
    """Mix `voices` into a file of interleaved 32-bit floats, stereo, 48 kHz.

    Args:
        voices: the shots' sound, in order.
        fades: frames of the transition after each shot but the last; 0 is a straight cut.
        output: the file.
        stop: ends the work at the next shot when set; the file is then short.

    Returns:
        The samples of one channel: exactly those of the film's frames.

    Raises:
        CutError: a clip cannot be read.
    """
    written = 0
    pending: NDArray[np.float32] = np.zeros((2, 0), np.float32)
    with output.open("wb") as file:
        for voice, (before, after) in zip(voices, pairwise((None, *fades, None)), strict=True):
            if stop.is_set():
                break
            sound = _sound(voice, before, after)
            overlap = pending.shape[1]
            if overlap:
                up, down = _curves(overlap)
                sound[:, :overlap] = sound[:, :overlap] * up + pending * down
            kept = 0 if after is None else _overlap(after)
            body, pending = np.split(sound, [sound.shape[1] - kept], axis=1)
            file.write(np.ascontiguousarray(body.T, dtype="<f4").tobytes())
            written += body.shape[1]
    return written


def _sound(voice: Voice, before: int | None, after: int | None) -> NDArray[np.float32]:
    """Return a shot's sound with what it needs for the transitions on either side; None is an end of the film."""
    if voice.path is None:
        sound = np.zeros((2, voice.frames * SAMPLES), np.float32)
    else:
        sound = read_sound(voice.path, voice.frames) * np.float32(10 ** (voice.gain / 20))
    up, down = _curves(EDGE)
    if before is None:
        sound[:, :EDGE] *= up
    if after is None:
        sound[:, -EDGE:] *= down
    head = sound[:, :EDGE][:, ::-1] if before == 0 else sound[:, :0]
    tail = sound[:, -EDGE:][:, ::-1] if after == 0 else sound[:, :0]
    return np.concatenate([head, sound, tail], axis=1)


def _overlap(fade: int) -> int:
    return fade * SAMPLES or 2 * EDGE


def _curves(samples: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the gains of what comes and of what goes: of equal power, because the two are not alike."""
    angle = (np.arange(samples, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / samples)
    return np.sin(angle), np.cos(angle)
