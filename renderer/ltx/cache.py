"""What was encoded once, kept: in host memory, and in a folder that survives a restart.

Entries are found by a hash of all that went into them. Nothing here waits for the device: what is kept leaves it
through pinned memory behind the program's back, a thread writes it to disk when it is there, and what is found goes
back as it came.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType] - PathLike[Unknown]

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)

ABANDONED_S = 3600
"""Seconds after which a file that was begun and never finished is removed."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Tensors on the host, complete once `arrived` has happened (None: they are)."""

    tensors: dict[str, torch.Tensor]
    arrived: torch.cuda.Event | None

    @property
    def size(self) -> int:
        return sum(tensor.nbytes for tensor in self.tensors.values())


class TensorCache:
    """Groups of tensors by what they were made of. The group that was not used for longest goes first.

    May be used by several threads.
    """

    def __init__(self, names: Iterable[str], mark: str, size: int, folder: Path | None) -> None:
        """Prepare a cache.

        Args:
            names: what the tensors of every group are called.
            mark: what made them; groups made by anything else are never returned.
            size: bytes kept at most, in memory and on disk each.
            folder: where groups survive, made if need be; None keeps them in memory only.
        """
        self._names = tuple(names)
        self._mark = mark
        self._size = size
        self._folder = folder
        self._memory: OrderedDict[str, _Entry] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="cache")
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._remove_parts(folder)

    def __contains__(self, content: str) -> bool:
        """Return whether `get` should find what was made of `content`."""
        key = self._key(content)
        with self._lock:
            known = key in self._memory
        return known or (self._folder is not None and (self._folder / f"{key}.safetensors").exists())

    def get(self, content: str, device: torch.device) -> dict[str, torch.Tensor] | None:
        """Return what was made of `content`, on `device` as of its current stream; None where it is not known."""
        key = self._key(content)
        with self._lock:
            entry = self._memory.get(key)
        if entry is None and (entry := self._read(key, device)) is None:
            return None
        self._remember(key, entry)
        if entry.arrived is not None:
            torch.cuda.current_stream(device).wait_event(entry.arrived)
        return {name: tensor.to(device, non_blocking=True) for name, tensor in entry.tensors.items()}

    def put(self, content: str, tensors: dict[str, torch.Tensor]) -> None:
        """Keep what was made of `content`. That it could not be written is logged; it is only a cache."""
        key = self._key(content)
        entry = _fetched(tensors)
        self._remember(key, entry)
        if self._folder is not None:
            self._writer.submit(self._write, self._folder, key, entry)

    def close(self) -> None:
        """Wait until everything is on disk. Nothing can be put in afterwards."""
        self._writer.shutdown()

    def _key(self, content: str) -> str:
        return hashlib.sha256(f"{self._mark}\n{content}".encode()).hexdigest()

    def _remember(self, key: str, entry: _Entry) -> None:
        with self._lock:
            before = self._memory.pop(key, None)
            self._held += entry.size - (before.size if before else 0)
            self._memory[key] = entry
            while self._held > self._size:
                self._held -= self._memory.popitem(last=False)[1].size

    def _read(self, key: str, device: torch.device) -> _Entry | None:
        """Return the group from its file; a file that is not whole is removed."""
        if self._folder is None:
            return None
        path = self._folder / f"{key}.safetensors"
        try:
            tensors = load_file(path)
            os.utime(path)
            if tensors.keys() != set(self._names):
                raise SafetensorError(f"holds {', '.join(tensors) or 'nothing'}")  # noqa: TRY301 - as if it were torn
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError):
            log.warning("%s cannot be read; what it held is made anew.", path, exc_info=True)
            with suppress(OSError):
                path.unlink()
            return None
        if device.type == "cuda":
            tensors = {name: tensor.pin_memory() for name, tensor in tensors.items()}
        return _Entry(tensors, None)

    def _write(self, folder: Path, key: str, entry: _Entry) -> None:
        """Write a group beside its name, and rename it; runs on the writer's thread."""
        path = folder / f"{key}.safetensors"
        aside = path.with_suffix(f".{os.getpid()}.part")
        try:
            if entry.arrived is not None:
                entry.arrived.synchronize()
            save_file(entry.tensors, aside)
            aside.replace(path)
            self._trim(folder)
        except (OSError, SafetensorError):
            log.warning("Nothing can be kept in %s.", folder, exc_info=True)
            with suppress(OSError):
                aside.unlink()

    def _trim(self, folder: Path) -> None:
        """Remove the files that were not used for longest, until the rest is within the bound."""
        found = [(path, path.stat()) for path in folder.glob("*.safetensors")]
        held = sum(about.st_size for _, about in found)
        for path, about in sorted(found, key=lambda each: each[1].st_mtime_ns):
            if held <= self._size:
                return
            path.unlink(missing_ok=True)
            held -= about.st_size

    @staticmethod
    def _remove_parts(folder: Path) -> None:
        """Remove what a process that was killed has left behind."""
        for part in folder.glob("*.part"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > ABANDONED_S:
                    part.unlink()


def identity(paths: Iterable[str]) -> str:
    """Return what changes when one of the files, or a file directly in one of the folders, does."""
    lines: list[str] = []
    for path in map(Path, paths):
        for each in sorted(path.iterdir()) if path.is_dir() else [path]:
            about = each.stat()
            lines.append(f"{each} {about.st_size} {about.st_mtime_ns}")
    return "\n".join(lines)


def _fetched(tensors: dict[str, torch.Tensor]) -> _Entry:
    """Return copies of `tensors` on the host, on their way there in pinned memory if they are on a GPU."""
    device = next(iter(tensors.values())).device
    pinned = device.type == "cuda"
    copies = {
        name: torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=pinned).copy_(tensor, non_blocking=pinned)
        for name, tensor in tensors.items()
    }
    if not pinned:
        return _Entry(copies, None)
    arrived = torch.cuda.Event()
    arrived.record(torch.cuda.current_stream(device))
    return _Entry(copies, arrived)
