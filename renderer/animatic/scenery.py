"""The scene card: what an animatic shows of a shot that has no reference, drawn from the words of its setting.

A landscape in layers that grow darker towards the eye, as in ink painting, with mist at each layer's foot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageFilter

from renderer.animatic import silhouettes
from renderer.animatic.setting import Place, Setting, Time, Weather
from renderer.animatic.still import Still

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from renderer.animatic.silhouettes import Drawer

    Colour = tuple[int, int, int]
    Canvas = NDArray[np.floating[Any]]

_ROOM = 1.2  # drawn this much larger than the frame, for the camera to close in on
_HORIZON = 0.62


@dataclass(frozen=True, slots=True)
class _Palette:
    zenith: Colour
    horizon: Colour
    near: Colour
    light: Colour
    light_at: tuple[float, float]
    glow: float


_PALETTES: dict[Time, _Palette] = {
    Time.NIGHT: _Palette((9, 13, 34), (58, 72, 118), (9, 11, 24), (238, 234, 214), (0.72, 0.2), 0.5),
    Time.DAWN: _Palette((104, 132, 176), (252, 214, 184), (58, 54, 76), (255, 240, 212), (0.3, 0.46), 0.8),
    Time.DUSK: _Palette((56, 50, 102), (244, 150, 98), (38, 26, 44), (255, 214, 150), (0.66, 0.5), 0.9),
    Time.DAY: _Palette((98, 158, 208), (228, 236, 234), (58, 78, 82), (255, 252, 238), (0.76, 0.16), 0.6),
}
_OVERCAST: dict[Weather, Colour] = {
    Weather.RAIN: (112, 120, 130),
    Weather.SNOW: (206, 212, 220),
    Weather.FOG: (196, 200, 202),
}


@dataclass(frozen=True, slots=True)
class _Layer:
    """A silhouette on the ground at `base`; `depth` 0 is as pale as the horizon, 1 nearest; `mist` is at its foot."""

    drawer: Drawer
    base: float
    depth: float
    mist: float = 0.25


_LAYERS: dict[Place, tuple[_Layer, ...]] = {
    Place.PALACE: (_Layer(silhouettes.palace, 0.72, 0.82),),
    Place.CITY: (_Layer(silhouettes.skyline, 0.7, 0.62), _Layer(silhouettes.skyline, 0.82, 0.88)),
    Place.FOREST: (_Layer(silhouettes.trees, 0.7, 0.66, mist=0.4), _Layer(silhouettes.trees, 0.8, 0.92)),
    Place.GARDEN: (_Layer(silhouettes.pavilion, 0.72, 0.84),),
    Place.WATER: (_Layer(silhouettes.boat, 0.72, 0.95),),
}
_OPEN_GROUND = (_Layer(silhouettes.ridge(0.07, 0.4), 0.8, 0.85),)
_CANDLE = (255, 176, 92)
_BLOSSOM = (246, 190, 200)


def draw_scene(setting: Setting, size: tuple[int, int], seed: int) -> Still:
    """Return a scene card for a frame of `size` (width, height); the same for the same seed."""
    rng = np.random.default_rng(seed)
    width, height = (max(16, round(length * _ROOM)) for length in size)
    palette = _veiled(_PALETTES[setting.time], setting)
    canvas = _sky((width, height), palette, setting, rng)
    if setting.place is Place.INTERIOR:
        canvas = _interior(canvas, palette, setting, rng)
    else:
        canvas = _landscape(canvas, palette, setting, rng)
    canvas = _weather(canvas, setting.weather, rng)
    canvas = _finish(canvas, rng)
    return Still(Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8)), ((0.5, 0.46),))


def _sky(size: tuple[int, int], palette: _Palette, setting: Setting, rng: np.random.Generator) -> Canvas:
    width, height = size
    down = np.clip(np.linspace(0, 1 / _HORIZON, height, dtype=np.float32), 0, 1)[:, None, None] ** 1.2
    zenith, horizon = np.array(palette.zenith, np.float32), np.array(palette.horizon, np.float32)
    canvas: Canvas = np.repeat(zenith + (horizon - zenith) * down, width, axis=1)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    centre = (palette.light_at[0] * width, palette.light_at[1] * height)
    away = np.hypot(x - centre[0], y - centre[1]) / height
    if setting.weather is Weather.CLEAR:
        if setting.time is Time.NIGHT:
            _stars(canvas, rng)
        halo = palette.glow * (0.55 * np.exp(-((away / 0.16) ** 2)) + 0.45 * np.exp(-away / 0.3))
        disc = np.clip((0.05 - away) * height / 2, 0, 1)
        canvas += (np.array(palette.light, np.float32) - canvas) * np.maximum(halo, disc)[..., None]
        for _ in range(5):
            _cloud(canvas, palette, rng)
    return canvas


def _veiled(palette: _Palette, setting: Setting) -> _Palette:
    """Return `palette` with the sky that rain, snow or fog has, and all colours drawn towards it."""
    if setting.weather not in _OVERCAST:
        return palette
    light = 0.32 if setting.time is Time.NIGHT else 1.0
    veil = [level * light for level in _OVERCAST[setting.weather]]

    def towards(colour: Colour, share: float) -> Colour:
        red, green, blue = (round(own + (grey - own) * share) for own, grey in zip(colour, veil, strict=True))
        return red, green, blue

    return replace(
        palette,
        zenith=towards(palette.zenith, 0.55),
        horizon=towards(palette.horizon, 0.55),
        near=towards(palette.near, 0.15),
    )


def _stars(canvas: Canvas, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    rows = (rng.random(260) ** 1.4 * _HORIZON * height).astype(int)
    columns = rng.integers(0, width, 260)
    canvas[rows, columns] += rng.uniform(30, 170, (260, 1)).astype(np.float32)


def _cloud(canvas: Canvas, palette: _Palette, rng: np.random.Generator) -> None:
    """Lay one long soft cloud into the sky: flat stripes of noise, shaped by an ellipse."""
    height, width = canvas.shape[:2]
    small = (max(2, width // 8), max(2, height // 8))
    y, x = np.mgrid[0 : small[1], 0 : small[0]].astype(np.float32)
    across, at = rng.uniform(0.12, 0.3), (rng.uniform(0, 1), rng.uniform(0.08, 0.5))
    shape = np.exp(-(((x / small[0] - at[0]) / across) ** 2) - ((y / small[1] - at[1]) / 0.022) ** 2)
    cover = Image.fromarray((shape * rng.uniform(60, 130)).astype(np.uint8)).resize((width, height))
    light = 0.5 * np.array(palette.light, np.float32) + 0.5 * np.array(palette.horizon, np.float32)
    canvas += (light - canvas) * (np.asarray(cover, np.float32) / 255)[..., None]


def _landscape(canvas: Canvas, palette: _Palette, setting: Setting, rng: np.random.Generator) -> Canvas:
    lamps = setting.time in {Time.NIGHT, Time.DUSK}
    steep = 0.7 if setting.place in {Place.OPEN, Place.WATER, Place.FOREST} else 0.45
    for depth, rise in ((0.18, 0.34), (0.36, 0.24), (0.56, 0.15)):
        hills = _Layer(silhouettes.ridge(rise * steep, 0.52), _HORIZON + 0.12 * depth, depth, mist=0.75)
        _lay(canvas, hills, palette, rng)
    if setting.place is Place.WATER:
        canvas = _mirrored(canvas, palette, rng)
    for layer in _LAYERS.get(setting.place, _OPEN_GROUND):
        _lay(canvas, layer, palette, rng, lamps=lamps)
    if setting.place is Place.GARDEN:
        # The blossoms sit on the bough because both are drawn from equal generators.
        twin = int(rng.integers(2**32))
        _lay(canvas, _Layer(silhouettes.branch, 0.0, 0.95), palette, np.random.default_rng(twin))
        _tint(canvas, silhouettes.blossoms, _BLOSSOM, setting, np.random.default_rng(twin))
    return canvas


def _lay(canvas: Canvas, layer: _Layer, palette: _Palette, rng: np.random.Generator, *, lamps: bool = False) -> None:
    """Lay a silhouette on; with `lamps` its windows are lit."""
    cover = _cover(canvas, layer.drawer, layer.base, rng)
    horizon, near = np.array(palette.horizon, np.float32), np.array(palette.near, np.float32)
    ink = horizon + (near - horizon) * layer.depth
    down = np.clip((np.linspace(0, 1, len(canvas), dtype=np.float32) - layer.base + 0.2) / 0.45, 0, 1)[:, None, None]
    body = ink + (horizon - ink) * layer.mist * (1 - layer.depth) * down
    if lamps:
        window = np.abs(cover - silhouettes.PANE / 255) < 0.01  # noqa: PLR2004 - a pane, not the smooth edge of a wall
        body = np.where(window, body + (np.array(_CANDLE, np.float32) - body) * 0.9, body)
        cover = np.where(window, 1, cover)
    canvas += (body - canvas) * cover


def _cover(canvas: Canvas, drawer: Drawer, base: float, rng: np.random.Generator) -> Canvas:
    """Return `drawer`'s mask for `canvas`: `(height, width, 1)`, 0–1."""
    drawn = silhouettes.mask((canvas.shape[1], canvas.shape[0]), drawer, base, rng)
    return np.asarray(drawn, np.float32)[..., None] / 255


