"""A calm face, seen from the front: skin, eyes, brows, nose and lips, with the differences of the three people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from art.brush import Linear, Point, Radial, Sheet, ellipse, mirror, ribbon, smooth, taper

if TYPE_CHECKING:
    from art.brush import Field


@dataclass(frozen=True, slots=True)
class Face:
    """How a face differs from the next; lengths in head units (the eye line is y = 0, the chin lies at about 108)."""

    skin: tuple[str, str, str] = ("#fdeade", "#f8d9c8", "#edbfab")  # light, middle, shade
    shadow: str = "#d98f80"
    jaw: float = 0.0  # how much broader the jaw is
    iris: tuple[str, str] = ("#2b1a17", "#7a4a36")
    lid: str = "#3a2320"
    eyeshadow: str = "#d78b83"
    eyeshadow_strength: float = 0.35
    eye_height: float = 1.0
    slant: float = 3.0  # how much higher the outer corner is
    brow: str = "#4b342e"
    brow_width: float = 4.6
    brow_arch: float = 3.0
    lips: tuple[str, str] = ("#c9525a", "#e08a86")
    lip_width: float = 18.5
    blush: float = 0.30
    masculine: bool = False


class Head:
    """Places head units on the sheet: (0, 0) between the eyes, one unit is `scale` pixels."""

    def __init__(self, sheet: Sheet, x: float, y: float, scale: float) -> None:
        self.sheet, self.x, self.y, self.scale = sheet, x, y, scale

    def at(self, points: list[Point]) -> list[Point]:
        """Return head units as sheet pixels."""
        return [(self.x + px * self.scale, self.y + py * self.scale) for px, py in points]

    def both(self, points: list[Point]) -> tuple[list[Point], list[Point]]:
        """Return `points` (given for the right side of the picture) and their mirror image, in sheet pixels."""
        right = self.at(points)
        return right, mirror(right, self.x)

    def px(self, units: float) -> float:
        """Return a length in pixels."""
        return units * self.scale


def outline(face: Face) -> list[Point]:
    """Return the face's outline in head units, from hairline to chin."""
    j = face.jaw
    right: list[Point] = [
        (0, -122), (42, -114), (70, -82), (79, -40), (79, 0), (76 + j / 3, 34),
        (63 + j, 68), (40 + j, 94), (17 + j * 0.7, 107 + j * 0.3),
    ]  # fmt: skip
    return smooth([*right, (0, 110 + j * 0.4), *mirror(right[:0:-1], 0)], closed=True)


def draw_neck(head: Head, face: Face) -> None:
    """Paint neck and the top of the chest; the robe covers the rest."""
    sheet, wide = head.sheet, 6 if face.masculine else 0
    right: list[Point] = [(31 + wide, 60), (30 + wide, 112), (36 + wide, 134), (52 + wide, 156), (58, 190)]
    neck = smooth([*right, (40, 300), (-40, 300), *mirror(right[::-1], 0)])
    mask = sheet.shape(head.at(neck), Linear((head.x, head.y), (head.x, head.y + head.px(260)), face.skin[:2]))
    chin = [(x, y + 15) for x, y in outline(face)]
    sheet.shade(sheet.mask(head.at(chin), blur=head.px(7)), face.shadow, 0.62, within=mask)
    for side in head.both([(12, 168), (40, 160), (84, 163)]):  # collar bones
        sheet.shade(sheet.mask(ribbon(side, taper(head.px(5))), blur=head.px(2)), face.shadow, 0.45, within=mask)
    for side in head.both([(25, 112), (18, 140), (9, 162)]):
        sheet.shade(sheet.mask(ribbon(side, taper(head.px(7))), blur=head.px(3)), face.shadow, 0.28, within=mask)


