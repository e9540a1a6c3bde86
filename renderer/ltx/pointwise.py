"""What lies between the VAE decoder's convolutions, one pass over memory each.

Written twice: as Triton kernels for a GPU, and with PyTorch's functions for everything else, which also say what the
kernels mean. Both round to bfloat16 wherever ltx_core's separate operations round, so that the decoder's frames are
ltx_core's but for the order of sums. Tensors are `(frames, height, width, channels)`, contiguous.
"""

from __future__ import annotations

from typing import Any, cast

import torch

try:
    import triton
    import triton.language as tl
except ImportError:  # it comes with PyTorch's CUDA builds only
    triton = None
    tl = None

EPS = 1e-8
"""What ltx_core's PixelNorm adds before its root."""

Kernel = Any  # Triton's decorators are untyped

ROWS = 4096
"""Numbers that one program of a kernel holds."""


def norm_silu(x: torch.Tensor, bias: torch.Tensor | None, out: torch.Tensor) -> None:
    """Write SiLU of the pixel norm of `x + bias` into `out`.

    Args:
        x: `(frames, height, width, channels)`.
        bias: `(channels,)` of the convolution that made `x`, or None.
        out: as `x`; a part of a larger buffer's frames will do.
    """
    if triton is not None and x.is_cuda:
        channels = x.shape[-1]
        pixels = x.numel() // channels
        width = triton.next_power_of_2(channels)
        rows = max(1, ROWS // width)
        cast("Kernel", _norm_silu)[(triton.cdiv(pixels, rows),)](
            x, x if bias is None else bias, out, pixels, channels, EPS, HAS_BIAS=bias is not None, ROWS=rows, WIDTH=width
        )
        return
    if bias is not None:
        x = x + bias
    out.copy_(torch.nn.functional.silu(x / torch.sqrt(torch.mean(x**2, dim=-1, keepdim=True) + EPS)))


def add(x: torch.Tensor, bias: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
    """Return `residual + (x + bias)`, in the memory of `x`."""
    if triton is not None and x.is_cuda:
        count = x.numel()
        cast("Kernel", _add)[(triton.cdiv(count, ROWS),)](x, bias, residual, count, bias.numel(), BLOCK=ROWS)
        return x
    return x.add_(bias).add_(residual)


def planes(
    frames: torch.Tensor, y: torch.Tensor, u: torch.Tensor, v: torch.Tensor, matrix: tuple[tuple[float, ...], ...]
) -> bool:
    """Write luma and chroma of `frames` into `y`, `u` and `v`; return False where there is no kernel for the device.

    Args:
        frames: uint8 RGB, `(frames, height, width, 3)`, contiguous.
        y: uint8, `(frames, height, width)`.
        u: uint8, `(frames, height / 2, width / 2)`.
        v: as `u`.
        matrix: three rows of factors of red, green and blue; luma has 16 added, chroma 128.
    """
    if triton is None or not frames.is_cuda:
        return False
    count, height, width, _ = frames.shape
    pairs = count * (height // 2) * (width // 2)
    numbers = [number for row in matrix for number in row]
    cast("Kernel", _planes)[(triton.cdiv(pairs, 512),)](frames, y, u, v, pairs, width, *numbers, BLOCK=512)
    return True


if triton is not None:
    jit = cast("Kernel", triton.jit)

    @jit
    def _norm_silu(x_at, bias_at, out_at, pixels, channels, eps, HAS_BIAS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr):
        row = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)[:, None]
        column = tl.arange(0, WIDTH)[None, :]
        kept = (row < pixels) & (column < channels)
        at = row * channels + column
        x = tl.load(x_at + at, mask=kept, other=0.0)
        if HAS_BIAS:
            bias = tl.load(bias_at + column, mask=column < channels, other=0.0)
            x = (x.to(tl.float32) + bias.to(tl.float32)).to(x.dtype)
        square = (x.to(tl.float32) * x.to(tl.float32)).to(x.dtype).to(tl.float32)
        mean = (tl.sum(square, 1) / channels).to(x.dtype)
        root = tl.sqrt_rn((mean.to(tl.float32) + eps).to(x.dtype).to(tl.float32)).to(x.dtype)
        normed = tl.div_rn(x.to(tl.float32), root.to(tl.float32)[:, None]).to(x.dtype).to(tl.float32)
        out = normed / (1.0 + tl.exp(-normed))
        tl.store(out_at + at, out.to(x.dtype), mask=kept)

    @jit
    def _add(x_at, bias_at, residual_at, count, channels, BLOCK: tl.constexpr):
        at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        kept = at < count
        x = tl.load(x_at + at, mask=kept)
        bias = tl.load(bias_at + at % channels, mask=kept)
        residual = tl.load(residual_at + at, mask=kept)
        moved = (x.to(tl.float32) + bias.to(tl.float32)).to(x.dtype)
        tl.store(x_at + at, (residual.to(tl.float32) + moved.to(tl.float32)).to(x.dtype), mask=kept)

    @jit
    def _planes(rgb_at, y_at, u_at, v_at, pairs, width, yr, yg, yb, ur, ug, ub, vr, vg, vb, BLOCK: tl.constexpr):
        pair = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        kept = pair < pairs
        half = width // 2
        line, column = pair // half, pair % half  # of 2 by 2 pixels; lines run on through all frames
        red = tl.zeros([BLOCK], tl.float32)
        green = tl.zeros([BLOCK], tl.float32)
        blue = tl.zeros([BLOCK], tl.float32)
        for corner in tl.static_range(4):
            at = (2 * line + corner // 2) * width + 2 * column + corner % 2
            r = tl.load(rgb_at + 3 * at, mask=kept, other=0).to(tl.float32)
            g = tl.load(rgb_at + 3 * at + 1, mask=kept, other=0).to(tl.float32)
            b = tl.load(rgb_at + 3 * at + 2, mask=kept, other=0).to(tl.float32)
            luma = tl.floor(yr * r + yg * g + yb * b + 16.5)
            tl.store(y_at + at, tl.minimum(tl.maximum(luma, 0.0), 255.0).to(tl.uint8), mask=kept)
            red += r
            green += g
            blue += b
        red, green, blue = red / 4, green / 4, blue / 4
        u = tl.floor(ur * red + ug * green + ub * blue + 128.5)
        v = tl.floor(vr * red + vg * green + vb * blue + 128.5)
        tl.store(u_at + pair, tl.minimum(tl.maximum(u, 0.0), 255.0).to(tl.uint8), mask=kept)
        tl.store(v_at + pair, tl.minimum(tl.maximum(v, 0.0), 255.0).to(tl.uint8), mask=kept)
