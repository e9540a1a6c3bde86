"""Every memory plan renders; what only moves weights renders the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
import torch

from renderer.engine import Broken
from renderer.ltx import kernels, memory, plans, weights
from renderer.ltx.clock import StageClock
from renderer.ltx.engine import LtxEngine
from renderer.ltx.graphs import RecordedBlocks
from renderer.ltx.pipeline import Latents, Take, TwoStagePipeline
from renderer.ltx.plans import GB, PLANS, Plan
from renderer.ltx.streaming import Conveyor, StreamedLayer
from renderer.ltx.weights import Choices, load

from .conftest import CPU, Watch

if TYPE_CHECKING:
    from renderer.ltx.reading import Reading
    from renderer.ltx.weights import Models
    from renderer.protocol import Kernels, Render, Settings, Weights

pytestmark = pytest.mark.ltx


@torch.inference_mode()
def latents(models: Models) -> Latents:
    models.lora.fuse(0.8)
    return TwoStagePipeline(models).latents(Take("a garden 花园", 3, 128, 64, 9), Watch(), StageClock(CPU))


def difference(ours: Latents, theirs: Latents) -> float:
    return float((ours.video.float() - theirs.video.float()).norm() / theirs.video.float().norm())


@pytest.mark.parametrize(
    ("free", "name"),
    [(150, "resident"), (80, "resident"), (79, "text-streamed"), (47, "fp8"), (31, "half-streamed"), (16, "streamed")],
)
def test_the_fastest_plan_with_room_is_chosen(free: int, name: str) -> None:
    assert plans.choose(free * GB).name == name
    assert plans.choose(free * GB, "fp8").name == "fp8"


def test_plans_end_with_the_smallest() -> None:
    steps: list[Plan] = [PLANS[0]]
    while (smaller := plans.after(steps[-1])) is not None:
        steps.append(smaller)
    assert tuple(steps) == PLANS
    assert steps[-1].needs == 0


@torch.inference_mode()
def assert_same_contexts(models: Models, streamed: Models) -> None:
    """Encode several prompts together where layers are streamed, and each alone where they are not."""
    prompts = ["a garden 花园", "", "y" * 200]
    together = streamed.text.encode(prompts)
    assert len(together) == len(prompts)
    for prompt, ours in zip(prompts, together, strict=True):
        (theirs,) = models.text.encode([prompt])
        assert torch.equal(ours.video, theirs.video)
        assert torch.equal(ours.audio, theirs.audio)


def test_a_streamed_text_encoder_changes_nothing(
    models: Models, tiny: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed = load(tiny, CPU, Choices(PLANS[1]))
    brought: list[tuple[int, str]] = []
    take = Conveyor.take

    def counted(self: Conveyor, place: int) -> torch.Tensor:
        brought.append((place, type(self._layers[place].inner).__name__))
        return take(self, place)

    with monkeypatch.context() as patch:
        patch.setattr(Conveyor, "take", counted)
        assert_same_contexts(models, streamed)
    of_each = ["Linear", "_BasicTransformerBlock1D"]  # what makes features, and the connector's one block
    assert brought == list(enumerate(["Gemma3DecoderLayer", "Gemma3DecoderLayer", *of_each, *of_each]))  # once for all
    ours, theirs = latents(streamed), latents(models)
    assert torch.equal(ours.video, theirs.video)
    assert torch.equal(ours.audio, theirs.audio)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="on a CPU, host and device are one")
def test_a_streamed_embedding_table_stays_in_host_memory(tiny: Weights) -> None:
    gpu = torch.device("cuda:0")
    models, streamed = load(tiny, gpu), load(tiny, gpu, Choices(PLANS[1]))
    assert_same_contexts(models, streamed)
    for each, there in ((models, gpu), (streamed, CPU)):
        with torch.inference_mode():
            tokens = each.text._side.tokens("a garden")
        assert (tokens.ids.device, tokens.count.device) == (there, gpu)
        assert each.text._side._gemma.embed_tokens.weight.device == there


def test_streamed_blocks_are_the_resident_ones_and_near_bfloat16(models: Models, tiny: Weights) -> None:
    fast = load(tiny, CPU, Choices(precision="fast"))
    resident = latents(fast)
    assert 0 < difference(resident, latents(models)) < 0.05
    for plan in PLANS[2:]:
        streamed = load(tiny, CPU, Choices(plan))
        assert_same_contexts(models, streamed)
        assert torch.equal(latents(streamed).video, resident.video), plan.name
        streamed.lora.fuse(0.3)  # through the layers that wait in host memory, and back
        assert torch.equal(latents(streamed).video, resident.video), plan.name


def test_a_layer_is_at_home_again_where_it_fails() -> None:
    layer = StreamedLayer(torch.nn.Linear(4, 4), Conveyor(CPU))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        layer(torch.zeros(1, 3))
    weight = layer.inner.get_parameter("weight")
    assert weight.data_ptr() == layer.piece.data_ptr()
    assert layer.in_features == 4  # attributes are the layer's own


def test_recorded_blocks_run_as_they_are_without_a_gpu(models: Models, tiny: Weights) -> None:
    recorded = load(tiny, CPU, Choices(kernels="fused"))
    assert isinstance(recorded.transformer.velocity_model.transformer_blocks[0], RecordedBlocks)
    assert torch.equal(latents(recorded).video, latents(models).video)


def test_kernels_go_by_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.choose("auto", CPU) == "plain"
    assert kernels.choose("fused", CPU) == "fused"
    gpu = torch.device("cuda:0")
    monkeypatch.setattr(kernels, "_try", lambda _: None)
    monkeypatch.setattr(kernels.compiled, "of_rows", None)
    assert kernels.choose("auto", gpu) == "plain"
    monkeypatch.setattr(kernels.compiled, "of_rows", object())
    monkeypatch.setattr(kernels.compiled, "of_pixels", object())
    assert kernels.choose("auto", gpu) == "fused"

    def full(_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(kernels, "_try", full)
    assert kernels.choose("auto", gpu) == "fused"


@pytest.mark.parametrize("asked", ["auto", "plain", "fused"])
def test_where_no_kernel_can_be_built_none_is_run(monkeypatch: pytest.MonkeyPatch, asked: Kernels) -> None:
    class OnGpu:
        is_cuda = True

    monkeypatch.setattr(kernels.compiled, "of_rows", object())
    monkeypatch.setattr(kernels.compiled, "of_pixels", object())
    monkeypatch.setattr(kernels, "_try", lambda _: 1 / 0)
    assert kernels.compiled.reach(cast("torch.Tensor", OnGpu()))
    assert kernels.choose(asked, torch.device("cuda:0")) == ("plain" if asked == "auto" else asked)
    assert not kernels.compiled.reach(cast("torch.Tensor", OnGpu()))  # planes are made by one, fused or not


def test_out_of_memory_goes_on_in_the_next_plan(
    settings: Settings, shot: Render, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = LtxEngine(settings, "")
    assert engine.ready.plan == "resident"
    real = TwoStagePipeline.sound

    def runs_out_once(self: TwoStagePipeline, made: Latents) -> object:
        monkeypatch.setattr(TwoStagePipeline, "sound", real)
        raise torch.OutOfMemoryError("Tried to allocate 9 GiB")

    monkeypatch.setattr(TwoStagePipeline, "sound", runs_out_once)
    done = engine.render(shot, Watch())
    assert (done.plan, done.frames) == ("text-streamed", 13)
    assert "Out of memory (Tried to allocate 9 GiB); going over to memory plan text-streamed" in caplog.text
    assert engine.render(shot, Watch()).plan == "text-streamed"
    engine.close()


def test_out_of_memory_first_gives_up_what_saves_time(
    settings: Settings, shot: Render, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = LtxEngine(settings.model_copy(update={"kernels": "fused"}), "")
    alone = engine.frames_of(engine.latents_of(shot))
    engine.models.lora.place = "device"  # as on a device with room for them
    base = engine.models.lora._shelf
    left, real = [2], TwoStagePipeline.sound

    def runs_out(self: TwoStagePipeline, made: Latents) -> object:
        left[0] -= 1
        if left[0] < 0:
            return real(self, made)
        raise torch.OutOfMemoryError("Tried to allocate 9 GiB")

    monkeypatch.setattr(TwoStagePipeline, "sound", runs_out)
    assert engine.render(shot, Watch()).plan == "resident"
    assert engine.given_up == ["the LoRA's base weights on the device", "recordings and larger pieces of video"]
    assert not base
    assert "(Tried to allocate 9 GiB); going on without recordings and larger pieces of video." in caplog.text
    other = shot.model_copy(update={"lora_strength": 0.3})
    assert not torch.equal(engine.frames_of(engine.latents_of(other)), alone)
    assert torch.equal(engine.frames_of(engine.latents_of(shot)), alone)  # base weights come from their file now
    left[0] = 1
    assert engine.render(shot, Watch()).plan == "text-streamed"
    assert not engine.given_up
    engine.close()


def test_an_engine_that_finds_no_smaller_plan_to_load_is_broken(
    settings: Settings, shot: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = LtxEngine(settings, "")

    def runs_out(*_: object) -> object:
        raise torch.OutOfMemoryError("Tried to allocate 9 GiB")

    monkeypatch.setattr(TwoStagePipeline, "sound", runs_out)
    monkeypatch.setattr(weights, "load", runs_out)
    with pytest.raises(Broken, match="no smaller memory plan could be loaded"):
        engine.render(shot, Watch())
    engine.close()


@pytest.mark.parametrize("fits", ["text-streamed", "nothing"])
def test_a_size_that_does_not_fit_when_warmed_takes_the_next_plan(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fits: str
) -> None:
    real = TwoStagePipeline.sound

    def runs_out(self: TwoStagePipeline, made: Latents) -> object:
        if self._models.plan.name == fits:
            return real(self, made)
        raise torch.OutOfMemoryError("Tried to allocate 9 GiB")

    monkeypatch.setattr(TwoStagePipeline, "sound", runs_out)
    monkeypatch.setattr(plans, "PLANS", PLANS[:2])
    engine = LtxEngine(settings.model_copy(update={"warm": [(64, 64, 9)]}), "")
    assert engine.ready.plan == "text-streamed"
    assert ("64×64, 9 frames is too large for cpu: Tried to allocate 9 GiB" in caplog.text) == (fits == "nothing")
    engine.close()


def test_models_that_do_not_fit_take_the_next_plan(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = weights.load

    def small(files: Weights, device: torch.device, choices: Choices, reading: Reading | None) -> Models:
        assert (reading is None) == (choices.plan.name != "resident")  # what was read goes by the plan
        if choices.plan.name != "fp8":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(files, device, choices, reading)

    monkeypatch.setattr(weights, "load", small)
    engine = LtxEngine(settings, "")
    assert engine.ready.plan == "fp8"
    engine.close()


def test_a_gpu_s_free_memory_is_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda:0")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (60 * GB, 100 * GB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 12 * GB)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 2 * GB)
    fraction = [1.0]
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda value, _: fraction.append(value))
    monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda _: fraction[-1])
    assert memory.free(gpu) == 70 * GB
    memory.limit(gpu, 16 * GB)
    assert memory.free(gpu) == 14 * GB
    memory.limit(gpu, 0)
    assert memory.free(gpu) == 70 * GB
