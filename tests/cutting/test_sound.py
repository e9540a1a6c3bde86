"""The sound of a film before it is encoded: exact samples, no clicks, fades of even power."""

from __future__ import annotations

import math
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.cutting import CutError
from bot.cutting.clips import read_sound
from bot.cutting.joining import join
from bot.cutting.loudness import Loudness, even, normalise
from bot.cutting.sound import Voice, write_sound
from tests.cutting.takes import SAMPLES, tone, write_take

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def mixed(voices: list[Voice], fades: list[int], tmp_path: Path) -> NDArray[np.float32]:
    path = tmp_path / "mixed.f32"
    samples = write_sound(voices, fades, path, Event())
    sound = np.fromfile(path, "<f4").reshape(-1, 2).T
    assert sound.shape[1] == samples
    return sound


@pytest.fixture
def takes(tmp_path: Path) -> list[Path]:
    """Two tones that meet at their crests, one up and one down: joined as they are, they click."""
    up = tone(24, 200.25, 0.5)
    return [
        write_take(tmp_path / "a.mp4", 1, 24, sound=up),
        write_take(tmp_path / "b.mp4", 2, 24, sound=-up[:, ::-1].copy()),
    ]


def test_a_straight_cut_does_not_click(takes: list[Path], tmp_path: Path) -> None:
    sound = mixed([Voice(path, 24) for path in takes], [0], tmp_path)
    assert sound.shape[1] == 48 * SAMPLES
    steps = np.abs(np.diff(sound[0]))
    inside = steps[10_000:40_000].max()
    cut = 24 * SAMPLES
    assert steps[cut - 400 : cut + 400].max() < 3 * inside
    # The same two, laid end to end, jump.
    ends = [read_sound(path, 24)[0] for path in takes]
    assert abs(ends[0][-1] - ends[1][0]) > 20 * inside
    # Nothing is lost around the cut: beyond the cross-fade, every sample is the take's own.
    alone = mixed([Voice(takes[0], 24)], [], tmp_path)
    assert np.array_equal(sound[:, 1000 : cut - 240], alone[:, 1000 : cut - 240])


def test_a_fade_keeps_the_power(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    paths = [
        write_take(tmp_path / f"{n}.mp4", n, 48, sound=random.normal(0, 0.1, (2, 48 * SAMPLES)).astype(np.float32))
        for n in (1, 2)
    ]
    sound = mixed([Voice(path, 48) for path in paths], [24], tmp_path)
    assert sound.shape[1] == 72 * SAMPLES
    before, during = (float(np.std(sound[:, at : at + 20_000])) for at in (10_000, 24 * SAMPLES + 14_000))
    assert during == pytest.approx(before, rel=0.1)


def test_silence_and_short_sound_fill_their_frames(tmp_path: Path) -> None:
    voices = [Voice(None, 5), Voice(write_take(tmp_path / "a.mp4", 1, 9), 9, gain=20.0), Voice(None, 1)]
    sound = mixed(voices, [2, 0], tmp_path)
    assert sound.shape[1] == 13 * SAMPLES
    assert np.abs(sound).max() < 1e-4


def test_a_gain_is_in_decibels(tmp_path: Path) -> None:
    path = write_take(tmp_path / "a.mp4", 1, 24, sound=tone(24, 440, 0.1))
    plain, louder = (mixed([Voice(path, 24, gain)], [], tmp_path) for gain in (0.0, 6.0))
    assert float(np.std(louder) / np.std(plain)) == pytest.approx(10 ** (6 / 20), rel=1e-3)


def test_a_stop_ends_the_work(takes: list[Path], tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    assert write_sound([Voice(path, 24) for path in takes], [0], tmp_path / "mixed.f32", stop) == 0
    assert join(takes, tmp_path / "joined.mp4", stop) == 0


def test_streams_that_differ_are_never_joined(takes: list[Path], tmp_path: Path) -> None:
    other = write_take(tmp_path / "other.mp4", 3, 9, size=(128, 96))
    with pytest.raises(CutError, match=r"other\.mp4 has other parameter sets"):
        join([takes[0], other], tmp_path / "joined.mp4", Event())


def test_gains_are_bounded_and_silence_is_left_alone() -> None:
    assert [even(loudness, -16, 8) for loudness in (-20, -40, -2, -60, -math.inf)] == [4, 8, -8, 0, 0]
    assert normalise(Loudness(-math.inf, -math.inf, 0, -70), -16, -1.5, 48_000) == ""
    # A film that is barely there is raised by 20 dB and no more.
    assert normalise(Loudness(-45, -30, 1, -55), -16, -1.5, 48_000).startswith("loudnorm=I=-25.00:")
