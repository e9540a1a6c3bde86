"""How far ours lies from stock, beside how far stock lies from itself; and how far `fast` from `exact`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from torch.nn.attention import SDPBackend, sdpa_kernel

from renderer.ltx.bench import similarity
from renderer.ltx.bench.case import PROMPTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import torch

    from renderer.ltx.bench.similarity import Agreement
    from renderer.ltx.engine import LtxEngine
    from renderer.ltx.pipeline import Latents
    from renderer.protocol import Precision, Render

log = logging.getLogger(__name__)

BACKENDS = {
    "attention flash": SDPBackend.FLASH_ATTENTION,
    "attention efficient": SDPBackend.EFFICIENT_ATTENTION,
}
"""The attention backends that stock is held against itself with; a device that lacks one leaves it out."""


class Comparison:
    """Holds latents and frames of engines against stock's, and `fast` against `exact`."""

    def __init__(self, shot: Render, device: torch.device, found: Callable[[str, Agreement], None]) -> None:
        """Prepare.

        Args:
            shot: what is rendered, and the model of the other shots.
            device: where frames are compared.
            found: is told what was compared with what, and how far they lie apart, as it is found.
        """
        self._shot = shot
        self._device = device
        self._found = found
        self._exact: list[Latents] | None = None

    def product(self, engine: LtxEngine, precision: Precision, stock: Latents, *, others: bool) -> None:
        """Hold `engine`, of `precision`, against `stock`, the shot's latents, in the shot.

        With `others` it renders more shots; `fast` is held against `exact` in those, where that was here before it.
        """
        self._compare(f"{precision} / stock", engine, engine.latents_of(self._shot), stock)
        if not others:
            return
        latents = [engine.latents_of(other) for other in variants(self._shot)]
        if precision == "exact":
            self._exact = latents
        elif self._exact is not None:
            for number, (fast, exact) in enumerate(zip(latents, self._exact, strict=True), start=1):
                self._compare(f"fast / exact, prompt {number}", engine, fast, exact)

    def plain(self, engine: LtxEngine, stock: Latents) -> None:
        """Hold `engine`, whose kernels are plain, against `stock`, also under other attention backends.

        As plain kernels are stock's own, the latter says how far stock lies from itself.
        """
        self._compare("plain / stock", engine, engine.latents_of(self._shot), stock)
        for name, backend in BACKENDS.items():
            try:
                with cast("AbstractContextManager[object]", sdpa_kernel(backend)):  # whose type is left open
                    latents = engine.latents_of(self._shot)
            except RuntimeError as error:
                log.info("%s: not on this device (%s)", name, error)
                continue
            self._compare(f"stock with {name} / stock", engine, latents, stock)

    def styled(self, engine: LtxEngine, shot: Render, stock: Latents) -> None:
        """Hold `engine`, whose kernels are plain, against `stock` in `shot`, which has a style LoRA."""
        self._compare("plain with a style / stock with it", engine, engine.latents_of(shot), stock)

    def _compare(self, name: str, engine: LtxEngine, ours: Latents, theirs: Latents) -> None:
        """Compare latents, and the frames that `engine` decodes both to."""
        frames = engine.frames_of(ours), engine.frames_of(theirs)
        self._found(name, similarity.agreement(ours, theirs, *frames, self._device))


def variants(shot: Render) -> list[Render]:
    """Return `shot` with each of `PROMPTS` and a seed of its own; every other one without its references."""
    return [
        shot.model_copy(
            update={"prompt": prompt, "seed": 1000 + number, "pins": () if number % 2 else shot.pins},
        )
        for number, prompt in enumerate(PROMPTS)
    ]
