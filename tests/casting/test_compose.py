from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.casting import FOUND, Part, compose, find_person, preview, sanitise, store
from bot.casting import person as person_module
from bot.casting.person import detector
from bot.i18n import speak
from tests.casting.conftest import corners, decoded, encoded

SIZES = [(1280, 704), (960, 544), (1280, 720), (192, 128)]
EYES = (18, 230, 18)
needs_detector = pytest.mark.skipif(detector() is None, reason="no face detector on this platform")


def cut_out(width: int, height: int, head: int, *, left: int, top: int = 30) -> Image.Image:
    """Return somebody on transparency: the head a circle of `head` px, a green eye line across it, then shoulders."""
    scale = 4
    picture = Image.new("RGBA", (width * scale, height * scale))
    draw = ImageDraw.Draw(picture)

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        return x0 * scale, y0 * scale, x1 * scale, y1 * scale

    draw.ellipse(box(left, top, left + head, top + head), fill=(220, 60, 60, 255))
    eyes = top + 0.54 * head
    draw.rectangle(box(left + head * 0.2, eyes - head * 0.02, left + head * 0.8, eyes + head * 0.02), fill=(*EYES, 255))
    x = left + head / 2
    draw.rectangle(box(x - head * 0.15, top + head * 0.95, x + head * 0.15, top + head * 1.2), fill=(220, 60, 60, 255))
    draw.rectangle(box(x - head, top + head * 1.15, x + head, height), fill=(40, 40, 160, 255))
    return picture.reduce(scale)


