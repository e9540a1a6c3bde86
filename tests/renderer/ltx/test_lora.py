"""Another LoRA strength without a rebuild is what a rebuild would have made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch
from safetensors import safe_open

from renderer.ltx import adapters, fp8, lora, lora_files, memory, random_tensors
from renderer.ltx.adapters import KEPT, Adapters, Place
from renderer.ltx.fp8 import Fp8Linear
from renderer.ltx.library import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps, ModelLedger, tensors_of
from renderer.ltx.lora import FusedLoras
from renderer.ltx.plans import PLANS, Plan
from renderer.ltx.random_tensors import Spec
from renderer.ltx.weights import Choices, load
from renderer.protocol import StyleLora

from .conftest import CPU

if TYPE_CHECKING:
    from renderer.ltx.library import X0Model
    from renderer.protocol import Weights

pytestmark = pytest.mark.ltx


def build(tiny: Weights, *loras: LoraPathStrengthAndSDOps) -> X0Model:
    with torch.inference_mode():
        return ModelLedger(torch.bfloat16, CPU, checkpoint_path=tiny.checkpoint, loras=loras).transformer()


def fresh(tiny: Weights, strength: float, *styles: StyleLora) -> dict[str, torch.Tensor]:
    """Return the weights that ltx_core builds with the LoRA at `strength` and `styles` beside it."""
    loras = [(tiny.lora, strength), *((style.path, style.strength) for style in styles)]
    return build(tiny, *(LoraPathStrengthAndSDOps(*each, LTXV_LORA_COMFY_RENAMING_MAP) for each in loras)).state_dict()


def assert_same(transformer: X0Model, expected: dict[str, torch.Tensor]) -> None:
    actual = transformer.state_dict()
    assert actual.keys() == expected.keys()
    for name, weight in expected.items():
        assert torch.equal(actual[name], weight), name


@pytest.mark.parametrize("place", get_args(Place))
def test_each_mix_equals_a_fresh_build(tiny: Weights, styles: tuple[StyleLora, StyleLora], place: Place) -> None:
    ink, clay = styles
    transformer = build(tiny)
    paths = [Path(style.path) for style in styles]
    fused = FusedLoras(transformer, Path(tiny.lora), Path(tiny.checkpoint), place, styles=paths)
    mixes: list[tuple[float, tuple[StyleLora, ...]]] = [
        (0.8, ()),
        (0.3, ()),
        (0.4, (ink,)),
        (0.4, (clay,)),
        (0.4, (ink, clay)),
        (0.0, (ink,)),
        (0.8, ()),  # what a style leaves is as if it had never been
        (0.0, ()),
    ]
    for strength, beside in mixes:
        assert fused.fuse(strength, beside)
        assert fused.mix == fused.mix_of(strength, beside)
        assert_same(transformer, fresh(tiny, strength, *beside))


def test_only_layers_whose_mix_changes_are_fused(
    tiny: Weights, styles: tuple[StyleLora, StyleLora], monkeypatch: pytest.MonkeyPatch
) -> None:
    fused = FusedLoras(
        build(tiny), Path(tiny.lora), Path(tiny.checkpoint), styles=[Path(style.path) for style in styles]
    )
    fused.fuse(0.4)
    calls: list[object] = []
    real = lora.apply_loras
    monkeypatch.setattr(lora, "apply_loras", lambda *given, **named: calls.append(given) or real(*given, **named))
    fused.fuse(0.4, styles[:1])
    ink = lora_files.layers(Path(styles[0].path))
    assert len(calls) == len(ink) < len(fused.touched)
    with pytest.raises(KeyError):
        fused.fuse(0.4, [StyleLora(path="elsewhere.safetensors", strength=1)])


@pytest.mark.parametrize("plan", [PLANS[0], *PLANS[2:]], ids=lambda plan: plan.name)
def test_float8_weights_are_the_fused_ones_rounded(
    tiny: Weights, styles: tuple[StyleLora, StyleLora], plan: Plan
) -> None:
    paths = tuple(Path(style.path) for style in styles)
    models = load(tiny, CPU, Choices(plan, precision="fast", styles=paths))
    for beside in (styles[:1], ()):
        models.lora.fuse(0.4, beside)
        expected = fresh(tiny, 0.4, *beside)
        rounded = 0
        for name, module in models.transformer.velocity_model.named_modules():
            weight = expected.get(f"velocity_model.{name.replace('.inner', '')}.weight")
            if isinstance(module, Fp8Linear):
                assert weight is not None
                values, scale = fp8.rounded(weight)
                assert torch.equal(module.weight.float(), values.float()), name
                assert torch.equal(module.scale.T, scale), name
                rounded += 1
            elif weight is not None and not name.endswith("inner"):
                assert torch.equal(module.get_parameter("weight"), weight), name
        assert rounded


def test_storage_stays_where_it_is(tiny: Weights) -> None:
    transformer = build(tiny)
    before = {name: weight.data_ptr() for name, weight in transformer.named_parameters()}
    FusedLoras(transformer, Path(tiny.lora), Path(tiny.checkpoint)).fuse(0.8)
    assert {name: weight.data_ptr() for name, weight in transformer.named_parameters()} == before


def test_the_last_few_style_loras_are_kept(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.safetensors" for number in range(KEPT + 1)]
    specs = [Spec("a.lora_A.weight", (2, 8)), Spec("a.lora_B.weight", (8, 2))]
    for number, file in enumerate(files):
        random_tensors.write(file, specs, {}, seed=number, device="cpu")
    kept = Adapters(CPU)
    kept.preload(files)
    assert [file in kept for file in files] == [True] * KEPT + [False]
    kept.get(files[0])
    found = tensors_of(kept.get(files[-1]))
    assert [file in kept for file in files] == [True, False, *[True] * (KEPT - 1)]
    with safe_open(files[-1], framework="pt") as file:
        for spec in specs:
            assert torch.equal(found[spec.name], file.get_tensor(spec.name))


def test_the_same_strength_again_touches_nothing(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    fused = FusedLoras(build(tiny), Path(tiny.lora), Path(tiny.checkpoint))
    fused.fuse(0.8)
    monkeypatch.setattr(lora, "apply_loras", pytest.fail)
    assert not fused.fuse(0.8)


def test_an_interrupted_fuse_is_done_again(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    transformer = build(tiny)
    fused = FusedLoras(transformer, Path(tiny.lora), Path(tiny.checkpoint))
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
    assert fused.mix is None
    assert fused.fuse(0.8)  # not taken for done, though it was the last complete one
    assert all(torch.equal(transformer.state_dict()[name], weight) for name, weight in fresh(tiny, 0.8).items())


def test_touches_the_blocks_attention_and_feed_forward_only(tiny: Weights) -> None:
    fused = FusedLoras(build(tiny), Path(tiny.lora), Path(tiny.checkpoint))
    assert fused.touched
    assert all(".attn" in name or "_attn" in name or "ff" in name for name in fused.touched)


def test_a_lora_for_another_model_is_refused(tiny: Weights, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    specs = [Spec("unet.to_q.lora_A.weight", (4, 64)), Spec("unet.to_q.lora_B.weight", (64, 4))]
    random_tensors.write(other, specs, {}, seed=0, device="cpu")
    with pytest.raises(ValueError, match=r"other\.safetensors touches no layer"):
        FusedLoras(build(tiny), other, Path(tiny.checkpoint))


def test_base_weights_go_to_the_fastest_place_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda, gib = torch.device("cuda:0"), 1 << 30
    free = {"device": 0, "host": 0}
    monkeypatch.setattr(memory, "free", lambda _: free["device"] * gib)
    monkeypatch.setattr(adapters, "host_memory_free", lambda: free["host"] * gib)
    for device, host, expected in ((70, 0, "device"), (50, 64, "host"), (50, 40, "file")):
        free.update(device=device, host=host)
        assert adapters.choose_place(36 * gib, cuda) == expected


def test_host_memory_is_read_from_the_kernel() -> None:
    assert 0 < adapters.host_memory_free() < 1 << 50
