"""Moving pictures that compress as natural ones do, and a renderer that shows them in place of what it decoded.

Synthetic weights decode to noise, on which x264 takes several times as long as on any film. A shot whose seed is `SEED`
is rendered in full, decoding included; only what goes on to the encoder, from the device's memory, is this footage.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import torch

from renderer.ltx.pipeline import TwoStagePipeline

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from renderer.ltx.pipeline import Latents

SEED = 24
"""The seed of shots that are shown as footage: of a request, only this comes along as far as the decoder."""

SLOPE = 1.2
"""Amplitudes go with 1 / frequency to this power, the mean over photographs (Tolhurst, Tadmor, Chao 1992, "Amplitude
spectra of natural images")."""

GRAIN = 1.5
"""Standard deviation of the grain, in steps of 255."""

PAN = (0.9, 0.35)
"""Pixels a frame by which the camera moves."""

MARGIN = 96
"""Pixels by which the scenery is larger than the picture on each side, for the camera to move in."""

DISCS = (
    ((0.30, 0.45), (1.6, 0.5), 0.16, (182.0, 142.0, 118.0)),
    ((0.62, 0.55), (-0.8, 0.9), 0.21, (64.0, 82.0, 138.0)),
    ((0.80, 0.25), (-2.4, 0.2), 0.06, (232.0, 218.0, 176.0)),
)
"""What moves in front: centre as shares of width and height, pixels a frame, radius as a share of height, colour."""


@functools.lru_cache(maxsize=1)
@torch.no_grad()
def draw(frames: int, height: int, width: int, device: torch.device) -> torch.Tensor:
    """Return footage, uint8 sRGB `(frames, height, width, 3)` on `device`: scenery, discs before it, slight grain.

    The scenery's amplitudes fall with frequency as those of photographs do (see `SLOPE`). Equal each time on the same
    kind of device.
    """
    generator = torch.Generator(device=device).manual_seed(0)
    scenery = _scenery(height + 2 * MARGIN, width + 2 * MARGIN).to(device)
    y = torch.arange(height, device=device, dtype=torch.float32)[:, None]
    x = torch.arange(width, device=device, dtype=torch.float32)[None, :]
    footage = torch.empty(frames, height, width, 3, dtype=torch.uint8, device=device)
    for number in range(frames):
        picture = _window(scenery, number, height, width)
        for (left, top), (right_by, down_by), radius, colour in DISCS:
            away = ((x - left * width - right_by * number) ** 2 + (y - top * height - down_by * number) ** 2).sqrt()
            covered = (radius * height - away).clamp(0, 1)  # an edge one pixel wide
            shade = 1.1 - 0.4 * away / (radius * height)
            tint = torch.tensor(colour, device=device)[:, None, None]
            picture = picture * (1 - covered) + tint * shade * covered
        grain = torch.randn(3, height, width, device=device, generator=generator) * GRAIN
        footage[number] = (picture + grain).round_().clamp_(0, 255).permute(1, 2, 0).to(torch.uint8)
    return footage


def instead_of(chunks: Iterable[torch.Tensor], frames: int) -> Iterator[torch.Tensor]:
    """Yield footage in pieces as long as `chunks`, each once the piece of `chunks` was made; `frames` in all."""
    shown = 0
    for chunk in chunks:
        count, height, width, _ = chunk.shape
        yield draw(frames, height, width, chunk.device)[shown : shown + count]
        shown += count


@contextmanager
def shown() -> Generator[None]:
    """Have every `TwoStagePipeline` of this process show shots of the seed `SEED` as footage."""
    original = TwoStagePipeline.frames

    def frames(self: TwoStagePipeline, latents: Latents) -> Iterator[torch.Tensor]:
        decoded = original(self, latents)
        if latents.generator.initial_seed() == SEED:
            decoded = instead_of(decoded, 8 * latents.video.shape[2] - 7)
        return decoded

    with mock.patch.object(TwoStagePipeline, "frames", frames):
        yield


def _scenery(height: int, width: int) -> torch.Tensor:
    """Return a still texture, float32 `(3, height, width)` around mid grey; its colours go together in part."""
    noise = np.random.default_rng(0).standard_normal((4, height, width))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency = frequency.clip(1 / max(height, width))  # its zero is the mean, which is taken out below
    textures = np.fft.irfft2(np.fft.rfft2(noise) / frequency**SLOPE, s=(height, width))
    textures -= textures.mean(axis=(1, 2), keepdims=True)
    textures /= textures.std(axis=(1, 2), keepdims=True)
    return torch.tensor(116 + 42 * textures[0] + 14 * textures[1:], dtype=torch.float32)


def _window(scenery: torch.Tensor, number: int, height: int, width: int) -> torch.Tensor:
    """Return what the camera sees of `scenery` in frame `number`, between pixels by linear interpolation."""
    right, down = (MARGIN * (1 - 1 / (1 + by * number / MARGIN)) for by in PAN)  # slows down before the margin ends
    left, top = int(right), int(down)
    across, along = right - left, down - top
    corner = scenery[:, top : top + height + 1, left : left + width + 1]
    row = corner[:, :, :-1] * (1 - across) + corner[:, :, 1:] * across
    return row[:, :-1] * (1 - along) + row[:, 1:] * along
