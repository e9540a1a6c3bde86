"""What the renderer process does with its requests, on five threads.

The main thread builds the engine and begins shots, because an engine belongs to the thread that it was built on. A
second one finishes each shot while the main thread begins the next (`renderer.line`). A third reads requests, so that
a cancel or the parent's end is noticed in the middle of a render. The others send heartbeats and wait for signals.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
from enum import Enum
from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from renderer.jobs import EXIT_ORPHANED, Jobs, Wire, in_words
from renderer.line import Line
from renderer.protocol import REQUEST, Cancel, Failed, Free, Heartbeat, Prepare, Render, Shutdown

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.engine import Engine

EXIT_STARTUP = 3
"""The engine could not be built; a `Failed` without a job said why."""
EXIT_BAD_REQUEST = 4
"""A line on stdin was no request: parent and child disagree about the protocol, so nothing can be trusted any more."""

log = logging.getLogger("renderer")


class _Order(Enum):
    """What the main thread is told beside requests."""

    STOP = "stop"
    SETTLE = "settle"


class Session:
    """What the threads share. `run` is the main thread's; `listen`, `beat` and `heed` have threads of their own."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._jobs = Jobs(wire)
        self._building = True
        self._exit_code = 0
        self._todo: queue.SimpleQueue[Render | Prepare | _Order] = queue.SimpleQueue()

    def run(self, build: Callable[[], Engine]) -> int:
        """Build the engine, render each shot, close; return the exit code."""
        try:
            engine = build()
        except Exception as error:  # whatever it was, the parent is told in the protocol's words
            log.exception("The engine could not be built.")
            self._wire.send(Failed(job=None, kind="startup", retryable=False, message=in_words(error)))
            return EXIT_STARTUP
        self._building = False
        try:
            with Line(
                engine,
                self._jobs,
                free=lambda shot: self._wire.send(Free(job=shot.job)),
                unsettled=lambda: self._todo.put(_Order.SETTLE),
            ) as line:
                self._wire.send(engine.ready)
                self._work(line)
        finally:
            engine.close()
        return self._exit_code

    def listen(self, requests: BinaryIO) -> None:
        """Read requests until the parent closes the pipe."""
        for line in requests:
            try:
                request = REQUEST.validate_json(line)
            except ValidationError as error:
                log.critical("Not a request: %.200r (%s)", line, error)
                self._exit_code = EXIT_BAD_REQUEST
                self._stop()
                continue
            match request:
                case Render():
                    self._jobs.came(request.job)
                    self._todo.put(request)
                case Prepare():
                    self._todo.put(request)
                case Cancel():
                    self._jobs.cancel(request.job)
                case Shutdown():
                    self._stop()
        self._jobs.end_now(EXIT_ORPHANED)

    def beat(self, seconds: float) -> None:
        """Send a heartbeat every `seconds`."""
        pause = threading.Event()
        while True:
            self._wire.send(Heartbeat(jobs=tuple(shot.job for shot in self._jobs.in_work)))
            pause.wait(seconds)

    def heed(self, signals: int) -> None:
        """Stop on SIGTERM, whose number comes through the pipe `signals` (see `signal.set_wakeup_fd`).

        A handler in Python would be the main thread's to run, and a signal that came the moment before that thread
        began to wait would be handled only when it has something else to do.
        """
        while number := os.read(signals, 1):
            if number[0] == signal.SIGTERM:
                self._stop()

    def _work(self, line: Line) -> None:
        """Do what is asked for, until told to stop; what can be done ahead only while nothing is."""
        ahead: tuple[str, ...] = ()
        while True:
            if ahead and self._todo.empty():
                if not line.prepare(ahead):
                    ahead = ()
                continue
            match self._todo.get():
                case _Order.STOP:
                    return
                case _Order.SETTLE:
                    line.settle()
                case Prepare() as request:
                    ahead = request.prompts
                case Render() as shot:
                    line.render(shot)

    def _stop(self) -> None:
        """End the process when what is in work has come to its next step; at once while the engine is being built."""
        self._jobs.stopping = True
        self._todo.put(_Order.STOP)
        if self._building:
            os._exit(self._exit_code)
