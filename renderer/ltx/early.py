"""The transformer's blocks, on their way to the device while the program still imports and builds the rest.

Imports and building keep one core busy for some seconds and no bus; reading 36 GB keeps the bus busy and no core. So
the bytes of the checkpoint are read first, by what its header says, and handed to the model when there is one.
Imports torch, but nothing of ltx_core.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch

from renderer.ltx import memory, moving, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.protocol import Settings

log = logging.getLogger(__name__)

PREFIX = "model.diffusion_model."
BLOCKS = PREFIX + "transformer_blocks."
"""Where the blocks' weights begin in the published checkpoint, by name."""

ROUNDING_TAKES = 135 * 10**9
"""Bytes that must be free where blocks are rounded to float8: for a while they are there twice, and once rounded."""


class EarlyWeights:
    """Tensors that are being read.

    Attributes:
        nbytes: of device memory that they take.
    """

    def __init__(self, checkpoint: Path, device: torch.device) -> None:
        """Begin to read the bfloat16 tensors of the blocks.

        Raises:
            torch.OutOfMemoryError: the device has no room for them.
            ValueError: `checkpoint` is no safetensors file.
        """
        start, entries = _header(checkpoint)
        self._file = checkpoint.open("rb")
        self._tensors: dict[str, torch.Tensor] = {}
        pieces: list[tuple[Callable[[torch.Tensor], object], torch.Tensor]] = []
        for name, (shape, begin, end) in entries:
            tensor = torch.empty(shape, dtype=torch.bfloat16, device=device)
            self._tensors[name.removeprefix(PREFIX)] = tensor
            there = tensor.view(-1).view(torch.uint8)
            pieces += [
                (self._reader(start + begin + at), there[at : at + moving.CHUNK])
                for at in range(0, end - begin, moving.CHUNK)
            ]
        self.nbytes = sum(tensor.nbytes for tensor in self._tensors.values())
        self._journey = moving.Journey(pieces, device)

    def into(self, velocity: torch.nn.Module) -> None:
        """Give `velocity` its weights, when all are there; those that do not fit it are left as they were."""
        self._journey.wait()
        self._file.close()
        given = 0
        for name, parameter in velocity.named_parameters():
            tensor = self._tensors.pop(name, None)
            if tensor is not None and (tensor.shape, tensor.dtype) == (parameter.shape, parameter.dtype):
                parameter.data = tensor
                given += 1
        log.info("%d weights of the transformer were read early", given)
        self._tensors.clear()

    def drop(self) -> None:
        """Give the memory back."""
        self._journey.wait()
        self._file.close()
        self._tensors.clear()

    def _reader(self, offset: int) -> Callable[[torch.Tensor], object]:
        def fill(chunk: torch.Tensor) -> None:
            view = chunk.numpy().data
            done = 0
            while done < len(view):
                read = os.preadv(self._file.fileno(), [view[done:]], offset + done)
                if not read:
                    raise ValueError(f"{self._file.name} is shorter than its header says")
                done += read

        return fill


def begin(settings: Settings) -> EarlyWeights | None:
    """Begin to read the checkpoint of `settings`, where all blocks will lie on a CUDA device; else return None."""
    if settings.weights is None or settings.device == "cpu" or not torch.cuda.is_available():
        return None
    device = torch.device("cuda:0" if settings.device == "auto" else settings.device)
    memory.limit(device, settings.memory_limit)
    free = memory.free(device)
    plan = plans.choose(free, settings.plan)
    if plan.fp8 or (settings.precision == "fast" and free < ROUNDING_TAKES):
        return None
    try:
        return EarlyWeights(Path(settings.weights.checkpoint), device)
    except (torch.OutOfMemoryError, ValueError) as error:
        log.warning("the transformer is not read early: %s", error)
        return None


def _header(checkpoint: Path) -> tuple[int, Iterator[tuple[str, tuple[list[int], int, int]]]]:
    """Return where the data of a safetensors file begin, and name, shape, begin and end of each block's tensor.

    See https://huggingface.co/docs/safetensors (the format). Raises ValueError where it is none.
    """
    with checkpoint.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length < checkpoint.stat().st_size:
            raise ValueError(f"{checkpoint} is no safetensors file")
        header = cast("dict[str, dict[str, object]]", json.loads(file.read(length)))

    def entries() -> Iterator[tuple[str, tuple[list[int], int, int]]]:
        for name, entry in header.items():
            if name.startswith(BLOCKS) and entry["dtype"] == "BF16":
                begin, end = cast("tuple[int, int]", entry["data_offsets"])
                yield name, (cast("list[int]", entry["shape"]), begin, end)

    return 8 + length, entries()
