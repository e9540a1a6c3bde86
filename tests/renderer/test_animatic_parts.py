"""What an animatic is made of: scene cards, ambience, colours and the slate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from renderer.animatic.ambience import RATE, ambience
from renderer.animatic.drawing import Planes, colour, convert
from renderer.animatic.scenery import draw_scene
from renderer.animatic.setting import Place, Setting, Time, Weather
from renderer.animatic.slate import SlateOverlay
from renderer.animatic.typesetting import Typeface
from renderer.protocol import Slate

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE = Typeface()


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("time", Time)
def test_every_scene_has_a_card_of_its_own(place: Place, time: Time) -> None:
    cards = [np.asarray(draw_scene(Setting(time, place, weather), (160, 88), 5).picture, int) for weather in Weather]
    assert all(card.std() > 8 for card in cards), "the card is nearly flat"
    assert all(np.abs(card - cards[-1]).mean() > 0.5 for card in cards[:-1]), "weather does not show"
    if time is Time.NIGHT:
        day = np.asarray(draw_scene(Setting(Time.DAY, place), (160, 88), 5).picture, int)
        assert cards[-1].mean() < day.mean() - 25


def test_every_setting_has_its_sound() -> None:
    def spectrum(setting: Setting) -> NDArray[np.floating[Any]]:
        return np.abs(np.fft.rfft(ambience(setting, 4.0, 3)[0]))

    def band(setting: Setting, low: float, high: float) -> float:
        power = spectrum(setting)
        hertz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
        return float((power[(hertz > low) & (hertz < high)] ** 2).sum() / (power**2).sum())

    night, day = Setting(Time.NIGHT, Place.OPEN), Setting()
    assert band(night, 3800, 4800) > 5 * band(day, 3800, 4800)
    assert band(Setting(weather=Weather.RAIN), 1000, 6000) > 3 * band(day, 1000, 6000)
    assert band(Setting(Time.DAWN), 2200, 4200) > 1.5 * band(day, 2200, 4200)
    assert band(Setting(place=Place.INTERIOR), 500, 2000) < 0.5 * band(day, 500, 2000)
    left, right = ambience(day, 2.0, 3)
    assert not np.array_equal(left, right)
    assert abs(left[0]) < 1e-4 > abs(left[-1])


def test_colours_are_bt709_limited_range() -> None:
    assert [colour(rgb) for rgb in ((0, 0, 0), (255, 255, 255), (230, 190, 150))] == [
        (16, 128, 128),
        (235, 128, 128),
        (184, 106, 147),
    ]
    planes = convert(Image.new("RGB", (4, 4), (230, 190, 150)))
    assert [plane.getpixel((0, 0)) for plane in planes] == [184, 106, 147]
    assert [plane.size for plane in planes] == [(4, 4), (2, 2), (2, 2)]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Slate,
        number=st.integers(-10, 10**12),
        take=st.integers(0, 10**9),
        title=st.text(max_size=200),
        names=st.lists(st.text(max_size=60), max_size=5).map(tuple),
        description=st.text(max_size=2000),
    ),
    st.tuples(st.integers(32, 400), st.integers(32, 300)),
)
def test_any_slate_fits_any_frame(slate: Slate, half: tuple[int, int]) -> None:
    """Nothing raises, and nothing is written beyond the margin at the right or outside what is laid on."""
    size = (half[0] * 2, half[1] * 2)
    overlay = SlateOverlay(slate, "特写 CLOSE-UP · 推 PUSH IN · 手持 HANDHELD", size, 100, FACE)
    frame = Planes.empty(*size)
    for plane in frame:
        plane[...] = 128
    overlay.lay_on(frame, 99)
    if size[0] > 400 and size[1] > 240:
        foot = frame.y[size[1] * 3 // 4 : -8, -int(30 * min(size[0] / 1280, size[1] / 704)) :]
        assert (foot.max(axis=1) - foot.min(axis=1)).max() < 12, "text runs into the margin"


def test_a_long_description_leaves_the_picture_free() -> None:
    """However much is written, the upper half stays the picture's, save the two boxes at its top."""
    slate = Slate(number=1, title="题" * 300, names=("名" * 90,) * 3, description="很长的描述。" * 400)
    overlay = SlateOverlay(slate, "", (1280, 704), 100, FACE)
    frame = Planes.empty(1280, 704)
    frame.y[...] = 128
    overlay.lay_on(frame, 0)
    assert (frame.y[100:390] == 128).all()
    assert frame.y[600].min() < 60