def _tint(canvas: Canvas, drawer: Drawer, ink: Colour, setting: Setting, rng: np.random.Generator) -> None:
    cover = _cover(canvas, drawer, 0.0, rng)
    shade = 0.5 if setting.time is Time.NIGHT else 0.95
    canvas += (np.array(ink, np.float32) * shade - canvas) * cover


def _mirrored(canvas: Canvas, palette: _Palette, rng: np.random.Generator) -> Canvas:
    """Return `canvas` with water below the horizon: the sky upside down, rippled and darker towards the eye."""
    height, width = canvas.shape[:2]
    shore = round((_HORIZON + 0.05) * height)
    rows: NDArray[np.intp] = np.arange(shore, height, dtype=np.intp)
    depth = (rows - shore) / max(1, height - shore)
    ripple = (np.sin(rows * 0.9 + rng.uniform(0, 7)) * (1 + 5 * depth)).astype(int)
    source = np.clip(shore - 1 - ((rows - shore) * 1.25).astype(int), 0, height - 1)
    across: NDArray[np.intp] = np.arange(width, dtype=np.intp)
    columns = np.clip(across[None, :] + ripple[:, None], 0, width - 1)
    dark = np.array(palette.near, np.float32)
    share = (0.25 + 0.45 * depth).astype(np.float32)[:, None, None]
    reflected = canvas[source[:, None], columns]
    canvas[rows] = reflected + (dark - reflected) * share
    return canvas


