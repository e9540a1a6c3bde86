# ruff: noqa: PLR2004  (a drawing is made of coordinates)
"""慕容静 Murong Jing: the antagonist, crimson and dark purple robe, gold phoenix crown, a palace chamber by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from art.brush import Linear, Point, Radial, Sheet, arc, ellipse, mirror, ribbon, scatter, smooth, taper
from art.dress import Robe, draw_collar, draw_nape, draw_robe, roundel
from art.face import Face, Head, draw_face, draw_neck
from art.ornament import bead, flower, hair, lantern, lock, strands, tassel

if TYPE_CHECKING:
    from PIL.Image import Image

    from art.brush import Field

WIDTH, HEIGHT = 1152, 768
HAIR = ("#3b2a36", "#1f151d", "#120c11")
GOLD = ("#fff0b4", "#e6b34c", "#8f6022")
RUBY = ("#ffb3a6", "#cf2233", "#650b1c")
FACE = Face(
    skin=("#fde6da", "#f4cfc2", "#dfa79b"), shadow="#bd6f73", iris=("#1b0f12", "#7b3a30"), lid="#1f1014",
    eyeshadow="#b9303f", eyeshadow_strength=0.62, eye_height=0.93, slant=6.0, brow="#2e1c20", brow_width=4.8,
    brow_arch=5.5,
    lips=("#8f1424", "#c8323c"), lip_width=18.0, blush=0.20,
)  # fmt: skip
ROBE = Robe(
    cloth=("#8a1638", "#5f0f33", "#2c0a28"), fold="#1d0418", light="#ff9a9a",
    inner=("#e9c7b4", "#c08f86"), band=("#3b1238", "#240a26"), trim="#e2b252",
)  # fmt: skip


def draw() -> Image:
    """Return the finished picture."""
    sheet = Sheet(WIDTH, HEIGHT, Linear((0, 0), (0, 768), ("#180f22", "#2a1730", "#3b1a31", "#1f0f1c")))
    _chamber(sheet)
    head = Head(sheet, 576, 322, 1.04)
    _back_hair(head)
    draw_nape(head, ROBE)
    draw_neck(head, FACE)
    robe = draw_robe(head, ROBE)
    for sign in (1, -1):
        roundel(head, sign * 160, 300, 58, "#d6a548", robe, 0.72)
        _feathers(head, sign, robe)
        rim = head.at([(sign * x, y) for x, y in ((96, 148), (160, 172), (204, 216), (228, 300), (246, 440))])
        sheet.glow(sheet.mask(ribbon(rim, taper(head.px(15))), blur=head.px(7)), "#ff9a55", 0.55, within=robe)
    draw_collar(head, ROBE, robe)
    skin = draw_face(head, FACE)
    for sign in (1, -1):  # lantern light on both cheeks
        edge = head.at([(sign * 80, -50), (sign * 80, 10), (sign * 66, 66)])
        sheet.glow(sheet.mask(ribbon(edge, taper(head.px(11))), blur=head.px(5)), "#ff9a55", 0.35, within=skin)
    _mark(head)
    _front_hair(head, skin)
    _crown(head)
    return sheet.image()


def _chamber(sheet: Sheet) -> None:
    pane = sheet.mask(ellipse(576, 330, 330, 330))
    sheet.lay(pane, Linear((0, 0), (0, 660), ("#1a2350", "#2b3a73", "#4a4f86", "#6a5a86")))
    sheet.glow(sheet.mask(ellipse(738, 168, 130, 130), blur=60), "#bcd0ff", 0.55, within=pane)
    sheet.lay(
        sheet.mask(ellipse(738, 168, 56, 56), blur=1.0),
        Radial((724, 154), 80, ("#fffdf0", "#f3edd6", "#d5d2cf")),
        within=pane,
    )
    for x, y, size in scatter(2, 60, (250, 10, 900, 420)):
        sheet.glow(sheet.mask(ellipse(x, y, 0.9 + 1.3 * size, 0.9 + 1.3 * size)), "#ffffff", 0.75, within=pane)
    for line in (
        [(250, 470), (340, 440), (400, 360), (450, 330)],
        [(340, 440), (352, 350), (330, 280)],
        [(392, 372), (452, 386), (480, 372)],
    ):
        sheet.strokes([line], "#15132c", 9, 0.95, ends=(0.9, 0.1), within=pane)
    sheet.soften(2.2)
    panels = sheet.mask(*([(x, -10), (x + 196, -10), (x + 196, 780), (x, 780)] for x in (24, 932)))
    sheet.lay(panels, Linear((0, 0), (0, 768), ("#5a2f2a", "#7c3f2c", "#4a2024")))
    bars: list[list[Point]] = []
    for left in (24.0, 932.0):
        bars += [[(left + dx, -10), (left + dx, 380), (left + dx, 780)] for dx in np.arange(0, 197, 28)]
        bars += [[(left, y), (left + 98, y), (left + 196, y)] for y in np.arange(-8, 780, 56)]
        bars += [
            [(left + 28 * k, y), (left + 28 * k + 14, y + 28), (left + 28 * k + 28, y + 56)]
            for k in range(0, 7, 2)
            for y in np.arange(-8, 780, 112)
        ]
    sheet.lay(sheet.mask(*(ribbon(bar, lambda _: 5) for bar in bars)), "#2a1018", 0.95, within=panels)
    for r, wide, colour in ((338, 26, "#3a1620"), (352, 4, "#b98337"), (324, 4, "#b98337")):
        sheet.lay(sheet.mask(ribbon(arc(576, 330, r, r, 90, 450, 80), lambda _, w=wide: w)), colour)
    sheet.soften(1.6)
    for sign, x in ((1, -30), (-1, 1182)):
        _drape(sheet, x, sign)
    for x, y, r in ((206, 236, 56), (946, 236, 56), (72, 452, 40), (1080, 452, 40)):
        lantern(sheet, x, y, r, bright=0.9)
    for x, y, size in scatter(9, 34, (0, 430, 1152, 768)):
        if 330 < x < 820:
            continue
        sheet.glow(sheet.mask(ellipse(x, y, 5 + 15 * size, 5 + 15 * size), blur=1.5 + 3 * size), "#ffb05a", 0.22)
    sheet.shade(1 - sheet.mask(ellipse(576, 340, 620, 470), blur=120), "#1a0a18", 0.75)


def _drape(sheet: Sheet, x: float, sign: int) -> None:
    """Hang a crimson curtain at the picture's edge, tied back."""
    outline = smooth(
        [
            (x, -30),
            (x + sign * 210, -30),
            (x + sign * 190, 120),
            (x + sign * 120, 330),
            (x + sign * 84, 430),
            (x + sign * 120, 600),
            (x + sign * 140, 800),
            (x, 800),
        ]
    )
    mask = sheet.shape(outline, Linear((x, 0), (x + sign * 210, 60), ("#4a0b1c", "#8d1a2b", "#5f0f22", "#a52434")))
    for k in range(6):
        share = (k + 0.5) / 6
        line: list[Point] = [
            (x + sign * 205 * share, -30),
            (x + sign * 180 * share, 150),
            (x + sign * 84 * share, 430),
            (x + sign * 138 * share, 800),
        ]
        sheet.shade(sheet.mask(ribbon(line, lambda t: 16 - 9 * np.sin(np.pi * t)), blur=5), "#2a0410", 0.7, within=mask)
    sheet.strokes([[(x, 416), (x + sign * 50, 436), (x + sign * 92, 424)]], "#d9a648", 12, ends=(1, 1))