def draw_face(head: Head, face: Face) -> Field:
    """Paint the face and return its mask."""
    sheet, s = head.sheet, head.scale
    light, middle, shade = face.skin
    skin = sheet.shape(
        head.at(outline(face)), Radial((head.x - 14 * s, head.y + 4 * s), 128 * s, (light, light, middle, shade))
    )
    for side in head.both([(88, -60), (84, 20), (60, 86)]):  # the cheeks turn away from the light
        sheet.shade(sheet.mask(ribbon(side, taper(head.px(26))), blur=head.px(9)), face.shadow, 0.30, within=skin)
    sheet.shade(sheet.mask(head.at(ellipse(0, -118, 92, 34)), blur=head.px(10)), face.shadow, 0.42, within=skin)
    for side in head.both(ellipse(47, 36, 23, 15)):
        sheet.shade(sheet.mask(side, blur=head.px(10)), "#f07a78", face.blush, within=skin)
    _nose(head, face, skin)
    _mouth(head, face, skin)
    for sign in (1, -1):
        _eye(head, face, sign, skin)
    _brows(head, face)
    return skin


def _nose(head: Head, face: Face, skin: Field) -> None:
    sheet, strong = head.sheet, 1.35 if face.masculine else 1.0
    bridge = head.at([(9, -22), (7, 6), (10, 32), (13, 44)])
    sheet.shade(
        sheet.mask(ribbon(bridge, taper(head.px(8))), blur=head.px(3.5)), face.shadow, 0.26 * strong, within=skin
    )
    tip = head.at(ellipse(0, 47, 13, 5))
    sheet.shade(sheet.mask(tip, blur=head.px(3)), face.shadow, 0.34 * strong, within=skin)
    sheet.glow(sheet.mask(head.at(ellipse(-2, 37, 4, 7)), blur=head.px(3)), "#ffffff", 0.42, within=skin)
    sheet.glow(sheet.mask(head.at(ellipse(-2, 10, 3, 20)), blur=head.px(3)), "#ffffff", 0.22, within=skin)
    for side in head.both([(3.5, 48.5), (7, 46.8), (10.5, 48.2)]):
        sheet.strokes([side], face.shadow, head.px(2.4), 0.75, blur=0.5)


def _mouth(head: Head, face: Face, skin: Field) -> None:
    sheet, w = head.sheet, face.lip_width
    deep, soft = face.lips
    top: list[Point] = [
        (-w, 71.5),
        (-w * 0.5, 67.2),
        (-w * 0.2, 65),
        (0, 66.8),
        (w * 0.2, 65),
        (w * 0.5, 67.2),
        (w, 71.5),
    ]
    line: list[Point] = [(-w, 71.5), (-w * 0.45, 72.8), (0, 73.2), (w * 0.45, 72.8), (w, 71.5)]
    low: list[Point] = [(-w, 71.5), (-w * 0.62, 78.5), (0, 82.5), (w * 0.62, 78.5), (w, 71.5)]
    upper = head.at(smooth(top)) + head.at(smooth(line))[::-1]
    lower = head.at(smooth(line)) + head.at(smooth(low))[::-1]
    sheet.shade(sheet.mask(head.at(ellipse(0, 88, 12, 4)), blur=head.px(3)), face.shadow, 0.40, within=skin)
    y = head.y
    sheet.shape(upper, Linear((0, y + head.px(64)), (0, y + head.px(74)), (soft, deep)), 0.95, blur=0.6)
    mask = sheet.shape(lower, Linear((0, y + head.px(72)), (0, y + head.px(84)), (deep, soft)), 0.92, blur=0.6)
    sheet.glow(sheet.mask(head.at(ellipse(-1, 77.5, 5.5, 1.7)), blur=head.px(1.2)), "#ffffff", 0.5, within=mask)
    curl = [(-w - 2, 70.6), *line[1:-1], (w + 2, 70.6)]
    sheet.strokes([head.at(curl)], "#7c2b30", head.px(1.9), 0.85)


