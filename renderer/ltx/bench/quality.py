"""How far ours lies from stock, beside how far stock lies from itself; and how far `fast` from `exact`."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast
from unittest import mock

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from renderer.ltx.bench import similarity
from renderer.ltx.bench.case import PROMPTS, Silent, for_stock
from renderer.ltx.engine import LtxEngine
from renderer.ltx.pipeline import Latents, TwoStagePipeline
from renderer.ltx.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from renderer.engine import Watch
    from renderer.ltx.bench.similarity import Agreement
    from renderer.ltx.clock import StageClock
    from renderer.ltx.pipeline import Take
    from renderer.protocol import Precision, Render, Settings

log = logging.getLogger(__name__)

BACKENDS = {
    "attention flash": SDPBackend.FLASH_ATTENTION,
    "attention efficient": SDPBackend.EFFICIENT_ATTENTION,
}
"""The attention backends that stock is held against itself with; a device that lacks one leaves it out."""


def compare(
    settings: Settings,
    shot: Render,
    folder: Path,
    precisions: Sequence[Precision],
    found: Callable[[str, Agreement], None],
) -> None:
    """Render `shot` plainly, under other attention backends, and in each precision; and other shots fast and exact.

    Args:
        settings: how engines are built, but for kernels and precision.
        shot: what is rendered, and the model of the other shots.
        folder: takes stock's references.
        precisions: what is held against stock; where both are asked for, `fast` is held against `exact`, too.
        found: is told what was compared with what, and how far they lie apart, as it is found.

    Raises:
        ValueError: `settings` names no weights.
    """
    if settings.weights is None:
        raise ValueError("nothing can be compared without weights")
    stock = stock_latents(Stock(settings.weights, torch.device(settings.device), shot.lora_strength), shot, folder)
    with _engine(settings.model_copy(update={"kernels": "plain"})) as plain:
        found("plain / stock", agreement_of(settings, plain, latents_of(plain, shot), stock))
        for name, backend in BACKENDS.items():
            try:
                only = cast("AbstractContextManager[object]", sdpa_kernel(backend))  # whose type is left open
                other = latents_of(plain, shot, only)
            except RuntimeError as error:
                log.info("%s: not on this device (%s)", name, error)
                continue
            found(f"stock with {name} / stock", agreement_of(settings, plain, other, stock))
    others = variants(shot) if {"exact", "fast"} <= set(precisions) else []
    exact: list[Latents] = []
    for precision in sorted(precisions):  # exact first: fast is held against it
        with _engine(settings.model_copy(update={"precision": precision})) as engine:
            found(f"{precision} / stock", agreement_of(settings, engine, latents_of(engine, shot), stock))
            for number, other in enumerate(others):
                latents = latents_of(engine, other)
                if precision == "exact":
                    exact.append(latents)
                else:
                    found(f"fast / exact, prompt {number + 1}", agreement_of(settings, engine, latents, exact[number]))


def variants(shot: Render) -> list[Render]:
    """Return `shot` with each of `PROMPTS` and a seed of its own; every other one without its references."""
    return [
        shot.model_copy(
            update={"prompt": prompt, "seed": 1000 + number, "pins": () if number % 2 else shot.pins},
        )
        for number, prompt in enumerate(PROMPTS)
    ]


def stock_latents(stock: Stock, shot: Render, folder: Path) -> Latents:
    """Return the latents of `shot` as `stock` renders it, on the host; `folder` takes its references."""
    made = stock.render(for_stock(shot, folder), encode=False)
    return Latents(made.video, made.audio, torch.Generator())


def latents_of(engine: LtxEngine, shot: Render, context: AbstractContextManager[object] | None = None) -> Latents:
    """Return the latents of `shot` as `engine` renders it, on the host."""
    kept: list[Latents] = []
    original = TwoStagePipeline.latents

    def keeping(self: TwoStagePipeline, take: Take, watch: Watch, clock: StageClock) -> Latents:
        kept.append(original(self, take, watch, clock))
        return kept[-1]

    with mock.patch.object(TwoStagePipeline, "latents", keeping), context or nullcontext():
        engine.render(shot, Silent())
    return Latents(kept[-1].video.cpu(), kept[-1].audio.cpu(), torch.Generator())


@contextmanager
def _engine(settings: Settings) -> Generator[LtxEngine]:
    engine = LtxEngine(settings, "bench")
    try:
        yield engine
    finally:
        engine.close()


def agreement_of(settings: Settings, engine: LtxEngine, ours: Latents, theirs: Latents) -> Agreement:
    """Return how far `ours` lies from `theirs`; `engine`, of `settings`, decodes both."""
    device = torch.device(settings.device)
    return similarity.agreement(ours, theirs, engine.frames_of(ours), engine.frames_of(theirs), device)
