"""萧云霄 Xiao Yunxiao: the prince, BLACK robe with gold trim, a gold crown on his top-knot, mountains at sunrise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from art.brush import Linear, Point, Radial, Sheet, arc, ellipse, mirror, ribbon, scatter, smooth
from art.dress import Robe, draw_collar, draw_nape, draw_robe, roundel
from art.face import Face, Head, draw_face, draw_neck
from art.ornament import bead, hair, lock, strands

if TYPE_CHECKING:
    from PIL.Image import Image

    from art.brush import Field

WIDTH, HEIGHT = 1152, 768
HAIR = ("#3a3538", "#221e21", "#141113")
GOLD = ("#fff2bd", "#e3b652", "#96692a")
FACE = Face(
    skin=("#fbe3d0", "#f1ceb6", "#dfae93"), shadow="#c58571", jaw=9, iris=("#1c1210", "#6b4632"), lid="#2a1a17",
    eyeshadow="#c28c7c", eyeshadow_strength=0.18, eye_height=0.84, slant=3.4, brow="#2c2020", brow_width=9.6,
    brow_arch=0.6,
    lips=("#b9675f", "#d89585"), lip_width=19.5, blush=0.10, masculine=True,
)  # fmt: skip
ROBE = Robe(
    cloth=("#33313a", "#201e26", "#121117"), fold="#050408", light="#8d8aa3",
    inner=("#f6f1e6", "#d6cdbd"), band=("#2a2020", "#171216"), trim="#d8ab4e", broad=1.14,
)  # fmt: skip


def draw() -> Image:
    """Return the finished picture."""
    sheet = Sheet(WIDTH, HEIGHT, Linear((0, 0), (0, 700), ("#7fa3ad", "#b4c9c6", "#efe3c8", "#f7dcae", "#e9c79b")))
    _mountains(sheet)
    head = Head(sheet, 576, 312, 1.06)
    _back_hair(head)
    draw_nape(head, ROBE)
    draw_neck(head, FACE)
    robe = draw_robe(head, ROBE)
    for sign in (1, -1):
        roundel(head, sign * 176, 268, 52, "#c79a45", robe, 0.75)
        for shift, wide in ((0.0, 5.0), (9.0, 1.6)):
            hem: list[Point] = [(238 - shift, 330), (250 - shift, 420), (258 - shift, 520)]
            line = head.at([(sign * x * 1.03, y) for x, y in hem])
            sheet.lay(sheet.mask(ribbon(line, lambda _, w=wide: w)), "#c79a45", 0.7, within=robe)
    draw_collar(head, ROBE, robe)
    skin = draw_face(head, FACE)
    _front_hair(head, skin)
    _crown(head)
    return sheet.image()


def _mountains(sheet: Sheet) -> None:
    sheet.glow(sheet.mask(ellipse(800, 250, 250, 250), blur=90), "#ffe2a8", 0.65)
    sheet.shape(ellipse(800, 250, 104, 104), Radial((785, 235), 130, ("#fffbe9", "#ffedc0", "#ffd58b")), 0.96, blur=1.5)
    peaks: list[tuple[str, str, list[Point]]] = [
        ("#9fb9bb", "#dfe0cf", [(-40, 420), (60, 330), (130, 250), (170, 268), (250, 380), (330, 350),
         (430, 440), (620, 470), (800, 420), (900, 350), (980, 372), (1060, 280), (1110, 262), (1200, 400)]),
        ("#7d9fa5", "#d5d6c4", [(-40, 470), (40, 410), (90, 340), (140, 356), (230, 470), (330, 500),
         (480, 520), (700, 520), (860, 480), (960, 430), (1010, 440), (1090, 370), (1200, 470)]),
        ("#5b7f89", "#b9c3b5", [(-40, 560), (60, 480), (150, 520), (280, 590), (440, 600), (740, 600),
         (880, 560), (1000, 500), (1080, 520), (1200, 480)]),
    ]  # fmt: skip
    for top, foot, ridge in peaks:
        y = min(p[1] for p in ridge)
        sheet.shape([*smooth(ridge), (1250, 900), (-60, 900)], Linear((0, y), (0, y + 260), (top, foot)), 0.9, blur=1.2)
        sheet.lay(
            sheet.mask([(-50, y + 190), (1200, y + 170), (1200, y + 300), (-50, y + 300)], blur=30), "#f6ecd8", 0.55
        )
    for x, y, wide in ((150, 600, 330), (1010, 590, 330)):
        _hall(sheet, x, y, wide)
    sheet.lay(sheet.mask([(-50, 690), (1200, 690), (1200, 820), (-50, 820)], blur=26), "#f3e6cf", 0.75)
    sheet.soften(1.8)
    for x, y, size in ((238, 150, 1.0), (306, 118, 0.78), (352, 172, 0.6), (1010, 140, 0.62)):
        _crane(sheet, x, y, 46 * size)
    for x, y, size in scatter(5, 16, (0, 40, 1152, 300)):
        sheet.glow(sheet.mask(ellipse(x, y, 90 + 120 * size, 5 + 5 * size), blur=9), "#ffffff", 0.30)


def _hall(sheet: Sheet, x: float, y: float, wide: float) -> None:
    """Paint a palace hall with two curved roofs, its eaves' corners turned up."""
    for level, (dy, share) in enumerate(((-74.0, 0.62), (0.0, 1.0))):
        half = wide * share / 2
        top = y + dy
        wall = [
            (x - half * 0.78, top + 8),
            (x + half * 0.78, top + 8),
            (x + half * 0.78, top + 170),
            (x - half * 0.78, top + 170),
        ]
        sheet.shape(wall, Linear((0, top), (0, top + 110), ("#7b3b34", "#b98b74")), 0.95)
        for k in range(7):
            px = x - half * 0.72 + k * half * 0.24
            sheet.shape(
                [(px - 4, top + 8), (px + 4, top + 8), (px + 4, top + 170), (px - 4, top + 170)], "#5a2a27", 0.8
            )
        eave = [
            (x - half * 0.45, top - 46),
            (x - half * 0.62, top - 20),
            (x - half, top - 6),
            (x - half * 1.12, top - 20),
        ]
        under = [(x - half * 1.12, top - 20), (x - half * 0.98, top + 10), (x, top + 14)]
        outline = smooth([*eave, eave[-1]]) + smooth([under[0], *under])
        right = mirror(outline, x)
        sheet.shape(outline + right[::-1], Linear((0, top - 50), (0, top + 12), ("#3f5c68", "#2c4650")), 0.98)
        sheet.strokes(
            [[(x - half * 0.5, top - 47), (x, top - 44), (x + half * 0.5, top - 47)]], "#243a44", 8, ends=(1, 1)
        )
        gold = [[under[0], under[1], (x, top + 13)], mirror([under[0], under[1], (x, top + 13)], x)]
        sheet.strokes(gold, "#d9b060", 3.0, 0.8 - 0.1 * level, ends=(0.6, 1))


