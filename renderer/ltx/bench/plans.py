"""Each memory plan within its memory, and a device that runs out of it in the middle of a shot."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from renderer.ltx import memory
from renderer.ltx.bench.case import Silent
from renderer.ltx.bench.runs import Runs, opened
from renderer.ltx.engine import LtxEngine
from renderer.ltx.plans import GB, PLANS

if TYPE_CHECKING:
    from renderer.ltx.bench.load import LoadMeter
    from renderer.protocol import PlanName, Render, Settings

log = logging.getLogger(__name__)

SMALLEST_DEVICE = 16 * GB
"""Bytes that the smallest memory plan gets."""

HEADROOM = 2 * GB
"""Bytes beside the models that a shot gets which is to run out: enough to begin with, not enough to get to its end."""


@dataclass(frozen=True, slots=True)
class RanOut:
    """A shot that a full device interrupted.

    Attributes:
        headroom: bytes that it had beside the models.
        limit: bytes that the process might take.
        before: the memory plan in which it was begun.
        after: the one that rendered it, and what it had to do without.
        seconds: until it was rendered, loading and compiling for the smaller plan included.
        peak_memory: bytes, at the peak of what rendered it.
    """

    headroom: int
    limit: int
    before: str
    after: str
    seconds: float
    peak_memory: int


def measure(settings: Settings, shot: Render, name: PlanName, meter: LoadMeter, *, limit_s: float | None) -> Runs:
    """Render `shot` twice in a process in the plan `name`, which may take no more memory than the plan needs.

    The second shot's prompt is new, so that the text encoder's way is in its time.

    Args:
        settings: how the process is built, but for its plan.
        shot: what is rendered.
        name: the plan's.
        meter: reads meanwhile.
        limit_s: seconds after which the process is killed; None for never.

    Raises:
        RuntimeError: it failed, in its own words.
        TimeoutError: it was killed.
    """
    memory_limit = next(plan.needs for plan in PLANS if plan.name == name) or SMALLEST_DEVICE
    limited = settings.model_copy(update={"plan": name, "memory_limit": memory_limit})
    runs = Runs(f"memory plan {name}, {memory_limit / GB:.0f} GB")
    with opened(limited, limit_s=limit_s) as renderer:
        runs.ready = renderer.ready
        log.info("%s: READY in %.1f s", runs.name, runs.ready)
        runs.first = runs.once(renderer, shot)
        runs.repeat(renderer, shot, 1, meter)
    return runs


def run_out(settings: Settings, shot: Render) -> RanOut | None:
    """Let a shot run out of device memory for real; the engine must render it all the same.

    None on a CPU, whose memory is not limited here.

    Raises:
        RuntimeError: the shot did not run out, so that nothing was shown.
    """
    device = torch.device(settings.device)
    if device.type != "cuda":
        log.info("a CPU's memory is not limited: nothing runs out of it")
        return None
    engine = LtxEngine(settings.model_copy(update={"plan": "resident"}), "bench")
    before = engine.models.plan.name
    torch.cuda.empty_cache()
    limit = torch.cuda.memory_allocated(device) + HEADROOM
    memory.limit(device, limit)
    start = time.perf_counter()
    try:
        done = engine.render(shot, Silent())
        seconds = round(time.perf_counter() - start, 1)
    finally:
        memory.limit(device, 0)
        engine.close()
    if done.plan == before and not engine.given_up:
        raise RuntimeError(f"the shot found room in {HEADROOM / GB:.0f} GB; nothing ran out")
    after = " without ".join([done.plan, *engine.given_up])
    return RanOut(HEADROOM, limit, before, after, seconds, done.peak_memory)
