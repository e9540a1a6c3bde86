"""A request becomes a clip on disk, or the right error."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest
import torch

from renderer.engine import Cancelled, Rejected
from renderer.ltx import pipeline, weights
from renderer.ltx.engine import LtxEngine
from renderer.ltx.lora_files import UnusableLora
from renderer.ltx.pipeline import TwoStagePipeline
from renderer.protocol import FPS, Pin, Settings, StyleLora

from .conftest import Watch, pinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.protocol import Render, Weights

pytestmark = pytest.mark.ltx


def read_back(path: str) -> tuple[tuple[int, int], int, Fraction]:
    """Return the picture's size, the frames and the seconds of sound in a clip."""
    with av.open(path) as clip:
        size = clip.streams.video[0].width, clip.streams.video[0].height
        frames = sum(1 for _ in clip.decode(video=0))
    with av.open(path) as clip:
        sound = sum((Fraction(frame.samples, frame.sample_rate) for frame in clip.decode(audio=0)), Fraction(0))
    return size, frames, sound


def test_a_shot_becomes_a_trimmed_clip(
    engine: LtxEngine, shot: Render, picture: Callable[[str, int, int], str], capfd: pytest.CaptureFixture[str]
) -> None:
    watch = Watch()
    done = engine.render(pinned(shot, Pin(path=picture("lead", 300, 300))), watch)
    size, frames, sound = read_back(shot.output)
    assert (done.job, done.path) == (shot.job, shot.output)
    assert size == (done.width, done.height) == (192, 128)
    assert frames == done.frames == 13
    assert abs(sound - Fraction(13, FPS)) <= Fraction(1, FPS)
    stages = [stage for stage in done.stages if stage != "lora"]  # there if the shot before had another strength
    assert stages == ["text", "images", "stage1", "upsample", "stage2", "decode", "audio", "encode"]
    assert all(seconds > 0 for seconds in done.stages.values())
    assert done.peak_memory > 0
    assert capfd.readouterr().out == ""  # fd 1 is the protocol's
    expected = [("text", 1, 1), *(("stage1", step, 8) for step in range(1, 9)), ("upsample", 1, 1)]
    expected += [*(("stage2", step, 3) for step in range(1, 4)), ("decode", 13, 13), ("encode", 13, 13)]
    assert watch.seen == expected


def test_ready_says_what_stands_ready(engine: LtxEngine) -> None:
    ready = engine.ready
    assert (ready.engine, ready.device, ready.reason) == ("ltx", "cpu", "asked for by a test")
    assert ready.versions["ltx-core"].startswith("1.0")
    assert ready.versions["torch"] == torch.__version__
    assert ready.seconds > 0


def test_a_size_that_is_no_multiple_of_64_is_cropped(
    engine: LtxEngine, shot: Render, picture: Callable[[str, int, int], str]
) -> None:
    done = engine.render(pinned(shot.model_copy(update={"height": 112}), Pin(path=picture("lead", 90, 200))), Watch())
    assert read_back(shot.output)[0] == (done.width, done.height) == (192, 112)


def test_a_changed_lora_strength_is_a_stage_of_its_own(engine: LtxEngine, shot: Render) -> None:
    engine.render(shot, Watch())
    soft = shot.model_copy(update={"lora_strength": 0.3})
    assert "lora" in engine.render(soft, Watch()).stages
    assert "lora" not in engine.render(soft, Watch()).stages
    unheard = soft.model_copy(update={"styles": (StyleLora(path="/no/ink.safetensors", strength=1),)})
    with pytest.raises(Rejected, match=r"/no/ink\.safetensors is none of the style LoRAs"):
        engine.render(unheard, Watch())


def test_the_smallest_size_renders(engine: LtxEngine, shot: Render) -> None:
    engine.render(shot.model_copy(update={"width": 64, "height": 64, "frames": 9, "trim": 0}), Watch())
    assert read_back(shot.output)[:2] == ((64, 64), 9)


@pytest.mark.parametrize(
    ("stage", "step"), [("text", 1), ("stage1", 3), ("upsample", 1), ("stage2", 2), ("decode", 13), ("encode", 13)]
)
def test_a_cancel_ends_the_shot_at_the_next_step(engine: LtxEngine, shot: Render, stage: str, step: int) -> None:
    watch = Watch(stage, step, Cancelled())
    with pytest.raises(Cancelled):
        engine.render(shot, watch)
    assert watch.seen[-1][:2] == (stage, step)
    assert not list(Path(shot.output).parent.glob("clip.mp4*"))


