"""The parts of a benchmark, one after the other, into one result that is saved as it grows."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch

from renderer.jobs import in_words
from renderer.ltx.bench import ceilings, footage, growth, layers, lora, plans, queues, styles
from renderer.ltx.bench.case import OTHER_STRENGTH, case_of
from renderer.ltx.bench.kept import Kept
from renderer.ltx.bench.load import LoadMeter
from renderer.ltx.bench.quality import Comparison
from renderer.ltx.bench.result import Result, machine
from renderer.ltx.bench.runs import Runs
from renderer.ltx.bench.yardstick import Yardstick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renderer.ltx.bench.case import Wanted
    from renderer.ltx.bench.kept import Side
    from renderer.ltx.bench.programme import Part
    from renderer.ltx.bench.similarity import Agreement
    from renderer.ltx.pipeline import Latents
    from renderer.protocol import PlanName, Precision, Render, Settings, StyleLora

log = logging.getLogger(__name__)


def measure(settings: Settings, shot: Render, folder: Path, wanted: Wanted, save: Callable[[Result], None]) -> Result:
    """Measure the parts of `wanted`; `save` is handed the result whenever there is more in it, as it takes long.

    A part is begun only if there seems to be time for it. One that fails does not keep the next from being measured.
    """
    result = Result(machine=machine(), case=case_of(shot))
    device = torch.device(settings.device)

    def found(name: str, agreement: Agreement) -> None:
        log.info("%s: %s", name, agreement)
        result.agreement[name] = agreement
        save(result)

    pair: tuple[StyleLora, ...] = ()
    if wanted.has("style") or wanted.has("styled"):
        pair = styles.write(folder, wanted.scale, device)
    with_styles = settings.model_copy(update={"styles": tuple(style.path for style in pair)})
    with LoadMeter(device) as meter, Kept(with_styles, shot, here=wanted.here, limit_s=wanted.limit_s) as kept:
        work = _Work(
            settings=settings,
            shot=shot,
            styles=pair,
            wanted=wanted,
            meter=meter,
            kept=kept,
            yardstick=Yardstick(settings, folder),
            comparison=Comparison(shot, device, found),
            result=result,
            save=lambda: save(result),
        )
        for part in wanted.parts:
            needed = part.seconds + (0 if kept.has(part.needs) else part.start)
            if (left := wanted.seconds_left()) < needed:
                result.missing[part.name] = f"not begun: it takes some {needed:.0f} s, and {left:.0f} were left"
                log.info("%s: %s", part.name, result.missing[part.name])
            else:
                work.measure(part)
            save(result)
    return result


@dataclass(frozen=True, slots=True)
class _Work:
    """The sections, by the names of `renderer.ltx.bench.programme.SECTIONS`."""

    settings: Settings
    shot: Render
    styles: tuple[StyleLora, ...]
    wanted: Wanted
    meter: LoadMeter
    kept: Kept
    yardstick: Yardstick
    comparison: Comparison
    result: Result
    save: Callable[[], None]

    def measure(self, part: Part) -> None:
        """Measure `part`, or note that it failed."""
        log.info("%s", part.name)
        start = time.perf_counter()
        if not part.needs:
            self.kept.clear()
        try:
            getattr(self, part.section)(part)
        except Exception as error:
            log.exception("%s failed", part.name)
            self.result.missing[part.name] = f"failed: {in_words(error)}"
        if part.name in self.result.missing:
            self.kept.clear()
        self.result.seconds[part.name] = round(time.perf_counter() - start, 1)

    def ceilings(self, _part: Part) -> None:
        device = torch.device(self.settings.device)
        if device.type == "cuda":
            self.result.ceilings = ceilings.measure(device, self.shot, self.meter)

    def shots(self, part: Part) -> None:
        """Ours in one precision, of noise and of footage."""
        where = "engine in this process" if self.wanted.here else "renderer process"
        noise, shown = (Runs(f"{where}, {part.of}, {picture}") for picture in ("noise", "footage"))
        warm = self.kept.renderer(cast("Precision", part.of))
        noise.ready, noise.first = warm.renderer.ready, warm.first
        noise.repeat(warm.renderer, warm.shot, self.wanted.repeat, self.meter)
        warm.shot = warm.shot.model_copy(update={"lora_strength": OTHER_STRENGTH})
        moving = warm.shot.model_copy(update={"seed": footage.SEED})
        noise.changed = Runs(f"{noise.name}, another strength").once(warm.renderer, moving)  # and draws the footage
        shown.repeat(warm.renderer, moving, self.wanted.repeat, self.meter)
        for runs in (noise, shown):
            self.result.runs.append(runs)
            if self.wanted.scale == "full":  # whose operations are counted
                self.result.reached[runs.name] = ceilings.reached(self.shot, runs.median_stages())

    def queue(self, part: Part) -> None:
        warm = self.kept.renderer(cast("Precision", part.of))
        lengths = self.result.queues.setdefault(part.of, {})
        for length in self.wanted.queues:
            lengths[str(length)] = queues.measure(warm.renderer, warm.shot, length, part.of)
            self.save()

    def style(self, part: Part) -> None:
        if "file" not in self.result.styles:
            seconds = styles.time_read(self.styles[0], torch.device(self.settings.device))
            self.result.styles["file"] = {"a style LoRA read": {"lora": seconds}}
        warm = self.kept.renderer(cast("Precision", part.of))
        self.result.styles[part.of] = styles.measure(warm.renderer, warm.shot, self.styles)

    def growth(self, part: Part) -> None:
        warm = self.kept.renderer(cast("Precision", part.of))
        for runs in growth.measure(warm.renderer, warm.shot, part.of, self.wanted.sizes, self.meter):
            log.info("%s: %s", runs.name, runs.seconds)
            self.result.growth.append(runs)
            self.save()

    def stock(self, _part: Part) -> None:
        """Stock, of noise and of footage, and how much faster ours were."""
        ours = list(self.result.runs)
        theirs = self.yardstick.time(self.shot, self.wanted.repeat, self.meter)
        for number, runs in enumerate(ours):
            self.result.ratios[runs.name.partition(", ")[2]] = round(theirs[number % 2].median / runs.median, 2)
        self.result.runs[:0] = theirs

    def quality(self, part: Part) -> None:
        """One engine against stock."""
        stock = self._stock_of(self.shot)
        engine = self.kept.engine(cast("Side", part.of))
        if part.of == "plain":
            self.comparison.plain(engine, stock)
        else:
            both = {each.of for each in self.wanted.parts if each.section == "quality"} >= {"exact", "fast"}
            self.comparison.product(engine, cast("Precision", part.of), stock, others=both)

    def layers(self, _part: Part) -> None:
        self.result.layers = layers.measure(self.kept.engine("plain"), self.shot)

    def lora(self, _part: Part) -> None:
        self.result.lora = lora.measure(self.settings)

    def styled(self, _part: Part) -> None:
        shot = styles.styled(self.shot, self.styles[0])
        stock = self._stock_of(shot)
        self.comparison.styled(self.kept.engine("plain"), shot, stock)

    def oom(self, _part: Part) -> None:
        self.result.ran_out = plans.run_out(self.settings, self.shot)

    def plans(self, part: Part) -> None:
        name = cast("PlanName", part.of)
        self.result.plans[name] = plans.measure(
            self.settings, self.shot, name, self.meter, limit_s=self.wanted.limit_s()
        )

    def _stock_of(self, shot: Render) -> Latents:
        """Return stock's latents of `shot`; where they must be made, nothing is kept on the device."""
        if not self.yardstick.has(shot):
            self.kept.clear()
        return self.yardstick.latents(shot)
