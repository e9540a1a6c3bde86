# ruff: noqa: PLR0917  (x, y and sizes are read best in their usual order)
"""Hair strands, flowers, pins, beads and lamps: small things that several pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from art.brush import Linear, Point, Radial, Sheet, between, ellipse, ribbon, smooth, taper

if TYPE_CHECKING:
    from art.brush import Field
    from art.face import Head


def hair(head: Head, outline: list[Point], colours: tuple[str, ...], *, top: float, bottom: float) -> Field:
    """Paint a mass of hair (its outline in head units) with a gradient from `top` to `bottom`; return its mask."""
    paint = Linear((0, head.y + head.px(top)), (0, head.y + head.px(bottom)), colours)
    return head.sheet.shape(head.at(outline), paint)


def strands(
    head: Head,
    first: list[Point],
    last: list[Point],
    count: int,
    dark: str,
    light: str,
    within: Field,
    sheen: float = 0.35,
) -> None:
    """Comb a mass of hair: dark and light strokes that go over from `first` to `last`."""
    sheet = head.sheet
    lines = [head.at(line) for line in between(first, last, count)]
    sheet.strokes(lines[::2], dark, head.px(2.2), 0.55, blur=0.7, within=within)
    sheet.strokes(lines[1::3], light, head.px(2.0), sheen, blur=0.9, within=within)


def lock(head: Head, line: list[Point], width: float, colours: tuple[str, ...], light: str) -> None:
    """Paint a loose lock along `line`, thin at its end."""
    sheet = head.sheet
    swell = taper(head.px(width), start=0.0, end=0.0)
    top, bottom = line[0][1], line[-1][1]
    paint = Linear((0, head.y + head.px(top)), (0, head.y + head.px(bottom)), colours)
    mask = sheet.shape(ribbon(head.at(line), swell), paint)
    for shift in (-0.18, 0.12):
        shifted = [(x + shift * width, y) for x, y in line]
        sheet.strokes([head.at(shifted)], light, head.px(1.6), 0.35, blur=0.6, within=mask)


def flower(sheet: Sheet, x: float, y: float, r: float, petal: tuple[str, str], heart: str, turn: float = 0.0) -> None:
    """Paint a five-petalled blossom of radius `r` pixels."""
    for k in range(5):
        angle = turn + k * 2 * np.pi / 5
        px, py = x + float(np.cos(angle)) * r * 0.56, y + float(np.sin(angle)) * r * 0.56
        mask = sheet.shape(ellipse(px, py, r * 0.5, r * 0.5), Radial((x, y), r * 1.1, (petal[1], petal[0], petal[0])))
        rim = ellipse(px, py, r * 0.5, r * 0.5)
        sheet.shade(sheet.mask(ribbon([*rim, rim[0]], lambda _: 1.4), blur=0.8), petal[1], 0.5, within=mask)
    sheet.shape(ellipse(x, y, r * 0.2, r * 0.2), heart)
    dots = [
        ellipse(x + r * 0.36 * float(np.cos(a)), y + r * 0.36 * float(np.sin(a)), r * 0.06, r * 0.06)
        for a in np.arange(0, 2 * np.pi, np.pi / 5)
    ]
    sheet.lay(sheet.mask(*dots), heart, 0.9)


def bead(sheet: Sheet, x: float, y: float, r: float, colours: tuple[str, str, str]) -> None:
    """Paint a polished bead lit from the upper left."""
    sheet.shape(ellipse(x, y, r, r), Radial((x - r * 0.35, y - r * 0.4), r * 1.6, colours))
    sheet.glow(sheet.mask(ellipse(x - r * 0.32, y - r * 0.38, r * 0.28, r * 0.22), blur=0.5), "#ffffff", 0.85)


def tassel(
    sheet: Sheet, x: float, y: float, long: float, colours: tuple[str, str, str], metal: str, beads: int = 4
) -> None:
    """Hang a string of `beads` with a drop from (`x`, `y`), `long` pixels down."""
    sheet.strokes([[(x, y), (x + 0.4, y + long / 2), (x, y + long)]], metal, 1.8, ends=(1, 1))
    for k in range(beads):
        bead(sheet, x, y + long * (k + 0.6) / (beads + 1), 3.4 + 0.5 * (k % 2), colours)
    drop = smooth(
        [(x, y + long - 6), (x, y + long - 6), (x + 5, y + long + 5), (x, y + long + 11), (x - 5, y + long + 5)],
        closed=True,
    )
    sheet.shape(drop, Radial((x - 2, y + long + 1), 13, colours))


def lantern(sheet: Sheet, x: float, y: float, r: float, *, bright: float = 1.0) -> None:
    """Hang a lit red lantern around (`x`, `y`)."""
    sheet.glow(sheet.mask(ellipse(x, y, r * 2.6, r * 2.6), blur=r * 0.9), "#ff7a35", 0.30 * bright)
    sheet.strokes([[(x, y - r * 3), (x, y - r * 1.5), (x, y - r * 0.8)]], "#3b1712", 3, ends=(1, 1))
    body = sheet.shape(
        ellipse(x, y, r, r * 0.86), Radial((x, y + r * 0.1), r * 1.05, ("#ffe3a0", "#ff9a4a", "#d8371f", "#8d1717"))
    )
    for k in (0.28, 0.62, 0.9):
        rib = ellipse(x, y, r * k, r * 0.86)
        sheet.shade(sheet.mask(ribbon([*rib, rib[0]], lambda _: 1.8), blur=0.6), "#a02a1a", 0.5, within=body)
    for dy in (-0.84, 0.84):
        cap = [(x - r * 0.36, y + r * (dy - 0.07)), (x + r * 0.36, y + r * (dy - 0.07)),
               (x + r * 0.36, y + r * (dy + 0.07)), (x - r * 0.36, y + r * (dy + 0.07))]  # fmt: skip
        sheet.shape(cap, Linear((x - r * 0.4, 0), (x + r * 0.4, 0), ("#6b4a1c", "#e2b458", "#6b4a1c")))
    fringe = [
        [(x + dx, y + r * 0.92), (x + dx * 1.15, y + r * 1.35), (x + dx * 1.1, y + r * 1.8)]
        for dx in np.linspace(-r * 0.16, r * 0.16, 7)
    ]
    sheet.strokes(fringe, "#d94a2b", 2.2, 0.9, ends=(1.0, 0.6))
