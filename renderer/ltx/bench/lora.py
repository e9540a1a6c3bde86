"""What a change of the LoRA's strength takes, by where the transformer's base weights are kept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import torch

from renderer.ltx import moving
from renderer.ltx.adapters import Place
from renderer.ltx.bench.case import OTHER_STRENGTH
from renderer.ltx.library import ModelLedger
from renderer.ltx.lora import FusedLoras
from renderer.ltx.weights import DTYPE

if TYPE_CHECKING:
    from renderer.protocol import Settings


def measure(settings: Settings) -> dict[Place, dict[str, float]]:
    """Return, for each place where base weights can be kept, the seconds to fill it and to fuse another strength.

    Raises:
        ValueError: `settings` names no weights.
    """
    if settings.weights is None:
        raise ValueError("a LoRA needs a transformer's weights")
    weights, device = settings.weights, torch.device(settings.device)
    seconds: dict[Place, dict[str, float]] = {}
    with torch.inference_mode():
        transformer = ModelLedger(DTYPE, torch.device("cpu"), checkpoint_path=weights.checkpoint).transformer()
        moving.to_device((transformer,), device)
    for place in get_args(Place):
        start = time.perf_counter()
        lora = FusedLoras(transformer, Path(weights.lora), Path(weights.checkpoint), place)
        kept = _seconds_since(start, device)
        if not seconds:
            lora.fuse(2 * OTHER_STRENGTH)  # once untimed: the first pass loads kernels and takes memory
        start = time.perf_counter()
        lora.fuse(OTHER_STRENGTH)
        seconds[place] = {"keep": kept, "fuse": _seconds_since(start, device)}
        if place != "file":  # the last
            lora.fuse(0)  # what the next place wants to find
    return seconds


def _seconds_since(start: float, device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return round(time.perf_counter() - start, 3)
