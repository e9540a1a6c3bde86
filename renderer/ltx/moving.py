"""Tensors from host memory to the device, by several threads.

For what was not read ahead (`reading.py`): a model built on the CPU holds views of its mapped file, of which nothing is
read until somebody looks. One thread copying such pages to a GPU reaches 4 GB/s; several, each through pinned memory of
its own, reach 11.
"""

from __future__ import annotations

import itertools
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import torch

from renderer.ltx.device import carrier, use

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if device.type != "cuda" or sum(tensor.nbytes for tensor in tensors) <= CHUNK:  # little: threads cost 0.4 s
        for source, target in zip(tensors, made, strict=True):
            target.copy_(source)
        return made
    work: queue.SimpleQueue[tuple[torch.Tensor, torch.Tensor]] = queue.SimpleQueue()
    for source, target in zip(tensors, made, strict=True):
        if source.is_contiguous() and source.numel():
            here, there = _bytes(source), _bytes(target)
            for start in range(0, len(here), CHUNK):
                work.put((here[start : start + CHUNK], there[start : start + CHUNK]))
        else:
            target.copy_(source)
    torch.cuda.current_stream(device).synchronize()  # the memory may have been in use until now
    with ThreadPoolExecutor(THREADS, thread_name_prefix="weights") as pool:
        for done in [pool.submit(_carry, work, device, number) for number in range(THREADS)]:
            done.result()
    return made


@torch.inference_mode()
def _carry(work: queue.SimpleQueue[tuple[torch.Tensor, torch.Tensor]], device: torch.device, number: int) -> None:
    """Copy pieces, as thread `number`, until there are none left."""
    use(device)
    stream = cast("torch.cuda.Stream", carrier(device, number))
    chunks = [torch.empty(CHUNK, dtype=torch.uint8, pin_memory=True) for _ in range(2)]
    sent = [torch.cuda.Event() for _ in chunks]
    for turn in itertools.count():
        try:
            source, target = work.get_nowait()
        except queue.Empty:
            break
        chunk, event = chunks[turn % 2][: len(source)], sent[turn % 2]
        event.synchronize()
        chunk.copy_(source)
        with torch.cuda.stream(stream):
            target.copy_(chunk, non_blocking=True)
            event.record(stream)
    stream.synchronize()


def _tensors(modules: Iterable[torch.nn.Module]) -> dict[int, torch.Tensor]:
    return {
        id(tensor): tensor for module in modules for tensor in itertools.chain(module.parameters(), module.buffers())
    }


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().reshape(-1).view(torch.uint8)
