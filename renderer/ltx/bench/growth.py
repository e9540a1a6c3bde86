"""How a shot's time and memory grow with its length and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.ltx.bench.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.ltx.bench.load import LoadMeter
    from renderer.ltx.bench.runs import Renderer
    from renderer.protocol import Render

FULL = tuple((width, height, frames) for width, height in ((960, 544), (1280, 704)) for frames in (121, 241, 361))
TINY = ((128, 64, 9), (128, 64, 17), (192, 128, 17))


def measure(
    renderer: Renderer, shot: Render, name: str, sizes: tuple[tuple[int, int, int], ...], meter: LoadMeter
) -> Iterator[Runs]:
    """Yield what `shot` takes in each of `sizes` (width, height, frames): one shot, the first of its size.

    So what a size's first shot takes beyond its second is in its time. The shot's own size was rendered before.
    """
    for width, height, frames in sizes:
        runs = Runs(f"{width}×{height}, {frames} frames, {name}")
        runs.repeat(renderer, shot.model_copy(update={"width": width, "height": height, "frames": frames}), 1, meter)
        yield runs
