"""The renderer process: `python -m renderer --settings JSON`.

Three threads. The main thread builds the engine and renders, because an engine belongs to the thread that it was built
on. A second one reads requests, so that a cancel or the parent's end is noticed in the middle of a render. A third
sends heartbeats.

The process ends with 0 when it was told to (SIGTERM or `Shutdown`), and else with one of the codes below.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from pydantic import ValidationError

from renderer import selection
from renderer.engine import Cancelled, Rejected
from renderer.protocol import (
    REQUEST,
    Cancel,
    Done,
    Failed,
    FailureKind,
    Heartbeat,
    Message,
    Progress,
    Render,
    Settings,
    Shutdown,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from renderer.engine import Engine

EXIT_STARTUP = 3
"""The engine could not be built; a `Failed` without a job said why."""
EXIT_BAD_REQUEST = 4
"""A line on stdin was no request: parent and child disagree about the protocol, so nothing can be trusted any more."""
EXIT_ORPHANED = 5
"""The parent is gone: stdin ended or nobody reads the answers."""

PR_SET_PDEATHSIG = 1  # linux/prctl.h
MESSAGE_LIMIT = 4000  # characters of an error's text that are sent on; the whole of it stands on stderr

log = logging.getLogger("renderer")


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve until told to end; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m renderer", description="Twohander's renderer process.")
    parser.add_argument("--settings", metavar="JSON", default="{}", help="renderer.protocol.Settings as JSON")
    try:
        settings = Settings.model_validate_json(parser.parse_args(arguments).settings)
    except ValidationError as error:
        parser.error(f"argument --settings: {error}")
    return serve(partial(selection.build, settings), heartbeat_s=settings.heartbeat_s)


def serve(build: Callable[[], Engine], *, heartbeat_s: float = 2.0) -> int:
    """Take this process over, build an engine and render what stdin asks for; return the exit code.

    Call it on the main thread. It keeps the protocol on private copies of fd 0 and 1: whatever anything prints
    afterwards, from Python or from C, goes to stderr. It never returns once the parent is gone.

    Args:
        build: makes the engine; called once, after the pipes are guarded, so that it may import anything.
        heartbeat_s: seconds between two heartbeats.
    """
    requests, answers = _guard_pipes()
    _end_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    faulthandler.enable()
    session = _Session(_Wire(answers))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    signal.signal(signal.SIGTERM, session.on_sigterm)
    threading.Thread(target=session.listen, args=(requests,), name="requests", daemon=True).start()
    threading.Thread(target=session.beat, args=(heartbeat_s,), name="heartbeat", daemon=True).start()
    return session.run(build)


class _Wire:
    """The way to the parent: whole lines, from any thread."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        data = encode(message)
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except BrokenPipeError:
                os._exit(EXIT_ORPHANED)


