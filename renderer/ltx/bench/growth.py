"""How a shot's time and memory grow with its length and size."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from renderer.ltx.bench.runs import Runs, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.bench.load import LoadMeter
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)

FULL = tuple((width, height, frames) for width, height in ((960, 544), (1280, 704)) for frames in (121, 241, 361))
TINY = ((128, 64, 9), (128, 64, 17), (192, 128, 17))


def measure(
    settings: Settings,
    shot: Render,
    sizes: tuple[tuple[int, int, int], ...],
    meter: LoadMeter,
    found: Callable[[Runs], None],
    *,
    here: bool,
) -> None:
    """Render `shot` in each of `sizes` (width, height, frames): once untimed, which may compile, and once timed."""
    with opened(settings, here=here) as renderer:
        for width, height, frames in sizes:
            runs = Runs(f"{width}×{height}, {frames} frames, {settings.precision}", ready=renderer.ready)
            sized = shot.model_copy(update={"width": width, "height": height, "frames": frames})
            runs.first = runs.once(renderer, sized)
            runs.peak_memory = 0  # compiling takes memory, too
            runs.repeat(renderer, sized, 1, meter)
            found(runs)
