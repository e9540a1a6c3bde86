"""The resident pipeline gives what the stock class gives, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.geometry import geometry_of
from renderer.ltx import pins
from renderer.ltx.clock import StageClock
from renderer.ltx.pipeline import Take, TwoStagePipeline
from renderer.ltx.stock import Stock
from renderer.ltx.weights import Choices, load
from renderer.protocol import Pin

from .conftest import CPU, Watch, pinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.pipeline import Latents
    from renderer.ltx.weights import Models
    from renderer.protocol import Render, StyleLora, Weights

pytestmark = pytest.mark.ltx

STRENGTH = 0.8


def render(models: Models, shot: Render) -> Latents:
    models.lora.fuse(shot.lora_strength, shot.styles)
    geometry = geometry_of(shot)
    references = tuple(pins.read(pin, geometry) for pin in shot.pins)
    take = Take(shot.prompt, shot.seed, shot.width, shot.height, shot.frames, references)
    with torch.inference_mode():
        return TwoStagePipeline(models).latents(take, Watch(), StageClock(CPU))


def assert_same(models: Models, tiny: Weights, shot: Render) -> Latents:
    """Render `shot` with both; compare latents and decoded frames; return our latents."""
    ours = render(models, shot)
    stock = Stock(tiny, CPU, shot.lora_strength, shot.styles).render(shot)
    assert torch.equal(ours.video, stock.video)
    assert torch.equal(ours.audio, stock.audio)
    with torch.inference_mode():
        frames = torch.cat(list(TwoStagePipeline(models).frames(ours)))
    assert frames.shape == (shot.frames, shot.height, shot.width, 3)
    assert torch.equal(frames, stock.frames())
    assert frames.float().std() > 1  # not one flat colour, in which everything would be equal
    return ours


@pytest.mark.parametrize("seed", [1, 2**31])
@pytest.mark.parametrize("frames_pinned", [(), (0,), (0, 8)], ids=["text only", "one pin", "staggered"])
def test_latents_and_frames_are_the_stock_class_s(
    models: Models,
    tiny: Weights,
    shot: Render,
    picture: Callable[[str, int, int], str],
    frames_pinned: tuple[int, ...],
    seed: int,
) -> None:
    held = [
        Pin(path=picture(f"pin {frame}", shot.width, shot.height), frame=frame, strength=0.9 - frame / 100)
        for frame in frames_pinned
    ]
    assert_same(models, tiny, pinned(shot.model_copy(update={"seed": seed}), *held))


def test_with_a_style_lora_they_are_the_stock_class_s_too(
    models: Models, tiny: Weights, shot: Render, styles: tuple[StyleLora, StyleLora]
) -> None:
    styled = load(tiny, CPU, Choices(styles=tuple(Path(style.path) for style in styles)))
    wanted = shot.model_copy(update={"lora_strength": 0.4, "frames": 9, "styles": styles[:1]})
    ours = assert_same(styled, tiny, wanted)
    assert not torch.equal(ours.video, render(models, wanted.model_copy(update={"styles": ()})).video)


def test_a_decode_in_tiles_is_the_stock_class_s(models: Models, tiny: Weights, shot: Render) -> None:
    assert_same(models, tiny, shot.model_copy(update={"width": 640, "height": 320, "frames": 9}))


def test_seed_prompt_pin_and_lora_each_change_the_latents(
    models: Models, shot: Render, picture: Callable[[str, int, int], str]
) -> None:
    pin = Pin(path=picture("a", shot.width, shot.height))
    variants = [
        shot,
        shot.model_copy(update={"seed": 2}),
        shot.model_copy(update={"prompt": "a palace chamber at night"}),
        shot.model_copy(update={"lora_strength": 0.3}),
        pinned(shot, pin),
        pinned(shot, pin.model_copy(update={"strength": 0.7})),
        pinned(shot, pin.model_copy(update={"frame": 8})),
    ]
    latents = [render(models, variant).video for variant in variants]
    for index, one in enumerate(latents):
        assert not any(torch.equal(one, other) for other in latents[:index]), index
