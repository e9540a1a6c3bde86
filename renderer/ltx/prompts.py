"""Encoded prompts, kept: in memory, and in a folder that survives a restart.

A second take of a shot, or a shot rendered again after a crash, need not wait for the text encoder, which is the
slowest model to reach where it waits in host memory.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType] - PathLike[Unknown]

if TYPE_CHECKING:
    import torch

    from renderer.protocol import Weights

log = logging.getLogger(__name__)

KEPT = 64
"""Prompts kept, in memory and on disk each: 13 MB apiece at full size."""


@dataclass(frozen=True, slots=True)
class Context:
    """An encoded prompt: what the transformer's video and audio streams attend to, `(1, tokens, width)` each."""

    video: torch.Tensor
    audio: torch.Tensor


class PromptCache:
    """Contexts by prompt, for one set of weights. The one that was not used for longest goes first."""

    def __init__(self, weights: Weights, folder: Path | None, kept: int = KEPT) -> None:
        """Prepare a cache.

        Args:
            weights: what encodes; prompts encoded by other files are never returned.
            folder: where contexts survive; None keeps them in memory only.
            kept: contexts kept at most.
        """
        self._weights = "\n".join(_identity(Path(path)) for path in (weights.checkpoint, weights.gemma))
        self._folder = folder
        self._kept = kept
        self._memory: OrderedDict[str, Context] = OrderedDict()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def __contains__(self, prompt: str) -> bool:
        """Return whether `get` should have the context of `prompt`."""
        key = self._key(prompt)
        return key in self._memory or (self._folder is not None and (self._folder / f"{key}.safetensors").exists())

    def get(self, prompt: str, device: torch.device) -> Context | None:
        """Return the context of `prompt` on `device`, or None."""
        key = self._key(prompt)
        context = self._memory.get(key) or self._read(key)
        if context is None:
            return None
        self._remember(key, context)
        return Context(context.video.to(device), context.audio.to(device))

    def put(self, prompt: str, context: Context) -> None:
        """Keep the context of `prompt`. That it could not be written is logged; it is only a cache."""
        key = self._key(prompt)
        held = Context(context.video.cpu(), context.audio.cpu())
        self._remember(key, held)
        if self._folder is None:
            return
        path = self._folder / f"{key}.safetensors"
        aside = path.with_suffix(f".{os.getpid()}.part")
        try:
            save_file({"video": held.video.contiguous(), "audio": held.audio.contiguous()}, aside)
            aside.replace(path)
            self._trim(self._folder)
        except (OSError, SafetensorError):
            log.warning("An encoded prompt could not be kept in %s.", self._folder, exc_info=True)
            aside.unlink(missing_ok=True)

    def _key(self, prompt: str) -> str:
        return hashlib.sha256(f"{self._weights}\n{prompt}".encode()).hexdigest()

    def _remember(self, key: str, context: Context) -> None:
        self._memory[key] = context
        self._memory.move_to_end(key)
        if len(self._memory) > self._kept:
            self._memory.popitem(last=False)

    def _read(self, key: str) -> Context | None:
        if self._folder is None:
            return None
        path = self._folder / f"{key}.safetensors"
        try:
            held = load_file(path)
            os.utime(path)
            return Context(held["video"], held["audio"])
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError):
            log.warning("%s cannot be read; the prompt is encoded anew.", path, exc_info=True)
            return None

    def _trim(self, folder: Path) -> None:
        files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
        for path in files[: -self._kept]:
            path.unlink(missing_ok=True)


def _identity(path: Path) -> str:
    """Return what changes when the file, or a file directly in the folder, does."""
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    return "\n".join(f"{each} {each.stat().st_size} {each.stat().st_mtime_ns}" for each in paths)
