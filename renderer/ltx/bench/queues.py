"""Shots that wait in a queue, as an episode's do."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from renderer.ltx.bench.case import NEW

if TYPE_CHECKING:
    from renderer.ltx.bench.runs import Renderer
    from renderer.protocol import Render

log = logging.getLogger(__name__)


def measure(renderer: Renderer, shot: Render, length: int, name: str) -> float:
    """Return the seconds for `length` shots, with prompts and seeds of their own; `name` is in the prompts."""
    shots = [
        shot.model_copy(
            update={
                "job": number + 1,
                "seed": shot.seed + number,
                "prompt": f"Shot {number} of {length}, {name}, {NEW}. {shot.prompt}",
                "output": f"{shot.output}.{number}.mp4",
            }
        )
        for number in range(length)
    ]
    start = time.perf_counter()
    done = renderer.render_all(shots)
    seconds = round(time.perf_counter() - start, 2)
    log.info("queue of %d, %s: %.2f s", length, name, seconds)
    for each in done:
        log.info("%s", each.stages)
    return seconds
