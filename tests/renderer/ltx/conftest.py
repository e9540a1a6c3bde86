"""The tiny synthetic set, and models built from it once per test process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from renderer.ltx import compiled, rows, synthetic
from renderer.ltx.engine import LtxEngine
from renderer.ltx.weights import load
from renderer.protocol import Pin, Render, Settings, Slate, StyleLora

from . import interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.ltx.weights import Models
    from renderer.protocol import Weights

REPOSITORY = Path(__file__).parents[3]
CPU = torch.device("cpu")


class Watch:
    """Notes progress; raises `error` when `stage` reaches `step`."""

    def __init__(self, stage: str = "", step: int = 0, error: BaseException | None = None) -> None:
        self.seen: list[tuple[str, int, int]] = []
        self._at = (stage, step)
        self._error = error

    def progress(self, stage: str, step: int, steps: int) -> None:
        self.seen.append((stage, step, steps))
        if self._error is not None and self._at == (stage, step):
            raise self._error


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two test processes share two cores: threads of one that wait for the other's cost more than they give."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> Weights:
    return synthetic.cached(REPOSITORY / ".cache")


@pytest.fixture(scope="session")
def styles(tmp_path_factory: pytest.TempPathFactory) -> tuple[StyleLora, StyleLora]:
    """Return two style LoRAs for the tiny set: one for layers within and without the blocks, one as Dual-Character."""
    folder = tmp_path_factory.mktemp("styles")
    ink, clay = folder / "ink.safetensors", folder / "clay.safetensors"
    synthetic.write_style(ink, "tiny", seed=11, rank=3, layers=re.compile(r"\.attn1\.|adaln_single\.linear|proj_out"))
    synthetic.write_style(clay, "tiny", seed=12)
    return StyleLora(path=str(ink), strength=0.7), StyleLora(path=str(clay), strength=0.6)


@pytest.fixture(scope="session")
def models(tiny: Weights) -> Models:
    return load(tiny, CPU)


@pytest.fixture(scope="session")
def settings(tiny: Weights) -> Settings:
    return Settings(engine="ltx", weights=tiny, device="cpu")


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[LtxEngine]:
    """Return one engine for all tests, as in a renderer process: no shot, failed or not, may spoil the next."""
    engine = LtxEngine(settings, "asked for by a test")
    yield engine
    engine.close()


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have kernels run: on the GPU where there is one, else on the CPU by Triton's interpreter."""
    if not interpreter.INSTALLED:
        pytest.skip("no Triton")
    if interpreter.interprets() == torch.cuda.is_available():
        pytest.skip("a GPU that PyTorch does not use, or one that tests/conftest.py did not see")
    if interpreter.interprets():
        interpreter.round_as_a_gpu(monkeypatch)
        monkeypatch.setattr(compiled, "reach", lambda _: compiled.of_rows is not None)
        monkeypatch.setattr(rows, "_compiled", lambda x, _: compiled.reach(x))


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str, int, int], str]:
    """Return a function that draws a picture of its own for each name and returns its path."""

    def draw(name: str, width: int, height: int) -> str:
        path = tmp_path / f"{name}.png"
        noise = np.random.default_rng(sum(name.encode())).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).save(path)
        return str(path)

    return draw


@pytest.fixture
def shot(tmp_path: Path) -> Render:
    """Return the smallest shot that exercises everything: two latent frames past the first, half of one trimmed."""
    return Render(
        job=7,
        prompt="萧云霄与沈月华在御花园相遇, two people talk in a garden at dusk, medium shot",
        seed=1,
        width=192,
        height=128,
        frames=17,
        trim=4,
        output=str(tmp_path / "clip.mp4"),
        slate=Slate(number=1),
    )


def pinned(shot: Render, *pins: Pin) -> Render:
    """Return `shot` with `pins`."""
    return shot.model_copy(update={"pins": pins})
