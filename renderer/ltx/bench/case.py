"""What `python -m renderer.bench` renders: the weights, the reference picture and the shot."""

from __future__ import annotations

import logging
import math
import secrets
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from renderer.geometry import frame_reference, geometry_of
from renderer.ltx import files, synthetic
from renderer.protocol import Pin, Render, Slate

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.ltx.architecture import Scale
    from renderer.ltx.bench.programme import Part
    from renderer.protocol import Weights

log = logging.getLogger(__name__)

FULL_SET_BYTES = 71 * 10**9


NEW = secrets.token_hex(4)
"""In every prompt that no cache may know, not even one that an earlier benchmark has filled."""

OTHER_STRENGTH = 0.5
"""A LoRA strength that no timed shot has."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a benchmark is to do.

    Attributes:
        parts: of sections, in their order (see `renderer.ltx.bench.programme`).
        scale: of the weights.
        repeat: shots timed each way.
        queues: lengths of the queues that are timed.
        sizes: width, height and frames of the shots that growth is measured with.
        here: whether ours run in this process, or in a renderer process, as for the bot.
        end: value of `time.perf_counter` when it should be done; infinity where it may take as long as it takes.
    """

    parts: tuple[Part, ...]
    scale: Scale
    repeat: int
    queues: tuple[int, ...]
    sizes: tuple[tuple[int, int, int], ...]
    here: bool
    end: float = math.inf

    def seconds_left(self) -> float:
        """Return how long it may still take."""
        return self.end - time.perf_counter()

    def limit_s(self) -> float | None:
        """Return the seconds after which a process that is started now is to be killed; None for never."""
        return None if math.isinf(self.end) else max(1.0, self.seconds_left())

    def has(self, section: str) -> bool:
        """Whether any part of `section` is asked for."""
        return any(part.section == section for part in self.parts)


class Silent:
    """A watch that nobody looks at."""

    def progress(self, stage: str, step: int, steps: int) -> None:
        """Do nothing."""


PROMPT = (
    "A palace garden at dusk, willows over a pond, lanterns being lit. A young woman in a BLUE robe picks up a jade "
    "pendant; a prince in a WHITE robe watches her from the bridge. Medium shot, slow push in. "
    "沈月华在御花园拾起玉佩,萧云霄立于桥头凝望。BLUE robe, WHITE robe throughout."
)


PROMPTS = (
    "Night rain over a market street. A courier in a YELLOW raincoat runs past a woman with a RED umbrella. Handheld.",
    "A quiet kitchen in the morning. An old man in a GREY cardigan pours tea; steam in the sunlight. Static wide.",
    "雪夜山道,将军身披 BLACK 斗篷策马而来,火把映红雪地;少女身着 WHITE 狐裘立于城门前。远景,缓慢推近。",
    "Two astronauts in ORANGE and BLUE suits float through a station, Earth turning behind the window. Dolly back.",
)
"""What `fast` is held against `exact` with, beside `PROMPT`."""


def full_set(folder: Path, gemma: Path | None) -> Weights:
    """Return the full synthetic set in `folder`, written on the GPU on first use.

    Raises:
        OSError: the disk has no room for it.
    """
    weights = files.set_in(folder, gemma)
    if not files.missing(weights):
        return weights
    folder.mkdir(parents=True, exist_ok=True)
    if gemma is None and (free := shutil.disk_usage(folder).free) < FULL_SET_BYTES:
        raise OSError(f"{folder} has {free / 1e9:.0f} GB free; the full synthetic set takes {FULL_SET_BYTES / 1e9:.0f}")
    start = time.perf_counter()
    synthetic.write(folder, "full", "cuda", gemma)
    torch.cuda.empty_cache()  # what drew the numbers would lie in the way of what is measured
    log.info("full synthetic set written in %.0f s", time.perf_counter() - start)
    return weights


def draw_reference(path: Path, width: int, height: int) -> None:
    """Write a picture with smooth and sharp parts, the same each time."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = [127 + 120 * np.sin(6.3 * (x * a + y * b)) for a, b in ((1, 0), (0, 2), (2, 1))]
    pixels = np.stack(waves, axis=-1).astype(np.uint8)
    pixels[height // 4 : height // 2, width // 3 : width // 2] = (200, 30, 40)
    Image.fromarray(pixels).save(path)


def shot_in(folder: Path, width: int, height: int, frames: int) -> Render:
    """Return the shot that is timed: one reference at frame 0, drawn into `folder`, where the clip goes too."""
    reference = folder / "reference.png"
    draw_reference(reference, width, height)
    return Render(
        job=1,
        prompt=PROMPT,
        seed=42,
        width=width,
        height=height,
        frames=frames,
        pins=(Pin(path=str(reference), frame=0, strength=0.9),),
        output=str(folder / "ours.mp4"),
        slate=Slate(number=1),
    )


def for_stock(shot: Render, folder: Path) -> Render:
    """Return `shot` as the stock class can take it: at the rendered size, from pictures framed for it."""
    geometry = geometry_of(shot)
    pins: list[Pin] = []
    for pin in shot.pins:
        framed = folder / f"framed-{pin.frame}.png"
        with Image.open(pin.path) as picture:
            frame_reference(picture, geometry).save(framed)
        pins.append(pin.model_copy(update={"path": str(framed)}))
    return shot.model_copy(
        update={
            "width": geometry.render_width,
            "height": geometry.render_height,
            "pins": tuple(pins),
            "output": str(folder / "stock.mp4"),
        }
    )


def case_of(shot: Render) -> dict[str, int]:
    """Return what is rendered, in numbers."""
    return {
        "width": shot.width,
        "height": shot.height,
        "frames": shot.frames,
        "trim": shot.trim,
        "pins": len(shot.pins),
    }
