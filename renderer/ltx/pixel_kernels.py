"""The Triton kernels behind `renderer.ltx.pointwise`, which says what they do."""

# Triton's language is untyped, not installed everywhere, and names its constants in capitals:
# pyright: basic, reportMissingImports=false, reportGeneralTypeIssues=false
# ruff: noqa: D103, N803, PLR0917

import triton
import triton.language as tl


@triton.jit
def norm_silu(
    x_at, bias_at, out_at, pixels, channels, eps, HAS_BIAS: tl.constexpr, ROWS: tl.constexpr, WIDTH: tl.constexpr
):
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


@triton.jit
def add(x_at, bias_at, residual_at, count, channels, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    kept = at < count
    x = tl.load(x_at + at, mask=kept)
    bias = tl.load(bias_at + at % channels, mask=kept)
    residual = tl.load(residual_at + at, mask=kept)
    moved = (x.to(tl.float32) + bias.to(tl.float32)).to(x.dtype)
    tl.store(x_at + at, (residual.to(tl.float32) + moved.to(tl.float32)).to(x.dtype), mask=kept)


@triton.jit
def planes(rgb_at, y_at, u_at, v_at, pairs, width, yr, yg, yb, ur, ug, ub, vr, vg, vb, BLOCK: tl.constexpr):
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
