"""The device that models work on: which it is, and what its errors mean."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from renderer.engine import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

log = logging.getLogger(__name__)

Made = TypeVar("Made")


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

    PyTorch hands out 32 streams in turn: drawn beside those that must not be the same, it is none of them.
    """
    return torch.cuda.Stream(device) if device.type == "cuda" else None


def record(run: Callable[[], Made], device: torch.device, pool: Any = None) -> tuple[torch.cuda.CUDAGraph, Made] | None:
    """Return a recording of what `run` asks the device for, and what it returned; None where that cannot be recorded.

    After an error, too, the current stream is what it was.

    Args:
        run: has run before: nothing can be loaded while it is recorded.
        device: a GPU.
        pool: of another recording, to share its memory.

    Raises:
        OutOfMemoryError: the device has no room for the recording.
    """
    graph = torch.cuda.CUDAGraph()
    here = torch.cuda.stream(torch.cuda.current_stream(device)) if device.type == "cuda" else nullcontext()
    try:
        with here, torch.cuda.graph(graph, pool=pool, stream=recorder(device), capture_error_mode="thread_local"):
            made = run()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError:  # kernels that wait for the device, a driver that is too old
        log.warning("This cannot be recorded:", exc_info=True)
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
    except torch.OutOfMemoryError as error:
        raise Full(str(error)) from error
    except torch.AcceleratorError as error:
        if "out of memory" in str(error):
            raise Full(str(error)) from error
        raise Broken(str(error)) from error
    except RuntimeError as error:
        if not str(error).startswith("Triton Error [CUDA]"):
            raise
        if "out of memory" in str(error):
            raise Full(str(error)) from error
        raise Broken(str(error)) from error
