"""Weights from the page cache to the device, by several threads.

A model built on the CPU holds views of its mapped file: nothing is read until somebody looks. One thread copying such
pages to a GPU reaches 4 GB/s; several, each through pinned memory of its own, reach what the host's memory allows.
"""

from __future__ import annotations

import itertools
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Piece = tuple[Callable[[torch.Tensor], object], torch.Tensor]

THREADS = 8
CHUNK = 64 << 20
"""Bytes copied at a time; each thread owns two pinned chunks, one being filled while the other travels."""


def to_device(
    modules: Iterable[torch.nn.Module], device: torch.device, leaving: Iterable[torch.nn.Module] = ()
) -> None:
    """Move parameters and buffers of `modules` to `device`, but for those of `leaving`; tensors keep their identity.

    On the CPU itself they become copies of their own, which may be written to.
    """
    staying = set(_tensors(leaving))
    tensors = {key: tensor for key, tensor in _tensors(modules).items() if key not in staying}
    if device.type != "cpu":
        tensors = {key: tensor for key, tensor in tensors.items() if tensor.device.type == "cpu"}
    for tensor, copy in zip(tensors.values(), copies(list(tensors.values()), device), strict=True):
        tensor.data = copy


def copies(tensors: list[torch.Tensor], device: torch.device) -> list[torch.Tensor]:
    """Return copies of `tensors`, which lie in host memory, on `device`, complete on return."""
    made = [torch.empty_like(tensor, device=device) for tensor in tensors]
    if device.type != "cuda":
        for source, target in zip(tensors, made, strict=True):
            target.copy_(source)
        return made
    pieces: list[Piece] = []
    for source, target in zip(tensors, made, strict=True):
        if source.is_contiguous() and source.numel():
            here, there = _bytes(source), _bytes(target)
            pieces += [
                (_copier(here[start : start + CHUNK]), there[start : start + CHUNK])
                for start in range(0, len(here), CHUNK)
            ]
        else:
            target.copy_(source)
    Journey(pieces, device).wait()
    return made


class Journey:
    """Pieces on their way to a CUDA device, each through pinned memory, carried by THREADS threads."""

    def __init__(self, pieces: Iterable[Piece], device: torch.device) -> None:
        """Begin. A piece is what fills a chunk of host memory, and the bytes on the device that it is for."""
        self._work: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        for piece in pieces:
            self._work.put(piece)
        torch.cuda.current_stream(device).synchronize()  # the memory may have been in use until now
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="weights")
        self._done = [self._pool.submit(self._carry, device) for _ in range(THREADS)]

    def wait(self) -> None:
        """Return when all is there; raise what reading raised."""
        try:
            for done in self._done:
                done.result()
        finally:
            self._pool.shutdown()

    @torch.inference_mode()
    def _carry(self, device: torch.device) -> None:
        """Carry pieces until there are none left."""
        stream = torch.cuda.Stream(device)
        chunks = [torch.empty(CHUNK, dtype=torch.uint8, pin_memory=True) for _ in range(2)]
        sent = [torch.cuda.Event() for _ in chunks]
        for turn in itertools.count():
            try:
                fill, target = self._work.get_nowait()
            except queue.Empty:
                break
            chunk, event = chunks[turn % 2][: len(target)], sent[turn % 2]
            event.synchronize()
            fill(chunk)
            with torch.cuda.stream(stream):
                target.copy_(chunk, non_blocking=True)
                event.record(stream)
        stream.synchronize()


def _copier(source: torch.Tensor) -> Callable[[torch.Tensor], object]:
    return lambda chunk: chunk.copy_(source)


def _tensors(modules: Iterable[torch.nn.Module]) -> dict[int, torch.Tensor]:
    return {
        id(tensor): tensor for module in modules for tensor in itertools.chain(module.parameters(), module.buffers())
    }


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().reshape(-1).view(torch.uint8)