def coloured(pixels: np.ndarray, colour: tuple[int, int, int], near: int = 60) -> np.ndarray:
    """Return the mask of the pixels that are close to `colour`."""
    return np.abs(pixels.astype(int) - colour).max(axis=2) < near


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_two_people_of_different_sizes_get_one_eye_line_and_head_height(width: int, height: int) -> None:
    cast = [Part("A", cut_out(500, 900, 120, left=200)), Part("B", cut_out(900, 700, 260, left=300, top=60))]
    composite = compose(cast, width, height)
    pixels = np.asarray(decoded(composite.data))
    assert pixels.shape == (height, width, 3)
    halves = [pixels[:, : width // 2], pixels[:, width // 2 :]]
    eyes = [np.flatnonzero(coloured(half, EYES).any(axis=1)).mean() for half in halves]
    assert abs(eyes[0] - eyes[1]) <= 2
    # the head is a circle: as wide as high, and the same on both sides
    extents = []
    for half in halves:
        head = coloured(half, (220, 60, 60), 40) | coloured(half, EYES)
        rows, columns = np.flatnonzero(head.any(axis=1)), np.flatnonzero(head.any(axis=0))
        extents.append((int(rows[0]), int(columns[-1] - columns[0])))
    assert abs(extents[0][0] - extents[1][0]) <= 3
    assert abs(extents[0][1] - extents[1][1]) <= 3
    report = composite.report
    assert [p.name for p in report.placed] == ["A", "B"]
    assert report.placed[0].head_height == pytest.approx(report.placed[1].head_height)
    assert report.placed[0].eye_y == report.placed[1].eye_y
    assert report.plate == "neutral"
    assert {p.method for p in report.placed} == {"alpha"}


def test_nothing_is_stretched() -> None:
    for size, head in (((400, 1400), 150), ((1500, 500), 150), ((700, 700), 180)):
        pixels = np.asarray(decoded(compose([Part("A", cut_out(*size, head, left=80))], 1280, 704).data))
        red = coloured(pixels, (220, 60, 60), 40) | coloured(pixels, EYES)
        columns = np.flatnonzero(red.any(axis=0))
        across = int(columns[-1] - columns[0]) + 1
        # the circle's upper half, from the crown down to its widest row
        rows = np.flatnonzero(red.any(axis=1))
        widths = np.array([np.ptp(np.flatnonzero(row)) if row.any() else 0 for row in red])
        widest = np.flatnonzero(widths >= widths.max() - 1)
        assert (widest.mean() - rows[0]) * 2 == pytest.approx(across, rel=0.04)


@needs_detector
def test_the_demos_people_share_an_eye_line_in_pixels(palace: dict[str, Image.Image]) -> None:
    tall = palace["shen-yuehua"].crop((396, 0, 756, 768)).resize((540, 1152))
    composite = compose([Part("沈月华", tall), Part("萧云霄", palace["xiao-yunxiao"])], 1280, 704)
    first, second = composite.report.placed
    # as drawn, the eyes lie at 312 of 768 in both pictures
    assert abs((first.top + 312 * 1.5 * first.scale) - (second.top + 312 * second.scale)) <= 5
    assert 1.5 * first.scale == pytest.approx(second.scale, rel=0.06), "both heads are drawn equally large"
    assert len(find_person(decoded(composite.data)).faces) == 2
    assert {p.method for p in composite.report.placed} == {"face"}
    assert composite.report.plate == "borders"


@needs_detector
def test_three_people_stand_left_centre_right(palace: dict[str, Image.Image]) -> None:
    cast = [
        Part("murong", palace["murong-jing"], "right"),
        Part("shen", palace["shen-yuehua"], "left"),
        Part("xiao", palace["xiao-yunxiao"], "centre"),
    ]
    composite = compose(cast, 1280, 704)
    assert [p.name for p in composite.report.placed] == ["shen", "xiao", "murong"]
    found = find_person(decoded(composite.data))
    assert len(found.faces) == 3
    centres = sorted(face.centre_x for face in found.faces)
    assert [round(c / 1280, 1) for c in centres] == [0.2, 0.5, 0.8]
    assert composite.report.warnings == ()


def test_edges_inside_the_canvas_are_feathered() -> None:
    """A flat reference on its own plate shows its edge as a ramp over many pixels, never as a step."""
    flat = Image.new("RGB", (300, 700), (250, 0, 0))
    composite = compose([Part("A", flat), Part("B", flat)], 1280, 704, plate=(0, 0, 0))
    row = np.asarray(decoded(composite.data), int)[300, :, 0]
    assert row.max() > 240
    assert row.min() < 20
    assert np.abs(np.diff(row)).max() < 25
    alone = np.asarray(decoded(compose([Part("A", flat)], 1280, 704, plate=(0, 0, 0)).data), int)[300, :, 0]
    assert alone[0] < 20
    assert alone[640] > 240
    assert np.abs(np.diff(alone)).max() < 25


def test_a_reference_of_the_canvas_shape_fills_it() -> None:
    """Its own corners reach the canvas's corners: nothing of the plate shows."""
    picture = corners(1280, 704)
    pixels = np.asarray(decoded(compose([Part("A", picture)], 1280, 704, plate=(255, 0, 255)).data))
    assert not coloured(pixels, (255, 0, 255), 40).any()


def test_a_portrait_is_recomposed_not_stretched_and_keeps_its_head_room() -> None:
    portrait = cut_out(600, 1300, 220, left=190, top=120)
    composite = preview(portrait, "A", 1280, 704)
    (placed,) = composite.report.placed
    assert (composite.width, composite.height) == (1280, 704)
    assert placed.eye_y - 0.54 * placed.head_height > 0.03 * 704, "room above the head"
    assert 0.3 < placed.eye_y / 704 < 0.48, "eyes near the upper third"
    assert placed.centre_x == pytest.approx(640)


def test_somebody_alone_stands_where_the_words_say() -> None:
    picture = cut_out(600, 900, 220, left=190)
    for position, share in (("left", 1 / 3), ("right", 2 / 3)):
        (placed,) = compose([Part("A", picture, position)], 1280, 704).report.placed  # pyright: ignore[reportArgumentType]  literals of the loop
        assert placed.centre_x == pytest.approx(1280 * share)


def test_a_short_reference_runs_on_to_the_lower_edge() -> None:
    bust = cut_out(500, 300, 180, left=160, top=20)
    tall = cut_out(500, 900, 180, left=160, top=20)
    pixels = np.asarray(decoded(compose([Part("A", bust), Part("B", tall)], 1280, 704).data))
    below = pixels[-3, int(0.28 * 1280)].astype(int)
    assert np.abs(below - (40, 40, 160)).max() < 30, "the robe goes on down"


def test_the_plate_takes_a_given_colour_the_scenes_or_the_borders() -> None:
    picture = Image.new("RGB", (300, 900), (200, 120, 40))
    cast = [Part("A", picture), Part("B", picture)]
    given = compose(cast, 640, 352, plate=(10, 200, 10), scene="night")
    scene = compose(cast, 640, 352, scene="深夜的宫殿")
    borders = compose(cast, 640, 352, scene="they talk")
    assert [c.report.plate for c in (given, scene, borders)] == ["given", "scene", "borders"]
    corner = [np.asarray(decoded(c.data), int)[100, 2] for c in (given, scene, borders)]
    assert corner[0][1] > corner[0][0] + 100
    assert corner[1].sum() < corner[2].sum()
    assert np.abs(corner[2] - (200, 120, 40)).max() < 25


def test_enlarging_beyond_twice_and_guessing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_module, "detector", lambda: None)
    small = Image.new("RGB", (160, 200), (120, 90, 80))
    found = compose([Part("A", small)], 1280, 704).report.warnings
    assert [w.key for w in found] == ["casting-warning-enlarged", "casting-warning-guessed"]
    assert found[0].args["times"] > 2
    for locale in ("en-US", "zh-CN"):
        for warning in found:
            assert "A" in speak(locale)(warning.key, **warning.args)
        for key in FOUND.values():
            assert speak(locale)(key)
    large = compose([Part("A", cut_out(900, 1400, 400, left=250))], 1280, 704)
    assert large.report.warnings == ()


def test_the_same_input_gives_the_same_bytes(palace: dict[str, Image.Image]) -> None:
    cast = [Part(name, picture) for name, picture in palace.items()]
    assert compose(cast, 640, 352).data == compose(cast, 640, 352).data
    assert compose(cast, 640, 352).data != compose(cast[::-1], 640, 352).data


def test_a_composite_is_a_png_without_metadata_and_can_be_stored(tmp_path, palace: dict[str, Image.Image]) -> None:
    reference = sanitise(encoded(palace["shen-yuehua"], "JPEG"))
    part = Part.read("沈月华", store(reference, tmp_path))
    composite = compose([part], 960, 544)
    path = store(composite, tmp_path)
    assert path.read_bytes() == composite.data
    with Image.open(io.BytesIO(composite.data)) as picture:
        assert (picture.format, picture.mode, picture.size, picture.info) == ("PNG", "RGB", (960, 544), {})


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(96, 2048), (2048, 96), (96, 96)])
def test_the_oddest_references_still_give_a_picture(mode: str, size: tuple[int, int]) -> None:
    odd = Image.new(mode, size, (90, 120, 90, 255)[: len(mode)])
    plain = Image.new("RGB", (600, 600), (10, 20, 90))
    for cast in ([odd], [odd, plain], [plain, odd, odd]):
        composite = compose([Part(str(i), p) for i, p in enumerate(cast)], 1280, 704)
        assert decoded(composite.data).size == (1280, 704)


def test_no_cast_too_large_a_cast_and_no_canvas_are_errors() -> None:
    part = Part("A", Image.new("RGB", (100, 100)))
    for cast, size in (([], (640, 352)), ([part] * 4, (640, 352)), ([part], (0, 352))):
        with pytest.raises(ValueError, match=r"composite|canvas"):
            compose(cast, *size)
