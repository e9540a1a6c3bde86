"""What a change of style LoRA between two shots costs: `python -m renderer.bench --style`."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from renderer.ltx import bench_quality, synthetic
from renderer.ltx.adapters import Adapters
from renderer.ltx.bench_case import Silent, for_stock
from renderer.ltx.engine import LtxEngine
from renderer.ltx.stock import Stock
from renderer.protocol import StyleLora

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.architecture import Scale
    from renderer.ltx.bench import Result
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
    result: Result,
    save: Callable[[Result], None],
) -> None:
    """Hold `shot` with a style against the stock class's, then time changes of style in each precision.

    Args:
        settings: how engines are built.
        shot: what is rendered.
        folder: takes two synthetic style LoRAs.
        scale: of the weights.
        precisions: those that are timed.
        result: takes the seconds, in `styles`, and the agreement.
        save: is handed the result whenever there is more in it.

    Raises:
        ValueError: `settings` names no weights.
    """
    weights, device = settings.weights, torch.device(settings.device)
    if weights is None:
        raise ValueError("a style LoRA needs a transformer's weights")
    styles = [StyleLora(path=str(folder / f"style{number}.safetensors"), strength=STRENGTH) for number in (1, 2)]
    for number, style in enumerate(styles):
        synthetic.write_style(Path(style.path), scale, seed=100 + number, rank=RANK, device=device.type)
    result.styles["file"] = {"a style LoRA read": {"lora": _time_read(Path(styles[0].path), device)}}
    settings = settings.model_copy(update={"styles": tuple(style.path for style in styles)})
    one, other = (shot.model_copy(update={"lora_strength": BESIDE, "styles": (style,)}) for style in styles)
    # Before the engine: the device may not hold both.
    stock = Stock(weights, device, BESIDE, one.styles).render(for_stock(one, folder), encode=True)
    plain = LtxEngine(settings.model_copy(update={"kernels": "plain"}), "bench")
    try:
        ours = bench_quality.latents_of(plain, one)
        result.agreement["plain with a style / stock with it"] = bench_quality.agreement_of(plain, ours, stock)
    finally:
        plain.close()
    save(result)
    for precision in precisions:
        engine = LtxEngine(settings.model_copy(update={"precision": precision}), "bench")
        try:
            for _ in range(2):  # kernels are compiled, then recorded
                engine.render(shot, Silent())
            result.styles[precision] = {
                name: _time_shot(engine, each)
                for name, each in (
                    ("no change", shot),
                    ("to a style", one),
                    ("back", shot),
                    ("to the style again", one),
                    ("to another style", other),
                    ("the style stays", other),
                )
            }
        finally:
            engine.close()
        save(result)


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
