"""The jobs that the renderer process has, and what the parent is told of them; from any thread."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from renderer.engine import Broken, Cancelled, Rejected
from renderer.protocol import Failed, FailureKind, Message, Progress, Render, encode

if TYPE_CHECKING:
    from renderer.engine import Watch
    from renderer.protocol import Done

EXIT_ORPHANED = 5
"""The parent is gone: stdin ended or nobody reads the answers."""
EXIT_BROKEN = 6
"""The engine can render nothing any more; what was in work is not answered."""

MESSAGE_LIMIT = 4000  # characters of an error's text that are sent on; the whole of it stands on stderr

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOTCONN, errno.ESTALE})
"""Errors of disks that are full, locked, or no longer reached."""

log = logging.getLogger("renderer")


class Wire:
    """The way to the parent: whole lines, from any thread."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send `message`; ends the process where nobody listens any more."""
        data = encode(message)
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except BrokenPipeError:
                os._exit(EXIT_ORPHANED)


class Jobs:
    """The jobs that have come and are not decided yet.

    Attributes:
        stopping: the process was told to end: no job goes on, and none is given up.
        in_work: the shots that are begun.
    """

    def __init__(self, wire: Wire) -> None:
        self.stopping = False
        self.in_work: tuple[Render, ...] = ()
        self._wire = wire
        self._lock = threading.Lock()  # for changing `in_work`; reading it takes none
        self._cancels: dict[int, threading.Event] = {}

    def came(self, job: int) -> None:
        """Note a job that is to be rendered."""
        self._cancels[job] = threading.Event()

    def cancel(self, job: int) -> None:
        """Have `job` stop at its next step, unless it is decided."""
        if event := self._cancels.get(job):
            event.set()

    def enter(self, shot: Render) -> Watch:
        """Note that `shot` is begun; return the watch over it."""
        remove_part(shot)  # an earlier process may have been killed at this very clip
        with self._lock:
            self.in_work = (*self.in_work, shot)
        return _JobWatch(self, shot.job)

    def check(self, job: int) -> None:
        """Raise `Cancelled` if `job` should go no further."""
        if self.stopping or self._cancels[job].is_set():
            raise Cancelled

    def report(self, job: int, stage: str, step: int, steps: int) -> None:
        """Send progress of `job`, then raise `Cancelled` if it should go no further."""
        self._wire.send(Progress(job=job, stage=stage, step=step, steps=steps))
        self.check(job)

    def done(self, shot: Render, done: Done) -> None:
        """Tell that the clip of `shot` is there."""
        self._leave(shot)  # first: the parent may send the job again the moment it hears
        self._wire.send(done)

    def failed(self, shot: Render, error: Exception) -> None:
        """Tell what became of `shot`. Nothing where the process was told to end: nobody gave this job up."""
        kind: FailureKind
        match error:
            case Cancelled():
                kind = "cancelled"
            case Rejected():
                kind = "rejected"
            case MemoryError():
                kind = "out_of_memory"
                log.error("Job %d ran out of memory.", shot.job, exc_info=error)
            case OSError() if error.errno in DISK:
                kind = "disk"
                log.error("Job %d: the disk is in the way: %s", shot.job, error)
            case _:
                kind = "failed"
                log.error("Job %d failed.", shot.job, exc_info=error)
        if isinstance(error, Broken):
            self.end_now(EXIT_BROKEN)
        remove_part(shot)
        self._leave(shot)
        if not (self.stopping and kind == "cancelled"):
            retryable = kind in ("out_of_memory", "disk", "failed")
            self._wire.send(Failed(job=shot.job, kind=kind, retryable=retryable, message=in_words(error)))

    def end_now(self, code: int) -> NoReturn:
        """End the process at once, in the middle of whatever the other threads do."""
        for shot in self.in_work:
            remove_part(shot)
        os._exit(code)

    def _leave(self, shot: Render) -> None:
        with self._lock:
            self.in_work = tuple(other for other in self.in_work if other is not shot)
        del self._cancels[shot.job]


class _JobWatch:
    """The watch over one job that an engine is handed."""

    def __init__(self, jobs: Jobs, job: int) -> None:
        self._jobs = jobs
        self._job = job

    def progress(self, stage: str, step: int, steps: int) -> None:
        self._jobs.report(self._job, stage, step, steps)


def remove_part(shot: Render) -> None:
    """Remove what an unfinished render left beside its output (see `renderer.encode`)."""
    with contextlib.suppress(OSError):
        Path(f"{shot.output}.part").unlink()


def in_words(error: BaseException) -> str:
    """Return `error` as it is told to the parent."""
    return f"{type(error).__name__}: {error}"[:MESSAGE_LIMIT]
