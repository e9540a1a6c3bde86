"""What was encoded once is found again, equal bit for bit, and nothing else is."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.geometry import geometry_of
from renderer.ltx import pins
from renderer.ltx.cache import TensorCache
from renderer.ltx.clock import StageClock
from renderer.ltx.engine import LtxEngine
from renderer.ltx.pins import PictureCache
from renderer.ltx.pipeline import Take, TwoStagePipeline
from renderer.ltx.prompts import Context, PromptCache
from renderer.protocol import Pin

from .conftest import CPU, Watch, pinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.pipeline import Latents
    from renderer.ltx.weights import Models
    from renderer.protocol import Render, Settings, Weights

pytestmark = pytest.mark.ltx

GROUP = 1024
"""Bytes of the tensors in `group`."""


def group() -> dict[str, torch.Tensor]:
    return {"a": torch.randn(64, 4, dtype=torch.bfloat16), "b": torch.randn(128)}


def store(folder: Path | None, size: int = 1 << 20, mark: str = "one") -> TensorCache:
    return TensorCache(("a", "b"), mark, size, folder)


def test_a_group_survives_a_restart(tmp_path: Path) -> None:
    cache, put = store(tmp_path), group()
    cache.put("花园", put)
    cache.close()
    for found in (cache.get("花园", CPU), store(tmp_path).get("花园", CPU)):
        assert found is not None
        assert all(torch.equal(found[name], tensor) for name, tensor in put.items())
    assert store(tmp_path).get("花园 at night", CPU) is None
    assert store(tmp_path, mark="another").get("花园", CPU) is None


def test_what_is_kept_changes_no_more() -> None:
    cache, put = store(None), group()
    cache.put("x", put)
    before = put["a"].clone()
    put["a"].zero_()
    found = cache.get("x", CPU)
    assert found is not None
    assert torch.equal(found["a"], before)


def test_the_longest_unused_goes_first_in_memory_and_on_disk(tmp_path: Path) -> None:
    on_disk = len(_written(tmp_path / "one").read_bytes())  # a header more than in memory
    in_memory, on_both = store(None, size=2 * GROUP), store(tmp_path / "two", size=2 * on_disk)
    for cache in (in_memory, on_both):
        cache.put("x", group())
        cache.put("y", group())
        assert cache.get("x", CPU)
        cache.put("z", group())
    assert [in_memory.get(name, CPU) is not None for name in "xyz"] == [True, False, True]
    on_both.close()
    kept = store(tmp_path / "two", size=2 * on_disk)
    assert [kept.get(name, CPU) is not None for name in "xyz"] == [False, True, True]  # one hit was in memory


def _written(folder: Path) -> Path:
    cache = store(folder)
    cache.put("x", group())
    cache.close()
    return next(folder.iterdir())


@pytest.mark.parametrize("length", [0, 6, -7])
def test_a_file_that_is_not_whole_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture, length: int) -> None:
    path = _written(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert store(tmp_path).get("x", CPU) is None
    assert not path.exists()
    assert "is made anew" in caplog.text


def test_a_file_with_other_tensors_is_removed(tmp_path: Path) -> None:
    path = _written(tmp_path)
    other = TensorCache(("a", "c"), "one", 1 << 20, tmp_path)
    assert other.get("x", CPU) is None
    assert not path.exists()


def test_a_write_that_was_killed_is_cleared_away(tmp_path: Path) -> None:
    old, new = tmp_path / "x.1.part", tmp_path / "y.2.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, time.time() - 7200))
    store(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_costs_only_the_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = store(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    cache.put("x", group())
    cache.close()
    assert "Nothing can be kept" in caplog.text
    assert cache.get("x", CPU) is not None


def test_what_else_encodes_never_finds_a_prompt(tiny: Weights, tmp_path: Path) -> None:
    context = Context(torch.randn(1, 4, 8), torch.randn(1, 4, 4))
    cache = PromptCache(tiny, "exact", tmp_path / "kept")
    cache.put("a", context)
    cache.close()
    found = PromptCache(tiny, "exact", tmp_path / "kept").get("a", CPU)
    assert found is not None
    assert torch.equal(found.video, context.video)
    copy = tmp_path / "other.safetensors"
    copy.write_bytes(b"")
    other = tiny.model_copy(update={"checkpoint": str(copy)})
    assert PromptCache(other, "exact", tmp_path / "kept").get("a", CPU) is None
    assert PromptCache(tiny, "fast", tmp_path / "kept").get("a", CPU) is None


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the pictures that are encoded from here on."""
    names: list[str] = []
    real = pins.encode

    def noting(reference: pins.Reference, *rest: object) -> pins.Encoded:
        names.append(Path(reference.name).name)
        return real(reference, *rest)  # pyright: ignore[reportArgumentType] - as they came

    monkeypatch.setattr(pins, "encode", noting)
    return names


