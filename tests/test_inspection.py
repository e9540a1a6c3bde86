"""Takes with each defect, and sound ones without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bot.inspection import Findings, InspectionError, inspect
from renderer.encode import ClipWriter
from renderer.geometry import Geometry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

WIDTH, HEIGHT, FRAMES = 480, 272, 72


def scene() -> Picture:
    """Return a wide still with texture at every scale: cloth, branches, lamps."""
    random = np.random.default_rng(5)
    total = np.zeros((HEIGHT, WIDTH * 2))
    for step in (2, 4, 16, 64):
        coarse = random.normal(0, 1, (HEIGHT // step + 2, WIDTH * 2 // step + 2))
        layer = Image.fromarray(coarse.astype(np.float32)).resize((WIDTH * 2, HEIGHT), Image.Resampling.BICUBIC)
        total += np.asarray(layer) * step**0.4
    grey = np.clip(110 + 30 * total, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


SCENE = scene()


def pan(number: int) -> Picture:
    """Return the scene as a slow camera sees it."""
    return SCENE[:, 2 * number : 2 * number + WIDTH]


def blurred(picture: Picture, radius: float) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def darkened(picture: Picture, share: float) -> Picture:
    return (picture * share).astype(np.uint8)


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a take of these frames, with a voice or without."""

    def write(frames: Sequence[Picture], level: float = 0.1) -> Path:
        path = tmp_path / "take.mp4"
        random = np.random.default_rng(2)
        with ClipWriter(path, Geometry(WIDTH, HEIGHT, WIDTH, HEIGHT, 0, 0), len(frames)) as writer:
            for frame in frames:
                writer.write_rgb(frame)
            if level:
                writer.write_sound(random.normal(0, level, (2, len(frames) * 2000)).astype(np.float32), 48_000)
        return path

    return write


def faults(found: Findings) -> set[str]:
    return {name for name in ("black", "frozen", "silent") if getattr(found, name)} | (
        {"smeared"} if found.smeared else set()
    )


def grainy(number: int) -> Picture:
    """Return a fixed camera's frame: only the grain and one small thing move."""
    grain = np.random.default_rng(number).normal(0, 2.5, (HEIGHT, WIDTH, 1))
    picture = np.clip(SCENE[:, :WIDTH] + grain, 0, 255).astype(np.uint8)
    picture[100:130, 50 + 3 * number : 80 + 3 * number] = 220
    return picture


def clouds(seed: int) -> NDArray[np.float64]:
    """Return a field whose amplitude falls as 1/f, as that of photographs does; variance 1."""
    spectrum = np.fft.rfft2(np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH)))
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None])
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(spectrum / frequency, (HEIGHT, WIDTH))
    return field / field.std()


CLOUDS = clouds(5), clouds(6)
WALL = blurred(SCENE[:, :WIDTH], 4)


def water(number: int) -> Picture:
    """Return what changes everywhere and goes nowhere."""
    angle = number * 0.15
    grey = 115 + 35 * (CLOUDS[0] * np.cos(angle) + CLOUDS[1] * np.sin(angle))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def speaking(number: int) -> Picture:
    """Return a wide shot in which only a mouth moves: 12 pixels of 480."""
    picture = SCENE[:, :WIDTH].copy()
    picture[130 : 133 + int(3 * abs(np.sin(number * 0.8))), 235:247] = 40
    return picture


