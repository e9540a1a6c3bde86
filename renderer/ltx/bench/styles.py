"""What a change of style LoRA between two shots costs."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from renderer.ltx import synthetic
from renderer.ltx.adapters import Adapters
from renderer.ltx.bench.runs import StageTimes
from renderer.protocol import StyleLora

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.ltx.architecture import Scale
    from renderer.ltx.bench.runs import Renderer
    from renderer.protocol import Render

log = logging.getLogger(__name__)

RANK = 32

BESIDE = 0.4
"""Strength of the Dual-Character LoRA beside a style: the middle of what its card says."""

STRENGTH = 0.8


def write(folder: Path, scale: Scale, device: torch.device) -> tuple[StyleLora, StyleLora]:
    """Write two synthetic style LoRAs for the set of that `scale` into `folder`; `device` draws their numbers."""
    one, other = (StyleLora(path=str(folder / f"style{number}.safetensors"), strength=STRENGTH) for number in (1, 2))
    for number, style in enumerate((one, other)):
        synthetic.write_style(Path(style.path), scale, seed=101 + number, rank=RANK, device=device.type)
    return one, other


def styled(shot: Render, style: StyleLora) -> Render:
    """Return `shot` with `style` beside the Dual-Character LoRA."""
    return shot.model_copy(update={"lora_strength": BESIDE, "styles": (style,)})


def measure(renderer: Renderer, shot: Render, styles: Sequence[StyleLora]) -> dict[str, dict[str, float]]:
    """Return the seconds of shots whose styles change, by change: in `total`, and of them for the change in `lora`."""
    one, other = (styled(shot, style) for style in styles)
    found: dict[str, dict[str, float]] = {}
    for name, each in (("to a style", one), ("to another style", other), ("back", shot)):
        start = time.perf_counter()
        done = renderer.render(each, StageTimes())
        found[name] = {"lora": done.stages["lora"], "total": round(time.perf_counter() - start, 3)}
        log.info("%s: %s", name, found[name])
    return found


def time_read(style: StyleLora, device: torch.device) -> float:
    """Return the seconds to read a style LoRA to where it is kept: the first use of one that is not kept."""
    start = time.perf_counter()
    Adapters(device).get(Path(style.path))
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return round(time.perf_counter() - start, 3)