def _crane(sheet: Sheet, x: float, y: float, r: float) -> None:
    """Paint a crane on the wing."""
    for wing in (
        [(x, y), (x - r * 0.5, y - r * 0.55), (x - r * 1.25, y - r * 0.5)],
        [(x, y), (x + r * 0.4, y - r * 0.7), (x + r * 1.0, y - r * 0.85)],
    ):
        sheet.lay(sheet.mask(ribbon(wing, lambda t: r * 0.34 * (1 - t) ** 0.6 + 0.5)), "#fdfdfa")
        sheet.lay(sheet.mask(ribbon(wing[1:], lambda t: r * 0.13 * (1 - t) + 0.5)), "#3c4a50", 0.85)
    sheet.strokes([[(x - r * 0.5, y + r * 0.16), (x, y), (x + r * 0.62, y - r * 0.06)]], "#fdfdfa", r * 0.26)
    sheet.strokes(
        [[(x + r * 0.35, y - r * 0.04), (x + r * 0.75, y - r * 0.06), (x + r * 1.08, y + r * 0.02)]],
        "#46545a",
        r * 0.08,
        ends=(1, 0),
    )
    sheet.strokes(
        [[(x - r * 0.45, y + r * 0.12), (x - r * 0.8, y + r * 0.22), (x - r * 1.15, y + r * 0.26)]],
        "#46545a",
        r * 0.07,
        ends=(1, 0.3),
    )


def _back_hair(head: Head) -> None:
    right: list[Point] = [(0, -150), (62, -134), (97, -76), (100, 0), (98, 80), (112, 170), (122, 250), (112, 330)]
    mass = smooth([*right, *mirror(right[:0:-1], 0)], closed=True)
    mask = hair(head, mass, HAIR, top=-130, bottom=260)
    for sign in (1, -1):
        first: list[Point] = [(sign * 66, -40), (sign * 70, 80), (sign * 78, 200), (sign * 78, 330)]
        last: list[Point] = [(sign * 100, -40), (sign * 99, 80), (sign * 122, 200), (sign * 110, 330)]
        strands(head, first, last, 13, "#0c0a0b", "#6a6468", mask)


