"""Two shots at a time through one engine: one is begun while the one before it is finished.

What runs out of memory beside another shot is rendered again alone, where the engine may do with less memory; and from
then on, this device is given one shot at a time. Rendered again is rendered the same: a shot depends on nothing but its
request.
"""

from __future__ import annotations

import gc
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from renderer.engine import Broken
from renderer.jobs import EXIT_BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from renderer.engine import Engine, Finish, Watch
    from renderer.jobs import Jobs
    from renderer.protocol import Render

log = logging.getLogger("renderer")


@dataclass(frozen=True, slots=True)
class _Finishing:
    """A shot that is being finished.

    Attributes:
        watch: the watch over it.
        decided: whether it is; False where it ran out of memory, and is to be rendered again.
        begun: shots begun when it was handed over.
    """

    shot: Render
    watch: Watch
    decided: Future[bool]
    begun: int


class Line:
    """Renders with `engine`, whose thread calls every method; a context manager that waits for what is being finished.

    Args:
        engine: renders.
        jobs: told of everything that is decided.
        free: called when the next shot may come before this one is decided.
        unsettled: called, on another thread, where `settle` should be called soon.
    """

    def __init__(
        self, engine: Engine, jobs: Jobs, free: Callable[[Render], None], unsettled: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._free = free
        self._unsettled = unsettled
        self._finisher = ThreadPoolExecutor(1, thread_name_prefix="finish")
        self._finishing: _Finishing | None = None
        self._begun = 0
        self._one_at_a_time = False

    def __enter__(self) -> Self:
        """Return this line."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the thread that finishes."""
        self._finisher.shutdown()

    def render(self, shot: Render) -> None:
        """Begin `shot`, and hand it over to be finished as soon as the one before it is."""
        watch = self._jobs.enter(shot)
        if self._one_at_a_time:
            self.settle()
            self._render_alone(shot, watch)
            return
        beside = self._finishing is not None
        self._begun += 1
        finish = self._begin(shot, watch)
        if finish is None:
            return
        self.settle()
        if isinstance(finish, MemoryError):
            gc.collect()  # a cycle may hold what it had on the device
            self._one_at_a_time |= beside
            self._render_alone(shot, watch)
        else:
            self._free(shot)  # before it is handed over: nobody hears of room behind the answer
            decided = self._finisher.submit(self._finish, shot, finish)
            self._finishing = _Finishing(shot, watch, decided, self._begun)

    def settle(self) -> None:
        """Wait until no shot is being finished, and render again what ran out of memory there."""
        finishing, self._finishing = self._finishing, None
        if finishing is None or finishing.decided.result():
            return
        gc.collect()  # as in `render`
        self._one_at_a_time |= finishing.begun != self._begun
        self._render_alone(finishing.shot, finishing.watch)

    def prepare(self, prompts: Sequence[str]) -> bool:
        """Do a part of what can be done ahead of these prompts; return whether more is left."""
        try:
            return self._engine.prepare(prompts)
        except Broken:
            log.critical("The engine broke.", exc_info=True)
            self._jobs.end_now(EXIT_BROKEN)
        except Exception:  # what matters of it will fail the shot, too
            log.exception("Nothing was done ahead.")
            return False

    def _begin(self, shot: Render, watch: Watch) -> Finish | MemoryError | None:
        """Begin `shot`; None where it is decided by that, MemoryError where it must be rendered alone."""
        try:
            self._jobs.check(shot.job)
            return self._engine.begin(shot, watch)
        except MemoryError as error:
            log.warning("Job %d ran out of memory (%s); it is rendered alone.", shot.job, error)
            return MemoryError()  # not this one, whose traceback holds the shot's tensors
        except Exception as error:  # noqa: BLE001 - a job's fault must not end the engine, which took minutes to build
            self._jobs.failed(shot, error)
            return None

    def _finish(self, shot: Render, finish: Finish) -> bool:
        """Finish `shot`, on a thread of its own; return whether it is decided."""
        try:
            self._jobs.done(shot, finish())
        except MemoryError as error:
            log.warning("Job %d ran out of memory at its end (%s); it is rendered again, alone.", shot.job, error)
            self._unsettled()
            return False
        except Exception as error:  # noqa: BLE001 - as in `_begin`
            self._jobs.failed(shot, error)
        return True

    def _render_alone(self, shot: Render, watch: Watch) -> None:
        """Render the whole of `shot`, while no other is in work."""
        try:
            self._jobs.check(shot.job)
            self._jobs.done(shot, self._engine.render(shot, watch))
        except Exception as error:  # noqa: BLE001 - as in `_begin`
            self._jobs.failed(shot, error)
