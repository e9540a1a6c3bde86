from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from renderer.geometry import Geometry, frame_reference, geometry_of
from renderer.protocol import Render, Slate


def shot(width: int, height: int) -> Render:
    return Render(job=1, prompt="", seed=0, width=width, height=height, frames=9, output="", slate=Slate(number=1))


@pytest.mark.parametrize(
    ("width", "height", "geometry"),
    [
        (1280, 704, Geometry(1280, 704, 1280, 704, 0, 0)),
        (960, 544, Geometry(960, 544, 960, 576, 0, 16)),
        (1280, 720, Geometry(1280, 720, 1280, 768, 0, 24)),
        (1920, 1080, Geometry(1920, 1080, 1920, 1088, 0, 4)),
        (66, 64, Geometry(66, 64, 128, 64, 30, 0)),
    ],
)
def test_sizes_that_members_may_choose(width: int, height: int, geometry: Geometry) -> None:
    assert geometry_of(shot(width, height)) == geometry
    assert geometry.cropped == ((width, height) != (geometry.render_width, geometry.render_height))


@given(st.integers(32, 960), st.integers(32, 544))
def test_any_size_renders_in_multiples_of_64_and_crops_evenly(half_width: int, half_height: int) -> None:
    made = geometry_of(shot(half_width * 2, half_height * 2))
    for rendered, kept, start in (
        (made.render_width, made.width, made.left),
        (made.render_height, made.height, made.top),
    ):
        assert rendered % 64 == 0
        assert 0 <= rendered - kept < 64
        assert start % 2 == 0
        assert abs((rendered - kept - start) - start) <= 2


@pytest.mark.parametrize("size", [(1280, 704), (500, 900), (2000, 400), (31, 17)])
@pytest.mark.parametrize("delivered", [(960, 544), (1280, 720), (66, 64), (1280, 704)])
def test_the_reference_fills_what_is_kept_and_its_edge_runs_on(
    size: tuple[int, int], delivered: tuple[int, int]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    geometry = geometry_of(shot(*delivered))
    framed = np.asarray(frame_reference(Image.fromarray(noise), geometry))
    assert framed.shape == (geometry.render_height, geometry.render_width, 3)
    right, bottom = geometry.left + geometry.width, geometry.top + geometry.height
    kept = framed[geometry.top : bottom, geometry.left : right]
    assert kept.std() > 5, "the picture itself is not there"
    assert (framed[: geometry.top, geometry.left : right] == kept[0]).all()
    assert (framed[bottom:, geometry.left : right] == kept[-1]).all()
    assert (framed[:, : geometry.left] == framed[:, geometry.left : geometry.left + 1]).all()
    assert (framed[:, right:] == framed[:, right - 1 : right]).all()


def test_a_circle_stays_a_circle() -> None:
    y, x = np.mgrid[0:400, 0:900]
    disc = (np.hypot(x - 450, y - 200) < 150).astype(np.uint8) * 255
    picture = Image.fromarray(np.repeat(disc[..., None], 3, axis=2))
    framed = np.asarray(frame_reference(picture, geometry_of(shot(960, 544))))[..., 0] > 127
    across, down = framed.any(axis=0).sum(), framed.any(axis=1).sum()
    assert across == pytest.approx(down, abs=3)


def test_pictures_of_other_modes_are_taken() -> None:
    geometry = geometry_of(shot(128, 64))
    for mode in ("L", "RGBA", "P", "CMYK"):
        assert frame_reference(Image.new(mode, (100, 100)), geometry).mode == "RGB"
