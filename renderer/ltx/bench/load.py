"""How fast the GPU's clock runs and how much power it draws, read now and then while something else is measured."""

from __future__ import annotations

import logging
import statistics
import threading
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger(__name__)

EVERY_S = 0.05
"""Seconds between two readings; the driver's own are some 0.1 s old for power."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was read during some time.

    Attributes:
        clock: of the multiprocessors, MHz, the median.
        slowest: the lowest clock that was read.
        power: W, the mean.
        readings: how many there were.
    """

    clock: float
    slowest: float
    power: float
    readings: int


class LoadMeter:
    """Reads clock and power on a thread of its own; a context manager.

    Reads nothing on a CPU, and where the driver's library is not installed (`pip install nvidia-ml-py`).
    """

    def __init__(self, device: torch.device) -> None:
        """Prepare to read from `device`."""
        self._device = device
        self._times: list[float] = []
        self._readings: list[tuple[float, float]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def __enter__(self) -> Self:
        """Start to read."""
        if self._device.type == "cuda":
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def between(self, start: float, end: float) -> Load | None:
        """Return what was read between two values of `time.perf_counter`; None if nothing was."""
        readings = self._readings[bisect_left(self._times, start) : bisect_right(self._times, end)]
        if not readings:
            return None
        clocks = [clock for clock, _ in readings]
        return Load(
            clock=statistics.median(clocks),
            slowest=min(clocks),
            power=round(statistics.fmean(power for _, power in readings), 1),
            readings=len(readings),
        )

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                reading = float(torch.cuda.clock_rate(self._device)), torch.cuda.power_draw(self._device) / 1000
            except (ImportError, RuntimeError) as error:
                log.info("clock and power are not read: %s", error)
                return
            except Exception as error:  # noqa: BLE001 - the driver library's own kind, which may not be installed
                log.info("clock and power are not read (%s): %s", type(error).__name__, error)
                return
            self._readings.append(reading)
            self._times.append(time.perf_counter())
