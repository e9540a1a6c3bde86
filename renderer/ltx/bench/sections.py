"""The sections of a benchmark, one after the other, into one result that is saved as it grows."""

from __future__ import annotations

import gc
import logging
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import torch

from renderer.ltx import probe
from renderer.ltx.bench import ceilings, footage, growth, layers, lora, plans, quality, queues, styles
from renderer.ltx.bench.case import OTHER_STRENGTH, case_of, for_stock
from renderer.ltx.bench.load import LoadMeter
from renderer.ltx.bench.runs import Runs, opened, run_stock
from renderer.ltx.engine import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renderer.ltx.adapters import Place
    from renderer.ltx.bench.case import Wanted
    from renderer.ltx.bench.ceilings import Ceiling
    from renderer.ltx.bench.layers import Layers
    from renderer.ltx.bench.plans import RanOut
    from renderer.ltx.bench.similarity import Agreement
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)


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
        plans: a shot in each memory plan, within that plan's memory, or why there is none.
        ran_out: shots that a full device interrupted.
        lora: seconds to change its strength, by where base weights are kept.
        styles: seconds of a shot with another style LoRA, by precision and change.
    """

    machine: dict[str, str | int]
    case: dict[str, int]
    ceilings: dict[str, Ceiling] = field(default_factory=dict[str, "Ceiling"])
    runs: list[Runs] = field(default_factory=list[Runs])
    ratios: dict[str, float] = field(default_factory=dict[str, float])
    reached: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    agreement: dict[str, Agreement] = field(default_factory=dict[str, "Agreement"])
    layers: Layers | None = None
    queues: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    growth: list[Runs] = field(default_factory=list[Runs])
    plans: dict[str, Runs | str] = field(default_factory=dict[str, "Runs | str"])
    ran_out: list[RanOut] = field(default_factory=list["RanOut"])
    lora: dict[Place, dict[str, float]] = field(default_factory=dict["Place", dict[str, float]])
    styles: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict[str, dict[str, dict[str, float]]])


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
    """Measure the sections of `wanted`; `save` is handed the result whenever there is more in it, as it takes long."""
    result = Result(machine=machine(), case=case_of(shot))
    device = torch.device(settings.device)
    with LoadMeter(device) as meter:
        work = _Work(settings, shot, folder, wanted, meter, result, lambda: save(result))
        for section in wanted.sections:
            log.info("section %s", section)
            getattr(work, section)()
            save(result)
            _give_back()
    return result


def _give_back() -> None:
    """Give the device's memory back: what this process holds, a renderer process of the next section would lack."""
    footage.draw.cache_clear()
    gc.collect()
    torch.cuda.empty_cache()


@dataclass(frozen=True, slots=True)
class _Work:
    """The sections, by the names of `renderer.bench.SECTIONS`."""

    settings: Settings
    shot: Render
    folder: Path
    wanted: Wanted
    meter: LoadMeter
    result: Result
    save: Callable[[], None]

    def ceilings(self) -> None:
        device = torch.device(self.settings.device)
        if device.type == "cuda":
            self.result.ceilings = ceilings.measure(device, self.shot, self.meter)

    def shots(self) -> None:
        """Ours in each precision, and stock; each of noise, and of footage."""
        moving = self.shot.model_copy(update={"seed": footage.SEED})
        other = self.shot.model_copy(update={"lora_strength": OTHER_STRENGTH})
        for precision in self.wanted.precisions:
            where = "engine in this process" if self.wanted.here else "renderer process"
            noise, shown = (Runs(f"{where}, {precision}, {picture}") for picture in ("noise", "footage"))
            with opened(self.settings.model_copy(update={"precision": precision}), here=self.wanted.here) as renderer:
                noise.ready = renderer.ready
                noise.first = noise.once(renderer, self.shot)
                noise.repeat(renderer, self.shot, self.wanted.repeat, self.meter)
                shown.once(renderer, moving)  # draws the footage
                shown.repeat(renderer, moving, self.wanted.repeat, self.meter)
                noise.changed = noise.once(renderer, other)
            for runs in (noise, shown):
                self.result.runs.append(runs)
                if self.wanted.scale == "full":  # whose operations are counted
                    self.result.reached[runs.name] = ceilings.reached(self.shot, runs.median_stages())
            self.save()
        ours = list(self.result.runs)
        theirs = run_stock(self.settings, for_stock(self.shot, self.folder), self.wanted.repeat, self.meter)
        for number, runs in enumerate(ours):
            self.result.ratios[runs.name.partition(", ")[2]] = round(theirs[number % 2].median / runs.median, 2)
        self.result.runs[:0] = theirs

    def quality(self) -> None:
        def found(name: str, agreement: Agreement) -> None:
            log.info("%s: %s", name, agreement)
            self.result.agreement[name] = agreement
            self.save()

        quality.compare(self.settings, self.shot, self.folder, self.wanted.precisions, found)

    def layers(self) -> None:
        self.result.layers = layers.measure(self.settings, self.shot)

    def queue(self) -> None:
        for precision in self.wanted.precisions:
            chosen = self.settings.model_copy(update={"precision": precision})
            lengths = self.result.queues[precision] = {}
            for length, seconds in queues.measure(chosen, self.shot, self.wanted.queues, here=self.wanted.here):
                lengths[str(length)] = seconds
                self.save()

    def growth(self) -> None:
        def found(runs: Runs) -> None:
            log.info("%s: %s", runs.name, runs.seconds)
            self.result.growth.append(runs)
            self.save()

        for precision in self.wanted.precisions:
            chosen = self.settings.model_copy(update={"precision": precision})
            growth.measure(chosen, self.shot, self.wanted.sizes, self.meter, found, here=self.wanted.here)

    def plans(self) -> None:
        def found(name: str, runs: Runs | str) -> None:
            log.info("%s: %s", name, runs)
            self.result.plans[name] = runs
            self.save()

        plans.measure(self.settings, self.shot, self.wanted.plans, self.meter, found, limit_s=self.wanted.plan_limit_s)

    def oom(self) -> None:
        def found(shot: plans.RanOut) -> None:
            log.info("%s", shot)
            self.result.ran_out.append(shot)
            self.save()

        plans.run_out(self.settings, self.shot, found)

    def lora(self) -> None:
        self.result.lora = lora.measure(self.settings)

    def style(self) -> None:
        def found(name: str, agreement: Agreement) -> None:
            self.result.agreement[name] = agreement
            self.save()

        changes = styles.measure(
            self.settings, self.shot, self.folder, self.wanted.scale, precisions=self.wanted.precisions, found=found
        )
        for name, seconds in changes:
            self.result.styles[name] = seconds
            self.save()
