"""The device that models work on: which it is, and what its errors mean."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from renderer.engine import Broken

if TYPE_CHECKING:
    from collections.abc import Generator


class Full(MemoryError):
    """The device is out of memory; the host is not."""


def named(name: str) -> torch.device:
    """Return the device called `name`; for `auto` the first GPU, or the CPU where there is none."""
    if name == "auto":
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def described(device: torch.device) -> tuple[str, int]:
    """Return the device's name and its memory in bytes (0 for the CPU)."""
    if device.type != "cuda":
        return str(device), 0
    return torch.cuda.get_device_name(device), torch.cuda.mem_get_info(device)[1]


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