def _feathers(head: Head, sign: int, robe: Field) -> None:
    """Embroider phoenix feathers along the sleeve."""
    for k in range(5):
        x, y = sign * (98 + 26 * k), 420 - 12 * k
        quill = head.at([(x, y + 60), (x + sign * 8, y + 20), (x + sign * 22, y - 18)])
        head.sheet.strokes([quill], "#d6a548", head.px(3), 0.6, within=robe)
        eye = head.at(ellipse(x + sign * 23, y - 22, 7, 9))
        head.sheet.lay(head.sheet.mask(eye), "#d6a548", 0.6, within=robe)
        head.sheet.lay(head.sheet.mask(head.at(ellipse(x + sign * 23, y - 21, 3.4, 4.6))), "#a01f38", 0.9, within=robe)


def _mark(head: Head) -> None:
    """Paint the flower mark (花钿) between the brows."""
    petals = []
    for turn, long in ((-90, 15), (-132, 11), (-48, 11), (-168, 7), (-12, 7)):
        a = np.radians(turn)
        dx, dy = float(np.cos(a)), float(np.sin(a))
        petals.append(
            ribbon(
                head.at([(dx * 2, -52 + dy * 2), (dx * long / 2, -52 + dy * long / 2), (dx * long, -52 + dy * long)]),
                taper(head.px(4.6)),
            )
        )
    head.sheet.lay(head.sheet.mask(*petals), "#c01c33", 0.92)
    head.sheet.lay(head.sheet.mask(head.at(ellipse(0, -48, 2.4, 2.4))), "#e6b34c", 0.95)


def _back_hair(head: Head) -> None:
    right: list[Point] = [(0, -150), (66, -134), (104, -74), (106, 0), (100, 80), (116, 170), (126, 250), (112, 330)]
    mass = smooth([*right, *mirror(right[:0:-1], 0)], closed=True)
    mask = hair(head, mass, HAIR, top=-130, bottom=260)
    for sign in (1, -1):
        first: list[Point] = [(sign * 70, -40), (sign * 74, 80), (sign * 82, 200), (sign * 80, 330)]
        last: list[Point] = [(sign * 106, -40), (sign * 102, 80), (sign * 128, 200), (sign * 110, 330)]
        strands(head, first, last, 13, "#0b0609", "#7c5a62", mask)


