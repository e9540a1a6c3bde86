"""The measuring half of `python -m renderer.bench`: what needs torch."""

from __future__ import annotations

import logging
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar, cast, get_args

import torch

from renderer.ltx import bench_ceilings, bench_quality, memory, probe
from renderer.ltx.adapters import Place
from renderer.ltx.bench_case import Silent, Wanted, for_stock
from renderer.ltx.engine import PACKAGES, LtxEngine
from renderer.ltx.library import ModelLedger
from renderer.ltx.lora import FusedLoras
from renderer.ltx.plans import PLANS
from renderer.ltx.stock import Stock
from renderer.ltx.weights import DTYPE
from renderer.protocol import EVENT, Done, Failed, Ready, Shutdown, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.bench_quality import Agreement
    from renderer.ltx.stock import StockShot
    from renderer.protocol import Precision, Render, Settings

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", Ready, Done)


OTHER_STRENGTH = 0.5
"""A LoRA strength that no timed shot has."""

SMALLEST_DEVICE = 16 * 10**9
"""Bytes that the smallest memory plan gets."""


@dataclass(slots=True)
class Runs:
    """One way of rendering, timed.

    Attributes:
        name: what was run.
        ready: seconds until it could take its first shot; None where it starts anew for every shot.
        seconds: wall time of each shot, prompt to finished file.
        stages: seconds by stage of each shot.
        peak_memory: bytes of device memory at the highest peak (resident size on a CPU).
        first: seconds by stage, and in `total`, of the first shot after READY, which is not among the timed ones.
        changed: the same of a shot after them whose LoRA strength is another.
    """

    name: str
    ready: float | None = None
    seconds: list[float] = field(default_factory=list[float])
    stages: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    peak_memory: int = 0
    first: dict[str, float] | None = None
    changed: dict[str, float] | None = None

    @property
    def median(self) -> float:
        """The median shot, in seconds."""
        return statistics.median(self.seconds)

    def median_stages(self) -> dict[str, float]:
        """The median of each stage that every shot has, in seconds."""
        if not self.stages:
            return {}
        common = [stage for stage in self.stages[0] if all(stage in stages for stages in self.stages)]
        return {stage: statistics.median(stages[stage] for stages in self.stages) for stage in common}


@dataclass(slots=True)
class Result:
    """What `measure` found.

    Attributes:
        machine: device and versions.
        case: what was rendered.
        runs: the stock class, then ours in each precision.
        ratios: stock's median by ours, by precision.
        agreement: how far latents and frames lie apart, by what was compared with what.
        ceilings: what the device reaches at most in the transformer's own shapes, TFLOP/s.
        reached: what the stages reach, TFLOP/s, by precision.
        queues: seconds for a queue of shots, by precision and length.
        plans: a shot in each memory plan, within that plan's memory.
        lora: seconds to change its strength, by where base weights are kept; empty where not asked for.
    """

    machine: dict[str, str | int]
    case: dict[str, int]
    runs: list[Runs]
    ratios: dict[str, float]
    agreement: dict[str, Agreement] = field(default_factory=dict[str, "Agreement"])
    ceilings: dict[str, float] = field(default_factory=dict[str, float])
    reached: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    queues: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    plans: dict[str, Runs] = field(default_factory=dict[str, Runs])
    lora: dict[Place, dict[str, float]] = field(default_factory=dict[Place, dict[str, float]])


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


def measure(settings: Settings, shot: Render, folder: Path, wanted: Wanted, save: Callable[[Result], None]) -> Result:
    """Render `shot` with the stock class and with resident models, in each precision; compare what comes out.

    `save` is handed the result whenever there is more in it: a run takes many minutes.
    """
    other = shot.model_copy(update={"lora_strength": OTHER_STRENGTH})
    result = Result(machine=machine(), case=_case(shot), runs=[], ratios={})
    device = torch.device(settings.device)
    if device.type == "cuda":
        result.ceilings = bench_ceilings.measure(device, shot)
    ours: dict[Precision, Runs] = {}
    render = run_process if wanted.through_process else run_engine
    for precision in wanted.precisions:
        chosen = settings.model_copy(update={"precision": precision})
        ours[precision] = render(chosen, shot, wanted.repeat, other)
        result.reached[precision] = bench_ceilings.reached(shot, ours[precision].median_stages())
        result.runs.append(ours[precision])
        save(result)
    theirs, stock = run_stock(settings, for_stock(shot, folder), wanted.repeat)
    result.runs.insert(0, theirs)
    result.ratios = {precision: round(theirs.median / runs.median, 2) for precision, runs in ours.items()}
    save(result)
    bench_quality.compare(settings, shot, stock, wanted, result)
    save(result)
    if wanted.plans:
        result.plans = time_plans(settings, shot)
    return result


