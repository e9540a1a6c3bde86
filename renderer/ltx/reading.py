"""Weights on their way from the page cache to the device, while the program imports and builds what will use them.

Threads read pieces of the files into locked memory, and the device fetches them from there. Neither needs the
interpreter: a piece costs a handful of Python's operations. (Copies out of mapped files, begun as early, made imports
slower than they saved; each page of those is fetched under the process's one lock on its memory map.)

Only bfloat16 is read so; what else a file holds is little, and ltx_core converts it.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch

from renderer.ltx import device, pinned, tensor_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from typing_extensions import Buffer

    from renderer.ltx.tensor_files import Entry

log = logging.getLogger(__name__)

THREADS = 12
"""On 16 cores 20 GB/s beside imports, where 8 read 16 GB/s and 16 read 26: none had to be waited for."""

CHUNK = 32 << 20
"""Bytes read at a time; each thread owns one locked chunk, which the device empties much faster than it was filled."""

ALIGNED = 256
"""Bytes: where tensors begin on the device, as the matrix units want it."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes that lie together in `file` from `start` on, and go to `target`."""

    file: int
    path: Path
    start: int
    target: torch.Tensor


class Reading:
    """Tensors of safetensors files that are being read to a device, each file's in one piece of its memory."""

    def __init__(self, wanted: Mapping[Path, Collection[str]], device: torch.device) -> None:
        """Begin.

        Args:
            wanted: names of tensors, by file; those that are not bfloat16 are passed over.
            device: where to.

        Raises:
            OSError: a file cannot be opened.
            BadFile: a file is no safetensors file, or is cut off.
        """
        self._device = device
        self._start = time.perf_counter()
        self._stopped = threading.Event()
        self._files = ExitStack()
        self._tensors: dict[Path, dict[str, torch.Tensor]] = {}
        self._pieces: queue.SimpleQueue[_Piece] = queue.SimpleQueue()
        found = {path: _found(path, names) for path, names in wanted.items()}
        self._size = sum(entry.end - entry.start for each in found.values() for entry in each.values())
        self._pool = ThreadPoolExecutor(THREADS + 1, thread_name_prefix="weights")
        self._readers: Future[list[Future[float]]] = self._pool.submit(self._begin, found)

    def tensors(self, path: Path) -> dict[str, torch.Tensor]:
        """Return the tensors of `path` by their names there; what they hold is certain only after `wait`.

        Raises:
            OSError: a file cannot be opened.
            OutOfMemoryError: the device has no room for them.
        """
        self._readers.result()
        return self._tensors.get(path, {})

    def wait(self) -> None:
        """Return when all is read.

        Raises:
            OSError: a file cannot be read, or ends early.
            OutOfMemoryError: the device has no room.
        """
        asked = time.perf_counter()
        end = max(reader.result() for reader in self._readers.result())
        log.info(
            "%.1f GB of weights read in %.1f s, by %d threads; waited for %.1f s",
            *(self._size / 1e9, end - self._start, THREADS, time.perf_counter() - asked),
        )

    def close(self) -> None:
        """Read no further, and let go of the tensors; return when nothing is being read any more."""
        self._stopped.set()
        self._pool.shutdown()
        self._files.close()
        self._tensors.clear()
        self._pieces = queue.SimpleQueue()
        self._readers = Future()  # an error in the old one would keep what its frames held

    @torch.inference_mode()
    def _begin(self, found: dict[Path, dict[str, Entry]]) -> list[Future[float]]:
        """Take the device's memory, and have readers begin; return them."""
        device.use(self._device)
        for path, entries in found.items():
            file = self._files.enter_context(path.open("rb", buffering=0)).fileno()
            begins, size = _places(entries.values())
            memory = torch.empty(size, dtype=torch.uint8, device=self._device)
            self._tensors[path] = {
                name: memory[begin : begin + entry.end - entry.start].view(torch.bfloat16).view(entry.shape)
                for (name, entry), begin in zip(entries.items(), begins, strict=True)
            }
            for start, begin, length in _runs(entries.values(), begins):
                for offset in range(0, length, CHUNK):
                    target = memory[begin + offset : begin + min(offset + CHUNK, length)]
                    self._pieces.put(_Piece(file, path, start + offset, target))
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()  # the memory may have been in use until now
        host = pinned.empty(CHUNK * THREADS, self._device)
        return [self._pool.submit(self._read, host[turn * CHUNK :][:CHUNK], turn) for turn in range(THREADS)]

    @torch.inference_mode()
    def _read(self, chunk: torch.Tensor, number: int) -> float:
        """Bring pieces to the device, through `chunk`, as thread `number`, until none is left; return when that was."""
        device.use(self._device)
        stream = device.carrier(self._device, number)
        view = memoryview(cast("Buffer", chunk.numpy()))
        with torch.cuda.stream(stream):
            while not self._stopped.is_set():
                try:
                    piece = self._pieces.get_nowait()
                except queue.Empty:
                    break
                size = len(piece.target)
                _fill(view[:size], piece)
                piece.target.copy_(chunk[:size], non_blocking=True)
                if stream is not None:
                    stream.synchronize()
        return time.perf_counter()


def _found(path: Path, names: Collection[str]) -> dict[str, Entry]:
    """Return those of `names` that are to be read, in the order in which they lie in the file."""
    entries = tensor_files.entries(path)
    chosen = {name: entries[name] for name in names if entries[name].dtype == "BF16"}
    return dict(sorted(chosen.items(), key=lambda item: item[1].start))


def _places(entries: Iterable[Entry]) -> tuple[list[int], int]:
    """Return where each tensor begins in the device's memory, and how much of that all of them take."""
    ends = [0, *itertools.accumulate(-(-(entry.end - entry.start) // ALIGNED) * ALIGNED for entry in entries)]
    return ends[:-1], ends[-1]


def _runs(entries: Iterable[Entry], begins: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Yield start in the file, start in memory and length of what lies together in both."""
    run: tuple[int, int, int] | None = None
    for entry, begin in zip(entries, begins, strict=True):
        length = entry.end - entry.start
        if run is not None and (run[0] + run[2], run[1] + run[2]) == (entry.start, begin):
            run = (run[0], run[1], run[2] + length)
            continue
        if run is not None:
            yield run
        run = (entry.start, begin, length)
    if run is not None:
        yield run


def _fill(view: memoryview, piece: _Piece) -> None:
    """Read as many bytes as `view` has. Raises OSError where the file ends before."""
    done = 0
    while done < len(view):
        count = os.preadv(piece.file, [view[done:]], piece.start + done)
        if count == 0:
            raise OSError(f"{piece.path} ends early: it was cut off while it was being read")
        done += count
