"""How much device memory there is to take, and how much was taken."""

from __future__ import annotations

import resource

import torch


def limit(device: torch.device, size: int) -> None:
    """Let this process take at most `size` bytes of the device's memory; 0 lifts the limit. Nothing on a CPU."""
    if device.type != "cuda":
        return
    total = torch.cuda.mem_get_info(device)[1]
    fraction = min(1.0, size / total) if size else 1.0
    torch.cuda.set_per_process_memory_fraction(fraction, device)  # pyright: ignore[reportUnknownMemberType] - untyped


def free(device: torch.device) -> int:
    """Return the bytes of device memory that can still be taken: what is free, within this process's limit.

    What PyTorch holds and does not use counts as free. A CPU has no bound here: the host's memory is not planned.
    """
    if device.type != "cuda":
        return 1 << 62
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    total = torch.cuda.mem_get_info(device)[1]
    allowed = int(total * torch.cuda.get_per_process_memory_fraction(device)) - torch.cuda.memory_allocated(device)
    return min(torch.cuda.mem_get_info(device)[0] + unused, allowed)


def peak(device: torch.device) -> int:
    """Return the bytes of device memory held at the peak; on a CPU, the process's largest resident size."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
