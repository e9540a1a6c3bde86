"""x264 and AAC on a thread of their own, while the device goes on."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from renderer.encode import ClipWriter
    from renderer.ltx.planes import Planes

WAITING = 400
"""Pieces of video, of a frame or more each, that may wait for the encoder; a decoder that is further ahead waits, too.
The longest shot has fewer: half a gigabyte at 1280×704."""

LOOK_S = 0.1
"""Seconds between two looks at how far the encoder is."""


class BackgroundEncoder:
    """Feeds an open `ClipWriter`; a context manager within the writer's.

    Leaving the block without an exception needs `finish` before it; leaving it with one stops the thread at the next
    frame.
    """

    def __init__(self, writer: ClipWriter) -> None:
        """Prepare to feed `writer`, which nobody else may use but to ask how far it is, and to encode sound."""
        self._writer = writer
        self._work: queue.Queue[Callable[[], None] | Planes | None] = queue.Queue(WAITING)
        self._error: BaseException | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread and wait for it."""
        self._stopping = True
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._work.put_nowait(None)
            self._thread.join(LOOK_S)

    def put(self, work: Callable[[], None] | Planes) -> None:
        """Have `work` done after what came before it: frames to encode, or a function to call (sound to write).

        Raises:
            Exception: what an earlier piece raised.
        """
        while True:
            self._check()
            with suppress(queue.Full):
                self._work.put(work, timeout=LOOK_S)
                return

    def finish(self, look: Callable[[], None]) -> None:
        """Wait until everything is encoded, calling `look` now and then; what it raises ends the waiting.

        Raises:
            Exception: what the encoder raised.
        """
        self._end()
        while self._thread.is_alive():
            self._thread.join(LOOK_S)
            if self._thread.is_alive():
                look()
        self._check()

    def _end(self) -> None:
        """Say that nothing more comes."""
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._work.put(None, timeout=LOOK_S)
                return

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                if callable(work):
                    work()
                    continue
                for planes in work.each():
                    if self._stopping:
                        return
                    self._writer.write_yuv(*planes)
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = error
            while not self._stopping and self._work.get() is not None:  # let whoever fills the queue get on
                pass