def _front_hair(head: Head, skin: Field) -> None:
    sheet = head.sheet
    for sign in (1, -1):
        ear = head.at([(sign * 80, -8), (sign * 91, -14), (sign * 95, 4), (sign * 90, 30), (sign * 80, 38)])
        mask = sheet.shape(smooth(ear, closed=True), FACE.skin[1])
        sheet.shade(
            sheet.mask(ribbon(head.at([(sign * 89, -8), (sign * 86, 8), (sign * 88, 24)]), lambda _: 3), blur=1.5),
            FACE.shadow,
            0.7,
            within=mask,
        )
        outer: list[Point] = [(0, -148), (48, -140), (84, -104), (97, -50), (95, -6), (84, 36)]
        inner: list[Point] = [(0, -84), (26, -90), (52, -81), (66, -58), (75, -28), (82, 36)]
        flip = [(sign * x, y) for x, y in outer], [(sign * x, y) for x, y in inner]
        fall = ribbon(head.at([(x - sign * 4, y + 5) for x, y in flip[1]]), lambda _: head.px(18))
        sheet.shade(sheet.mask(fall, blur=head.px(5)), FACE.shadow, 0.6, within=skin)
        side = hair(head, smooth(flip[0]) + smooth(flip[1])[::-1], HAIR, top=-146, bottom=40)
        first: list[Point] = [(0, -84), (0, -118), (0, -150)]
        last: list[Point] = [(sign * 88, 34), (sign * 98, -84), (sign * 14, -152)]
        strands(head, first, last, 31, "#0a0809", "#837c80", side, 0.45)
        shine = head.at([(sign * 12, -128), (sign * 46, -118), (sign * 74, -84)])
        sheet.glow(sheet.mask(ribbon(shine, lambda _: head.px(13)), blur=head.px(7)), "#9b959b", 0.32, within=side)
        lock(
            head,
            [(sign * x, y) for x, y in ((22, -108), (62, -84), (84, -20), (80, 60), (88, 140), (82, 196))],
            9,
            HAIR,
            "#837c80",
        )
        lock(
            head,
            [(sign * x, y) for x, y in ((40, -104), (78, -70), (92, 10), (92, 96), (100, 170), (96, 236))],
            12,
            HAIR,
            "#837c80",
        )


def _crown(head: Head) -> None:
    sheet = head.sheet
    knot = smooth([(-30, -146), (-37, -172), (-22, -202), (0, -210), (22, -202), (37, -172), (30, -146)], closed=True)
    mask = hair(head, knot, HAIR, top=-210, bottom=-140)
    for sign in (1, -1):
        strands(
            head,
            [(0, -146), (0, -180), (0, -208)],
            [(sign * 29, -148), (sign * 38, -176), (sign * 12, -206)],
            9,
            "#0a0809",
            "#837c80",
            mask,
        )
    pin = head.at([(-76, -170), (0, -172), (76, -170)])
    sheet.shape(ribbon(pin, lambda _: head.px(6)), Linear((0, pin[0][1] - 4), (0, pin[0][1] + 4), GOLD))
    for x, y in (pin[0], pin[-1]):
        bead(sheet, x, y, head.px(6.5), GOLD)
    right: list[Point] = [
        (0, -214),
        (0, -214),
        (9, -198),
        (18, -190),
        (24, -198),
        (24, -198),
        (31, -184),
        (40, -176),
        (40, -176),
        (37, -160),
        (36, -144),
        (36, -144),
        (0, -138),
    ]
    cup = smooth([*right, *mirror(right[-2:0:-1], 0)], closed=True)
    gold = sheet.shape(
        head.at(cup),
        Linear(
            head.at([(-40, -190)])[0], head.at([(40, -150)])[0], ("#a87a30", "#f3d27c", "#fff0b8", "#dca943", "#8d6226")
        ),
    )
    for line in ([(-34, -150), (0, -144), (34, -150)], [(-36, -158), (0, -152), (36, -158)]):
        sheet.strokes([head.at(line)], "#7d551f", head.px(2), 0.8, ends=(1, 1), within=gold)
    curls = [arc(s * 17, -172, 9, 9, a, a + 300) for s, a in ((1, 100), (-1, 140))] + [
        [(0, -206), (0, -196), (0, -188)]
    ]
    sheet.strokes([head.at(line) for line in curls], "#7d551f", head.px(2), 0.8, within=gold)
    x, y = head.at([(0, -172)])[0]
    bead(sheet, x, y, head.px(7.5), ("#f7b6a4", "#c2272d", "#6b0f18"))
