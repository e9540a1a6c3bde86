"""The first things that the engine does, before what takes seconds to import: device, memory plan, weights under way.

Imports torch, nothing of ltx_core.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from renderer.ltx import device, files, memory, plans, tensor_files
from renderer.ltx.lora_files import ELSEWHERE, IN_CHECKPOINT
from renderer.ltx.reading import Reading

if TYPE_CHECKING:
    import torch

    from renderer.ltx.plans import Plan
    from renderer.protocol import Precision, Settings, Weights

TEXT = ("text_embedding_projection.", *(f"{IN_CHECKPOINT}{name}" for name in ELSEWHERE))
"""What the checkpoint holds of the text side, by the beginning of its name."""

NEVER = ("audio_vae.encoder.",)
"""What it holds that is never used here."""

SIGHT = ("vision_tower.", "multi_modal_projector.")
"""What Gemma's files hold that is not: how it reads pictures."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands fixed before any model is built.

    Attributes:
        begun: when, by `time.perf_counter`.
        weights: the files.
        device: where models work.
        plan: the memory plan that the free memory allows, before any was taken.
        reading: what that plan keeps on the device whole.
    """

    begun: float
    weights: Weights
    device: torch.device
    plan: Plan
    reading: Reading


def begin(settings: Settings) -> Opening:
    """Choose device and plan, and have the weights read.

    Raises:
        FileNotFoundError: names every weight file that is missing.
        BadFile: a weight file is no safetensors file, or is cut off.
    """
    begun = time.perf_counter()
    if settings.weights is None:
        raise FileNotFoundError("the ltx engine needs the paths of checkpoint, upscaler, lora and gemma")
    there = device.named(settings.device)
    device.use(there)
    memory.limit(there, settings.memory_limit)
    plan = plans.choose(memory.free(there), settings.plan)
    return Opening(begun, settings.weights, there, plan, read(settings.weights, there, plan, settings.precision))


def read(weights: Weights, there: torch.device, plan: Plan, precision: Precision) -> Reading:
    """Begin to read what lies on the device as it stands in the files; all else comes through host memory.

    Raises:
        FileNotFoundError: names every weight file that is missing.
        BadFile: a weight file is no safetensors file, or is cut off.
    """
    files.require(weights)
    checkpoint, upscaler = Path(weights.checkpoint), Path(weights.upscaler)
    left = (*NEVER, *TEXT) if plan.text_streamed else NEVER
    rounds = plan.rounds(precision)
    wanted = {path: set(tensor_files.entries(path)) for path in (checkpoint, upscaler)}
    wanted[checkpoint] = {
        name
        for name in wanted[checkpoint]
        if not name.startswith(left) and not (rounds and name.startswith(IN_CHECKPOINT) and not name.startswith(TEXT))
    }
    if not plan.text_streamed:
        wanted |= {
            path: {name for name in tensor_files.entries(path) if not name.startswith(SIGHT)}
            for path in files.shards(weights)
        }
    return Reading(wanted, there)
