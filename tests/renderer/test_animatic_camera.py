"""Camera moves: where they look, that they stay inside the picture, and that what they show moves smoothly."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from PIL import Image

from renderer.animatic.camera import View, plan_move
from renderer.animatic.direction import Direction
from renderer.animatic.drawing import MovingStill, Planes
from renderer.animatic.still import Still, lay_out
from renderer.animatic.vocabulary import Framing, Move

W, H = 320, 176
PICTURE = Image.new("RGB", (640, 352), (90, 90, 90))


def still(people: int = 1, size: tuple[int, int] = (640, 352)) -> Still:
    return lay_out(PICTURE.resize(size), W / H, people)


def ends(direction: Direction, over: Still) -> tuple[View, View]:
    move = plan_move(direction, over, 1)
    return move.at(0, 0), move.at(1, 5)


@pytest.mark.parametrize("people", [1, 2, 3])
@pytest.mark.parametrize("size", [(640, 352), (300, 500), (200, 900), (640, 500)])
def test_every_direction_stays_inside_the_picture(people: int, size: tuple[int, int]) -> None:
    over = still(people, size)
    for framing, move, end, handheld in product((None, *Framing), (None, *Move), (None, Framing.CLOSE), (False, True)):
        camera = plan_move(Direction(framing, move, end, handheld), over, 3)
        for index in range(11):
            left, top, right, bottom = camera.at(index / 10, index).edges
            assert -1e-9 <= left < right <= 1 + 1e-9
            assert -1e-9 <= top < bottom <= 1 + 1e-9


def test_framings_grow_tighter() -> None:
    order = (Framing.WIDE, Framing.FULL, Framing.MEDIUM, Framing.MEDIUM_CLOSE, Framing.CLOSE, Framing.EXTREME_CLOSE)
    for people in (1, 2, 3):
        sizes = [ends(Direction(framing, Move.STATIC, subject=0), still(people))[0].size for framing in order]
        assert all(wider >= tighter for wider, tighter in pairwise(sizes))
        assert sizes[0] == 1
        assert sizes[-1] < 0.4


def test_moves_go_where_they_say() -> None:
    for framing in (None, *Framing):
        for people in (1, 2):
            over = still(people)
            pushed, pulled = (ends(Direction(framing, move, subject=0), over) for move in (Move.PUSH, Move.PULL))
            assert pushed[1].size < pushed[0].size
            assert pulled[1].size > pulled[0].size
            left, right = (ends(Direction(framing, move), over) for move in (Move.PAN_LEFT, Move.PAN_RIGHT))
            assert left[1].x < left[0].x
            assert right[1].x > right[0].x
            up, down = (ends(Direction(framing, move), over) for move in (Move.TILT_UP, Move.TILT_DOWN))
            assert up[1].y < up[0].y
            assert down[1].y > down[0].y
            start, end = ends(Direction(framing, Move.STATIC), over)
            assert start == end


def test_everybody_is_seen() -> None:
    for people in (2, 3):
        over = still(people)
        for framing in (None, Framing.WIDE, Framing.FULL, Framing.MEDIUM, Framing.TWO_SHOT):
            for move in (None, Move.STATIC, Move.PUSH, Move.PULL):
                for view in ends(Direction(framing, move), over):
                    assert all(view.edges[0] + 0.05 < x < view.edges[2] - 0.05 for x, _ in over.faces)
        start, end = ends(Direction(Framing.CLOSE), over)
        assert start.x == pytest.approx(over.faces[0][0], abs=0.1)
        assert end.x == pytest.approx(over.faces[-1][0], abs=0.1)


def test_a_close_up_looks_at_its_subject() -> None:
    over = still(3)
    for subject, (x, y) in enumerate(over.faces):
        view = ends(Direction(Framing.EXTREME_CLOSE, Move.STATIC, subject=subject), over)[0]
        assert view.x == pytest.approx(x, abs=0.02)
        assert view.edges[1] < y < view.y, "the face belongs above the middle, clear of the slate"


def test_a_named_end_is_reached() -> None:
    over = still()
    start, end = ends(Direction(Framing.WIDE, Move.PUSH, Framing.CLOSE), over)
    assert start.size == 1
    assert end.size == ends(Direction(Framing.CLOSE, Move.STATIC), over)[0].size


def test_handheld_sways_a_little() -> None:
    camera = plan_move(Direction(Framing.MEDIUM, Move.STATIC, handheld=True), still(), 5)
    xs = [camera.at(index / 120, index / 24).x for index in range(121)]
    assert 0.002 < max(xs) - min(xs) < 0.03
    assert max(abs(b - a) for a, b in pairwise(xs)) < 0.002


@pytest.mark.parametrize("move", [Move.PAN_RIGHT, Move.PAN_LEFT, Move.PUSH, Move.PULL])
def test_what_is_shown_moves_without_a_jolt(move: Move) -> None:
    """A bright bar's centre, measured in the drawn frames, follows the eased way to a twentieth of a pixel."""
    frames = 97
    x = np.arange(640)
    bar = np.repeat((40 + 180 * np.exp(-(((x - 352) / 6.0) ** 2)))[None, :], 352, axis=0).astype(np.uint8)
    over = Still(Image.fromarray(np.repeat(bar[..., None], 3, axis=2)), ((0.5, 0.4),))
    camera = plan_move(Direction(None, move), over, 1)
    moving = MovingStill(over, camera, (W, H), frames)
    frame = Planes.empty(W, H)
    measured: list[float] = []
    for index in range(frames):
        moving.draw(index, frame)
        weight = np.clip(frame.y[H // 2].astype(float) - 70, 0, None)
        measured.append(float((weight * (np.arange(W) + 0.5)).sum() / weight.sum()))
    expected = [
        ((352.5 / 640) - view.edges[0]) / view.size * W
        for view in (camera.at(index / (frames - 1), index / 24) for index in range(frames))
    ]
    assert abs(expected[-1] - expected[0]) > 3
    assert np.abs(np.array(measured) - expected).max() < 0.05


def test_a_picture_is_never_stretched_and_its_head_never_cut() -> None:
    for size in ((300, 500), (500, 500), (1000, 800), (800, 500), (640, 352), (900, 300), (3, 4000), (4000, 3)):
        marked = Image.new("RGB", size, (20, 20, 20))
        marked.paste((250, 250, 250), (0, size[1] // 20, size[0], max(2, size[1] // 5)))
        laid = lay_out(marked, W / H, 1)
        width, height = laid.picture.size
        assert width <= 3072 + 2
        if 0.2 < size[0] / size[1] < 2:
            assert width / height == pytest.approx(W / H, rel=0.02)
            assert (np.asarray(laid.picture)[:, width // 2, 0] > 200).mean() > 0.14, "the strip near the top was cut"
