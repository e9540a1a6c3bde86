"""Decoded frames as the encoder wants them, made on the device: BT.709 limited-range 4:2:0 planes.

A third of the bytes of float RGB leave the device, cropped and without the tail that is trimmed, and no host core
converts colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from renderer.ltx import compiled, pointwise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

AT_ONCE = 16
"""Frames converted at a time: bounds the float copies that the conversion makes."""

_RED, _BLUE = 0.2126, 0.0722  # ITU-R BT.709-6, item 3.2
_GREEN = 1 - _RED - _BLUE
_MATRIX = (
    (_RED * 219 / 255, _GREEN * 219 / 255, _BLUE * 219 / 255),
    (-_RED / (2 - 2 * _BLUE) * 224 / 255, -_GREEN / (2 - 2 * _BLUE) * 224 / 255, 112 / 255),
    (112 / 255, -_GREEN / (2 - 2 * _RED) * 224 / 255, -_BLUE / (2 - 2 * _RED) * 224 / 255),
)
_OFFSETS = (16.0, 128.0, 128.0)


@dataclass(frozen=True, slots=True)
class Planes:
    """Frames on the host, or on their way there.

    Attributes:
        y: luma, uint8, `(frames, height, width)`.
        u: blue difference, uint8, `(frames, height / 2, width / 2)`.
        v: red difference, as `u`.
        arrival: after which they may be read; None where they may be now.
    """

    y: torch.Tensor
    u: torch.Tensor
    v: torch.Tensor
    arrival: torch.Event | None = None

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.y)

    def each(self) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]]:
        """Yield the three planes of each frame; wait for them first."""
        if self.arrival is not None:
            self.arrival.synchronize()
        yield from zip(self.y.numpy(), self.u.numpy(), self.v.numpy(), strict=True)


def to_planes(frames: torch.Tensor) -> Planes:
    """Convert `frames`, uint8 sRGB `(frames, height, width, 3)` with even sides, on any device.

    Chroma is the mean of two by two pixels. On a GPU the planes go to pinned memory, and nobody waits for them here.
    """
    device = frames.device
    count, height, width, _ = frames.shape
    sizes = ((count, height, width), (count, height // 2, width // 2), (count, height // 2, width // 2))
    if compiled.reach(frames):
        there = [torch.empty(size, dtype=torch.uint8, device=device) for size in sizes]
        pointwise.planes(frames.contiguous(), there[0], there[1], there[2], _MATRIX)
        here = [torch.empty(size, dtype=torch.uint8, pin_memory=True) for size in sizes]
        for target, source in zip(here, there, strict=True):
            target.copy_(source, non_blocking=True)
        arrival = torch.cuda.Event()
        arrival.record(torch.cuda.current_stream(device))
        return Planes(here[0], here[1], here[2], arrival)
    planes = [torch.empty(size, dtype=torch.uint8) for size in sizes]
    matrix = torch.tensor(_MATRIX, dtype=torch.float32, device=device)
    for start in range(0, count, AT_ONCE):
        rgb = frames[start : start + AT_ONCE].permute(3, 0, 1, 2).float()
        small = torch.nn.functional.avg_pool2d(rgb, 2)
        for plane, row, offset, source in zip(planes, matrix, _OFFSETS, (rgb, small, small), strict=True):
            values = row[0] * source[0] + row[1] * source[1] + row[2] * source[2] + offset
            plane[start : start + AT_ONCE].copy_(values.round_().clamp_(0, 255).to(torch.uint8))
    return Planes(planes[0], planes[1], planes[2])
