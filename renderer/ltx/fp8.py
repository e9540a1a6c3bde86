"""Linear layers in 8-bit floating point: `precision = "fast"`, and the smaller half of the memory plans.

Weights are float8 e4m3 with one scale for each output channel, set when a LoRA is fused; activations are rounded to the
same format with one scale for each token, found as they come. Products are summed in float32 and come out in bfloat16.
Everything that is not a large linear layer of a transformer block stays as it was: gates, norms, modulation, the
layers before and after the blocks, and whole blocks at either end, whose error every other block would carry on.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

FORMAT = torch.float8_e4m3fn
LARGEST = torch.finfo(FORMAT).max
SMALLEST_SCALE = 1e-12
"""Keeps a row of zeros from being divided by zero."""

NAMES = ("to_q", "to_k", "to_v", "to_out.0", "net.0.proj", "net.2")
"""The large linear layers of a block, by the end of their names."""

KEPT_PER_END = 48
"""One block at either end stays in bfloat16 for each so many blocks: 1 of the full model's 48, none of two."""


@cache
def in_hardware(device: torch.device) -> bool:
    """Return whether `device` multiplies float8, as GPUs do from compute capability 8.9 on; all have the format."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 9)


def rounded(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `rows`, `(n, width)`, in float8, and the float32 scale of each row, `(n, 1)`, that undoes it."""
    scale = (rows.abs().amax(dim=-1, keepdim=True).float() / LARGEST).clamp(min=SMALLEST_SCALE)
    return (rows.float() * (1 / scale)).to(FORMAT), scale


class Fp8Linear(nn.Module):
    """Takes the place of an `nn.Linear`; same inputs, same outputs in bfloat16, to within float8's rounding.

    Attributes:
        weight: float8, `(out, in)`.
        scale: float32, `(1, out)`.
        bias: bfloat16, `(out,)`, or None.
    """

    weight: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, linear: nn.Linear, device: torch.device) -> None:
        """Make room on `device` for the weight of `linear`, which `set` brings, and take over its bias."""
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.register_buffer("weight", torch.empty(self.out_features, self.in_features, dtype=FORMAT, device=device))
        self.register_buffer("scale", torch.empty(1, self.out_features, dtype=torch.float32, device=device))
        self.register_buffer("bias", _bias(linear, device))

    def set(self, weight: torch.Tensor) -> None:
        """Round `weight`, `(out, in)`, where it lies, and take it; the layer's own storage stays where it is."""
        values, scale = rounded(weight)
        self.weight.copy_(values)
        self.scale.copy_(scale.T)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x @ weight.T + bias`, bfloat16."""
        rows, scale = rounded(x.reshape(-1, self.in_features))
        out = product(rows, self.weight, scale, self.scale, self.bias)
        return out.reshape(*x.shape[:-1], self.out_features)


def product(
    rows: torch.Tensor, weight: torch.Tensor, scale: torch.Tensor, weight_scale: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """Return `rows @ weight.T + bias` in bfloat16, `(n, out)`, of float8 numbers with their scales.

    Args:
        rows: float8, `(n, in)`.
        weight: float8, `(out, in)`.
        scale: float32, `(n, 1)`.
        weight_scale: float32, `(1, out)`.
        bias: bfloat16, `(out,)`, or None.
    """
    if in_hardware(rows.device):
        return torch._scaled_mm(  # noqa: SLF001 # pyright: ignore[reportPrivateImportUsage,reportPrivateUsage] - it has no public name yet
            rows,
            weight.t(),
            scale_a=scale,
            scale_b=weight_scale,
            bias=bias,
            out_dtype=torch.bfloat16,
            use_fast_accum=True,
        )
    # The slow way. Float8 numbers are exact in bfloat16, too, and a GPU multiplies those far faster than float32.
    wide = torch.float32 if rows.device.type == "cpu" else torch.bfloat16
    out = torch.mul(rows.to(wide) @ weight.to(wide).t(), scale).mul_(weight_scale)
    return (out if bias is None else out.add_(bias)).to(torch.bfloat16)


def _bias(linear: nn.Linear, device: torch.device) -> torch.Tensor | None:
    bias = cast("torch.Tensor | None", linear.bias)  # which the stubs think is always there
    return None if bias is None else bias.detach().to(device)


def chosen(blocks: nn.ModuleList) -> Iterator[tuple[int, str, nn.Linear]]:
    """Yield number of the block, name in it and layer, of each linear layer that is to be rounded."""
    kept = len(blocks) // KEPT_PER_END
    for number, block in enumerate(blocks):
        if kept <= number < len(blocks) - kept:
            for name, module in cast("Iterable[tuple[str, nn.Module]]", block.named_modules()):
                if isinstance(module, nn.Linear) and name.endswith(NAMES):
                    yield number, name, module


def convert(
    blocks: nn.ModuleList, homes: Callable[[int], torch.device], touched: Container[str]
) -> dict[str, Fp8Linear]:
    """Put an `Fp8Linear` in the place of each chosen layer; return them by name below the list of blocks.

    Args:
        blocks: the transformer's blocks.
        homes: where the layers of a block, given by number, are to lie.
        touched: names below the list of the weights that a LoRA's fusing will set; the others are rounded now.
    """
    layers: dict[str, Fp8Linear] = {}
    for number, name, linear in list(chosen(blocks)):
        parent, _, child = name.rpartition(".")
        layer = Fp8Linear(linear, homes(number))
        if f"{number}.{name}.weight" not in touched:
            layer.set(linear.weight.detach())
        setattr(blocks[number].get_submodule(parent), child, layer)
        layers[f"{number}.{name}"] = layer
    return layers
