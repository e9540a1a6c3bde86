"""Encoded prompts, kept.

A second take of a shot, or a shot rendered again after a crash, need not wait for the text encoder, which is the
slowest model to reach where it waits in host memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from renderer.ltx.cache import TensorCache, identity

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from renderer.protocol import Precision, Weights

SIZE = 1 << 30
"""Bytes of prompts kept, in memory and on disk each: some 80, at 13 MB apiece at full size."""


@dataclass(frozen=True, slots=True)
class Context:
    """An encoded prompt: what the transformer's video and audio streams attend to, `(1, tokens, width)` each."""

    video: torch.Tensor
    audio: torch.Tensor


class PromptCache:
    """Contexts by prompt, for one set of weights (see `TensorCache`)."""

    def __init__(self, weights: Weights, precision: Precision, folder: Path | None, size: int = SIZE) -> None:
        """Prepare a cache. Prompts encoded by anything else, or by another version of the code, are not returned.

        Args:
            weights: what encodes.
            precision: how (see `renderer.ltx.text`).
            folder: where contexts survive; None keeps them in memory only.
            size: bytes kept at most.
        """
        made_by = (
            version("ltx-core"),
            version("transformers"),
            identity((weights.checkpoint, weights.gemma)),
            precision,
        )
        self._cache = TensorCache(("video", "audio"), "\n".join(made_by), size, folder)

    def __contains__(self, prompt: str) -> bool:
        """Return whether `get` should have the context of `prompt`."""
        return prompt in self._cache

    def get(self, prompt: str, device: torch.device) -> Context | None:
        """Return the context of `prompt` on `device`, or None."""
        found = self._cache.get(prompt, device)
        return Context(**found) if found else None

    def put(self, prompt: str, context: Context) -> None:
        """Keep the context of `prompt`."""
        self._cache.put(prompt, {"video": context.video, "audio": context.audio})

    def close(self) -> None:
        """Wait until everything is on disk."""
        self._cache.close()
