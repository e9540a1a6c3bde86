"""The stock class: timed, and what it renders kept to be compared with."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import torch

from renderer.ltx import memory
from renderer.ltx.bench import footage
from renderer.ltx.bench.case import for_stock
from renderer.ltx.bench.runs import Runs
from renderer.ltx.pipeline import Latents
from renderer.ltx.stock import Stock

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.ltx.bench.load import LoadMeter
    from renderer.ltx.stock import StockShot
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)


class Yardstick:
    """The stock class over the weights of `settings`, whose device nothing else may fill meanwhile."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Prepare; `folder` takes stock's references and clips.

        Raises:
            ValueError: `settings` names no weights.
        """
        if settings.weights is None:
            raise ValueError("the stock class needs weights")
        self._weights = settings.weights
        self._device = torch.device(settings.device)
        self._folder = folder
        self._latents: dict[str, Latents] = {}

    def time(self, shot: Render, repeat: int, meter: LoadMeter) -> tuple[Runs, Runs]:
        """Render `shot` `repeat` times, each time into a file of noise and one of footage; return the times of both.

        The call, at whose end no frame is decoded yet, is the same for either: it is made once, and its seconds count
        in both.
        """
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        stock, stocks = self._stock(shot), for_stock(shot, self._folder)
        footage.draw(stocks.frames, stocks.height, stocks.width, self._device)  # the first drawing is not timed
        noise, shown = Runs("stock call + encode_video, noise"), Runs("stock call + encode_video, footage")
        for _ in range(repeat):
            start = time.perf_counter()
            made = stock.render(stocks)
            noise.seconds.append(round(made.seconds + made.write(stocks), 3))
            if (load := meter.between(start, time.perf_counter())) is not None:
                noise.load = {"all": load}
            shown_s = made.write(stocks, lambda decoded: footage.instead_of(decoded, stocks.frames))
            shown.seconds.append(round(made.seconds + shown_s, 3))
            log.info("stock: %.3f of noise, %.3f of footage", noise.seconds[-1], shown.seconds[-1])
            self._keep(shot, made)
            del made  # its decoder would lie in the way of the next call
        noise.peak_memory = shown.peak_memory = memory.peak(self._device)
        return noise, shown

    def has(self, shot: Render) -> bool:
        """Whether `latents` would not have to render `shot`."""
        return shot.model_dump_json() in self._latents

    def latents(self, shot: Render) -> Latents:
        """Return the latents of `shot`, on the host, rendered now or before."""
        if not self.has(shot):
            self._keep(shot, self._stock(shot).render(for_stock(shot, self._folder)))
        return self._latents[shot.model_dump_json()]

    def _stock(self, shot: Render) -> Stock:
        return Stock(self._weights, self._device, shot.lora_strength, shot.styles)

    def _keep(self, shot: Render, made: StockShot) -> None:
        self._latents[shot.model_dump_json()] = Latents(made.video, made.audio, torch.Generator())
