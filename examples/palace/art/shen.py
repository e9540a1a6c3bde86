# ruff: noqa: PLR2004  (a drawing is made of coordinates)
"""沈月华 Shen Yuehua: pale jade and white-blue hanfu, jade hairpin, a garden at dusk behind a moon gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from art.brush import Linear, Point, Radial, Sheet, arc, ellipse, mirror, ribbon, scatter, smooth, wave
from art.dress import Robe, draw_collar, draw_nape, draw_robe
from art.face import Face, Head, draw_face, draw_neck
from art.ornament import bead, flower, hair, lock, strands, tassel

if TYPE_CHECKING:
    from PIL.Image import Image

    from art.brush import Field

WIDTH, HEIGHT = 1152, 768
HAIR = ("#4a3a3b", "#2d2224", "#1c1517")
JADE = ("#eafff2", "#a8dcc0", "#4f9d80")
FACE = Face(
    iris=("#2c1b18", "#8a5a42"),
    lips=("#c65560", "#ea9a96"),
    eye_height=1.05,
    slant=2.5,
    brow="#57403c",
    brow_width=4.4,
    brow_arch=1.6,
)
ROBE = Robe(
    cloth=("#e4f3f1", "#cfe6e8", "#a9cfd8"), fold="#7ba7b8", light="#ffffff",
    inner=("#fdfdfb", "#dfeaea"), band=("#a9d3c6", "#86bfb4"), trim="#f6fbf3",
)  # fmt: skip


def draw() -> Image:
    """Return the finished picture."""
    sheet = Sheet(WIDTH, HEIGHT, Linear((0, 0), (0, 640), ("#5c6b93", "#9d8fb4", "#e0a9a6", "#f6c9a4", "#f4dcb8")))
    _garden(sheet)
    head = Head(sheet, 576, 312, 1.06)
    _back_hair(head)
    draw_nape(head, ROBE)
    draw_neck(head, FACE)
    robe = draw_robe(head, ROBE)
    for x, y, size in scatter(11, 26, (-230, 190, 230, 440)):
        if abs(x) > 95:
            px, py = head.at([(x, y)])[0]
            if robe[min(int(py), HEIGHT - 1), int(px)] > 0.9:
                flower(sheet, px, py, 5 + 5 * size, ("#f4fbfb", "#c3dfe4"), "#e8d9a8", size * 6)
    draw_collar(head, ROBE, robe)
    skin = draw_face(head, FACE)
    _front_hair(head, skin)
    _ornaments(head)
    _petals(sheet)
    return sheet.image()


def _garden(sheet: Sheet) -> None:
    sheet.glow(sheet.mask(ellipse(790, 420, 210, 210), blur=90), "#ffd9a0", 0.75)
    for base, lift, colour in ((470, 70, "#a58fae"), (515, 55, "#8a7f9f"), (560, 40, "#6f7a8d")):
        ridge: list[Point] = [
            (x, base - lift * (0.5 + 0.5 * ((x * 37 + base * 11) % 100) / 100)) for x in range(-40, 1240, 128)
        ]
        sheet.shape(
            [*smooth(ridge), (1200, 800), (-50, 800)],
            Linear((0, base - lift), (0, base + 80), (colour, "#d9b9b4")),
            0.85,
            blur=2,
        )
    roof: list[Point] = [
        (842, 402),
        (880, 396),
        (930, 352),
        (960, 340),
        (990, 352),
        (1040, 396),
        (1078, 402),
        (1078, 402),
        (1030, 414),
        (890, 414),
        (842, 402),
    ]
    sheet.shape(smooth(roof), "#4d5a70", 0.95)
    for x in (890, 930, 990, 1030):
        sheet.shape([(x - 5, 412), (x + 5, 412), (x + 5, 520), (x - 5, 520)], "#5b5a70", 0.95)
    sheet.shape([(872, 508), (1048, 508), (1060, 530), (860, 530)], "#56607a", 0.95)
    sheet.lay(
        sheet.mask([(0, 560), (1152, 540), (1152, 800), (0, 800)], blur=14),
        Linear((0, 550), (0, 768), ("#c9a9ab", "#7f93a8", "#5c7a8c")),
    )
    for x, y, size in scatter(3, 40, (0, 575, 1152, 760)):
        sheet.glow(sheet.mask(ellipse(x, y, 30 + 50 * size, 1.6), blur=1.5), "#ffe9cf", 0.28)
    sheet.soften(3.0)
    # the moon gate's wall: everything outside a great circle
    wall = sheet.mask([(-10, -10), (1162, -10), (1162, 778), (-10, 778)]) - sheet.mask(ellipse(576, 372, 452, 452))
    wall = wall.clip(0, 1)
    sheet.lay(wall, Linear((0, 0), (1152, 768), ("#efe6e0", "#dccfce", "#b9b3c2")))
    for r, wide, colour in ((452, 20, "#6f7686"), (440, 6, "#9aa0ac"), (466, 5, "#cfc9c9")):
        ring = arc(576, 372, r, r, 90, 450, 90)
        sheet.lay(sheet.mask(ribbon(ring, lambda _, w=wide: w), blur=0.8), colour)
    sheet.shade(sheet.mask(ribbon(arc(576, 372, 424, 424, 150, 390, 40), lambda _: 30), blur=14), "#8a7f95", 0.5)
    _bamboo(sheet)
    sheet.soften(1.6)
    _branch(sheet)


def _bamboo(sheet: Sheet) -> None:
    for x, lean in ((28, 18), (74, -10), (1098, -16), (1136, 8)):
        sheet.strokes([[(x, 800), (x + lean / 2, 400), (x + lean, -20)]], "#8fae9a", 11, 0.75, ends=(1, 0.8))
        for y in range(90, 760, 110):
            sheet.strokes(
                [
                    [
                        (x - 7 + lean * (1 - y / 780), y),
                        (x + lean * (1 - y / 780), y + 2),
                        (x + 7 + lean * (1 - y / 780), y),
                    ]
                ],
                "#5f8673",
                4,
                0.7,
                ends=(1, 1),
            )
    for x, y, size in scatter(21, 46, (0, 30, 1152, 720)):
        if 110 < x < 1042:
            continue
        down = 36 + 34 * size
        sheet.strokes(
            [[(x, y), (x + 10 * (size - 0.5), y + down / 2), (x + 46 * (size - 0.5), y + down)]], "#6d9a83", 11, 0.72
        )


def _branch(sheet: Sheet) -> None:
    limbs: list[list[Point]] = [
        [(-20, 92), (90, 118), (196, 92), (292, 122), (352, 108)],
        [(150, 104), (206, 160), (286, 186)], [(232, 100), (270, 60), (318, 36)],
    ]  # fmt: skip
    for line, wide in zip(limbs, (15, 8, 7), strict=True):
        swell = lambda t, w=wide: w * (1 - 0.75 * t)  # noqa: E731  a width, used once
        sheet.lay(sheet.mask(ribbon(line, swell)), Linear((0, 60), (0, 190), ("#6b5049", "#463330")))
    for k, (x, y) in enumerate(
        [
            (62, 100),
            (118, 128),
            (176, 84),
            (204, 112),
            (236, 140),
            (268, 100),
            (284, 186),
            (318, 40),
            (346, 104),
            (250, 172),
            (296, 62),
            (150, 92),
            (30, 110),
        ]
    ):
        flower(sheet, x, y, 15 + 5 * (k % 3), ("#fff1f0", "#f3a9ae"), "#d9534f", k * 0.7)
    for x, y in ((330, 126), (300, 30), (222, 168), (96, 92), (360, 96)):
        bead(sheet, x, y, 5, ("#ffd9d9", "#ee9aa0", "#c65b66"))


def _back_hair(head: Head) -> None:
    right: list[Point] = [
        (0, -150),
        (66, -134),
        (104, -74),
        (108, 0),
        (104, 80),
        (122, 170),
        (138, 262),
        (128, 352),
        (104, 420),
    ]
    mass = smooth([*right, *mirror(right[:0:-1], 0)], closed=True)
    mask = hair(head, mass, HAIR, top=-130, bottom=300)
    for sign in (1, -1):
        first: list[Point] = [(sign * 70, -40), (sign * 74, 80), (sign * 84, 200), (sign * 84, 400)]
        last: list[Point] = [(sign * 108, -40), (sign * 106, 80), (sign * 138, 220), (sign * 124, 400)]
        strands(head, first, last, 13, "#120c0e", "#7a6460", mask)


def _front_hair(head: Head, skin: Field) -> None:
    sheet = head.sheet
    bun = smooth(
        [(-64, -128), (-78, -166), (-52, -206), (0, -222), (52, -206), (78, -166), (64, -128), (0, -112)], closed=True
    )
    mask = hair(head, bun, HAIR, top=-222, bottom=-100)
    for sign in (1, -1):
        strands(
            head,
            [(0, -118), (sign * 4, -170), (0, -220)],
            [(sign * 58, -122), (sign * 84, -170), (sign * 20, -216)],
            15,
            "#120c0e",
            "#8a726c",
            mask,
            0.45,
        )
        loop = arc(sign * 58, -196, 34, 40, 100, 460, 25)
        outline = ribbon(head.at(loop), lambda _: head.px(19))
        ring = sheet.shape(outline, Linear((0, head.y - head.px(240)), (0, head.y - head.px(150)), HAIR))
        for r in (0.86, 1.0, 1.14):
            line = arc(sign * 58, -196, 34 * r, 40 * r, 100, 460, 25)
            sheet.strokes(
                [head.at(line)],
                "#8a726c" if r == 1 else "#120c0e",
                head.px(1.6),
                0.5,
                blur=0.6,
                ends=(1, 1),
                within=ring,
            )
    for sign in (1, -1):
        outer: list[Point] = [(0, -140), (48, -136), (88, -98), (102, -36), (101, 30), (92, 86)]
        inner: list[Point] = [(0, -101), (32, -94), (60, -68), (75, -34), (79, 22), (80, 84)]
        flip = [(sign * x, y) for x, y in outer], [(sign * x, y) for x, y in inner]
        fall = ribbon(head.at([(x - sign * 4, y + 5) for x, y in flip[1]]), lambda _: head.px(18))
        sheet.shade(sheet.mask(fall, blur=head.px(5)), FACE.shadow, 0.6, within=skin)
        side = hair(head, smooth(flip[0]) + smooth(flip[1])[::-1], HAIR, top=-140, bottom=70)
        sheet.shade(
            sheet.mask(ribbon(head.at(flip[0][1:4]), lambda _: head.px(16)), blur=head.px(6)),
            "#1a1214",
            0.5,
            within=side,
        )
        strands(head, *flip, 15, "#120c0e", "#8a726c", side, 0.42)
        shine = head.at([(sign * 30, -124), (sign * 62, -100), (sign * 80, -66)])
        sheet.glow(sheet.mask(ribbon(shine, lambda _: head.px(13)), blur=head.px(7)), "#a98d86", 0.35, within=side)
        lock(
            head,
            [(sign * x, y) for x, y in ((90, -20), (92, 90), (83, 180), (95, 270), (86, 356))],
            16,
            HAIR,
            "#7a6460",
        )
        lock(head, [(sign * x, y) for x, y in wave((80, -40), (79, 158), 5)], 6, HAIR, "#7a6460")


def _ornaments(head: Head) -> None:
    sheet = head.sheet
    pin = head.at([(-104, -136), (0, -154), (108, -176)])
    sheet.shape(
        ribbon(pin, lambda t: head.px(7 - 3 * t)), Linear(pin[0], pin[-1], ("#d9f5e4", "#8fcdb0", "#c9efd9", "#5fae8e"))
    )
    x, y = pin[0]
    cloud = smooth(
        [
            (x - 20, y + 6),
            (x - 26, y - 8),
            (x - 14, y - 18),
            (x, y - 14),
            (x + 10, y - 20),
            (x + 18, y - 8),
            (x + 10, y + 8),
            (x - 6, y + 12),
        ],
        closed=True,
    )
    sheet.shape(cloud, Radial((x - 8, y - 8), 34, JADE))
    sheet.strokes([arc(x - 8, y - 4, 9, 7, 200, 500), arc(x + 7, y - 6, 6, 6, 180, 470)], "#4f9d80", 2.2, 0.8)
    tassel(sheet, x - 12, y + 10, head.px(74), JADE, "#cdb57a", 5)
    tassel(sheet, x + 2, y + 12, head.px(54), JADE, "#cdb57a", 4)
    for dx, dy, r, turn in ((46, -128, 19, 0.2), (70, -108, 14, 0.9), (22, -140, 13, 1.6), (84, -86, 9, 0.4)):
        px, py = head.at([(dx, dy)])[0]
        flower(sheet, px, py, head.px(r), ("#ffffff", "#bfe0dc"), "#e9cf86", turn)
    for px, py in head.at([(-26, -136), (0, -142), (-50, -124)]):
        bead(sheet, px, py, head.px(5), ("#ffffff", "#e9eef0", "#aebcc4"))
    for sign in (1, -1):
        px, py = head.at([(sign * 83, 66)])[0]
        bead(sheet, px, py, 4, JADE)
        drop = smooth([(px, py + 6), (px, py + 6), (px + 7, py + 22), (px, py + 30), (px - 7, py + 22)], closed=True)
        sheet.shape(drop, Radial((px - 3, py + 16), 18, JADE))
    for k, dy in enumerate((-88, -80.5)):
        px, py = head.at([(0, dy)])[0]
        bead(sheet, px, py, head.px(3.6 - k), JADE)


def _petals(sheet: Sheet) -> None:
    for x, y, size in scatter(8, 26, (20, 60, 1132, 750)):
        if 380 < x < 780:
            continue
        petal = smooth([(x, y), (x + 9 + 5 * size, y - 4), (x + 15 + 8 * size, y + 4), (x + 6, y + 8)], closed=True)
        sheet.shape(petal, "#ffd5d6", 0.85, blur=0.6 + 1.6 * size)
