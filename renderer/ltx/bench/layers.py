"""What rounding to float8 costs in each linear layer of the transformer, on what reaches it in a real take."""

from __future__ import annotations

import logging
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from renderer.ltx import fp8
from renderer.ltx.library import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.ltx.engine import LtxEngine
    from renderer.protocol import Render

log = logging.getLogger(__name__)

_STEPS = len(DISTILLED_SIGMA_VALUES) - 1, len(STAGE_2_DISTILLED_SIGMA_VALUES) - 1
CALLS = (0, _STEPS[0] - 1, _STEPS[0], sum(_STEPS) - 1)
"""The steps at which layers are looked at: the first and the last of either stage."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Norm of a layer's error by norm of its bfloat16 output, one layer alone being rounded.

    Attributes:
        steps: the steps of the take at which it was measured.
        errors: by kind of layer, block and step.
    """

    steps: tuple[int, ...]
    errors: dict[str, list[list[float]]]

    def summary(self) -> dict[str, tuple[float, float, int]]:
        """Return by kind the median error, the largest, and the block that has it."""
        rows: dict[str, tuple[float, float, int]] = {}
        for kind, blocks in self.errors.items():
            worst = [max(steps) for steps in blocks]
            everything = [error for steps in blocks for error in steps]
            rows[kind] = statistics.median(everything), max(worst), worst.index(max(worst))
        return rows


def measure(engine: LtxEngine, shot: Render) -> Layers:
    """Render `shot` with `engine`, plain and in bfloat16; beside each large linear layer work out what float8 gives.

    Blocks that `fast` keeps in bfloat16 are measured, too.
    """
    found: dict[str, list[list[torch.Tensor]]] = {}
    with ExitStack() as hooks:
        for block in cast("Iterable[nn.Module]", engine.models.transformer.velocity_model.transformer_blocks):
            for name, module in cast("Iterable[tuple[str, nn.Module]]", block.named_modules()):
                if isinstance(module, nn.Linear) and name.endswith(fp8.NAMES):
                    errors: list[torch.Tensor] = []
                    found.setdefault(name, []).append(errors)
                    hooks.callback(module.register_forward_hook(_Look(errors)).remove)
        engine.latents_of(shot)
    return Layers(
        CALLS,
        {
            kind: [[round(float(error), 5) for error in torch.stack(errors).cpu()] for errors in blocks]
            for kind, blocks in found.items()
        },
    )


class _Look:
    """Called after each call of a layer; appends its error in float8 to `errors`, without waiting for the device."""

    def __init__(self, errors: list[torch.Tensor]) -> None:
        self._errors = errors
        self._calls = 0

    def __call__(self, layer: nn.Module, arguments: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        step, self._calls = self._calls, self._calls + 1
        if step not in CALLS:
            return
        linear = cast("nn.Linear", layer)
        rows, scale = fp8.rounded(arguments[0].reshape(-1, linear.in_features))
        weight, weight_scale = fp8.rounded(linear.weight)
        bias = cast("torch.Tensor | None", linear.bias)  # which the stubs think is always there
        small = fp8.product(rows, weight, scale, weight_scale.T, bias).float()
        exact = output.reshape(small.shape).float()
        self._errors.append((small - exact).square().sum().sqrt() / exact.square().sum().sqrt())