def time_plans(settings: Settings, shot: Render) -> dict[str, Runs]:
    """Render `shot` twice in a process of its own for each memory plan, which may take no more than the plan needs."""
    found: dict[str, Runs] = {}
    for plan in PLANS:
        limited = {"plan": plan.name, "memory_limit": plan.needs or SMALLEST_DEVICE}
        try:
            found[plan.name] = run_process(settings.model_copy(update=limited), shot, 1, None)
        except RuntimeError as error:
            log.warning("Memory plan %s: %s", plan.name, error)
    return found


def _case(shot: Render) -> dict[str, int]:
    return {
        "width": shot.width,
        "height": shot.height,
        "frames": shot.frames,
        "trim": shot.trim,
        "pins": len(shot.pins),
    }


def run_process(settings: Settings, shot: Render, repeat: int, other: Render | None) -> Runs:
    """Render through a real renderer process, as the bot does (see `_time`).

    Raises:
        RuntimeError: the process failed, in its own words.
    """
    command = [sys.executable, "-m", "renderer", "--settings", settings.model_dump_json()]
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        requests, answers = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)

        def render(shot: Render) -> Done:
            requests.write(encode(shot))
            requests.flush()
            return _answer(answers, Done)

        _answer(answers, Ready)
        runs = Runs(f"renderer process, {settings.precision}", ready=round(time.perf_counter() - start, 2))
        _time(runs, render, shot, repeat, other)
        requests.write(encode(Shutdown()))
        requests.flush()
    return runs


def run_engine(settings: Settings, shot: Render, repeat: int, other: Render | None) -> Runs:
    """Render with a resident engine in this process (see `_time`)."""
    start = time.perf_counter()
    engine = LtxEngine(settings, "bench")
    runs = Runs(f"engine in this process, {settings.precision}", ready=round(time.perf_counter() - start, 2))
    try:
        _time(runs, lambda one: engine.render(one, Silent()), shot, repeat, other)
    finally:
        engine.close()
    return runs


def run_stock(settings: Settings, shot: Render, repeat: int) -> tuple[Runs, StockShot]:
    """Render `shot` with the stock class into a file `repeat` times; return the times and what the last came to.

    Raises:
        ValueError: `settings` names no weights.
    """
    if settings.weights is None:
        raise ValueError("the stock class needs weights")
    device = torch.device(settings.device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    stock = Stock(settings.weights, device, shot.lora_strength)
    runs = Runs("stock call + encode_video")
    while True:
        made = stock.render(shot, encode=True)
        runs.seconds.append(round(made.seconds, 3))
        log.info("%s: %.3f", runs.name, made.seconds)
        if len(runs.seconds) == repeat:
            runs.peak_memory = memory.peak(device)
            return runs, made


def time_lora(settings: Settings) -> dict[Place, dict[str, float]]:
    """Return, for each place where base weights can be kept, the seconds to fill it and to fuse another strength.

    Raises:
        ValueError: `settings` names no weights.
    """
    if settings.weights is None:
        raise ValueError("a LoRA needs a transformer's weights")
    weights, device = settings.weights, torch.device(settings.device)
    seconds: dict[Place, dict[str, float]] = {}
    with torch.inference_mode():
        transformer = ModelLedger(DTYPE, device, checkpoint_path=weights.checkpoint).transformer()
    for place in get_args(Place):
        start = time.perf_counter()
        lora = FusedLoras(transformer, Path(weights.lora), Path(weights.checkpoint), place)
        kept = _seconds_since(start, device)
        lora.fuse(OTHER_STRENGTH)  # once untimed: the first pass loads kernels and takes memory
        start = time.perf_counter()
        lora.fuse(2 * OTHER_STRENGTH)
        seconds[place] = {"keep": kept, "fuse": _seconds_since(start, device)}
        lora.fuse(0)  # what the next place wants to find
    return seconds


def _seconds_since(start: float, device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return round(time.perf_counter() - start, 3)


def _time(runs: Runs, render: Callable[[Render], Done], shot: Render, repeat: int, other: Render | None) -> None:
    """Render `shot` once and then `repeat` times more, and after that `other`; note each in `runs`."""

    def once(one: Render) -> dict[str, float]:
        start = time.perf_counter()
        done = render(one)
        total = round(time.perf_counter() - start, 3)
        runs.peak_memory = max(runs.peak_memory, done.peak_memory)
        log.info("%s: %s", runs.name, done.stages)
        return {**done.stages, "total": total}

    runs.first = once(shot)
    for number in range(repeat):
        stages = once(
            shot.model_copy(update={"prompt": f"{shot.prompt} Take {number}, {runs.name}."})
        )  # one that no cache knows
        runs.seconds.append(stages.pop("total"))
        runs.stages.append(stages)
    if other is not None:
        runs.changed = once(other)


def _answer(answers: IO[bytes], kind: type[Answer]) -> Answer:
    """Return the next answer of `kind`, past progress and heartbeats.

    Raises:
        RuntimeError: the process failed or ended.
    """
    for line in answers:
        match EVENT.validate_json(line):
            case Failed() as failure:
                raise RuntimeError(f"{failure.kind}: {failure.message}")
            case event if isinstance(event, kind):
                return event
            case _:
                continue
    raise RuntimeError("the renderer process ended; its last words are on stderr")
