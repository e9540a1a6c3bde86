"""Prompts are encoded as ltx_core encodes them: trimmed, together, and from a recording."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import torch

from renderer.ltx import memory
from renderer.ltx.engine import LtxEngine
from renderer.ltx.gemma import sizes_of
from renderer.ltx.library import GEMMA3_CONFIG_FOR_LTX, ModelLedger
from renderer.ltx.prompt_encoder import A_SHOT, A_TOKEN, PromptEncoder
from renderer.ltx.prompts import Context
from renderer.ltx.text import TextSide
from renderer.ltx.weights import Choices, load

from .conftest import CPU

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.library import EmbeddingsProcessor, GemmaTextEncoder
    from renderer.ltx.weights import Models
    from renderer.protocol import Settings, Weights

pytestmark = pytest.mark.ltx

Stock = tuple["GemmaTextEncoder", "EmbeddingsProcessor"]

PROMPTS = ["萧云霄与沈月华在御花园相遇, at dusk", "", "x" * 128, "x" * 129, " y" * 700]
"""A byte is a token here: some, none, all of one step, one of the next, and more than there is room for."""


@pytest.fixture(scope="module")
def stock(tiny: Weights) -> Stock:
    """Return ltx_core's own two models, with both of Gemma's kinds of layers and a window that matters."""
    ledger = ModelLedger(torch.bfloat16, CPU, checkpoint_path=tiny.checkpoint, gemma_root_path=tiny.gemma)
    with pytest.MonkeyPatch.context() as patch, sizes_of(Path(tiny.gemma)):
        patch.setattr(GEMMA3_CONFIG_FOR_LTX.text_config, "sliding_window_pattern", 2)
        patch.setattr(GEMMA3_CONFIG_FOR_LTX.text_config, "sliding_window", 64)
        return ledger.text_encoder(), ledger.gemma_embeddings_processor()


@torch.inference_mode()
def context_by(stock: Stock, prompt: str) -> Context:
    made = stock[1].process_hidden_states(*stock[0].encode(prompt))
    assert made.audio_encoding is not None
    return Context(made.video_encoding, made.audio_encoding)


def assert_equal(ours: Context, theirs: Context) -> None:
    assert torch.equal(ours.video, theirs.video)
    assert torch.equal(ours.audio, theirs.audio)


@pytest.mark.parametrize("prompt", PROMPTS, ids=["some", "none", "128", "129", "1024"])
def test_contexts_are_ltx_core_s(stock: Stock, prompt: str, caplog: pytest.LogCaptureFixture) -> None:
    assert stock[0].model is not None
    assert {layer.attention_type for layer in stock[0].model.model.language_model.layers} == {
        "sliding_attention",
        "full_attention",
    }
    expected = context_by(stock, prompt)
    for trims in (False, True):
        side = TextSide(*stock, CPU, trims=trims)
        with torch.inference_mode():
            tokens = side.tokens(prompt)
            (ours,) = side.encode([tokens])
        needed = max(1, -(-int(tokens.count) // 128)) * 128
        assert tokens.ids.shape == (1, needed if trims else 1024)
        assert ours.video.shape == (1, 1024, 64)
        assert_equal(ours, expected)  # bit for bit on a CPU; on a GPU, only where nothing is trimmed
    assert ("fills all 1024 tokens" in caplog.text) == (prompt == PROMPTS[-1])


class Graph:
    """Stands in for a CUDA graph: replayed, it runs again what was recorded, into the same tensors."""

    def pool(self) -> tuple[int, int]:
        return 0, 7


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Put a stand-in in the place of CUDA's graphs; return the lengths that are replayed."""
    lengths: list[int] = []
    pools: list[object] = []

    def graph(_graph: Graph, pool: object, stream: object, capture_error_mode: str) -> nullcontext[None]:
        pools.append(pool)
        assert (stream, capture_error_mode) == (None, "thread_local")
        assert pools in ([(0, 1)], [(0, 1), (0, 7)])
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 1))
    return lengths


