"""Which engine is taken, and the reason given; the weight files here are empty, and no engine is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from renderer.ltx import files, probe
from renderer.protocol import Settings
from renderer.selection import GIB, choose

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.protocol import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    """A set of which every file is there."""
    found = files.set_in(tmp_path)
    gemma = tmp_path / files.GEMMA
    gemma.mkdir()
    for name in ("model-00001.safetensors", "tokenizer.model", "preprocessor_config.json"):
        (gemma / name).touch()
    for name in (files.CHECKPOINT, files.UPSCALER, files.LORA):
        (tmp_path / name).touch()
    return found


@pytest.fixture
def h200(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "cuda", lambda: ("NVIDIA H200", 140 * GIB))


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "cuda", lambda: None)


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def probing() -> None:
        raise AssertionError("torch would be imported in vain")

    monkeypatch.setattr(probe, "cuda", probing)


@pytest.mark.usefixtures("h200")
def test_auto_takes_ltx_where_device_and_weights_are_there(weights: Weights) -> None:
    choice = choose(Settings(weights=weights))
    assert choice.engine == "ltx"
    assert "NVIDIA H200 with 140 GiB" in choice.reason


@pytest.mark.usefixtures("no_gpu")
def test_auto_without_a_device_takes_animatic(weights: Weights) -> None:
    choice = choose(Settings(weights=weights))
    assert choice.engine == "animatic"
    assert "no CUDA device" in choice.reason


@pytest.mark.usefixtures("no_probe")
def test_auto_without_weights_takes_animatic_and_names_what_is_missing(weights: Weights, tmp_path: Path) -> None:
    unset = choose(Settings())
    assert unset.engine == "animatic"
    assert "No weight files are configured" in unset.reason
    (tmp_path / files.LORA).unlink()
    incomplete = choose(Settings(weights=weights))
    assert incomplete.engine == "animatic"
    assert weights.lora in incomplete.reason


@pytest.mark.usefixtures("no_probe")
def test_auto_never_renders_ltx_on_the_cpu(weights: Weights) -> None:
    choice = choose(Settings(weights=weights, device="cpu"))
    assert choice.engine == "animatic"
    assert 'device = "cpu"' in choice.reason


@pytest.mark.usefixtures("no_probe")
def test_animatic_on_demand(weights: Weights) -> None:
    choice = choose(Settings(engine="animatic", weights=weights))
    assert choice.engine == "animatic"
    assert "asks for" in choice.reason


@pytest.mark.usefixtures("h200")
def test_ltx_on_demand(weights: Weights) -> None:
    choice = choose(Settings(engine="ltx", weights=weights, device="cuda:0"))
    assert choice.engine == "ltx"
    assert "NVIDIA H200" in choice.reason


@pytest.mark.usefixtures("no_probe")
def test_ltx_on_demand_may_run_on_the_cpu(weights: Weights) -> None:
    choice = choose(Settings(engine="ltx", weights=weights, device="cpu"))
    assert choice.engine == "ltx"
    assert 'device = "cpu"' in choice.reason


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("device", ["auto", "cuda:0"])
def test_ltx_on_demand_without_a_device_is_refused(weights: Weights, device: str) -> None:
    with pytest.raises(RuntimeError, match="needs a CUDA device"):
        choose(Settings(engine="ltx", weights=weights, device=device))


@pytest.mark.usefixtures("no_probe")
def test_ltx_on_demand_without_weights_is_refused_with_every_missing_file(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\[renderer\.weights\]"):
        choose(Settings(engine="ltx"))
    (tmp_path / files.CHECKPOINT).unlink()
    (tmp_path / files.GEMMA / "tokenizer.model").unlink()
    with pytest.raises(FileNotFoundError) as refusal:
        choose(Settings(engine="ltx", weights=weights))
    assert weights.checkpoint in str(refusal.value)
    assert "tokenizer.model" in str(refusal.value)
    assert weights.upscaler not in str(refusal.value)