@torch.inference_mode()
def rendered(models: Models, shot: Render, pictures: PictureCache | None) -> Latents:
    references = tuple(pins.read(pin, geometry_of(shot)) for pin in shot.pins)
    take = Take(shot.prompt, shot.seed, shot.width, shot.height, shot.frames, references)
    return TwoStagePipeline(models, pictures=pictures).latents(take, Watch(), StageClock(CPU))


def test_a_picture_that_is_known_gives_the_same_latents(
    models: Models,
    tiny: Weights,
    tmp_path: Path,
    shot: Render,
    picture: Callable[[str, int, int], str],
    encoded: list[str],
) -> None:
    models.lora.fuse(0.8)
    wanted = pinned(shot, Pin(path=picture("a", 200, 90)), Pin(path=picture("b", 90, 200), frame=8, strength=0.7))
    plain = rendered(models, wanted, None)
    cache = PictureCache(tiny, tmp_path / "kept")
    first = rendered(models, wanted, cache)
    assert encoded == ["a.png", "b.png"] * 2
    cache.close()
    again, restarted = (rendered(models, wanted, known) for known in (cache, PictureCache(tiny, tmp_path / "kept")))
    assert encoded == ["a.png", "b.png"] * 2
    for latents in (first, again, restarted):
        assert torch.equal(latents.video, plain.video)
        assert torch.equal(latents.audio, plain.audio)


def test_a_picture_is_known_by_what_it_holds_and_is_framed_for(
    tiny: Weights, shot: Render, picture: Callable[[str, int, int], str]
) -> None:
    lead = Path(picture("lead", 128, 64))
    pin, geometry = Pin(path=str(lead)), geometry_of(shot)
    cache = PictureCache(tiny, None)
    cache.put(pins.read(pin, geometry), pins.Encoded(torch.zeros(1), torch.ones(1)))
    copy = lead.with_name("copy.png")
    copy.write_bytes(lead.read_bytes())
    held_otherwise = Pin(path=str(copy), frame=8, strength=0.4)
    assert cache.get(pins.read(held_otherwise, geometry), CPU) is not None
    cropped = geometry_of(shot.model_copy(update={"height": shot.height - 2}))
    assert cache.get(pins.read(pin, cropped), CPU) is None
    lead.write_bytes(Path(picture("other", 128, 64)).read_bytes())
    assert cache.get(pins.read(pin, geometry), CPU) is None


def test_an_engine_keeps_prompts_and_pictures(
    settings: Settings, tmp_path: Path, shot: Render, picture: Callable[[str, int, int], str]
) -> None:
    engine = LtxEngine(settings.model_copy(update={"cache": str(tmp_path / "cache")}), "")
    smallest = shot.model_copy(update={"width": 64, "height": 64, "frames": 9})
    engine.render(pinned(smallest, Pin(path=picture("lead", 64, 64))), Watch())
    engine.close()
    for kept in ("prompts", "pictures"):
        assert [path.suffix for path in (tmp_path / "cache" / kept).iterdir()] == [".safetensors"]
