"""What a change of style LoRA between two shots costs."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from renderer.ltx import synthetic
from renderer.ltx.adapters import Adapters
from renderer.ltx.bench import quality
from renderer.ltx.bench.case import Silent
from renderer.ltx.engine import LtxEngine
from renderer.ltx.stock import Stock
from renderer.protocol import StyleLora

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.ltx.architecture import Scale
    from renderer.ltx.bench.similarity import Agreement
    from renderer.protocol import Precision, Render, Settings

log = logging.getLogger(__name__)

RANK = 32

BESIDE = 0.4
"""Strength of the Dual-Character LoRA beside a style: the middle of what its card says."""

STRENGTH = 0.8


def measure(
    settings: Settings,
    shot: Render,
    folder: Path,
    scale: Scale,
    *,
    precisions: tuple[Precision, ...],
    found: Callable[[str, Agreement], None],
) -> Iterator[tuple[str, dict[str, dict[str, float]]]]:
    """Hold `shot` with a style against the stock class's, then time changes of style in each precision.

    Yield what was timed (a precision, or `file` for reading a LoRA's), and by change the seconds for it and for the
    whole shot.

    Args:
        settings: how engines are built.
        shot: what is rendered.
        folder: takes two synthetic style LoRAs.
        scale: of the weights.
        precisions: those that are timed.
        found: is told what was compared with what, and how far they lie apart.

    Raises:
        ValueError: `settings` names no weights.
    """
    weights, device = settings.weights, torch.device(settings.device)
    if weights is None:
        raise ValueError("a style LoRA needs a transformer's weights")
    styles = [StyleLora(path=str(folder / f"style{number}.safetensors"), strength=STRENGTH) for number in (1, 2)]
    for number, style in enumerate(styles):
        synthetic.write_style(Path(style.path), scale, seed=100 + number, rank=RANK, device=device.type)
    yield "file", {"a style LoRA read": {"lora": _time_read(Path(styles[0].path), device)}}
    settings = settings.model_copy(update={"styles": tuple(style.path for style in styles)})
    one, other = (shot.model_copy(update={"lora_strength": BESIDE, "styles": (style,)}) for style in styles)
    # Before the engine: the device may not hold both.
    stock = quality.stock_latents(Stock(weights, device, BESIDE, one.styles), one, folder)
    plain = LtxEngine(settings.model_copy(update={"kernels": "plain"}), "bench")
    try:
        ours = quality.latents_of(plain, one)
        found("plain with a style / stock with it", quality.agreement_of(settings, plain, ours, stock))
    finally:
        plain.close()
    for precision in precisions:
        engine = LtxEngine(settings.model_copy(update={"precision": precision}), "bench")
        try:
            for _ in range(2):  # kernels are compiled, then recorded
                engine.render(shot, Silent())
            yield (
                precision,
                {
                    name: _time_shot(engine, each)
                    for name, each in (
                        ("no change", shot),
                        ("to a style", one),
                        ("back", shot),
                        ("to the style again", one),
                        ("to another style", other),
                        ("the style stays", other),
                    )
                },
            )
        finally:
            engine.close()


def _time_read(style: Path, device: torch.device) -> float:
    """Return the seconds to read a style LoRA to where it is kept: the first use of one that is not kept."""
    start = time.perf_counter()
    Adapters(device).get(style)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return round(time.perf_counter() - start, 3)


def _time_shot(engine: LtxEngine, shot: Render) -> dict[str, float]:
    """Return the seconds of a shot, and those of them that the change of LoRAs took."""
    start = time.perf_counter()
    done = engine.render(shot, Silent())
    seconds = {"lora": done.stages.get("lora", 0.0), "total": round(time.perf_counter() - start, 3)}
    log.info("%s: %s", seconds, done.stages)
    return seconds