def _front_hair(head: Head, skin: Field) -> None:
    sheet = head.sheet
    for sign in (1, -1):  # two high wings of hair
        wing = smooth(
            [
                (sign * x, y)
                for x, y in ((6, -124), (30, -190), (78, -222), (118, -204), (120, -164), (92, -132), (50, -118))
            ],
            closed=True,
        )
        mask = hair(head, wing, HAIR, top=-222, bottom=-110)
        strands(
            head,
            [(sign * x, y) for x, y in ((8, -124), (32, -186), (80, -220))],
            [(sign * x, y) for x, y in ((60, -118), (108, -140), (122, -176))],
            17,
            "#0b0609",
            "#8a6670",
            mask,
            0.5,
        )
        sheet.glow(
            sheet.mask(
                ribbon(head.at([(sign * 56, -202), (sign * 96, -200), (sign * 112, -176)]), taper(head.px(9))),
                blur=head.px(4),
            ),
            "#ff9a70",
            0.35,
            within=mask,
        )
    for sign in (1, -1):
        outer: list[Point] = [(0, -142), (50, -138), (92, -100), (105, -38), (103, 30), (92, 92)]
        inner: list[Point] = [(0, -92), (34, -96), (62, -74), (75, -34), (79, 22), (80, 90)]
        flip = [(sign * x, y) for x, y in outer], [(sign * x, y) for x, y in inner]
        fall = ribbon(head.at([(x - sign * 4, y + 5) for x, y in flip[1]]), lambda _: head.px(18))
        sheet.shade(sheet.mask(fall, blur=head.px(5)), FACE.shadow, 0.6, within=skin)
        side = hair(head, smooth(flip[0]) + smooth(flip[1])[::-1], HAIR, top=-140, bottom=70)
        strands(head, *flip, 17, "#0b0609", "#8a6670", side, 0.45)
        shine = head.at([(sign * 30, -126), (sign * 64, -102), (sign * 84, -66)])
        sheet.glow(sheet.mask(ribbon(shine, lambda _: head.px(13)), blur=head.px(7)), "#b0707a", 0.35, within=side)
        lock(
            head,
            [(sign * x, y) for x, y in ((92, -20), (94, 90), (86, 180), (97, 260), (90, 330))],
            15,
            HAIR,
            "#7c5a62",
        )


def _crown(head: Head) -> None:
    sheet = head.sheet
    for k, turn in enumerate(np.linspace(-160, -20, 9)):  # the phoenix's fan of tail feathers
        a = np.radians(turn)
        long = 92 + 18 * float(np.sin(-a)) - (6 if k % 2 else 0)
        dx, dy = float(np.cos(a)), float(np.sin(a))
        quill = head.at(
            [(dx * 18, -140 + dy * 18), (dx * long * 0.6, -140 + dy * long * 0.62), (dx * long, -140 + dy * long)]
        )
        sheet.lay(
            sheet.mask(ribbon(quill, lambda t: head.px(5 + 7 * t))),
            Linear(quill[0], quill[-1], ("#8f6022", "#e6b34c", "#fff0b4")),
        )
        x, y = quill[-1]
        bead(sheet, x, y, head.px(7.5), GOLD)
        bead(sheet, x, y, head.px(3.8), RUBY)
    base: list[Point] = [(-78, -122), (-40, -140), (0, -146), (40, -140), (78, -122)]
    sheet.lay(
        sheet.mask(ribbon(head.at(base), lambda _: head.px(15))),
        Linear(head.at([(-80, 0)])[0], head.at([(80, 0)])[0], ("#8f6022", "#e6b34c", "#fff0b4", "#e6b34c", "#8f6022")),
    )
    for shift in (-5.5, 5.5):
        sheet.strokes([head.at([(x, y + shift) for x, y in base])], "#7a4d1a", head.px(1.6), 0.8, ends=(1, 1))
    for x, y in head.at([(-56, -132), (-28, -143), (28, -143), (56, -132)]):
        bead(sheet, x, y, head.px(4.4), RUBY)
    body = smooth(
        [
            (0, -190),
            (9, -178),
            (7, -166),
            (20, -150),
            (14, -132),
            (0, -124),
            (-14, -132),
            (-20, -150),
            (-7, -166),
            (-9, -178),
        ],
        closed=True,
    )
    sheet.shape(head.at(body), Radial(head.at([(-5, -165)])[0], head.px(50), GOLD))
    x, y = head.at([(0, -146)])[0]
    bead(sheet, x, y, head.px(9), RUBY)
    drops = head.at([(-9, -120), (0, -117), (9, -120)])
    for (dx, dy), long in zip(drops, (14, 20, 14), strict=True):
        tassel(sheet, dx, dy, head.px(long), GOLD, "#e6b34c", 1)
    for sign in (1, -1):
        px, py = head.at([(sign * 98, -112)])[0]
        flower(sheet, px, py, head.px(19), ("#d63a48", "#7c0f24"), "#f0c860", sign * 0.4)
        for shift, long in ((-10, 96), (4, 118), (18, 92)):
            tassel(sheet, px + sign * shift, py + head.px(14), head.px(long), GOLD, "#e6b34c", 6)
        ex, ey = head.at([(sign * 84, 70)])[0]
        bead(sheet, ex, ey, 5, GOLD)
        bead(sheet, ex, ey + 13, 7, RUBY)
        tassel(sheet, ex, ey + 19, head.px(20), GOLD, "#e6b34c", 2)
