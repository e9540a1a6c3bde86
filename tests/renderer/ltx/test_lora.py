"""Another LoRA strength without a rebuild is what a rebuild would have made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch

from renderer.ltx import lora, memory, synthetic
from renderer.ltx.library import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps, ModelLedger
from renderer.ltx.lora import FusedLora, Place
from renderer.ltx.synthetic import Spec

from .conftest import CPU

if TYPE_CHECKING:
    from renderer.ltx.library import X0Model
    from renderer.protocol import Weights

pytestmark = pytest.mark.ltx


def build(tiny: Weights, *loras: LoraPathStrengthAndSDOps) -> X0Model:
    with torch.inference_mode():
        return ModelLedger(torch.bfloat16, CPU, checkpoint_path=tiny.checkpoint, loras=loras).transformer()


def fresh(tiny: Weights, strength: float) -> dict[str, torch.Tensor]:
    """Return the weights that ltx_core builds with the LoRA at `strength`."""
    return build(tiny, LoraPathStrengthAndSDOps(tiny.lora, strength, LTXV_LORA_COMFY_RENAMING_MAP)).state_dict()


@pytest.mark.parametrize("place", get_args(Place))
def test_each_strength_equals_a_fresh_build(tiny: Weights, place: Place) -> None:
    transformer = build(tiny)
    fused = FusedLora(transformer, Path(tiny.lora), Path(tiny.checkpoint), place)
    assert fused.strength == 0
    for strength in (0.8, 0.3, 1.0, 0.0, 0.8):
        assert fused.fuse(strength)
        assert fused.strength == strength
        expected = fresh(tiny, strength)
        actual = transformer.state_dict()
        assert actual.keys() == expected.keys()
        for name, weight in expected.items():
            assert torch.equal(actual[name], weight), (strength, name)


def test_storage_stays_where_it_is(tiny: Weights) -> None:
    transformer = build(tiny)
    before = {name: weight.data_ptr() for name, weight in transformer.named_parameters()}
    FusedLora(transformer, Path(tiny.lora), Path(tiny.checkpoint)).fuse(0.8)
    assert {name: weight.data_ptr() for name, weight in transformer.named_parameters()} == before


def test_the_same_strength_again_touches_nothing(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    fused = FusedLora(build(tiny), Path(tiny.lora), Path(tiny.checkpoint))
    fused.fuse(0.8)
    monkeypatch.setattr(lora, "apply_loras", pytest.fail)
    assert not fused.fuse(0.8)


def test_an_interrupted_fuse_is_done_again(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    transformer = build(tiny)
    fused = FusedLora(transformer, Path(tiny.lora), Path(tiny.checkpoint))
    fused.fuse(0.8)
    calls = 0
    real = lora.apply_loras

    def runs_out(*arguments: Any, **named: Any) -> object:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise torch.OutOfMemoryError
        return real(*arguments, **named)

    monkeypatch.setattr(lora, "apply_loras", runs_out)
    with pytest.raises(torch.OutOfMemoryError):
        fused.fuse(0.5)
    assert fused.strength is None
    assert fused.fuse(0.8)  # not taken for done, though it was the last complete one
    assert all(torch.equal(transformer.state_dict()[name], weight) for name, weight in fresh(tiny, 0.8).items())


def test_touches_the_blocks_attention_and_feed_forward_only(tiny: Weights) -> None:
    fused = FusedLora(build(tiny), Path(tiny.lora), Path(tiny.checkpoint))
    assert fused.touched
    assert all(".attn" in name or "_attn" in name or "ff" in name for name in fused.touched)


def test_a_lora_for_another_model_is_refused(tiny: Weights, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    specs = [Spec("unet.to_q.lora_A.weight", (4, 64)), Spec("unet.to_q.lora_B.weight", (64, 4))]
    synthetic.write_safetensors(other, specs, {}, seed=0, device="cpu")
    with pytest.raises(ValueError, match=r"other\.safetensors touches no layer"):
        FusedLora(build(tiny), other, Path(tiny.checkpoint))


def test_base_weights_go_to_the_fastest_place_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda, gib = torch.device("cuda:0"), 1 << 30
    free = {"device": 0, "host": 0}
    monkeypatch.setattr(memory, "free", lambda _: free["device"] * gib)
    monkeypatch.setattr(lora, "host_memory_free", lambda: free["host"] * gib)
    for device, host, expected in ((70, 0, "device"), (50, 64, "host"), (50, 40, "file")):
        free.update(device=device, host=host)
        assert lora.choose_place(36 * gib, cuda) == expected


def test_host_memory_is_read_from_the_kernel() -> None:
    assert 0 < lora.host_memory_free() < 1 << 50
