"""Where a shot's time goes, and how far it is, on a device that works behind the program's back."""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from renderer.engine import Watch

STAGES = ("lora", "text", "images", "stage1", "upsample", "stage2", "decode", "audio", "encode")
"""A shot's stages, in the order in which they begin. `lora` is there only where the strength changed."""

Item = TypeVar("Item")


class StageClock:
    """Seconds by stage. Time belongs to the innermost open stage; a stage may open again, and adds up."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._seconds: dict[str, float] = {}
        self._open: list[str] = []
        self._since = 0.0

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage that was entered, in order."""
        return {stage: round(self._seconds[stage], 4) for stage in STAGES if stage in self._seconds}

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Count the time in this block as `name`, the device's work that was started in it included."""
        self._account()
        self._open.append(name)
        try:
            yield
            if self._device.type == "cuda":
                torch.cuda.current_stream(self._device).synchronize()  # another shot may be on another stream
        finally:
            self._account()
            self._open.pop()

    def each(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, counting as `name` the time that making each one takes."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                item = next(iterator, None)
            if item is None:
                return
            yield item

    def _account(self) -> None:
        """Give the time since the last change to the stage that was open."""
        now = time.perf_counter()
        if self._open:
            stage = self._open[-1]
            self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._since = now


class Steps:
    """Reports denoising steps as the device finishes them, not as the program asks for them.

    One step is always asked for ahead, so that the device never waits for the program; no more than one, so that a
    cancel comes through within two steps. This is the only place where the denoising loop waits for the device.
    """

    def __init__(self, watch: Watch, stage: str, steps: int, device: torch.device) -> None:
        self._watch = watch
        self._stage = stage
        self._steps = steps
        self._device = device
        self._asked: deque[torch.cuda.Event] = deque()
        self._done = 0

    def asked(self) -> None:
        """Note that one more step was asked for; report the one before it when it is done.

        Raises:
            Cancelled: from the watch.
        """
        if self._device.type != "cuda":
            self._report()
            return
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self._device))
        self._asked.append(event)
        if len(self._asked) > 1:
            self._wait()

    def finish(self) -> None:
        """Wait for the steps still asked for, and report them."""
        while self._asked:
            self._wait()

    def _wait(self) -> None:
        self._asked.popleft().synchronize()
        self._report()

    def _report(self) -> None:
        self._done += 1
        self._watch.progress(self._stage, self._done, self._steps)
