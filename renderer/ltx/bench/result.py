"""What a benchmark found."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import torch

from renderer.ltx import probe
from renderer.ltx.engine import PACKAGES

if TYPE_CHECKING:
    from renderer.ltx.adapters import Place
    from renderer.ltx.bench.ceilings import Ceiling
    from renderer.ltx.bench.layers import Layers
    from renderer.ltx.bench.plans import RanOut
    from renderer.ltx.bench.runs import Runs
    from renderer.ltx.bench.similarity import Agreement


@dataclass(slots=True)
class Result:
    """What was found; empty where it was not asked for.

    Attributes:
        machine: device and versions.
        case: what was rendered.
        ceilings: what the device reaches at most in the transformer's own shapes.
        runs: stock, then ours in each precision; each of noise, and of footage.
        ratios: stock's median by ours, by precision and picture.
        reached: what the stages reach, TFLOP/s, by name of the runs.
        agreement: how far latents and frames lie apart, by what was compared with what.
        layers: what float8 costs in each layer.
        queues: seconds for a queue of shots, by precision and length.
        growth: other lengths and sizes.
        plans: a shot in each memory plan, within that plan's memory.
        ran_out: a shot that a full device interrupted.
        lora: seconds to change its strength, by where base weights are kept.
        styles: seconds of a shot with another style LoRA, by precision and change.
        missing: parts that were asked for and are not here, with the reason.
        seconds: how long each part took, by name, to estimate the next benchmark with.
    """

    machine: dict[str, str | int]
    case: dict[str, int]
    ceilings: dict[str, Ceiling] = field(default_factory=dict[str, "Ceiling"])
    runs: list[Runs] = field(default_factory=list["Runs"])
    ratios: dict[str, float] = field(default_factory=dict[str, float])
    reached: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    agreement: dict[str, Agreement] = field(default_factory=dict[str, "Agreement"])
    layers: Layers | None = None
    queues: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    growth: list[Runs] = field(default_factory=list["Runs"])
    plans: dict[str, Runs] = field(default_factory=dict[str, "Runs"])
    ran_out: RanOut | None = None
    lora: dict[Place, dict[str, float]] = field(default_factory=dict["Place", dict[str, float]])
    styles: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict[str, dict[str, dict[str, float]]])

    missing: dict[str, str] = field(default_factory=dict[str, str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])


def machine() -> dict[str, str | int]:
    """Return what the numbers were taken on."""
    device = probe.cuda()
    return {
        "device": device[0] if device else "cpu",
        "device_memory": device[1] if device else 0,
        "cpus": os.cpu_count() or 0,
        "cuda": str(torch.version.cuda or ""),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
