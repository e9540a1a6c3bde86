"""Kernels between the products do what their PyTorch forms do; those are held against ltx_core in test_levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from renderer.ltx import compiled, fp8, rows
from renderer.ltx.library import LTXRopeType
from renderer.ltx.rows import Form, Level, Modulation, Rows

from .conftest import CPU

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.ltx

TOKENS, HEADS = 7, 3
FORMS = [Form(values=True, small=False), Form(values=False, small=True), Form(values=True, small=True)]


def close(found: torch.Tensor | None, expected: torch.Tensor | None) -> bool:
    """Return whether two results differ at most in a last place here and there: sums have another order."""
    if found is None or expected is None:
        return found is expected
    ours, theirs = found.float(), expected.float()
    if found.dtype == torch.float32:  # a scale, which PyTorch divides by multiplying
        return torch.allclose(ours, theirs, rtol=1e-6, atol=0)
    return bool((ours == theirs).float().mean() > 0.99) and torch.allclose(ours, theirs, rtol=0.13, atol=0.01)


def same(found: Rows, expected: Rows) -> bool:
    return all(close(getattr(found, name), getattr(expected, name)) for name in ("values", "small", "scale"))


@pytest.fixture
def draw() -> Callable[..., torch.Tensor]:
    """Return what draws numbers, on the GPU where there is one: the forms in PyTorch are stock's there."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator().manual_seed(3)
    return lambda *shape: torch.randn(*shape, generator=generator).bfloat16().to(device)


def both(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Return what `make` makes with kernels, and what it makes with PyTorch's functions."""
    found = make()
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "of_rows", None)
        return found, make()


@pytest.mark.usefixtures("kernels")
@torch.inference_mode()
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [96, 2048, 4096])
def test_a_step_and_what_follows(
    form: Form, width: int, draw: Callable[..., torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, added = draw(1, TOKENS, width), draw(1, TOKENS, width)
    of = torch.arange(TOKENS, device=x.device) % 3
    gate, scale, shift = (Level(row, of) for row in draw(3, 9, width).unbind(1)[:3])
    alone = Modulation(Level(draw(1, width)), Level(draw(1, width)))
    for by in (Modulation(scale, shift), alone):
        for eps in (1e-6, None):
            assert same(*both(lambda by=by, eps=eps: rows.modulated(x, by, form, eps=eps), monkeypatch))
        (ours, found), (theirs, expected) = both(
            lambda by=by: rows.stepped(x, added, gate, by, form, eps=1e-6), monkeypatch
        )
        assert torch.equal(ours, theirs)
        assert same(found, expected)
    assert torch.equal(*both(lambda: rows.moved(x, added, gate), monkeypatch))


@pytest.mark.usefixtures("kernels")
@torch.inference_mode()
@pytest.mark.parametrize("dim", [32, 128])
def test_attention(dim: int, draw: Callable[..., torch.Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    weight = draw(HEADS * dim)
    norm = nn.RMSNorm(HEADS * dim, eps=1e-6, dtype=weight.dtype, device=weight.device)
    norm.weight.copy_(weight)
    angles = draw(1, TOKENS, HEADS, dim // 2).float().transpose(1, 2)
    table = angles.cos().bfloat16(), angles.sin().bfloat16()
    x, made, wide = draw(1, TOKENS, HEADS * dim), draw(1, TOKENS, HEADS, dim).transpose(1, 2), draw(1, TOKENS, 512)
    for used in (table, None):
        turned = lambda used=used: rows.turned(x.clone(), norm, HEADS, used, LTXRopeType.SPLIT)  # noqa: E731 - in place
        assert close(*both(turned, monkeypatch))
    for form in FORMS:
        for logits in (draw(1, TOKENS, HEADS), None):
            assert same(*both(lambda logits=logits, form=form: rows.gated(made, logits, form), monkeypatch))
        assert same(*both(lambda form=form: rows.gelu(wide, form), monkeypatch))


@torch.inference_mode()
def test_a_layer_takes_the_form_that_it_needs() -> None:
    linear = nn.Linear(32, 16, dtype=torch.bfloat16)
    small = fp8.Fp8Linear(linear, CPU)
    small.set(linear.weight)
    assert rows.form_for(linear, None) == FORMS[0]
    assert rows.form_for(small, small) == FORMS[1]
    assert rows.form_for(small, linear) == FORMS[2]
    x = torch.randn(1, TOKENS, 32).bfloat16()
    one = Modulation(Level(torch.zeros(1, 32).bfloat16()), Level(torch.zeros(1, 32).bfloat16()))
    both = rows.modulated(x, one, FORMS[2], eps=None)
    assert torch.equal(both.through(linear), linear(x))
    assert torch.equal(both.through(small), small(x))