class _Session:
    """What the threads share."""

    def __init__(self, wire: _Wire) -> None:
        self.stopping = False
        self._wire = wire
        self._main_thread = threading.get_ident()
        self._building = True
        self._exit_code = 0
        self._shots: queue.SimpleQueue[Render | None] = queue.SimpleQueue()  # None: stop. Its `put` is safe in signals
        self._cancels: dict[int, threading.Event] = {}  # of the jobs that have come and are not answered yet
        self._current: Render | None = None

    def run(self, build: Callable[[], Engine]) -> int:
        """Build the engine, answer each shot, close; on the main thread."""
        try:
            engine = build()
        except Exception as error:  # whatever it was, the parent is told in the protocol's words
            log.exception("The engine could not be built.")
            self._wire.send(Failed(job=None, kind="startup", retryable=False, message=_in_words(error)))
            return EXIT_STARTUP
        self._building = False
        try:
            self._wire.send(engine.ready)
            while (shot := self._shots.get()) is not None:
                self._current = shot
                answer = self._answer(engine, shot)
                self._current = None
                del self._cancels[shot.job]
                if answer:
                    self._wire.send(answer)
        finally:
            engine.close()
        return self._exit_code

    def listen(self, requests: BinaryIO) -> None:
        """Read requests until the parent closes the pipe; on a thread of its own."""
        for line in requests:
            try:
                request = REQUEST.validate_json(line)
            except ValidationError as error:
                log.critical("Not a request: %.200r (%s)", line, error)
                self._exit_code = EXIT_BAD_REQUEST
                self._terminate()
                continue
            match request:
                case Render():
                    self._cancels[request.job] = threading.Event()
                    self._shots.put(request)
                case Cancel():
                    if event := self._cancels.get(request.job):  # None: it was answered meanwhile
                        event.set()
                case Shutdown():
                    self._terminate()
        self._orphaned()

    def beat(self, seconds: float) -> None:
        """Send a heartbeat every `seconds`; on a thread of its own."""
        pause = threading.Event()
        while True:
            shot = self._current
            self._wire.send(Heartbeat(job=shot.job if shot else None))
            pause.wait(seconds)

    def report(self, job: int, stage: str, step: int, steps: int) -> None:
        """Send progress of `job`, then raise `Cancelled` if it should go no further."""
        self._wire.send(Progress(job=job, stage=stage, step=step, steps=steps))
        self._check(job)

    def on_sigterm(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop at the next step; at once while the engine is being built."""
        self.stopping = True
        self._shots.put(None)
        if self._building:
            sys.exit(self._exit_code)

    def _check(self, job: int) -> None:
        if self.stopping or self._cancels[job].is_set():
            raise Cancelled

    def _answer(self, engine: Engine, shot: Render) -> Done | Failed | None:
        """Render `shot`. None where the process was told to end: nobody gave this job up, it stays to be done."""
        kind: FailureKind
        _remove_part(shot)  # an earlier process may have been killed at this very clip
        try:
            self._check(shot.job)
            return engine.render(shot, _JobWatch(self, shot.job))
        except Cancelled as error:
            kind, message = "cancelled", _in_words(error)
        except Rejected as error:
            kind, message = "rejected", _in_words(error)
        except MemoryError as error:
            log.exception("Job %d ran out of memory.", shot.job)
            kind, message = "out_of_memory", _in_words(error)
        except Exception as error:  # a job's fault must not end the engine, which took minutes to build
            log.exception("Job %d failed.", shot.job)
            kind, message = "failed", _in_words(error)
        _remove_part(shot)
        if self.stopping and kind == "cancelled":
            return None
        return Failed(job=shot.job, kind=kind, retryable=kind in ("out_of_memory", "failed"), message=message)

    def _terminate(self) -> None:
        """Do as SIGTERM does, from another thread: the signal also wakes the main thread where it waits."""
        signal.pthread_kill(self._main_thread, signal.SIGTERM)

    def _orphaned(self) -> NoReturn:
        """End at once, in the middle of whatever the main thread does."""
        if shot := self._current:
            _remove_part(shot)
        os._exit(EXIT_ORPHANED)


class _JobWatch:
    """The watch over one job that an engine is handed."""

    def __init__(self, session: _Session, job: int) -> None:
        self._session = session
        self._job = job

    def progress(self, stage: str, step: int, steps: int) -> None:
        self._session.report(self._job, stage, step, steps)


def _guard_pipes() -> tuple[BinaryIO, int]:
    """Move stdin and stdout to private descriptors; leave /dev/null for fd 0 and stderr for fd 1.

    The copies are not inheritable: a program that an engine starts can neither read requests nor keep the pipes open.
    """
    sys.stdout.flush()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr  # line-buffered: what libraries print appears in order with the log
    return requests, answers


def _end_with_parent() -> None:
    """Let the kernel kill this process when its parent dies, even if no Python code can run any more.

    A parent that died before this call shows as the end of stdin.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died between the two calls
        os._exit(EXIT_ORPHANED)


def _remove_part(shot: Render) -> None:
    """Remove what an unfinished render left beside its output (see `renderer.encode`)."""
    with contextlib.suppress(OSError):
        Path(f"{shot.output}.part").unlink()


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]


if __name__ == "__main__":
    sys.exit(main())
