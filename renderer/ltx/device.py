"""The device that models work on: which it is, and what its errors mean."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from renderer.engine import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

log = logging.getLogger(__name__)

Made = TypeVar("Made")


NO_ROOM = (
    "out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "unable to find an engine to execute this computation",
)
"""What errors other than OutOfMemoryError say of it; the last is of cuDNN that has no room to work in."""


class Full(MemoryError):
    """The device is out of memory; the host is not."""


def named(name: str) -> torch.device:
    """Return the device called `name`; for `auto` the first GPU, or the CPU where there is none."""
    if name == "auto":
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    return torch.device("cuda:0" if name == "cuda" else name)


def described(device: torch.device) -> tuple[str, int]:
    """Return the device's name and its memory in bytes (0 for the CPU)."""
    if device.type != "cuda":
        return str(device), 0
    return torch.cuda.get_device_name(device), torch.cuda.mem_get_info(device)[1]


def use(device: torch.device) -> None:
    """Make `device` this thread's own: Triton and recordings go by that, not by where tensors lie."""
    if device.type == "cuda":
        torch.cuda.set_device(device)


@cache
def recorder(device: torch.device) -> torch.cuda.Stream | None:
    """Return the stream on which work is recorded, always the same; None on a CPU.

    PyTorch hands out 32 streams in turn: whoever drew some for each job would soon share one with another's.
    """
    return torch.cuda.Stream(device) if device.type == "cuda" else None


@cache
def carrier(device: torch.device, number: int) -> torch.cuda.Stream | None:
    """Return the stream for the weights that thread `number` brings, always the same; None on a CPU."""
    del number  # each has its own
    return torch.cuda.Stream(device) if device.type == "cuda" else None


def record(run: Callable[[], Made], device: torch.device, pool: Any = None) -> tuple[torch.cuda.CUDAGraph, Made] | None:
    """Return a recording of what `run` asks the device for, and what it returned; None where that cannot be recorded.

    After an error, too, the current stream is what it was, and PyTorch's allocator takes no recording to be under way.

    Args:
        run: has run before: nothing can be loaded while it is recorded.
        device: a GPU.
        pool: of another recording, to share its memory.

    Raises:
        OutOfMemoryError: the device has no room for the recording.
    """
    graph = torch.cuda.CUDAGraph()
    pool = pool or torch.cuda.graph_pool_handle()
    here = torch.cuda.stream(torch.cuda.current_stream(device)) if device.type == "cuda" else nullcontext()
    try:
        with here, torch.cuda.graph(graph, pool=pool, stream=recorder(device), capture_error_mode="thread_local"):
            made = run()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:  # kernels that wait for the device, a driver that is too old
        log.warning("This cannot be recorded:", exc_info=True)
        # Before PyTorch 2.13 a recording that CUDA refuses to end left this out, and no memory was given back any more.
        # What the recording itself took stays taken: whether PyTorch lets go of that, too, is a matter of its version.
        with suppress(RuntimeError):
            torch.cuda.memory._cuda_endAllocateToPool(device.index, pool)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage,reportPrivateImportUsage] - it has no public name
        return None
    return graph, made


@contextmanager
def errors() -> Generator[None]:
    """Say in `renderer.engine`'s words what torch says of the device.

    Raises:
        Full: it has too little memory left.
        Broken: it failed; so would whatever this process asks it from now on.
    """
    try:
        yield
    except RuntimeError as error:
        text = str(error)
        if isinstance(error, torch.OutOfMemoryError) or any(words in text for words in NO_ROOM):
            raise Full(text) from error
        if isinstance(error, torch.AcceleratorError) or text.startswith("Triton Error [CUDA]"):
            raise Broken(text) from error
        raise
