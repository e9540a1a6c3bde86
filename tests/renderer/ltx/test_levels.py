"""Blocks that know levels do what ltx_core's blocks do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
import torch

from renderer.geometry import geometry_of
from renderer.ltx import compiled, levels, pins
from renderer.ltx.clock import StageClock
from renderer.ltx.pipeline import Take, TwoStagePipeline
from renderer.ltx.plans import PLANS
from renderer.ltx.weights import Choices, load
from renderer.protocol import Pin

from .conftest import CPU, Watch, pinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.pipeline import Latents
    from renderer.ltx.weights import Models
    from renderer.protocol import Render, Weights

pytestmark = pytest.mark.ltx


@torch.inference_mode()
def latents(models: Models, shot: Render) -> Latents:
    geometry = geometry_of(shot)
    references = tuple(pins.read(pin, geometry) for pin in shot.pins)
    take = Take(shot.prompt, shot.seed, shot.width, shot.height, shot.frames, references)
    return TwoStagePipeline(models).latents(take, Watch(), StageClock(CPU))


@pytest.fixture
def held(shot: Render, picture: Callable[[str, int, int], str]) -> Render:
    """Return a shot of three levels: two pins of different strength, and the rest."""
    paths = [picture(name, shot.width, shot.height) for name in ("first", "second")]
    return pinned(shot, Pin(path=paths[0], strength=0.9), Pin(path=paths[1], frame=8, strength=0.6))


@pytest.mark.parametrize(
    "choices", [Choices(), Choices(precision="fast"), Choices(PLANS[-1])], ids=["exact", "fast", "streamed"]
)
def test_latents_are_those_without_levels(tiny: Weights, shot: Render, held: Render, choices: Choices) -> None:
    models = load(tiny, CPU, choices)
    expected = [latents(models, one) for one in (held, shot)]
    levels.install(models.transformer.velocity_model)
    for one, plain in zip((held, shot), expected, strict=True):  # in turn: tables of one shot are not the next one's
        ours = latents(models, one)
        assert torch.equal(ours.video, plain.video)
        assert torch.equal(ours.audio, plain.audio)


def test_a_table_has_a_row_for_each_level(tiny: Weights, held: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    models = load(tiny, CPU)
    levels.install(models.transformer.velocity_model)
    seen: set[tuple[int, int]] = set()
    prepare = levels.Levels.prepare

    def noting(self: levels.Levels, *arguments: object) -> levels.LevelledArgs:
        made = prepare(self, *arguments)
        assert made.levels is not None
        seen.add((made.timesteps.shape[1], len(made.levels)))
        return made

    monkeypatch.setattr(levels.Levels, "prepare", noting)
    latents(models, held)
    rows = {tokens: rows for rows, tokens in seen}
    assert sorted(rows.values(), reverse=True)[:2] == [3, 3]  # of video, in both stages: two pins and the rest
    assert min(rows.values()) == 1  # of sound


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_with_kernels_a_block_does_the_same(
    tiny: Weights, held: Render, precision: Literal["exact", "fast"], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    models = load(tiny, device, Choices(precision=precision))
    velocity = models.transformer.velocity_model
    levels.install(velocity)
    middle = velocity.transformer_blocks[len(velocity.transformer_blocks) // 2]
    taken: list[tuple[Any, ...]] = []
    forward = levels.LevelledBlock.forward

    def noting(self: levels.LevelledBlock, video: Any, audio: Any, perturbations: Any = None) -> tuple[Any, Any]:
        if self is middle:  # few tokens, of the prompt too: interpreted, each takes a while
            taken.append(tuple(replace(one, context=one.context[:, :8]) for one in (video, audio)))
        return forward(self, video, audio, perturbations)

    with monkeypatch.context() as patch, torch.inference_mode():
        patch.setattr(compiled, "of_rows", None)
        patch.setattr(levels.LevelledBlock, "forward", noting)
        latents(models, held.model_copy(update={"width": 64, "height": 64, "frames": 9}))
        before, expected = taken[-1], middle(*taken[-1])
    with torch.inference_mode():
        found = middle(*before)
    for ours, theirs, old in zip(found, expected, before, strict=True):
        assert not torch.equal(theirs.x, old.x)
        # Here and there a last place may differ: sums have another order.
        assert (ours.x == theirs.x).float().mean() > 0.99
        assert (ours.x - theirs.x).norm() < 1e-3 * theirs.x.norm()


def test_streams_meet_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording can only be ended, and PyTorch's memory only be given back, when all its streams have met again."""

    class Stream:
        def __init__(self, device: torch.device = CPU, priority: int = 0) -> None:
            self.device, self.priority = device, priority
            self.waited_for: list[Stream] = []

        def wait_stream(self, other: Stream) -> None:
            self.waited_for.append(other)

    picture = Stream()
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: picture)
    aside = levels.Aside(CPU)
    with pytest.raises(torch.OutOfMemoryError), aside.parted():
        raise torch.OutOfMemoryError
    (sound,) = picture.waited_for
    assert sound.waited_for == [picture]
    assert sound.priority < 0
