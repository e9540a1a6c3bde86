# ruff: noqa: PLR0917  (x, y and sizes are read best in their usual order)
"""Robes: shoulders, folds and the crossed collar, closed to the wearer's right (交领右衽) as the living wear it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from art.brush import Linear, Point, ellipse, mirror, ribbon, smooth, taper

if TYPE_CHECKING:
    from art.brush import Field
    from art.face import Head

LAPEL: list[Point] = [(34, 84), (51, 98), (57, 118), (53, 150), (28, 208), (-18, 298), (-58, 396), (-92, 500)]
UNDER: list[Point] = [(-34, 84), (-51, 98), (-57, 118), (-53, 150), (-30, 206), (-7, 252)]
NECKLINE: list[Point] = [(52, 112), (48, 150), (22, 214), (0, 262)]


@dataclass(frozen=True, slots=True)
class Robe:
    """Colours of a robe: cloth from shoulder to hem, collar bands from the neck outwards with their trims."""

    cloth: tuple[str, ...]
    fold: str
    light: str
    inner: tuple[str, str]
    band: tuple[str, str]
    trim: str
    broad: float = 1.0


def draw_robe(head: Head, robe: Robe) -> Field:
    """Paint the robe up to the collar and return its mask."""
    sheet, b = head.sheet, robe.broad
    right: list[Point] = [
        (50, 118), (78 * b, 142), (122 * b, 160), (172 * b, 184),
        (206 * b, 228), (226 * b, 300), (240 * b, 390), (252 * b, 520),
    ]  # fmt: skip
    body = smooth([*right, *mirror(right[::-1], 0)]) + smooth([*mirror(NECKLINE, 0), *NECKLINE[::-1]])
    top, bottom = head.y + head.px(130), head.y + head.px(450)
    mask = sheet.shape(head.at(body), Linear((head.x, top), (head.x + 60, bottom), robe.cloth))
    for side in head.both([(208 * b, 214), (236 * b, 330), (250 * b, 520)]):  # the outer sleeve turns away
        sheet.shade(sheet.mask(ribbon(side, lambda _: head.px(70)), blur=head.px(22)), robe.fold, 0.75, within=mask)
    for side in head.both([(60, 146), (118 * b, 166), (176 * b, 196)]):
        sheet.glow(sheet.mask(ribbon(side, taper(head.px(26))), blur=head.px(9)), robe.light, 0.30, within=mask)
    folds: list[list[Point]] = [
        [(150 * b, 232), (140 * b, 320), (148 * b, 520)], [(120 * b, 190), (112 * b, 300), (98, 430), (96, 520)],
        [(176 * b, 220), (190 * b, 330), (186 * b, 520)], [(84, 210), (66, 330), (40, 520)],
    ]  # fmt: skip
    for line, wide, strength in zip(folds, (16, 12, 12, 9), (0.75, 0.5, 0.5, 0.35), strict=True):
        for side in head.both(line):
            swell = taper(head.px(wide), start=0.1, end=0.9)
            sheet.shade(sheet.mask(ribbon(side, swell), blur=head.px(4.5)), robe.fold, strength, within=mask)
            bright = [(x + head.px(10), y) for x, y in side]
            sheet.glow(sheet.mask(ribbon(bright, swell), blur=head.px(5)), robe.light, 0.10, within=mask)
    return mask


def draw_nape(head: Head, robe: Robe) -> None:
    """Paint the collar where it runs behind the neck; the neck is painted over it."""
    for dy, wide, colour in ((0, 34, robe.band[1]), (9, 16, robe.inner[1])):
        line: list[Point] = [(-44, 98 + dy), (-30, 90 + dy), (0, 86 + dy), (30, 90 + dy), (44, 98 + dy)]
        mask = head.sheet.shape(ribbon(head.at(line), lambda _, w=wide: head.px(w)), colour)
        head.sheet.shade(mask, robe.fold, 0.55)


def draw_collar(head: Head, robe: Robe, robe_mask: Field) -> None:
    """Paint the collar bands: the wearer's right side first, the left one over it."""
    sheet = head.sheet
    for path, towards in ((UNDER, 1), (LAPEL, -1)):
        shadow = ribbon(head.at([(x - towards * 10, y + 6) for x, y in path]), lambda _: head.px(38))
        sheet.shade(sheet.mask(shadow, blur=head.px(6)), robe.fold, 0.6, within=robe_mask)
        for shift, wide, paints in ((25, 13, robe.inner[::-1]), (17, 15, robe.inner), (0, 31, robe.band)):
            line = [(x + towards * shift, y) for x, y in path]
            outline = ribbon(head.at(line), lambda t, w=wide: head.px(w) * min(1, 0.62 + 2.4 * t))
            mask = sheet.shape(outline, Linear((0, head.y + head.px(110)), (0, head.y + head.px(440)), paints))
            edge = ribbon(head.at([(x + towards * wide * 0.5, y) for x, y in line]), lambda _: head.px(3))
            sheet.shade(sheet.mask(edge, blur=1.2), "#8d8078", 0.5, within=mask)
        for shift in (-12.0, 12.0):
            sheet.lay(
                sheet.mask(ribbon(head.at([(x + shift, y) for x, y in path]), lambda _: head.px(1.7))), robe.trim, 0.9
            )
        _motifs(head, path, robe.trim)


def _motifs(head: Head, path: list[Point], colour: str) -> None:
    """Embroider a running pattern of lozenges and dots along a band."""
    spine = np.array(smooth(path, steps=60))
    reach = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(spine, axis=0).T))])
    marks: list[list[Point]] = []
    for k, at in enumerate(np.arange(14, reach[-1], 13)):
        x, y = (float(np.interp(at, reach, spine[:, i])) for i in (0, 1))
        if k % 2:
            marks.append(ellipse(x, y, 1.6, 1.6))
        else:
            marks.extend(([(x, y - 6.5), (x + 4.6, y), (x, y + 6.5), (x - 4.6, y)],))
    head.sheet.lay(head.sheet.mask(*(head.at(mark) for mark in marks)), colour, 0.85)


def roundel(head: Head, x: float, y: float, r: float, colour: str, within: Field, opacity: float = 0.8) -> None:
    """Embroider a round badge of rings, clouds and a pearl on the cloth."""
    sheet = head.sheet
    rings = [
        ribbon([*(p := ellipse(x, y, k * r, k * r)), p[0]], lambda _, w=w: w)
        for k, w in ((1.0, 2.6), (0.9, 1.2), (0.26, 1.6))
    ]
    curls: list[list[Point]] = []
    for turn in np.arange(0, 2 * np.pi, np.pi / 3):
        t = np.linspace(0, 1.7 * np.pi, 22)
        radius = r * 0.19 * (1 - t / (2.4 * np.pi))
        cx, cy = x + r * 0.58 * np.cos(turn), y + r * 0.58 * np.sin(turn)
        spiral = [
            (float(cx + q * np.cos(a + turn)), float(cy + q * np.sin(a + turn))) for a, q in zip(t, radius, strict=True)
        ]
        curls.append(ribbon(spiral, lambda _: 2.2))
    sheet.lay(
        sheet.mask(*(head.at(o) for o in (*rings, *curls, ellipse(x, y, r * 0.12, r * 0.12)))),
        colour,
        opacity,
        within=within,
    )
