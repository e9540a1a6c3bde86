"""Shots that wait in a queue, as an episode's do."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from renderer.ltx.bench.case import NEW
from renderer.ltx.bench.runs import StageTimes, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)


def measure(settings: Settings, shot: Render, lengths: Iterable[int], *, here: bool) -> Iterator[tuple[int, float]]:
    """Yield each of `lengths` with the seconds for so many shots, with prompts and seeds of their own.

    A shot before them is not timed: it compiles.
    """
    with opened(settings, here=here) as renderer:
        renderer.render(shot, StageTimes())
        for length in lengths:
            shots = [
                shot.model_copy(
                    update={
                        "job": number + 1,
                        "seed": shot.seed + number,
                        "prompt": f"Shot {number} of {length}, {settings.precision}, {NEW}. {shot.prompt}",
                        "output": f"{shot.output}.{number}.mp4",
                    }
                )
                for number in range(length)
            ]
            start = time.perf_counter()
            done = renderer.render_all(shots)
            seconds = round(time.perf_counter() - start, 2)
            log.info("queue of %d: %.2f s, %s", length, seconds, done[-1].stages)
            yield length, seconds
