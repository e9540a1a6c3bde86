from __future__ import annotations

import cvttf_NotoSansCJK_Medium
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bot.casting import find_person, inspect, sanitise, warnings_for
from bot.casting.person import detector
from bot.casting.quality import SHARPNESS, TEXT_SHARE, sharpness, text_share
from bot.i18n import speak
from tests.casting.conftest import NAMES, encoded

needs_detector = pytest.mark.skipif(detector() is None, reason="no face detector on this platform")
FONT = cvttf_NotoSansCJK_Medium.get_TTF_path()


def keys(picture: Image.Image) -> list[str]:
    return [warning.key for warning in inspect(picture, find_person(picture))]


def captioned(picture: Image.Image, words: str, size: int, lines: int = 3) -> Image.Image:
    """Return a copy with subtitles burned in: white with a dark rim, as films have them."""
    copy = picture.copy()
    draw = ImageDraw.Draw(copy)
    font = ImageFont.truetype(FONT, size)
    for line in range(lines):
        y = copy.height - int(size * 1.5) * (lines - line) - 20
        draw.text((30, y), words, font=font, fill="white", stroke_width=1, stroke_fill="black")
    return copy


@needs_detector
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [0.6, 1.0])
def test_the_demos_references_raise_no_alarm(palace: dict[str, Image.Image], name: str, factor: float) -> None:
    picture = palace[name]
    assert keys(picture.resize((round(picture.width * factor), round(picture.height * factor)))) == []


@needs_detector
@pytest.mark.parametrize("name", NAMES)
def test_a_small_person_is_warned_of_and_not_also_called_blurred(palace: dict[str, Image.Image], name: str) -> None:
    assert keys(palace[name].resize((384, 256))) == ["casting-warning-small"]


@needs_detector
@pytest.mark.parametrize("name", NAMES)
def test_blur_is_told_from_sharpness_at_every_size(palace: dict[str, Image.Image], name: str) -> None:
    picture = palace[name]
    head = find_person(picture).head.height
    assert keys(picture.filter(ImageFilter.GaussianBlur(head * 0.02))) == ["casting-warning-blurred"]
    assert keys(picture.filter(ImageFilter.GaussianBlur(head * 0.005))) == []
    large = picture.resize((1920, 1280), Image.Resampling.LANCZOS)
    assert keys(large) == []
    box = find_person(picture).faces[0]
    flat = Image.blend(picture, Image.new("RGB", picture.size, (128, 128, 128)), 0.6)
    assert sharpness(flat, box) > SHARPNESS, "low contrast is no blur"


@needs_detector
def test_several_faces_are_counted(palace: dict[str, Image.Image]) -> None:
    both = Image.new("RGB", (1152, 768))
    both.paste(palace["shen-yuehua"].crop((288, 0, 864, 768)), (0, 0))
    both.paste(palace["xiao-yunxiao"].crop((288, 0, 864, 768)), (576, 0))
    (warning,) = inspect(both, find_person(both))
    assert (warning.key, warning.args) == ("casting-warning-several-faces", {"count": 2})


@needs_detector
def test_an_upright_picture_is_named(palace: dict[str, Image.Image]) -> None:
    assert keys(palace["murong-jing"].crop((326, 0, 826, 768))) == ["casting-warning-portrait"]


@needs_detector
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("The quick brown fox jumps over the lazy dog", 28),
        ("The quick brown fox jumps over", 40),
        ("此茶不可饮玉佩定情暗夜阴谋深宫长夜此茶不可饮", 28),
        ("此茶不可饮玉佩定情暗夜阴谋深宫", 40),
    ],
)
def test_burned_in_lines_are_found(palace: dict[str, Image.Image], name: str, words: str, size: int) -> None:
    assert keys(captioned(palace[name], words, size)) == ["casting-warning-text"]


def test_a_poster_full_of_text_is_found_and_textures_are_not() -> None:
    page = captioned(Image.new("RGB", (800, 600), (240, 235, 220)), "Once upon a time there was a bird", 30, lines=10)
    assert text_share(page) > TEXT_SHARE
    stripes = Image.new("RGB", (600, 600), "white")
    draw = ImageDraw.Draw(stripes)
    for x in range(0, 600, 12):
        draw.rectangle((x, 0, x + 5, 600), fill="black")
    noise = Image.effect_noise((600, 600), 90).convert("RGB")
    for texture in (stripes, stripes.rotate(90), noise, Image.linear_gradient("L").convert("RGB")):
        assert text_share(texture) < TEXT_SHARE


def test_no_person_is_said() -> None:
    assert keys(Image.new("RGB", (900, 600), (90, 120, 90))) == ["casting-warning-no-person"]
    assert keys(Image.new("RGB", (300, 200), (90, 120, 90))) == ["casting-warning-no-person", "casting-warning-small"]


def test_warnings_of_a_stored_reference_have_sentences_in_both_languages(palace: dict[str, Image.Image]) -> None:
    spoilt = captioned(palace["shen-yuehua"].crop((416, 0, 736, 768)), "此茶不可饮玉佩定情", 30, lines=5)
    found = warnings_for(sanitise(encoded(spoilt, "JPEG")))
    assert "casting-warning-portrait" in [warning.key for warning in found]
    for warning in found:
        for locale in ("en-GB", "zh-TW"):
            assert len(speak(locale)(warning.key, **warning.args)) > 10
