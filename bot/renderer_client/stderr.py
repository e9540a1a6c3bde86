"""The renderer's stderr, line by line into the log: bounded, whatever a library writes there."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

CHUNK = 65_536  # bytes
LINE_LIMIT = 4_000  # bytes of one line that are kept
LINES_A_SECOND = 200  # more are counted, not logged: a flood must not stop the event loop
TAIL = 20  # last lines kept for the error's text

LEVELS = logging.getLevelNamesMapping()
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")  # a line must not drive the operator's terminal


class StderrLog:
    """Reads one child's stderr to its end.

    Attributes:
        tail: the last lines, oldest first.
    """

    def __init__(self, stream: asyncio.StreamReader, current_jobs: Callable[[], Sequence[int]]) -> None:
        """Take `stream`; `current_jobs` says whose lines they may be at the moment."""
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._stream = stream
        self._current_jobs = current_jobs
        self._second = 0.0  # when the present second began
        self._logged = 0  # lines logged in it
        self._left_out = 0  # lines not logged since the last note about them

    async def drain(self) -> None:
        """Log each line until the stream ends. Never holds more than a chunk and a line."""
        pending = b""
        overlong = False  # the rest of a line whose beginning is already logged
        while chunk := await self._stream.read(CHUNK):
            first, *others = (pending + chunk).split(b"\n")
            *lines, pending = (first, *others)
            for line in lines:
                if not overlong:
                    self._take(line)
                overlong = False
            if len(pending) > LINE_LIMIT and b"\r" in pending[:-1]:
                pending = pending[pending.rindex(b"\r", 0, -1) + 1 :]  # a progress bar at work, see `_take`
            if overlong:
                pending = b""
            elif len(pending) > LINE_LIMIT:
                self._take(pending)
                pending = b""
                overlong = True
        if pending and not overlong:
            self._take(pending)
        self._note_left_out()

    def _take(self, line: bytes) -> None:
        # A progress bar draws itself over and over after a carriage return: what counts is what would be seen.
        line = line.rstrip(b"\r").rpartition(b"\r")[2]
        text = CONTROL.sub("\ufffd", line[:LINE_LIMIT].decode(errors="replace"))
        if len(line) > LINE_LIMIT:
            text += " …"
        if not text.strip():
            return
        self.tail.append(text)
        now = time.monotonic()
        if now - self._second >= 1:
            self._note_left_out()
            self._second, self._logged = now, 0
        if self._logged >= LINES_A_SECOND:
            self._left_out += 1
            return
        self._logged += 1
        self._log(LEVELS.get(text.split(" ", 1)[0]) or logging.INFO, text)

    def _note_left_out(self) -> None:
        if self._left_out:
            self._log(logging.WARNING, f"… {self._left_out} more lines, left out")
            self._left_out = 0

    def _log(self, level: int, text: str) -> None:
        jobs = self._current_jobs()
        label = f"job {' or '.join(map(str, jobs))}" if jobs else "renderer"
        log.log(level, "[%s] %s", label, text, extra={"job": jobs[0] if len(jobs) == 1 else None})
