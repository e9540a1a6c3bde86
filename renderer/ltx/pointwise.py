"""What lies between the VAE decoder's convolutions, one pass over memory each.

Written twice: as Triton kernels for a GPU, and with PyTorch's functions for everything else, which also say what the
kernels mean. Both round to bfloat16 wherever ltx_core's separate operations round, so that the decoder's frames are
ltx_core's but for the order of sums. Tensors are `(frames, height, width, channels)`, contiguous.
"""

from __future__ import annotations

import torch

from renderer.ltx import compiled

EPS = 1e-8
"""What ltx_core's PixelNorm adds before its root."""

AT_ONCE = 4096
"""Numbers that one program of a kernel holds."""

PAIRS = 512
"""Squares of two by two pixels that one program makes planes of."""


def norm_silu(x: torch.Tensor, bias: torch.Tensor | None, out: torch.Tensor) -> None:
    """Write SiLU of the pixel norm of `x + bias` into `out`.

    Args:
        x: `(frames, height, width, channels)`.
        bias: `(channels,)` of the convolution that made `x`, or None.
        out: as `x`; a part of a larger buffer's frames will do.
    """
    if compiled.reach(x):
        channels = x.shape[-1]
        pixels = x.numel() // channels
        width = 1 << (channels - 1).bit_length()
        rows = max(1, AT_ONCE // width)
        compiled.of_pixels.norm_silu[(-(-pixels // rows),)](
            x,
            x if bias is None else bias,
            out,
            pixels,
            channels,
            EPS,
            HAS_BIAS=bias is not None,
            ROWS=rows,
            WIDTH=width,
        )
        return
    if bias is not None:
        x = x + bias
    out.copy_(torch.nn.functional.silu(x / torch.sqrt(torch.mean(x**2, dim=-1, keepdim=True) + EPS)))


def add(x: torch.Tensor, bias: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
    """Return `residual + (x + bias)`, in the memory of `x`."""
    if compiled.reach(x):
        count = x.numel()
        compiled.of_pixels.add[(-(-count // AT_ONCE),)](x, bias, residual, count, bias.numel(), BLOCK=AT_ONCE)
        return x
    return x.add_(bias).add_(residual)


def planes(
    frames: torch.Tensor, y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, matrix: tuple[tuple[float, ...], ...]
) -> None:
    """Write luma and chroma of `frames` into `y`, `u` and `v`, where there are kernels for them.

    Args:
        frames: uint8 RGB, `(frames, height, width, 3)`, contiguous.
        y: uint8, `(frames, height, width)`.
        u: uint8, `(frames, height / 2, width / 2)`.
        v: as `u`.
        matrix: three rows of factors of red, green and blue; luma has 16 added, chroma 128.
    """
    count, height, width, _ = frames.shape
    pairs = count * (height // 2) * (width // 2)
    numbers = [number for row in matrix for number in row]
    compiled.of_pixels.planes[(-(-pairs // PAIRS),)](frames, y, u, v, pairs, width, *numbers, BLOCK=PAIRS)