def turning(number: int) -> Picture:
    """Return a face before a wall that nobody sees sharply: it turns away at the end, and all detail is gone."""
    share = np.clip((66 - number) / 14, 0, 1)
    picture = WALL.copy()
    face = (slice(80, 220), slice(150 + number // 6, 290 + number // 6))
    picture[face] = (share * SCENE[face] + (1 - share) * WALL[face]).astype(np.uint8)
    return picture


NATURAL: dict[str, Callable[[int], Picture]] = {
    "pan": pan,
    "water": water,
    "only a mouth moves": speaking,
    "a face turns away at the end": turning,
    "fixed camera": grainy,
    "night with a lamp": lambda n: np.maximum(darkened(pan(n), 0.08), _lamp()),
    "fades out": lambda n: darkened(pan(n), min(1.0, (FRAMES + 4 - n) / 20)),
    "fades in from black": lambda n: darkened(pan(n), min(1.0, n / 20)),
    "drifts out of focus": lambda n: blurred(pan(n), 0.4 + n * 0.02),
    "whips round at the end": lambda n: pan(n) if n < 60 else SCENE[:, 120 + (n - 60) * 24 :][:, :WIDTH],
    "out of focus for a moment": lambda n: blurred(pan(n), 3) if 50 <= n < 58 else pan(n),
}


def _lamp() -> Picture:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[60:110, 300:360] = 200
    return picture


@pytest.mark.parametrize("name", NATURAL)
def test_natural_takes_are_sound(take: Callable[..., Path], name: str) -> None:
    found = inspect(take([NATURAL[name](number) for number in range(FRAMES)]))
    assert faults(found) == set(), found
    assert not found.broken
    assert found.frames == FRAMES


def test_nothing_but_grain_is_a_picture_that_stands_still(take: Callable[..., Path]) -> None:
    def grain(number: int) -> Picture:
        noise = np.random.default_rng(number).normal(0, 0.7, (HEIGHT, WIDTH, 1))
        return np.clip(SCENE[:, :WIDTH] + noise, 0, 255).astype(np.uint8)

    assert faults(inspect(take([grain(number) for number in range(FRAMES)]))) == {"frozen"}


def test_noise_from_end_to_end_is_sound(take: Callable[..., Path]) -> None:
    """What the model makes of synthetic weights: not nice, but nothing that another seed would mend."""
    random = np.random.default_rng(8)
    found = inspect(take([random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(48)]))
    assert (faults(found), found.broken) == (set(), False)


def test_black(take: Callable[..., Path]) -> None:
    black = np.full((HEIGHT, WIDTH, 3), 4, np.uint8)
    found = inspect(take([pan(number) if number < 20 else black for number in range(FRAMES)]))
    assert found.black
    assert not found.frozen
    assert found.broken
    assert found.black_share == pytest.approx(52 / 72, abs=0.02)


def test_frozen_is_a_fault_where_motion_is_expected(take: Callable[..., Path]) -> None:
    clip = take([pan(min(number, 20)) for number in range(FRAMES)])
    found = inspect(clip)
    assert faults(found) == {"frozen"}
    assert found.still_share == pytest.approx(51 / 71, abs=0.05)
    assert found.broken
    # The animatic's still drawing is as it should be.
    assert not inspect(clip, expects_motion=False).broken


@pytest.mark.parametrize(("level", "silent"), [(0.0, True), (0.0003, True), (0.01, False)])
def test_silence(take: Callable[..., Path], level: float, silent: bool) -> None:
    clip = take([pan(number) for number in range(24)], level)
    assert inspect(clip).silent is silent
    assert not inspect(clip, expects_sound=False).silent


@pytest.mark.parametrize("bad", [3, 8, 12])
def test_a_smeared_tail_is_trimmed(take: Callable[..., Path], bad: int) -> None:
    found = inspect(take([blurred(pan(n), 3) if n >= FRAMES - bad else pan(n) for n in range(FRAMES)]))
    assert faults(found) == {"smeared"}
    assert abs(found.smeared - bad) <= 1
    assert found.trim == found.smeared
    assert not found.broken
    assert found.tail_sharpness < 0.6


def test_ghosts_of_earlier_frames_are_a_smear(take: Callable[..., Path]) -> None:
    """What a decoder does past its context: the last frames are averages of the ones before."""

    def ghosted(number: int) -> Picture:
        return np.mean([pan(number - back) for back in range(0, 16, 2)], axis=0).astype(np.uint8)

    found = inspect(take([ghosted(n) if n >= FRAMES - 8 else pan(n) for n in range(FRAMES)]))
    assert 7 <= found.trim <= 9


def test_a_tail_that_breaks_off_is_trimmed(take: Callable[..., Path]) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    found = inspect(take([noise if n >= FRAMES - 5 else pan(n) for n in range(FRAMES)]))
    assert found.trim == 5


def test_more_than_may_be_trimmed_is_broken(take: Callable[..., Path]) -> None:
    found = inspect(take([blurred(pan(n), 3) if n >= FRAMES - 18 else pan(n) for n in range(FRAMES)]))
    assert found.smeared > found.trim == 12
    assert found.broken


def test_short_takes_are_looked_at_too(take: Callable[..., Path]) -> None:
    assert faults(inspect(take([pan(0)]), expects_motion=False)) == set()
    assert faults(inspect(take([pan(number) for number in range(9)]))) == set()


def test_what_is_no_clip_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    for name in ("broken.mp4", "missing.mp4"):
        with pytest.raises(InspectionError, match=name):
            inspect(tmp_path / name)
