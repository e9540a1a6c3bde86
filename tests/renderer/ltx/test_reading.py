"""Weights that are read ahead are what the file holds; what is wrong with a file is said."""

from __future__ import annotations

import gc
import weakref
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

from renderer.ltx import files, opening, plans, reading
from renderer.ltx.reading import Reading
from renderer.ltx.tensor_files import BadFile
from renderer.ltx.weights import load

from .conftest import CPU

if TYPE_CHECKING:
    from renderer.protocol import PlanName, Precision, Weights

pytestmark = pytest.mark.ltx


@pytest.fixture
def shard(tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    """Return a file and its tensors: sizes that divide nothing, an empty one, one of another number format."""
    sizes = {"a": (3, 5), "b": (1,), "c": (700, 3), "d": (0, 4), "e": (128, 16)}
    tensors = {name: torch.randn(size).bfloat16() for name, size in sizes.items()} | {"f": torch.randn(7)}
    path = tmp_path / "model.safetensors"
    save_file(tensors, path)
    return path, tensors


def test_tensors_are_read_as_they_lie_in_the_file(
    shard: tuple[Path, dict[str, torch.Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tensors = shard
    monkeypatch.setattr(reading, "CHUNK", 1000)  # pieces that end in the middle of a tensor
    under_way = Reading({path: set(tensors) - {"b"}}, CPU)
    under_way.wait()
    found = under_way.tensors(path)
    assert found.keys() == {"a", "c", "d", "e"}
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in found.items())
    assert all(tensor.data_ptr() % 64 == found["a"].data_ptr() % 64 for tensor in found.values())
    assert under_way.tensors(path.with_name("other")) == {}
    under_way.close()


def test_a_file_that_is_cut_off_is_named(shard: tuple[Path, dict[str, torch.Tensor]]) -> None:
    path, tensors = shard
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(BadFile, match=r"model\.safetensors is no good safetensors file: it is cut off"):
        Reading({path: set(tensors)}, CPU)
    path.write_bytes(whole[:5])
    with pytest.raises(BadFile, match=r"model\.safetensors is no good safetensors file"):
        Reading({path: set(tensors)}, CPU)


def test_a_file_that_is_cut_off_meanwhile_is_named(
    shard: tuple[Path, dict[str, torch.Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tensors = shard
    found = reading.tensor_files.entries(path)
    path.write_bytes(path.read_bytes()[:-400])
    monkeypatch.setattr(reading.tensor_files, "entries", lambda _: found)
    under_way = Reading({path: set(tensors)}, CPU)
    with pytest.raises(OSError, match=r"model\.safetensors ends early"):
        under_way.wait()
    under_way.close()


@pytest.mark.parametrize(
    ("plan", "precision", "read"),
    [
        ("resident", "exact", {"gemma", "connectors", "transformer"}),
        ("resident", "fast", {"gemma", "connectors"}),
        ("text-streamed", "exact", {"transformer"}),
        ("fp8", "exact", set[str]()),
    ],
)
def test_what_stays_on_the_device_as_it_is_is_read_ahead(
    tiny: Weights, plan: PlanName, precision: Precision, read: set[str]
) -> None:
    with closing(opening.read(tiny, CPU, plans.choose(0, plan), precision)) as under_way:
        checkpoint = under_way.tensors(Path(tiny.checkpoint))
        kinds = {
            "gemma": [name for shard in files.shards(tiny) for name in under_way.tensors(shard)],
            "connectors": [name for name in checkpoint if "embeddings_connector" in name],
            "transformer": [name for name in checkpoint if "transformer_blocks.0.attn1" in name],
        }
        assert {kind for kind, names in kinds.items() if names} == read
        assert all(name.startswith("language_model.") for name in kinds["gemma"])  # nothing that looks at pictures
        assert under_way.tensors(Path(tiny.upscaler))
        assert any(name.startswith("vae.decoder.") for name in checkpoint)


def test_models_take_what_was_read(tiny: Weights) -> None:
    with closing(opening.read(tiny, CPU, plans.PLANS[0], "exact")) as under_way:
        under_way.wait()
        marked = under_way.tensors(Path(tiny.checkpoint))["vae.decoder.conv_out.conv.bias"]
        with torch.inference_mode():
            marked.fill_(3.0)
        models = load(tiny, CPU, reading=under_way)
    assert isinstance(models.video_decoder, torch.nn.Module)
    assert (models.video_decoder.get_parameter("conv_out.conv.bias") == 3).all()


def test_a_device_without_room_says_so_and_keeps_nothing(
    shard: tuple[Path, dict[str, torch.Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, tensors = shard
    second = path.with_name("second.safetensors")
    second.write_bytes(path.read_bytes())
    real, made = torch.empty, list[weakref.ref[torch.Tensor]]()

    def full(*arguments: Any, **options: Any) -> torch.Tensor:
        if made:
            raise torch.OutOfMemoryError("Tried to allocate 9 GiB")
        tensor = real(*arguments, **options)
        made.append(weakref.ref(tensor))
        return tensor

    monkeypatch.setattr(torch, "empty", full)
    under_way = Reading({path: set(tensors), second: set(tensors)}, CPU)
    with pytest.raises(torch.OutOfMemoryError, match="9 GiB"):
        under_way.wait()
    under_way.close()
    gc.collect()
    assert made[0]() is None
