"""The renderer process: `python -m renderer --settings JSON`.

Here it takes the process over: pipes, signals, the parent's death. What it does then stands in `renderer.session`.

The process ends with 0 when it was told to (SIGTERM or `Shutdown`), and else with one of the EXIT codes there and in
`renderer.jobs`.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from renderer import selection
from renderer.jobs import EXIT_ORPHANED, Wire
from renderer.protocol import Settings
from renderer.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.engine import Engine

PR_SET_PDEATHSIG = 1  # linux/prctl.h


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
    session = Session(Wire(answers))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    works = {
        "requests": partial(session.listen, requests),
        "heartbeat": partial(session.beat, heartbeat_s),
        "signals": partial(session.heed, _signals()),
    }
    for name, work in works.items():
        threading.Thread(target=work, name=name, daemon=True).start()
    return session.run(build)


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


def _signals() -> int:
    """Have the number of each SIGTERM written into a pipe the moment that it comes; return the end to read."""
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # without a handler nothing would be written
    return woken


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


if __name__ == "__main__":
    sys.exit(main())
