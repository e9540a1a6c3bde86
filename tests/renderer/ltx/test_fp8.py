"""Float8 layers give what the layers that they replace gave, to within float8's rounding."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from renderer.ltx import fp8
from renderer.ltx.fp8 import Fp8Linear

from .conftest import CPU

pytestmark = pytest.mark.ltx


def relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours.float() - theirs.float()).norm() / theirs.float().norm())


@pytest.fixture
def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(96, 64, dtype=torch.bfloat16)


@torch.inference_mode()
def test_a_layer_is_its_linear_to_within_the_format(linear: nn.Linear) -> None:
    x = torch.randn(2, 50, 96, dtype=torch.bfloat16)
    layer = Fp8Linear(linear, CPU)
    layer.set(linear.weight)
    out = layer(x)
    assert out.shape == (2, 50, 64)
    assert out.dtype == torch.bfloat16
    # e4m3 has 3 bits after the point: an error of about 2.6 % a number, in each of two factors.
    assert 0.01 < relative(out, linear(x)) < 0.05


@torch.inference_mode()
def test_rows_have_scales_of_their_own(linear: nn.Linear) -> None:
    """A token a thousand times larger than its neighbours must not push them below the smallest number."""
    x = torch.randn(4, 96, dtype=torch.bfloat16)
    x[0] *= 1000
    linear.weight[5] *= 1000
    layer = Fp8Linear(linear, CPU)
    layer.set(linear.weight)
    others = torch.arange(64) != 5
    out, expected = layer(x)[:, others], linear(x)[:, others]
    for row in range(4):
        assert relative(out[row], expected[row]) < 0.06, row


def test_zeros_stay_zeros() -> None:
    values, scale = fp8.rounded(torch.zeros(3, 16))
    assert torch.equal(values.float() * scale, torch.zeros(3, 16))


@torch.inference_mode()
def test_another_weight_keeps_the_storage(linear: nn.Linear) -> None:
    layer = Fp8Linear(linear, CPU)
    layer.set(linear.weight)
    before = layer.weight.data_ptr(), layer.scale.data_ptr()
    layer.set(linear.weight * 2)
    assert (layer.weight.data_ptr(), layer.scale.data_ptr()) == before
    x = torch.randn(10, 96, dtype=torch.bfloat16)
    assert relative(layer(x), nn.functional.linear(x, linear.weight * 2, linear.bias)) < 0.05


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.to_q, self.to_gate_logits = nn.Linear(32, 32), nn.Linear(32, 2)


@pytest.mark.parametrize(("count", "rounded"), [(2, [0, 1]), (48, list(range(1, 47)))])
def test_only_large_layers_are_chosen_and_the_ends_stay(count: int, rounded: list[int]) -> None:
    blocks = nn.ModuleList([Block() for _ in range(count)])
    layers = fp8.convert(blocks, lambda _: CPU, set())
    assert list(layers) == [f"{number}.to_q" for number in rounded]
    assert all(isinstance(block.get_submodule("to_gate_logits"), nn.Linear) for block in blocks)
