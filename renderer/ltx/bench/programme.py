"""What a benchmark measures, in which order, and about how long each part takes. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from renderer.protocol import PlanName, Precision


@dataclass(frozen=True, slots=True)
class Section:
    """Something to measure.

    Attributes:
        says: what, for the command line.
        seconds: about how long one part of it takes on an H200 at full size: one precision, one of stock's calls, one
            shot of a queue. Without what stands in `START`.
    """

    says: str
    seconds: float


SECTIONS = {
    "ceilings": Section("what the GPU reaches alone in the transformer's shapes, and at which clock", 14),
    "shots": Section("ours, of noise and of footage", 45),
    "queue": Section("shots that wait in a queue", 5),
    "style": Section("changes of style LoRA between shots (synthetic ones)", 22),
    "growth": Section("longer and larger shots", 75),
    "stock": Section("the stock class, of noise and of footage", 36),
    "quality": Section("ours against stock, stock against itself, fast against exact", 32),
    "layers": Section("the error of float8 in each layer", 14),
    "lora": Section("a change of the LoRA's strength, by where its base weights lie", 35),
    "styled": Section("a shot with a style LoRA against the stock class's", 55),
    "oom": Section("a device that runs out of memory in the middle of a shot", 45),
    "plans": Section("each memory plan within its memory", 0),
}
"""In the order in which they are measured, but that those of `THROUGH` take turns by precision."""

THROUGH = ("shots", "queue", "style", "growth")
"""Sections that send shots through one renderer of each precision, which stays for all of them."""

START = 18.0
"""Seconds until such a renderer is READY and has rendered the first shot."""

LOADING = 8.0
"""Seconds until an engine in the benchmark's own process has its models."""

PLANS: dict[PlanName, float] = {"resident": 40, "text-streamed": 50, "fp8": 55, "half-streamed": 60, "streamed": 75}
"""Seconds for each memory plan, its process's start among them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section, which is measured as a whole or not at all.

    Attributes:
        section: of `SECTIONS`.
        of: the precision, plan or side that it is of; empty where the section is one part.
        seconds: about how long it takes, once `needs` is there.
        needs: what of `renderer.ltx.bench.kept` it goes on with; empty if nothing.
        start: seconds that this takes to come, where it is not there yet.
    """

    section: str
    of: str
    seconds: float
    needs: str = ""
    start: float = 0.0

    @property
    def name(self) -> str:
        """What the results call it."""
        return f"{self.section}, {self.of}" if self.of else self.section


def parts(
    sections: Collection[str],
    *,
    precisions: Collection[Precision],
    repeat: int,
    queues: Collection[int],
    plans: Collection[PlanName],
) -> tuple[Part, ...]:
    """Return the parts of `sections` in their order; the rest is as in `renderer.ltx.bench.case.Wanted`."""
    each = _parts(sorted(precisions), repeat, sum(queues), [plan for plan in PLANS if plan in plans])
    return tuple(part for part in each if part.section in sections)


def _parts(precisions: list[Precision], repeat: int, queued: int, plans: list[PlanName]) -> Iterator[Part]:
    """Yield the parts of all sections. `exact` comes first: `fast` is held against what it has rendered."""

    def part(section: str, of: str = "", *, times: int = 1, needs: str = "", start: float = 0.0) -> Part:
        return Part(section, of, times * SECTIONS[section].seconds, needs, start)

    yield part("ceilings")
    for precision in precisions:
        for section in THROUGH:
            times = queued if section == "queue" else 1
            yield part(section, precision, times=times, needs=f"renderer, {precision}", start=START)
    yield part("stock", times=repeat)
    for side in (*precisions, "plain"):
        yield part("quality", side, needs=f"engine, {side}", start=LOADING)
    yield part("layers", needs="engine, plain", start=LOADING)
    yield part("lora")
    yield part("styled")
    yield part("oom")
    for plan in plans:
        yield Part("plans", plan, PLANS[plan])
