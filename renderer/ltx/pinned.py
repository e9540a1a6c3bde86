"""Host memory that a GPU reads at full speed, and in the background: page-locked.

PyTorch's own (`pin_memory=True`) is taken from the kernel page by page on one thread, 0.5 s for each GB, and in sizes
of powers of two. Here it comes in large pages, which all threads fetch, and is then locked where it lies.
"""

from __future__ import annotations

import logging
import mmap
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, SupportsInt, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

PORTABLE = 1  # cudaHostRegisterPortable, in driver_types.h

LARGE_PAGES = getattr(mmap, "MADV_HUGEPAGE", None)
"""The kernel's name for a wish; None where it has no such pages."""


class _Runtime(Protocol):
    """What is used of `torch.cuda.cudart()`, which has no types."""

    def cudaHostRegister(self, address: int, size: int, flags: int, /) -> SupportsInt: ...  # noqa: N802 - CUDA's name

    def cudaHostUnregister(self, address: int, /) -> SupportsInt: ...  # noqa: N802 - CUDA's name


class _Block(mmap.mmap):
    """Memory that is unlocked while it is still mapped: a weak reference's callback would come too late for that."""

    release: Callable[[], None] | None = None

    def __del__(self) -> None:
        if self.release is not None and not sys.is_finalizing():  # the process's end unlocks everything
            self.release()


def empty(size: int, device: torch.device) -> torch.Tensor:
    """Return host memory, uint8 `(size,)`, locked where `device` is a GPU.

    Where the driver refuses to lock it, PyTorch's own pinned memory takes its place.
    """
    block = _Block(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if LARGE_PAGES is not None:
        with suppress(OSError):
            block.madvise(LARGE_PAGES)
    memory = torch.frombuffer(block, dtype=torch.uint8)
    if device.type != "cuda":
        return memory
    memory[:: mmap.PAGESIZE] = 0  # all threads fetch the pages; the driver would with one
    return memory if _lock(block, memory, device) else torch.empty(size, dtype=torch.uint8, pin_memory=True)


def copied(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a copy of `tensor`, wherever that is, in such memory."""
    return empty(tensor.nbytes, device).view(tensor.dtype).view(tensor.shape).copy_(tensor)


def _lock(block: _Block, memory: torch.Tensor, device: torch.device) -> bool:
    """Lock the pages of `block`, which `memory` shows, until nothing refers to it; return whether that was possible."""
    runtime = cast("_Runtime", torch.cuda.cudart())
    address = memory.data_ptr()
    refused = int(runtime.cudaHostRegister(address, len(block), PORTABLE))
    if refused:
        log.warning("Host memory cannot be locked in place (CUDA error %d); PyTorch's takes longer.", refused)
        _clear_error(device)
        return False
    block.release = partial(_unlock, runtime, address, device)
    return True


def _unlock(runtime: _Runtime, address: int, device: torch.device) -> None:
    torch.cuda.synchronize(device)  # a copy from it may still be on its way
    runtime.cudaHostUnregister(address)


def _clear_error(device: torch.device) -> None:
    """Have a kernel blamed for the error that the driver still holds, so that none that matters is."""
    with suppress(RuntimeError):
        torch.zeros(1, device=device)
