"""How far what we render lies from what stock renders, beside how far stock lies from itself."""

from __future__ import annotations

import logging
import math
import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast
from unittest import mock

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from renderer.ltx.bench_case import Silent
from renderer.ltx.engine import LtxEngine
from renderer.ltx.pipeline import Latents, TwoStagePipeline

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from renderer.engine import Watch
    from renderer.ltx.bench_case import Wanted
    from renderer.ltx.clock import StageClock
    from renderer.ltx.pipeline import Take
    from renderer.ltx.stock import StockShot
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)

BACKENDS = {
    "attention flash": SDPBackend.FLASH_ATTENTION,
    "attention efficient": SDPBackend.EFFICIENT_ATTENTION,
}
"""The attention backends that stock is held against itself with; a device that lacks one leaves it out."""

FRAMES = 16
"""Frames compared at a time."""


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
    """

    equal: bool
    cosine: float
    relative: float
    largest: float
    audio_relative: float
    psnr: float | None


class Comparison(Protocol):
    """What takes the findings: `renderer.ltx.bench.Result`."""

    agreement: dict[str, Agreement]
    queues: dict[str, dict[str, float]]


def compare(
    settings: Settings,
    shot: Render,
    stock: StockShot,
    wanted: Wanted,
    into: Comparison,
) -> None:
    """Render `shot` plainly, under other attention backends, and in each precision; time queues on the way.

    Args:
        settings: how engines are built, but for kernels and precision.
        shot: what is rendered.
        stock: what the stock class made of it.
        wanted: precisions and queues.
        into: takes what is found, as it is found.
    """
    plain = LtxEngine(settings.model_copy(update={"kernels": "plain"}), "bench")
    try:
        into.agreement["plain / stock"] = agreement_of(plain, latents_of(plain, shot), stock)
        for name, backend in BACKENDS.items():
            try:
                only = cast("AbstractContextManager[object]", sdpa_kernel(backend))  # whose type is left open
                other = latents_of(plain, shot, only)
            except RuntimeError as error:
                log.info("%s: not on this device (%s)", name, error)
                continue
            into.agreement[f"stock with {name} / stock"] = agreement_of(plain, other, stock)
    finally:
        plain.close()
    for precision in wanted.precisions:
        engine = LtxEngine(settings.model_copy(update={"precision": precision}), "bench")
        try:
            into.agreement[f"{precision} / stock"] = agreement_of(engine, latents_of(engine, shot), stock)
            into.queues[precision] = {str(length): time_queue(engine, shot, length) for length in wanted.queues}
        finally:
            engine.close()


def latents_of(engine: LtxEngine, shot: Render, context: AbstractContextManager[object] | None = None) -> Latents:
    """Return the latents of `shot` as `engine` renders it, on the host."""
    kept: list[Latents] = []
    original = TwoStagePipeline.latents

    def keeping(self: TwoStagePipeline, take: Take, watch: Watch, clock: StageClock) -> Latents:
        kept.append(original(self, take, watch, clock))
        return kept[-1]

    with mock.patch.object(TwoStagePipeline, "latents", keeping), context or nullcontext():
        engine.render(shot, Silent())
    return Latents(kept[0].video.cpu(), kept[0].audio.cpu(), torch.Generator())


def time_queue(engine: LtxEngine, shot: Render, length: int) -> float:
    """Return the seconds for `length` shots with prompts and seeds of their own, pipelined."""
    shots = [
        shot.model_copy(
            update={
                "job": number,
                "seed": shot.seed + number,
                "prompt": f"Shot {number}. {shot.prompt}",
                "output": f"{shot.output}.{number}.mp4",
            }
        )
        for number in range(length)
    ]
    start = time.perf_counter()
    done = list(engine.render_all(shots, Silent()))
    seconds = round(time.perf_counter() - start, 2)
    log.info("queue of %d: %.2f s, %s", length, seconds, done[-1].stages if done else {})
    return seconds


def agreement_of(engine: LtxEngine, ours: Latents, stock: StockShot) -> Agreement:
    """Return how far `ours` lies from what the stock class made; `engine` decodes both."""
    theirs = Latents(stock.video, stock.audio, torch.Generator())
    mine, its = ours.video.double().flatten(), theirs.video.double().flatten()
    agreement = Agreement(
        equal=torch.equal(ours.video, theirs.video) and torch.equal(ours.audio, theirs.audio),
        cosine=round(float(torch.nn.functional.cosine_similarity(mine, its, dim=0)), 7),
        relative=_apart(mine, its),
        largest=round(float((mine - its).abs().max()), 5),
        audio_relative=_apart(ours.audio.double(), theirs.audio.double()),
        psnr=_psnr(engine.frames_of(ours), engine.frames_of(theirs)),
    )
    log.info("%s", agreement)
    return agreement


def _apart(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return round(float((ours - theirs).square().sum().sqrt() / theirs.square().sum().sqrt()), 6)


def _psnr(ours: torch.Tensor, theirs: torch.Tensor) -> float | None:
    squares = sum(
        float((ours[start : start + FRAMES].float() - theirs[start : start + FRAMES].float()).square().double().sum())
        for start in range(0, len(ours), FRAMES)
    )
    return round(10 * math.log10(255.0**2 * ours.numel() / squares), 2) if squares else None
