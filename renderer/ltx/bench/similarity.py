"""How alike two renderings are: latents by their numbers, frames as they look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from renderer.ltx.pipeline import Latents

FRAMES = 16
"""Frames compared at a time."""

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709-6, item 3.2


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far one rendering lies from another.

    Attributes:
        equal: whether all latents are equal, bit for bit.
        cosine: of the video latents.
        relative: norm of the difference by norm, of the video latents.
        largest: difference between two numbers of the video latents.
        audio_relative: as `relative`, of the audio latents.
        psnr: of the frames, both decoded in the same way, dB; None where frames are equal.
        ssim: of the frames' luma, 1 where they are equal.
    """

    equal: bool
    cosine: float
    relative: float
    largest: float
    audio_relative: float
    psnr: float | None
    ssim: float


def agreement(
    ours: Latents, theirs: Latents, our_frames: torch.Tensor, their_frames: torch.Tensor, device: torch.device
) -> Agreement:
    """Compare latents on the host, and on `device` the frames that they decode to, uint8 `(n, height, width, 3)`."""
    mine, its = ours.video.double().flatten(), theirs.video.double().flatten()
    return Agreement(
        equal=torch.equal(ours.video, theirs.video) and torch.equal(ours.audio, theirs.audio),
        cosine=round(float(torch.nn.functional.cosine_similarity(mine, its, dim=0)), 7),
        relative=relative(mine, its),
        largest=round(float((mine - its).abs().max()), 5),
        audio_relative=relative(ours.audio.double(), theirs.audio.double()),
        psnr=psnr(our_frames, their_frames, device),
        ssim=ssim(our_frames, their_frames, device),
    )


def relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """Return the norm of the difference by the norm of `theirs`."""
    return round(float((ours - theirs).square().sum().sqrt() / theirs.square().sum().sqrt()), 6)


def psnr(ours: torch.Tensor, theirs: torch.Tensor, device: torch.device) -> float | None:
    """Return the peak signal-to-noise ratio of uint8 frames, dB; None where they are equal."""
    squares = sum(
        float((ours[start : start + FRAMES].to(device).float() - theirs[start : start + FRAMES].to(device).float())
              .square().double().sum())
        for start in range(0, len(ours), FRAMES)
    )  # fmt: skip
    return round(10 * math.log10(255.0**2 * ours.numel() / squares), 2) if squares else None


def ssim(ours: torch.Tensor, theirs: torch.Tensor, device: torch.device) -> float:
    """Return the mean structural similarity of the luma of uint8 frames `(n, height, width, 3)`.

    Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment: from error visibility to structural similarity":
    a Gaussian window of 11×11 with a standard deviation of 1.5, K1 0.01, K2 0.03, where the window lies within. In
    float64: a GPU's convolutions round float32 to 10 bits, and variances are differences of large numbers.
    """
    offsets = torch.arange(WINDOW, device=device, dtype=torch.float64) - WINDOW // 2
    weights = torch.exp(-(offsets**2) / (2 * SIGMA**2))
    weights = weights / weights.sum()
    c1, c2 = (K1 * 255) ** 2, (K2 * 255) ** 2

    def blurred(images: torch.Tensor) -> torch.Tensor:
        rows = torch.nn.functional.conv2d(images, weights[None, None, :, None])
        return torch.nn.functional.conv2d(rows, weights[None, None, None, :])

    total = 0.0
    for start in range(0, len(ours), FRAMES):
        x, y = (_luma(frames[start : start + FRAMES].to(device)) for frames in (ours, theirs))
        mean_x, mean_y = blurred(x), blurred(y)
        var_x, var_y = blurred(x * x) - mean_x**2, blurred(y * y) - mean_y**2
        covariance = blurred(x * y) - mean_x * mean_y
        alike = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
        alike = alike / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
        total += float(alike.mean(dim=(1, 2, 3)).sum())
    return round(total / len(ours), 5)


def _luma(frames: torch.Tensor) -> torch.Tensor:
    """Return the luma, float64 `(n, 1, height, width)`, 0 to 255."""
    return (frames.double() @ torch.tensor(LUMA, device=frames.device, dtype=torch.float64))[:, None]