def test_the_engine_renders_on_after_a_cancel(engine: LtxEngine, shot: Render) -> None:
    with pytest.raises(Cancelled):
        engine.render(shot, Watch("stage1", 3, Cancelled()))
    assert engine.render(shot, Watch()).frames == 13


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 128, "height": 192}, "upright"),
        ({"frames": 16}, "9 or 17"),
        ({"pins": (Pin(path="a"), Pin(path="b"))}, "2 pins at frame 0"),
        ({"pins": (Pin(path="a", frame=24),)}, "past the end of 17 frames"),
        ({"pins": (Pin(path="/no/such.png"),)}, "cannot be read"),
    ],
)
def test_what_cannot_be_rendered_is_rejected(
    engine: LtxEngine, shot: Render, changes: dict[str, object], words: str
) -> None:
    watch = Watch()
    with pytest.raises(Rejected, match=words):
        engine.render(shot.model_copy(update=changes), watch)
    assert watch.seen == []


def test_a_reference_that_breaks_off_is_rejected(
    engine: LtxEngine, shot: Render, picture: Callable[[str, int, int], str]
) -> None:
    broken = Path(picture("broken", 192, 128))
    broken.write_bytes(broken.read_bytes()[:5000])
    with pytest.raises(Rejected, match=r"broken\.png cannot be read"):
        engine.render(pinned(shot, Pin(path=str(broken))), Watch())


def test_a_device_out_of_memory_is_a_memory_error(
    engine: LtxEngine, shot: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(TwoStagePipeline, "sound", _raise(torch.OutOfMemoryError("CUDA out of memory. Tried 9 GiB")))
        with pytest.raises(MemoryError, match="Tried 9 GiB"):
            engine.render(shot, Watch())
    assert engine.render(shot, Watch()).frames == 13


def test_a_device_too_small_for_the_models_is_a_memory_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "load", _raise(torch.OutOfMemoryError("CUDA out of memory")))
    with pytest.raises(MemoryError, match="do not fit on cpu"):
        LtxEngine(settings, "")


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_latents_that_are_not_finite_are_never_decoded(
    engine: LtxEngine, shot: Render, monkeypatch: pytest.MonkeyPatch, poison: float
) -> None:
    monkeypatch.setattr(TwoStagePipeline, "frames", pytest.fail)
    real = pipeline.post_process_latent

    def poisoned(*arguments: torch.Tensor) -> torch.Tensor:
        latent = real(*arguments)
        latent.view(-1)[-1] = poison
        return latent

    monkeypatch.setattr(pipeline, "post_process_latent", poisoned)
    with pytest.raises(RuntimeError, match="not finite"):
        engine.render(shot, Watch())


def test_missing_weights_are_named_at_the_start(tiny: Weights) -> None:
    gone = tiny.model_copy(update={"lora": "/no/lora.safetensors", "gemma": "/no/gemma"})
    with pytest.raises(FileNotFoundError, match=r"lora: no file /no/lora\.safetensors; gemma: no folder /no/gemma"):
        LtxEngine(Settings(engine="ltx", weights=gone, device="cpu"), "")
    with pytest.raises(FileNotFoundError, match="checkpoint, upscaler, lora and gemma"):
        LtxEngine(Settings(engine="ltx", device="cpu"), "")
    styles = ("/no/ink.safetensors", tiny.upscaler)
    with pytest.raises(UnusableLora, match=r"no file /no/ink\.safetensors; .*upscaler.*holds no LoRA that LTX takes"):
        LtxEngine(Settings(engine="ltx", weights=tiny, device="cpu", styles=styles), "")


def test_a_closed_engine_refuses(settings: Settings, shot: Render) -> None:
    engine = LtxEngine(settings, "")
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.render(shot, Watch())


def test_a_prompt_past_the_encoder_s_length_is_logged(
    engine: LtxEngine, shot: Render, caplog: pytest.LogCaptureFixture
) -> None:
    engine.render(shot.model_copy(update={"prompt": "花" * 400}), Watch())
    assert "fills all 1024 tokens" in caplog.text


def _raise(error: BaseException) -> Callable[..., object]:
    def function(*_arguments: object, **_named: object) -> object:
        raise error

    return function
