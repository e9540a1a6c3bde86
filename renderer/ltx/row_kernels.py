"""The Triton kernels behind `renderer.ltx.rows`, which says what they do. A program has one token's row."""

# Triton's language is untyped, not installed everywhere, and names its constants in capitals:
# pyright: basic, reportMissingImports=false, reportGeneralTypeIssues=false
# ruff: noqa: D103, N803, PLR0917

import triton
import triton.language as tl


@triton.jit
def _bf16(x):
    return x.to(tl.bfloat16).to(tl.float32)


@triton.jit
def _keep(y, largest, row, at, kept, values_at, small_at, scales_at, VALUES: tl.constexpr, SMALL: tl.constexpr):
    if VALUES:
        tl.store(values_at + at, y.to(tl.bfloat16), mask=kept)
    if SMALL:  # as renderer.ltx.fp8.rounded, whose LARGEST and SMALLEST_SCALE these are
        scale = tl.maximum(tl.div_rn(largest, 448.0), 1e-12)
        tl.store(scales_at + row, scale)
        tl.store(small_at + at, (y * tl.div_rn(1.0, scale)).to(tl.float8e4nv), mask=kept)


@triton.jit
def step(
    x_at,
    added_at,
    gate_at,
    gate_levels_at,
    gate_stride,
    moved_at,
    scale_at,
    shift_at,
    levels_at,
    stride,
    values_at,
    small_at,
    scales_at,
    eps,
    width: tl.constexpr,
    STEPS: tl.constexpr,
    GATE_LEVELS: tl.constexpr,
    MODULATES: tl.constexpr,
    NORMS: tl.constexpr,
    LEVELS: tl.constexpr,
    VALUES: tl.constexpr,
    SMALL: tl.constexpr,
    WIDTH: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, WIDTH)
    kept = column < width
    at = row * width + column
    x = tl.load(x_at + at, mask=kept, other=0.0).to(tl.float32)
    if STEPS:
        if GATE_LEVELS:
            gate_at += tl.load(gate_levels_at + row) * gate_stride
        gate = tl.load(gate_at + column, mask=kept, other=0.0).to(tl.float32)
        added = tl.load(added_at + at, mask=kept, other=0.0).to(tl.float32)
        x = _bf16(x + _bf16(added * gate))
        tl.store(moved_at + at, x.to(tl.bfloat16), mask=kept)
    if MODULATES:
        if NORMS:
            x = _bf16(x * tl.rsqrt(tl.sum(x * x, 0) / width + eps))
        if LEVELS:
            level = tl.load(levels_at + row) * stride
            scale_at += level
            shift_at += level
        scale = tl.load(scale_at + column, mask=kept, other=0.0).to(tl.float32)
        shift = tl.load(shift_at + column, mask=kept, other=0.0).to(tl.float32)
        y = _bf16(_bf16(x * _bf16(1.0 + scale)) + shift)
        largest = tl.max(tl.abs(y), 0)
        _keep(y, largest, row, at, kept, values_at, small_at, scales_at, VALUES, SMALL)


@triton.jit
def turn(
    x_at,
    weight_at,
    cos_at,
    sin_at,
    table_head,
    table_token,
    eps,
    heads: tl.constexpr,
    half: tl.constexpr,
    TURNS: tl.constexpr,
    HEADS: tl.constexpr,
    HALF: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS)[:, None]
    place = tl.arange(0, HALF)[None, :]
    kept = (head < heads) & (place < half)
    first = head * (2 * half) + place
    second = first + half
    x_at += row * heads * half * 2
    a = tl.load(x_at + first, mask=kept, other=0.0).to(tl.float32)
    b = tl.load(x_at + second, mask=kept, other=0.0).to(tl.float32)
    root = tl.rsqrt(tl.sum(tl.sum(a * a + b * b, 1), 0) / (2 * heads * half) + eps)
    a = _bf16(a * root * tl.load(weight_at + first, mask=kept, other=0.0).to(tl.float32))
    b = _bf16(b * root * tl.load(weight_at + second, mask=kept, other=0.0).to(tl.float32))
    if TURNS:
        at = row * table_token + head * table_head + place
        cos = tl.load(cos_at + at, mask=kept, other=0.0).to(tl.float32)
        sin = tl.load(sin_at + at, mask=kept, other=0.0).to(tl.float32)
        a, b = _bf16(a * cos) - sin * b, _bf16(b * cos) + sin * a
    tl.store(x_at + first, a.to(tl.bfloat16), mask=kept)
    tl.store(x_at + second, b.to(tl.bfloat16), mask=kept)


@triton.jit
def gate(
    x_at,
    head_stride,
    token_stride,
    logits_at,
    values_at,
    small_at,
    scales_at,
    heads: tl.constexpr,
    dim: tl.constexpr,
    GATES: tl.constexpr,
    VALUES: tl.constexpr,
    SMALL: tl.constexpr,
    HEADS: tl.constexpr,
    DIM: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS)[:, None]
    place = tl.arange(0, DIM)[None, :]
    kept = (head < heads) & (place < dim)
    y = tl.load(x_at + row * token_stride + head * head_stride + place, mask=kept, other=0.0).to(tl.float32)
    if GATES:
        logits = tl.load(logits_at + row * heads + head, mask=head < heads, other=0.0).to(tl.float32)
        y = _bf16(y * (2.0 * _bf16(tl.sigmoid(logits))))
    largest = tl.max(tl.max(tl.abs(y), 1), 0)
    at = row * heads * dim + head * dim + place
    _keep(y, largest, row, at, kept, values_at, small_at, scales_at, VALUES, SMALL)


@triton.jit
def gelu(
    x_at,
    values_at,
    small_at,
    scales_at,
    width: tl.constexpr,
    VALUES: tl.constexpr,
    SMALL: tl.constexpr,
    WIDTH: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, WIDTH)
    kept = column < width
    at = row * width + column
    x = tl.load(x_at + at, mask=kept, other=0.0).to(tl.float32)
    # 0.5 x (1 + tanh(t)) is x / (1 + exp(-2 t)), with t = sqrt(2 / pi) (x + 0.044715 x^3); here as a power of two.
    y = _bf16(x / (1.0 + tl.exp2(x * (-2.302208198144325 - 0.1029432395800235 * x * x))))
    _keep(y, tl.max(tl.abs(y), 0), row, at, kept, values_at, small_at, scales_at, VALUES, SMALL)
