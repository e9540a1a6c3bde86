"""Kernels between the products do what their PyTorch forms do; those are held against ltx_core in test_levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from renderer.ltx import fp8, rows
from renderer.ltx.library import LTXRopeType
from renderer.ltx.rows import Form, Level, Modulation, Rows

from .conftest import CPU

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.ltx

TOKENS, HEADS = 7, 3
FORMS = [Form(values=True, small=False), Form(values=False, small=True), Form(values=True, small=True)]

on_gpu = pytest.mark.skipif(not rows.COMPILED or not torch.cuda.is_available(), reason="kernels for a GPU")


def close(found: torch.Tensor | None, expected: torch.Tensor | None) -> bool:
    """Return whether two results differ at most in a last place here and there: sums have another order."""
    if found is None or expected is None:
        return found is expected
    ours, theirs = found.float().cpu(), expected.float()
    return bool((ours - theirs).norm() <= 0.004 * theirs.norm()) and bool((ours == theirs).float().mean() > 0.9)


def same(found: Rows, expected: Rows) -> bool:
    return all(close(getattr(found, name), getattr(expected, name)) for name in ("values", "small", "scale"))


@pytest.fixture
def draw() -> Callable[..., torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return lambda *shape: torch.randn(*shape, generator=generator).bfloat16()


@on_gpu
@torch.inference_mode()
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [96, 2048, 4096])
def test_a_step_and_what_follows(form: Form, width: int, draw: Callable[..., torch.Tensor]) -> None:
    x, added, of = draw(1, TOKENS, width), draw(1, TOKENS, width), torch.arange(TOKENS) % 3
    gate, scale, shift = (Level(row, of) for row in draw(3, 9, width).unbind(1)[:3])
    alone = Modulation(Level(draw(1, width)), Level(draw(1, width)))

    def there(level: Level) -> Level:
        return Level(level.values.cuda(), None if level.of is None else level.of.cuda())

    for by in (Modulation(scale, shift), alone):
        moved_by = Modulation(*map(there, by))
        for eps in (1e-6, None):
            found = rows.modulated(x.cuda(), moved_by, form, eps=eps)
            assert same(found, rows.modulated(x, by, form, eps=eps))
        ours, found = rows.stepped(x.cuda(), added.cuda(), there(gate), moved_by, form, eps=1e-6)
        theirs, expected = rows.stepped(x, added, gate, by, form, eps=1e-6)
        assert torch.equal(ours.cpu(), theirs)
        assert same(found, expected)
    assert torch.equal(rows.moved(x.cuda(), added.cuda(), there(gate)).cpu(), rows.moved(x, added, gate))


@on_gpu
@torch.inference_mode()
@pytest.mark.parametrize("dim", [32, 128])
def test_attention(dim: int, draw: Callable[..., torch.Tensor]) -> None:
    norm = nn.RMSNorm(HEADS * dim, eps=1e-6, dtype=torch.bfloat16)
    norm.weight.copy_(draw(HEADS * dim))
    angles = draw(1, TOKENS, HEADS, dim // 2).float().transpose(1, 2)
    table = angles.cos().bfloat16(), angles.sin().bfloat16()
    for used in (table, None):
        x = draw(1, TOKENS, HEADS * dim)
        moved = used and (used[0].cuda(), used[1].cuda())
        found = rows.turned(x.cuda(), norm.cuda(), HEADS, moved, LTXRopeType.SPLIT)
        assert close(found, rows.turned(x, norm.to(CPU), HEADS, used, LTXRopeType.SPLIT))
    made = draw(1, TOKENS, HEADS, dim).transpose(1, 2)
    for form in FORMS:
        for logits in (draw(1, TOKENS, HEADS), None):
            found = rows.gated(made.cuda(), None if logits is None else logits.cuda(), form)
            assert same(found, rows.gated(made, logits, form))
        x = draw(1, TOKENS, 4 * HEADS * dim)
        assert same(rows.gelu(x.cuda(), form), rows.gelu(x, form))


@torch.inference_mode()
def test_a_layer_takes_the_form_that_it_needs(draw: Callable[..., torch.Tensor]) -> None:
    linear = nn.Linear(32, 16, dtype=torch.bfloat16)
    small = fp8.Fp8Linear(linear, CPU)
    small.set(linear.weight)
    assert rows.form_for(linear, None) == FORMS[0]
    assert rows.form_for(small, small) == FORMS[1]
    assert rows.form_for(small, linear) == FORMS[2]
    x = draw(1, TOKENS, 32)
    one = Modulation(Level(torch.zeros(1, 32).bfloat16()), Level(torch.zeros(1, 32).bfloat16()))
    both = rows.modulated(x, one, FORMS[2], eps=None)
    assert torch.equal(both.through(linear), linear(x))
    assert torch.equal(both.through(small), small(x))
