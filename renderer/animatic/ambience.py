"""The animatic's sound: a quiet ambience made from shaped noise, the same for the same seed.

It is there so that a preview is not mute and so that the way of the sound through encoder, cutter and player is the
real one. It stays near −34 dBFS: under a member's voice chat, not over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from renderer.animatic.setting import Place, Setting, Time, Weather

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 48_000
"""Samples a second."""

_LEVEL = 10 ** (-34 / 20)
_FADE_S = 0.35


def ambience(setting: Setting, seconds: float, seed: int) -> NDArray[np.float32]:
    """Return stereo sound of `seconds` at `RATE`: `(2, n)` float32.

    Wind outdoors or a room's tone indoors, with a slow swell; rain, water, crickets by night and birds in the morning
    where the setting has them. It fades in and out, so that clips join without a click.
    """
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    indoors = setting.place is Place.INTERIOR
    low, high = (40.0, 260.0) if indoors else (90.0, 620.0)
    sound = _noise(rng, count, low, high) * _swell(rng, count, 0.25 if indoors else 0.6)
    if setting.weather is Weather.RAIN:
        sound += 0.8 * _noise(rng, count, 900.0, 7000.0)
    if setting.place is Place.WATER:
        sound += 0.5 * _noise(rng, count, 300.0, 1800.0) * _swell(rng, count, 0.8)
    sound *= _LEVEL
    if not indoors and setting.weather is Weather.CLEAR:
        if setting.time is Time.NIGHT:
            _add_crickets(rng, sound)
        elif setting.time is Time.DAWN or setting.place in {Place.GARDEN, Place.FOREST}:
            _add_birds(rng, sound)
    fade = min(round(_FADE_S * RATE), count // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    sound[:, :fade] *= ramp
    sound[:, count - fade :] *= ramp[::-1]
    return sound


def _noise(rng: np.random.Generator, count: int, low: float, high: float) -> NDArray[np.float32]:
    """Return stereo noise of unit power between `low` and `high` Hz, soft at both edges, half shared by both ears."""
    spectrum = np.fft.rfft(rng.standard_normal((3, count)).astype(np.float32))
    frequency = np.fft.rfftfreq(count, 1 / RATE) + 1e-9
    spectrum *= 1 / (1 + (low / frequency) ** 2) / (1 + (frequency / high) ** 2)
    shaped = np.fft.irfft(spectrum, count)
    stereo = shaped[:2] + shaped[2]
    return (stereo / stereo.std()).astype(np.float32)


def _swell(rng: np.random.Generator, count: int, depth: float) -> NDArray[np.float32]:
    """Return a slow gain around 1, from three sines of 6 to 16 seconds, a little apart between the ears."""
    seconds = np.arange(count, dtype=np.float32) / RATE
    gain = np.ones((2, count), np.float32)
    for period, phase in zip(rng.uniform(6, 16, 3), rng.uniform(0, 2 * np.pi, 3), strict=True):
        for ear, lag in enumerate((0.0, 0.5)):
            gain[ear] += depth / 3 * np.sin(2 * np.pi * seconds / period + phase + lag)
    return gain


def _add_crickets(rng: np.random.Generator, sound: NDArray[np.float32]) -> None:
    """Add three crickets, each with its pitch, place and rhythm: chirps of short pulses."""
    count = sound.shape[1]
    seconds = np.arange(count, dtype=np.float32) / RATE
    for _ in range(3):
        pitch, rhythm, side = rng.uniform(3900, 4700), rng.uniform(0.8, 1.4), rng.uniform(0.15, 0.85)
        phase = rng.uniform(0, 1)
        beat = (seconds * rhythm + phase) % 1
        pulses = np.clip(np.sin(2 * np.pi * 28 * seconds), 0, 1) ** 2 * (beat < 0.28)  # noqa: PLR2004 - chirp, then rest
        chirp = 0.6 * _LEVEL * rng.uniform(0.5, 1.0) * pulses * np.sin(2 * np.pi * pitch * seconds)
        sound[0] += (1 - side) * chirp
        sound[1] += side * chirp


def _add_birds(rng: np.random.Generator, sound: NDArray[np.float32]) -> None:
    """Add a short falling or rising whistle every few seconds."""
    count = sound.shape[1]
    at = rng.uniform(0.3, 1.5)
    while at * RATE < count:
        side, start = rng.uniform(0.2, 0.8), rng.uniform(2600, 3600)
        for note in range(int(rng.integers(2, 5))):
            length = round(rng.uniform(0.07, 0.16) * RATE)
            first = round((at + note * 0.19) * RATE)
            last = min(first + length, count)
            if first >= last:
                break
            phase = np.linspace(0, 1, length, dtype=np.float32)[: last - first]
            sweep = start * (1 + rng.uniform(-0.18, 0.25) * phase)
            whistle = np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * np.sin(np.pi * phase) ** 2
            sound[0, first:last] += 1.6 * _LEVEL * (1 - side) * whistle
            sound[1, first:last] += 1.6 * _LEVEL * side * whistle
        at += rng.uniform(1.6, 3.6)
