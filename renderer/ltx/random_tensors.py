"""A safetensors file of random numbers, drawn and written a few tensors at a time: the full set is 71 GB."""

from __future__ import annotations

import json
import math
import os
import struct
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from pathlib import Path

WRITERS = 6
"""Threads that write a file, and tensors that wait for one."""


class Spec(NamedTuple):
    """Name and shape of one tensor in a file; all are bfloat16, as in the published files."""

    name: str
    shape: tuple[int, ...]


def write(path: Path, specs: Iterable[Spec], metadata: dict[str, str], *, seed: int, device: str) -> None:
    """Write random tensors to `path`, a few of which are in memory at a time.

    The format: eight bytes of header length, a JSON header, the tensors' bytes (safetensors' own writer wants them
    all at once).
    """
    specs = list(specs)
    header: dict[str, object] = {"__metadata__": metadata}
    offset = 0
    for spec in specs:
        end = offset + math.prod(spec.shape) * torch.bfloat16.itemsize
        header[spec.name] = {"dtype": "BF16", "shape": list(spec.shape), "data_offsets": [offset, end]}
        offset = end
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    encoded = struct.pack("<Q", len(encoded)) + encoded
    generator = torch.Generator(device=device).manual_seed(seed)
    with path.open("wb", buffering=0) as file, ThreadPoolExecutor(WRITERS) as pool:
        file.write(encoded)
        file.truncate(len(encoded) + offset)
        at = len(encoded)
        writing: deque[Future[None]] = deque()
        for spec in specs:
            tensor = _random(spec, generator).to(torch.bfloat16).cpu().reshape(-1)
            writing.append(pool.submit(_write_at, file.fileno(), tensor.view(torch.uint8), at))
            at += tensor.nbytes
            if len(writing) > WRITERS:
                writing.popleft().result()
        for each in writing:
            each.result()


def _write_at(file: int, tensor: torch.Tensor, at: int) -> None:
    """Write the bytes of `tensor` to `file`, from `at` on."""
    rest = tensor.numpy().data
    while rest:
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def _random(spec: Spec, generator: torch.Generator) -> torch.Tensor:
    """Return a tensor scaled so that activations stay finite through all layers."""
    is_norm = "norm" in spec.name and spec.name.endswith("weight")
    if is_norm or spec.name.endswith("std-of-means"):
        return torch.ones(spec.shape, device=generator.device)
    tensor = torch.randn(spec.shape, device=generator.device, generator=generator)
    if len(spec.shape) > 1:
        return tensor * (0.7 / math.sqrt(math.prod(spec.shape[1:])))
    return tensor * 0.02
