"""What the device can do in the transformer's shapes, and what the stages make of it."""

from __future__ import annotations

import logging
import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from renderer.geometry import geometry_of
from renderer.ltx import architecture, fp8
from renderer.ltx.library import (
    DISTILLED_SIGMA_VALUES,
    STAGE_2_DISTILLED_SIGMA_VALUES,
    VideoDecoderConfigurator,
    meta_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from renderer.ltx.bench.load import Load, LoadMeter
    from renderer.protocol import Render

log = logging.getLogger(__name__)

REPEAT = 20
SUSTAINED_S = 3.0
"""Seconds for which each piece of work is kept up: as long as a stage takes."""

TEXT_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the device reaches in one kind of work.

    Attributes:
        burst: TFLOP/s of a single piece after a pause, the median of several.
        sustained: TFLOP/s when it is kept up for `SUSTAINED_S`.
        load: clock and power meanwhile; None where they cannot be read.
    """

    burst: float
    sustained: float
    load: Load | None


@torch.inference_mode()
def measure(device: torch.device, shot: Render, meter: LoadMeter) -> dict[str, Ceiling]:
    """Measure a bfloat16 and a float8 product and attention, at the second stage's size, on a CUDA device."""
    sizes = architecture.checkpoint_config("full")["transformer"]
    heads, width = sizes["num_attention_heads"], sizes["attention_head_dim"]
    dim, tokens = heads * width, _video_tokens(shot, 1)
    generator = torch.Generator(device=device).manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, device=device, dtype=torch.bfloat16, generator=generator)

    rows, weight, bias = draw(tokens, dim), draw(4 * dim, dim), draw(4 * dim)
    (small_rows, rows_scale), (small_weight, weight_scale) = fp8.rounded(rows), fp8.rounded(weight)
    query, key, value = (draw(1, heads, tokens, width) for _ in range(3))
    product, attention = 2 * tokens * dim * 4 * dim, 4 * tokens * tokens * dim
    cases: dict[str, tuple[int, Callable[[], torch.Tensor]]] = {
        "bf16 product": (product, lambda: torch.nn.functional.linear(rows, weight, bias)),
        "fp8 product": (
            product,
            lambda: fp8.product(small_rows, small_weight, rows_scale, weight_scale.T, bias),
        ),
        "attention": (attention, lambda: torch.nn.functional.scaled_dot_product_attention(query, key, value)),
    }
    found: dict[str, Ceiling] = {}
    for name, (work, run) in cases.items():
        burst = _seconds(run, device)
        count = round(SUSTAINED_S / burst)
        start = time.perf_counter()
        for _ in range(count):
            run()
        torch.cuda.synchronize(device)
        end = time.perf_counter()
        found[name] = Ceiling(
            burst=round(work / burst / 1e12, 1),
            sustained=round(count * work / (end - start) / 1e12, 1),
            load=meter.between(start + SUSTAINED_S / 2, end),  # once power and clock have settled
        )
        log.info("%s: %s", name, found[name])
    return found


def reached(shot: Render, stages: Mapping[str, float]) -> dict[str, float]:
    """Return TFLOP/s of denoising in both stages and of decoding, whose seconds `stages` holds, at full size.

    Sound is decoded while frames are; so its seconds are theirs, too.
    """
    work = {
        "stage1": (len(DISTILLED_SIGMA_VALUES) - 1) * step_flops(_video_tokens(shot, 2)),
        "stage2": (len(STAGE_2_DISTILLED_SIGMA_VALUES) - 1) * step_flops(_video_tokens(shot, 1)),
        "decode": decode_flops(shot),
    }
    seconds = {**stages, "decode": stages["decode"] + stages.get("audio", 0.0)} if "decode" in stages else stages
    return {stage: round(work[stage] / seconds[stage] / 1e12, 1) for stage in work if stage in seconds}


def step_flops(tokens: int) -> int:
    """Return the floating-point operations of one step over so many video tokens: the blocks' products and attention.

    Audio is left out: 126 tokens of half the width are under a hundredth.
    """
    sizes = architecture.checkpoint_config("full")["transformer"]
    dim = sizes["num_attention_heads"] * sizes["attention_head_dim"]
    # Self-attention 4, text query and output 2, feed-forward 8, audio to video 1, video to audio 1: 16 squares.
    products = 2 * dim * dim * (16 * tokens + 2 * TEXT_TOKENS)
    attention = 4 * tokens * (tokens + TEXT_TOKENS) * dim
    return sizes["num_layers"] * (products + attention)


def decode_flops(shot: Render) -> int:
    """Return the floating-point operations of decoding the video in one piece; tiles overlap, and take more."""
    decoder = meta_model(VideoDecoderConfigurator, architecture.checkpoint_config("full"))
    frames, rows, columns = _latent_size(shot, 1)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        decoder(torch.empty(1, 128, frames, rows, columns, device="meta"))
    return counter.get_total_flops()


def _video_tokens(shot: Render, divisor: int) -> int:
    return math.prod(_latent_size(shot, divisor))


def _latent_size(shot: Render, divisor: int) -> tuple[int, int, int]:
    """Return frames, rows and columns of the video's latents."""
    geometry = geometry_of(shot)
    rows, columns = geometry.render_height // divisor // 32, geometry.render_width // divisor // 32
    return (shot.frames - 1) // 8 + 1, rows, columns


def _seconds(run: Callable[[], torch.Tensor], device: torch.device) -> float:
    run()
    times: list[float] = []
    for _ in range(REPEAT):
        torch.cuda.synchronize(device)
        start = time.perf_counter()
        run()
        torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