def _eye(head: Head, face: Face, sign: int, skin: Field) -> None:
    sheet, h, tilt = head.sheet, face.eye_height, face.slant

    def place(points: list[Point]) -> list[Point]:
        return head.at([(sign * (36.5 + x * 1.1), y * 1.06) for x, y in points])

    inner, outer = (-19.5, 5.0), (21.0, 1.0 - tilt)
    lid: list[Point] = [inner, (-12, -4.0 * h), (-1, -9.6 * h), (11, -8.4 * h - tilt * 0.3), outer]
    low: list[Point] = [inner, (-9, 6.8 * h), (3, 8.2 * h), (13, 5.2 * h - tilt * 0.4), outer]
    socket = place(ellipse(2, -13, 24, 8))
    sheet.shade(sheet.mask(socket, blur=head.px(5)), face.shadow, 0.30, within=skin)
    wash = place(
        smooth([inner, (-8, -15), (10, -17 - tilt * 0.4), (30, -8 - tilt * 1.3), (25, 2 - tilt), (8, -4)], closed=True)
    )
    sheet.shade(sheet.mask(wash, blur=head.px(4)), face.eyeshadow, face.eyeshadow_strength, within=skin)
    under = place([(-12, 10.5), (3, 13), (19, 6)])
    sheet.shade(sheet.mask(ribbon(under, taper(head.px(5))), blur=head.px(2.5)), face.eyeshadow, 0.28, within=skin)

    opening = sheet.mask(place(smooth(lid)) + place(smooth(low))[::-1])
    top = head.y - head.px(11)
    sheet.lay(opening, Linear((0, top), (0, top + head.px(20)), ("#cdb4ae", "#f7efea", "#fbf5f1")))
    iris = sheet.mask(place(ellipse(0.5, -0.8, 10.2, 11.6)))
    sheet.lay(
        iris, Linear((0, top), (0, top + head.px(21)), (face.iris[0], face.iris[0], face.iris[1])), within=opening
    )
    rim = iris - sheet.mask(place(ellipse(0.5, -0.8, 8.9, 10.2)))
    sheet.lay(rim.clip(0, 1), "#170d0c", 0.55, within=opening)
    sheet.lay(sheet.mask(place(ellipse(0.5, -0.8, 4.4, 5.0))), "#0c0606", 0.95, within=opening)
    sheet.glow(sheet.mask(place(ellipse(0.5, 5.5, 5.5, 3)), blur=head.px(1.4)), face.iris[1], 0.9, within=opening)
    for dx, dy, r, a in ((-3.4, -5.2, 3.1, 0.95), (3.6, 2.6, 1.5, 0.7)):  # the light stands left in both eyes
        spot = head.at(ellipse(sign * 36.5 + dx, dy, r, r * 1.1))
        sheet.glow(sheet.mask(spot, blur=0.5), "#ffffff", a, within=opening)
    sheet.shade(sheet.mask(ribbon(place(lid), taper(head.px(9))), blur=head.px(2)), "#6b4a46", 0.55, within=opening)

    wing = 4.5 if not face.masculine else 1.5
    lash = [inner, *lid[1:-1], outer, (outer[0] + wing, outer[1] - wing * 0.75)]
    swell = taper(head.px(4.6 if not face.masculine else 3.6), start=0.15, end=0.0)
    sheet.lay(sheet.mask(ribbon(place(lash), lambda t: swell(t) * (0.55 + 0.75 * t))), face.lid)
    crease = [(x * 1.04 + 0.5, y - 5.6 + abs(x) * 0.05) for x, y in lid[1:]]
    sheet.strokes([place(crease)], face.shadow, head.px(1.8), 0.85)
    sheet.strokes([place(low[2:])], face.lid, head.px(1.7), 0.6, ends=(0.0, 0.6))
    sheet.strokes([place([(-20.5, 5), inner, (-14, 5.8)])], "#d98f8a", head.px(2.2), 0.7)
    if not face.masculine:
        for k in range(3):  # the outer lashes, fine and short
            x, y = 10 + k * 4.6, -8.6 * h + k * 2.4 - tilt * 0.25 * k
            hair = place([(x, y), (x + 2.6, y - 2.0), (x + 5.6 + k * 0.5, y - 4.6)])
            sheet.strokes([hair], face.lid, head.px(1.3), 0.8, ends=(0.9, 0.0))


def _brows(head: Head, face: Face) -> None:
    sheet, a, t = head.sheet, face.brow_arch, face.slant
    m = 4.5 if face.masculine else 0.0  # a man's brows rise like swords
    line: list[Point] = [
        (15, -26),
        (28, -28.5 - a * 0.5),
        (43, -29 - a - t * 0.3),
        (57, -25.5 - a * 0.8 - t * 0.5 - m),
        (68, -19 - t - m),
    ]
    swell = taper(head.px(face.brow_width), start=0.55, end=0.0)
    masks = [ribbon(side, lambda u: swell(u) * (1.12 - 0.5 * u)) for side in head.both(line)]
    sheet.lay(sheet.mask(*masks, blur=0.9), face.brow, 0.86)
