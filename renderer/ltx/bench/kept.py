"""The renderer or the engine that sections share: the device has room for one of them at a time."""

from __future__ import annotations

import gc
import logging
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import torch

from renderer.ltx.bench import footage
from renderer.ltx.bench.runs import Runs, opened
from renderer.ltx.engine import LtxEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from renderer.ltx.bench.runs import Renderer
    from renderer.protocol import Precision, Render, Settings

log = logging.getLogger(__name__)

Side = Literal["plain", "exact", "fast"]
"""How an engine computes: as stock does, or as the product in either precision."""


@dataclass(slots=True)
class Warm:
    """A renderer that has rendered a shot.

    Attributes:
        renderer: renders.
        first: seconds by stage, and in `total`, of that shot: the first after READY.
        shot: that shot; whoever changes LoRAs puts one here that has those that are fused now, so that what is timed
            next need not change them.
    """

    renderer: Renderer
    first: dict[str, float]
    shot: Render


class Kept:
    """Opens what sections ask for, and keeps it for the next one that asks for the same; a context manager."""

    def __init__(
        self, settings: Settings, shot: Render, *, here: bool, limit_s: Callable[[], float | None] = lambda: None
    ) -> None:
        """Keep nothing yet.

        Args:
            settings: of everything that is opened, but for its precision and kernels.
            shot: what a renderer renders first.
            here: whether renderers are in this process.
            limit_s: asked for the seconds after which a renderer process that is opened now is killed.
        """
        self._settings = settings
        self._shot = shot
        self._here = here
        self._limit_s = limit_s
        self._stack = ExitStack()
        self._name = ""
        self._value: Any = None

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is kept."""
        self.clear()

    def has(self, name: str) -> bool:
        """Whether what a part of the programme calls `name` is here, or nothing."""
        return name in ("", self._name)

    def renderer(self, precision: Precision) -> Warm:
        """Return a renderer of `precision` that has rendered the shot.

        Raises:
            RuntimeError: the process failed, in its own words.
            TimeoutError: the process was killed.
        """
        name = f"renderer, {precision}"
        if self._name != name:
            chosen = self._settings.model_copy(update={"precision": precision})
            renderer: Renderer = self._open(name, opened(chosen, here=self._here, limit_s=self._limit_s()))
            log.info("%s: READY in %.2f s", name, renderer.ready)
            first = Runs(f"{name}, first shot").once(renderer, self._shot)
            self._value = Warm(renderer, first, self._shot)
        return self._value

    def engine(self, side: Side) -> LtxEngine:
        """Return an engine in this process."""
        name = f"engine, {side}"
        if self._name != name:
            change = {"kernels": "plain"} if side == "plain" else {"precision": side}
            self._open(name, _engine(self._settings.model_copy(update=change)))
        return self._value

    def clear(self) -> None:
        """Close what is kept, and give the device's memory back: what comes next would lack it."""
        self._name, self._value = "", None
        footage.draw.cache_clear()
        try:
            self._stack.close()
            gc.collect()
            torch.cuda.empty_cache()
        except RuntimeError:  # a device that failed; a process that comes next has a context of its own
            log.exception("Not closed in order.")

    def _open(self, name: str, manager: AbstractContextManager[Any]) -> Any:
        self.clear()
        self._value = self._stack.enter_context(manager)
        self._name = name
        return self._value


@contextmanager
def _engine(settings: Settings) -> Generator[LtxEngine]:
    """Yield an engine, built when the block begins, and closed at its end."""
    with closing(LtxEngine(settings, "bench")) as engine:
        yield engine