def test_a_length_is_recorded_when_it_comes_again(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, replayed: list[int]
) -> None:
    side = TextSide(*stock, CPU, trims=True)
    encoder = PromptEncoder(side, records=True)

    def replay(graph: Graph) -> None:
        (recording,) = [each for each in encoder._recordings.values() if each.graph is cast("object", graph)]
        replayed.append(recording.prompt.ids.shape[1])
        (made,) = side.encode([recording.prompt])
        recording.context.video.copy_(made.video)
        recording.context.audio.copy_(made.audio)

    monkeypatch.setattr(Graph, "replay", replay, raising=False)
    said = ["one", "two", "x" * 200, "three", "y" * 210, "one"]
    with torch.inference_mode():
        made = [encoder.encode([prompt])[0] for prompt in said]
    assert replayed == [128, 128, 256, 128]
    with torch.inference_mode():
        assert [encoder.spare(), encoder.spare()] == [True, False]
        assert_equal(encoder.encode(["two"])[0], made[1])
    assert replayed == [128, 128, 256, 128]
    assert not encoder._recordings
    for prompt, context in zip(said, made, strict=True):  # the first ones, too, whose recording has run again
        assert_equal(context, context_by(stock, prompt))


def test_a_length_is_recorded_once_there_is_room_beside_a_shot(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, replayed: list[int]
) -> None:
    encoder = PromptEncoder(TextSide(*stock, CPU, trims=True), records=True)
    monkeypatch.setattr(Graph, "replay", lambda _: replayed.append(128), raising=False)
    enough = 128 * A_TOKEN + A_SHOT
    recorded: list[int] = []
    with torch.inference_mode():
        for room in (enough, enough - 1, enough - 1, enough, 0):  # the first only meets the length
            monkeypatch.setattr(memory, "free", lambda _, room=room: room)
            assert_equal(encoder.encode(["one"])[0], context_by(stock, "one"))
            recorded.append(len(encoder._recordings))
    assert recorded == [0, 0, 0, 1, 1]
    assert replayed == [128, 128]


def test_a_length_whose_run_failed_is_not_recorded(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, replayed: list[int]
) -> None:
    side = TextSide(*stock, CPU, trims=True)
    encoder = PromptEncoder(side, records=True)
    monkeypatch.setattr(Graph, "replay", lambda _: replayed.append(128), raising=False)
    with torch.inference_mode():
        with monkeypatch.context() as patch:
            patch.setattr(side, "encode", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                encoder.encode(["one"])
        for counted in (0, 1):
            assert_equal(encoder.encode(["one"])[0], context_by(stock, "one"))
            assert len(replayed) == counted


def test_what_cannot_be_recorded_is_run(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, replayed: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Exception] = []

    def fails_as(error: Exception) -> Callable[..., None]:
        def graph(*_: object, **_named: object) -> None:
            tries.append(error)
            raise error

        return graph

    encoder = PromptEncoder(TextSide(*stock, CPU), records=True)
    with torch.inference_mode():
        monkeypatch.setattr(torch.cuda, "graph", fails_as(torch.OutOfMemoryError("no room")))
        encoder.encode(["one"])
        with pytest.raises(torch.OutOfMemoryError, match="no room"):
            encoder.encode(["two"])
        monkeypatch.setattr(torch.cuda, "graph", fails_as(RuntimeError("not permitted when stream is capturing")))
        for prompt in ("three", "four"):
            assert_equal(encoder.encode([prompt])[0], context_by(stock, prompt))
    assert len(tries) == 2  # once it cannot, it is never tried again
    assert "cannot be recorded" in caplog.text


def test_an_engine_encodes_ahead_what_one_pass_takes(settings: Settings, models: Models) -> None:
    engine = LtxEngine(settings.model_copy(update={"plan": "text-streamed"}), "")
    prompts = ["a", "b", "a", "c", "d", "e"]
    assert engine.prepare(prompts)
    kept = engine._prompts
    assert [prompt for prompt in "abcde" if prompt in kept] == ["a", "b", "c", "d"]
    assert not engine.prepare(prompts)
    for prompt in "abcde":
        found = kept.get(prompt, CPU)
        assert found is not None
        with torch.inference_mode():
            assert_equal(found, models.text.encode([prompt])[0])
    assert not engine.prepare(prompts)
    engine.close()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="recordings are a GPU's")
def test_a_recording_does_what_the_run_does(tiny: Weights) -> None:
    gpu = torch.device("cuda:0")
    models = load(tiny, gpu, Choices(precision="fast", kernels="fused"))
    side = models.text._side
    with torch.inference_mode():
        for prompt in ("one", "two", "three", "one", "x" * 200, "y" * 201, "z" * 150):
            assert_equal(models.text.encode([prompt])[0], side.encode([side.tokens(prompt)])[0])
    assert set(models.text._recordings) == {(128, False), (256, False)}
