"""Each memory plan within its memory, and a device that runs out of it in the middle of a shot."""

from __future__ import annotations

import gc
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
    from collections.abc import Callable, Collection

    from renderer.ltx.bench.load import LoadMeter
    from renderer.protocol import PlanName, Render, Settings

log = logging.getLogger(__name__)

SMALLEST_DEVICE = 16 * GB
"""Bytes that the smallest memory plan gets."""

HEADROOM = (1 * GB, 4 * GB)
"""Bytes beside the models that a shot gets which is to run out: not enough to begin, and enough to get somewhere."""


@dataclass(frozen=True, slots=True)
class RanOut:
    """A shot that a full device interrupted.

    Attributes:
        headroom: bytes that it had beside the models.
        limit: bytes that the process might take.
        before: the memory plan in which it was begun.
        after: the one that rendered it.
        seconds: until it was rendered, loading and compiling for the smaller plan included.
        peak_memory: bytes, at the peak of what rendered it.
    """

    headroom: int
    limit: int
    before: str
    after: str
    seconds: float
    peak_memory: int


def measure(
    settings: Settings,
    shot: Render,
    names: Collection[PlanName],
    meter: LoadMeter,
    found: Callable[[str, Runs | str], None],
    *,
    limit_s: float,
) -> None:
    """Render `shot` twice in a process of its own for each plan, which may take no more memory than the plan needs.

    `found` is told of each plan when it is done, or of what became of it. The second shot's prompt is new, so that the
    text encoder's way is in its time. A process is killed after `limit_s` seconds.
    """
    for plan in PLANS:
        if plan.name not in names:
            continue
        limited = settings.model_copy(update={"plan": plan.name, "memory_limit": plan.needs or SMALLEST_DEVICE})
        runs = Runs(f"memory plan {plan.name}, {(plan.needs or SMALLEST_DEVICE) / GB:.0f} GB")
        try:
            with opened(limited, limit_s=limit_s) as renderer:
                runs.ready = renderer.ready
                log.info("%s: READY in %.1f s", runs.name, runs.ready)
                runs.first = runs.once(renderer, shot)
                runs.repeat(renderer, shot, 1, meter)
        except (RuntimeError, TimeoutError) as error:
            reached = "not READY" if runs.ready is None else f"READY in {runs.ready:.1f} s"
            found(plan.name, f"{error} ({reached})")
        else:
            found(plan.name, runs)


def run_out(settings: Settings, shot: Render, found: Callable[[RanOut], None]) -> None:
    """Let a shot run out of device memory for real, once for each of `HEADROOM`; the engine must render it.

    Nothing on a CPU, whose memory is not limited here.

    Raises:
        RuntimeError: the shot did not run out, so that nothing was shown.
    """
    device = torch.device(settings.device)
    if device.type != "cuda":
        log.info("a CPU's memory is not limited: nothing runs out of it")
        return
    for headroom in HEADROOM:
        engine = LtxEngine(settings.model_copy(update={"plan": "resident"}), "bench")
        before = engine.ready.plan
        limit = torch.cuda.memory_allocated(device) + headroom
        torch.cuda.empty_cache()
        memory.limit(device, limit)
        start = time.perf_counter()
        try:
            done = engine.render(shot, Silent())
            seconds = round(time.perf_counter() - start, 1)
        finally:
            memory.limit(device, 0)
            engine.close()
            gc.collect()
        if done.plan == before:
            raise RuntimeError(f"the shot found room in {headroom / GB:.0f} GB; nothing ran out")
        found(RanOut(headroom, limit, before, done.plan, seconds, done.peak_memory))
