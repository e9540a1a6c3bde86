"""What lies between a block's large products: one pass over memory each, ending in what the next product takes.

Written twice, as `renderer.ltx.pointwise` is: as Triton kernels for a GPU, and with PyTorch's functions for everything
else, which also say what the kernels mean. Both round to bfloat16 wherever ltx_core's separate operations do, so that
results are ltx_core's but for the order of sums. Where the next product is in float8, its rounding is part of the pass.

Tokens are `(1, tokens, width)`, bfloat16, contiguous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch.nn import functional

from renderer.ltx import compiled, fp8
from renderer.ltx.fp8 import Fp8Linear
from renderer.ltx.library import LTXRopeType, apply_rotary_emb, rms_norm

if TYPE_CHECKING:
    from torch import nn

AS_STOCK = {"enable_fp_fusion": False}
"""For kernels that round between: the compiler would join product and sum in bfloat16, and leave that rounding out."""

PER_WARP = 512
"""Numbers of a row that one warp holds."""

Table = tuple[torch.Tensor, torch.Tensor]
"""Cosines and sines of positions, `(1, heads, tokens, dim / 2)` each."""


class Level(NamedTuple):
    """A number for each channel, by a token's noise level.

    Attributes:
        values: bfloat16, `(levels, width)`.
        of: int64, `(tokens,)`: each token's level; None where there is one for all.
    """

    values: torch.Tensor
    of: torch.Tensor | None = None

    def each(self) -> torch.Tensor:
        """Return the numbers of each token, `(1, tokens, width)`, or `(1, 1, width)` for all."""
        return (self.values if self.of is None else self.values[self.of])[None]


class Modulation(NamedTuple):
    """`x * (1 + scale) + shift`; both by the same levels."""

    scale: Level
    shift: Level


@dataclass(frozen=True, slots=True)
class Rows:
    """Tokens as linear layers take them, each form where it was asked for.

    Attributes:
        values: bfloat16, `(1, tokens, width)`.
        small: float8, `(tokens, width)`.
        scale: float32, `(tokens, 1)`, that undoes `small`.
    """

    values: torch.Tensor | None
    small: torch.Tensor | None = None
    scale: torch.Tensor | None = None

    def through(self, layer: nn.Module) -> torch.Tensor:
        """Return what the linear `layer` makes of them, `(1, tokens, out)`."""
        if isinstance(layer, Fp8Linear):
            small, scale = cast("torch.Tensor", self.small), cast("torch.Tensor", self.scale)
            return fp8.product(small, layer.weight, scale, layer.scale, layer.bias)[None]
        return layer(self.values)


class Form(NamedTuple):
    """Which forms of `Rows` are wanted."""

    values: bool
    small: bool


def form_for(*layers: nn.Module | None) -> Form:
    """Return what all of `layers` take together; None is no layer."""
    small = [isinstance(layer, Fp8Linear) for layer in layers if layer is not None]
    return Form(not all(small), any(small))


def modulated(x: torch.Tensor, by: Modulation, form: Form, *, eps: float | None) -> Rows:
    """Return `x`, normed where there is an `eps`, modulated."""
    if _compiled(x, form):
        return _step(x, None, by, form, eps=eps)[1]
    if eps is not None:
        x = rms_norm(x, eps=eps)
    return _rows(x * (1 + by.scale.each()) + by.shift.each(), form)


def stepped(
    x: torch.Tensor, added: torch.Tensor, gate: Level, by: Modulation, form: Form, *, eps: float
) -> tuple[torch.Tensor, Rows]:
    """Return `x + added * gate`, and that normed and modulated."""
    if _compiled(x, form):
        return _step(x, (added, gate), by, form, eps=eps)
    x = x + added * gate.each()
    return x, modulated(x, by, form, eps=eps)


def moved(x: torch.Tensor, added: torch.Tensor, gate: Level) -> torch.Tensor:
    """Return `x + added * gate`."""
    if compiled.reach(x):
        return _step(x, (added, gate), None, Form(values=False, small=False), eps=None)[0]
    return x + added * gate.each()


def turned(x: torch.Tensor, norm: nn.RMSNorm, heads: int, table: Table | None, kind: LTXRopeType) -> torch.Tensor:
    """Return queries or keys, normed and, where there is a `table`, turned by position; it may be in the place of `x`.

    Args:
        x: `(1, tokens, heads * dim)`.
        norm: over all heads.
        heads: into which the width is cut.
        table: of positions.
        kind: how `table` is meant.

    Returns:
        `(1, heads, tokens, dim)`.
    """
    _, tokens, width = x.shape
    dim = width // heads
    if compiled.reach(x) and (table is None or kind is LTXRopeType.SPLIT):
        cos, sin = table or (x, x)
        compiled.of_rows.turn[(tokens,)](
            x,
            norm.weight,
            cos,
            sin,
            cos.stride(-3) if table else 0,
            cos.stride(-2) if table else 0,
            norm.eps,
            heads,
            dim // 2,
            TURNS=table is not None,
            HEADS=_power(heads),
            HALF=_power(dim // 2),
            num_warps=_warps(width),
            **AS_STOCK,
        )
    else:
        x = norm(x)
        if table is not None:
            x = apply_rotary_emb(x, table, kind)
    return x.view(1, tokens, heads, dim).transpose(1, 2)


def gated(x: torch.Tensor, logits: torch.Tensor | None, form: Form) -> Rows:
    """Return what attention made, `(1, heads, tokens, dim)`, each head times twice its gate: `heads * dim` wide.

    Args:
        x: of attention.
        logits: of the gates, `(1, tokens, heads)`; None without gates.
        form: what is wanted.
    """
    _, heads, tokens, dim = x.shape
    if _compiled(x, form) and x.stride(-1) == 1:
        made = _room(x, tokens, heads * dim, form)
        compiled.of_rows.gate[(tokens,)](
            x,
            x.stride(1),
            x.stride(2),
            x if logits is None else logits,
            *_at(made, x),
            heads,
            dim,
            GATES=logits is not None,
            **_forms(form),
            HEADS=_power(heads),
            DIM=_power(dim),
            num_warps=_warps(heads * dim),
            **AS_STOCK,
        )
        return made
    x = x.transpose(1, 2)
    if logits is not None:
        x = x * (2.0 * torch.sigmoid(logits)).unsqueeze(-1)
    return _rows(x.flatten(2), form)


def gelu(x: torch.Tensor, form: Form) -> Rows:
    """Return GELU of `x`, with tanh."""
    if _compiled(x, form):
        _, tokens, width = x.shape
        made = _room(x, tokens, width, form)
        compiled.of_rows.gelu[(tokens,)](
            x, *_at(made, x), width, **_forms(form), WIDTH=_power(width), num_warps=_warps(width)
        )
        return made
    return _rows(functional.gelu(x, approximate="tanh"), form)


def _step(
    x: torch.Tensor,
    step: tuple[torch.Tensor, Level] | None,
    by: Modulation | None,
    form: Form,
    *,
    eps: float | None,
) -> tuple[torch.Tensor, Rows]:
    x = x.contiguous()
    _, tokens, width = x.shape
    added, gate = step or (x, Level(x))
    moved_x = x if step is None else torch.empty_like(x)
    made = _room(x, tokens, width, form)
    (scale, of), (shift, _) = by or (Level(x), Level(x))
    compiled.of_rows.step[(tokens,)](
        x,
        added,
        gate.values,
        x if gate.of is None else gate.of,
        gate.values.stride(0),
        moved_x,
        scale,
        shift,
        x if of is None else of,
        scale.stride(0),
        *_at(made, x),
        0.0 if eps is None else eps,
        width,
        STEPS=step is not None,
        GATE_LEVELS=gate.of is not None,
        MODULATES=by is not None,
        NORMS=eps is not None,
        LEVELS=of is not None,
        **_forms(form),
        WIDTH=_power(width),
        num_warps=_warps(width),
        **AS_STOCK,
    )
    return moved_x, made


def _compiled(x: torch.Tensor, form: Form) -> bool:
    """Return whether a kernel makes `form` of `x`: Triton has float8 only where the hardware has it."""
    return compiled.reach(x) and (not form.small or fp8.in_hardware(x.device))


def _rows(x: torch.Tensor, form: Form) -> Rows:
    small, scale = fp8.rounded(x.reshape(-1, x.shape[-1])) if form.small else (None, None)
    return Rows(x if form.values else None, small, scale)


def _room(x: torch.Tensor, tokens: int, width: int, form: Form) -> Rows:
    return Rows(
        x.new_empty(1, tokens, width) if form.values else None,
        x.new_empty(tokens, width, dtype=fp8.FORMAT) if form.small else None,
        x.new_empty(tokens, 1, dtype=torch.float32) if form.small else None,
    )


def _at(made: Rows, instead: torch.Tensor) -> list[torch.Tensor]:
    """Return where a kernel writes `made`; what is not wanted is never touched, and may be anything."""
    return [instead if each is None else each for each in (made.values, made.small, made.scale)]


def _forms(form: Form) -> dict[str, bool]:
    return {"VALUES": form.values, "SMALL": form.small}


def _power(count: int) -> int:
    return 1 << (count - 1).bit_length()


def _warps(width: int) -> int:
    return min(32, max(1, _power(width) // PER_WARP))