def _interior(canvas: Canvas, palette: _Palette, setting: Setting, rng: np.random.Generator) -> Canvas:
    """Return a room: the sky of `canvas` in a round lattice window, candle light on wall and floor."""
    height, width = canvas.shape[:2]
    candle = np.array(_CANDLE, np.float32)
    dim = setting.time in {Time.NIGHT, Time.DUSK}
    wall = np.array((58, 40, 34) if dim else (150, 126, 104), np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    room = np.broadcast_to(wall, canvas.shape).copy()
    floor = np.clip((y / height - 0.78) * 60, 0, 1)[..., None]
    room += (wall * 0.62 - room) * floor
    for column in (0.1, 0.2, 0.8, 0.9):
        edge = np.clip(1.2 - np.abs(x / width - column) * 90, 0, 1)[..., None] * (1 - floor)
        room += (wall * 0.45 - room) * edge
    cover = _cover(canvas, silhouettes.lattice, 0.78, rng)
    soft = np.array(palette.light, np.float32) * 0.25
    canvas = canvas + soft + (room - canvas - soft) * cover
    for at in ((0.16, 0.6), (0.84, 0.6)):
        away = np.hypot(x / width - at[0], (y / height - at[1]) * 0.6)
        canvas += candle * ((0.55 if dim else 0.18) * np.exp(-((away / 0.16) ** 2)))[..., None]
        flame = np.exp(-(((x / width - at[0]) / 0.0045) ** 2) - ((y / height - at[1]) / 0.02) ** 2)
        canvas += (np.array((255, 240, 200), np.float32) - canvas) * flame[..., None]
    away = np.hypot(x / width - 0.5, (y / height - 0.44) * 0.6)
    return canvas * (1 - 0.45 * np.clip(away - 0.2, 0, 1))[..., None]


def _weather(canvas: Canvas, weather: Weather, rng: np.random.Generator) -> Canvas:
    height, width = canvas.shape[:2]
    if weather is Weather.RAIN:
        drops = rng.random((height, width), np.float32) > 0.9972  # noqa: PLR2004 - some three drops in a thousand pixels
        streaks = np.zeros((height, width), np.float32)
        for step in range(max(4, height // 34)):
            streaks += np.roll(drops, (step, -(step // 4)), (0, 1))
        return canvas + np.minimum(streaks, 1.5)[..., None] * 24
    if weather is Weather.SNOW:
        flakes = Image.fromarray((rng.random((height, width), np.float32) > 0.9986).astype(np.uint8) * 255)  # noqa: PLR2004
        soft = np.asarray(flakes.filter(ImageFilter.GaussianBlur(max(1.0, height / 520))), np.float32)
        return canvas + (250 - canvas) * np.clip(soft / 40, 0, 1)[..., None]
    if weather is Weather.FOG:
        bands = np.exp(-(((np.linspace(0, 1, height, dtype=np.float32) - 0.68) / 0.16) ** 2))[:, None, None]
        return canvas + (np.array(_OVERCAST[weather], np.float32) - canvas) * 0.6 * bands
    return canvas


def _finish(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Return `canvas` with fine grain, which keeps gradients from banding."""
    grain = rng.standard_normal(canvas.shape[:2], np.float32)[..., None]
    return canvas + grain * 1.6
