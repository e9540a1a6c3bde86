"""What lies where in a safetensors file, by its header. Imports no torch."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

HEADER_MOST = 100_000_000
"""Bytes: what safetensors itself takes for a header at most."""

Shape = tuple[int, ...]


class BadFile(ValueError):
    """The file is not what its format says. The message is a sentence that names it and says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor.

    Attributes:
        dtype: its number format in safetensors' words: `BF16`, `F32`, …
        shape: its shape.
        start: where its bytes begin, counted from the beginning of the file.
        end: where they end.
    """

    dtype: str
    shape: Shape
    start: int
    end: int


def entries(path: Path) -> dict[str, Entry]:
    """Return what the header says of each tensor, by its name.

    Raises:
        OSError: it cannot be read.
        BadFile: it is no safetensors file, or is cut off.
    """
    try:
        return _entries(path)
    except (struct.error, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BadFile(f"{path} is no good safetensors file: {error}") from None


def _entries(path: Path) -> dict[str, Entry]:
    """Read the header; any mistake in it raises one of many errors."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > HEADER_MOST:
            raise ValueError("its header is too long")
        header: dict[str, dict[str, Any]] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if 8 + length + end != path.stat().st_size:
        raise ValueError("it is cut off or has something appended")
    return {
        name: Entry(
            str(entry["dtype"]),
            tuple(int(size) for size in entry["shape"]),
            *(8 + length + int(offset) for offset in entry["data_offsets"]),
        )
        for name, entry in header.items()
    }
