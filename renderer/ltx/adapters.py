"""The factors of style LoRAs, kept where they are quick to reach: on the device, else in pinned host memory.

A style LoRA is some hundred megabytes to a gigabyte; read anew for every change of style it would be what the change
waits for. Only so many are kept, those that were used last.
"""

from __future__ import annotations

import itertools
import logging
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch

from renderer.ltx import memory, moving, pinned
from renderer.ltx.library import LTXV_LORA_COMFY_RENAMING_MAP, SafetensorsStateDictLoader, StateDict, tensors_of

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

Place = Literal["device", "host", "file"]
"""Where weights are kept: on the device, in (pinned) host memory, or only in their file, of which they are a view."""

WORKING_MEMORY = 24 << 30
"""Bytes of device memory left free for a shot's activations: enough for 361 frames of 1280×704 (estimate)."""

HOST_RESERVE = 8 << 30
"""Bytes of host memory left free for everything else that runs there."""

KEPT = 4
"""Style LoRAs kept; the one that was used longest ago goes first."""

ALIGNED = 64
"""Bytes: where tensors begin that share one piece of host memory; every number format divides it."""


class Adapters:
    """Reads LoRAs and keeps the last few of them."""

    def __init__(self, device: torch.device) -> None:
        """Keep nothing yet; `device` is where LoRAs are fused."""
        self._device = device
        self._kept: OrderedDict[Path, StateDict] = OrderedDict()

    def __contains__(self, lora: Path) -> bool:
        """Return whether `lora` is kept."""
        return lora in self._kept

    def preload(self, loras: Iterable[Path], reserved: int = 0) -> None:
        """Read the first of `loras`, as many as are kept; `reserved` bytes of device memory are still to be taken."""
        for lora in itertools.islice(loras, KEPT):
            self._kept[lora] = self._read(lora, reserved)

    def get(self, lora: Path) -> StateDict:
        """Return the tensors of `lora` by the names that ltx_core's fusing wants, read now if they are not kept."""
        if lora not in self._kept:
            while len(self._kept) >= KEPT:  # before reading: both may not fit at once
                self._kept.popitem(last=False)
            self._kept[lora] = self._read(lora, 0)
        self._kept.move_to_end(lora)
        return self._kept[lora]

    def _read(self, lora: Path, reserved: int) -> StateDict:
        mapped = SafetensorsStateDictLoader().load(str(lora), LTXV_LORA_COMFY_RENAMING_MAP, torch.device("cpu"))
        place = choose_place(mapped.size, self._device, reserved)
        log.info("style LoRA %s: %.2f GB, kept: %s", lora.name, mapped.size / 1e9, place)
        if place == "file":
            return mapped
        named = tensors_of(mapped)
        tensors = list(named.values())
        copies = moving.copies(tensors, self._device) if place == "device" else in_one_piece(tensors, self._device)
        where = copies[0].device
        return StateDict(dict(zip(named, copies, strict=True)), where, mapped.size, mapped.dtype)


def in_one_piece(tensors: list[torch.Tensor], device: torch.device) -> list[torch.Tensor]:
    """Return copies of `tensors` in host memory that is taken, and locked for `device`, at once."""
    ends = list(itertools.accumulate(-(-tensor.nbytes // ALIGNED) * ALIGNED for tensor in tensors))
    piece = pinned.empty(ends[-1], device)
    return [
        piece[start : start + tensor.nbytes].view(tensor.dtype).view(tensor.shape).copy_(tensor)
        for start, tensor in zip([0, *ends[:-1]], tensors, strict=True)
    ]


def choose_place(size: int, device: torch.device, reserved: int = 0) -> Place:
    """Return the fastest place with room for `size` bytes beside what a shot needs and what is `reserved`."""
    if device.type == "cuda" and memory.free(device) > size + WORKING_MEMORY + reserved:
        return "device"
    return "host" if host_memory_free() > size + HOST_RESERVE else "file"


def host_memory_free() -> int:
    """Return the bytes of host memory that can be taken without swapping; 0 where the kernel does not say."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return 0
    fields = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines())
    return int(fields["MemAvailable"].removesuffix("kB")) * 1024
