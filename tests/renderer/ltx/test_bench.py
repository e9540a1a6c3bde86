"""The benchmark measures what it is asked to, compares, and prints and writes what it found."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import av
import pytest
import torch

from renderer import bench
from renderer.geometry import geometry_of
from renderer.ltx import synthetic
from renderer.ltx.bench import case, ceilings, footage, growth, layers, plans, quality, runs, similarity
from renderer.ltx.bench.load import LoadMeter

from .conftest import CPU, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renderer.protocol import Done, Render, Settings

pytestmark = pytest.mark.ltx

SMALL = ["--width", "120", "--height", "64", "--frames", "9"]


@pytest.fixture
def measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[dict[str, Any], str]]:
    """Return a function that runs a benchmark of the smallest shot and returns its JSON and what it printed."""
    monkeypatch.setattr(synthetic, "CACHE", REPOSITORY / ".cache")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # a child's threads too, as in `one_thread`

    def run(*options: str, code: int = 0) -> tuple[dict[str, Any], str]:
        out = tmp_path / "new" / "result.json"
        assert bench.main(["--tiny", "--repeat", "1", *SMALL, "--json", str(out), *options]) == code
        return json.loads(out.read_text()), capsys.readouterr().out

    return run


def test_stock_and_ours_are_timed(
    measured: Callable[..., tuple[dict[str, Any], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "TINY", ((64, 64, 9),))
    sections = "ceilings,shots,growth,stock,layers,oom,lora"
    result, printed = measured("--here", "--precision", "exact", "--only", sections)
    assert result["case"] == {"width": 120, "height": 64, "frames": 9, "trim": 8, "pins": 1}
    assert [each["name"].rpartition(", ")[2] for each in result["runs"]] == ["noise", "footage"] * 2
    stock, exact = result["runs"][0], result["runs"][2]
    assert list(result["ratios"]) == ["exact, noise", "exact, footage"]
    assert result["ratios"]["exact, noise"] == pytest.approx(stock["seconds"][0] / exact["seconds"][0], abs=0.01)
    assert exact["ready"] > 0
    assert exact["first"]["total"] > 0
    assert exact["changed"]["lora"] > 0
    assert [each["name"] for each in result["growth"]] == ["64×64, 9 frames, exact"]
    errors = result["layers"]["errors"]
    assert len(errors) == 28  # linear layers of a block
    assert all(0.01 < error < 0.1 for blocks in errors.values() for steps in blocks for error in steps)
    assert [len(blocks) for blocks in errors.values()] == [2] * 28
    assert {len(steps) for blocks in errors.values() for steps in blocks} == {4}
    assert list(result["lora"]) == ["device", "host", "file"]
    assert (result["ceilings"], result["ran_out"], result["plans"]) == ({}, None, {})  # a CPU has no such limits
    assert list(result["seconds"]) == ["ceilings", "shots, exact", "growth, exact", "stock", "layers", "lora", "oom"]
    assert result["missing"] == {}
    assert "tiny synthetic weights, 120×64, 9 frames" in printed
    assert "nothing about speed" in printed


def test_what_is_rendered_is_compared(
    measured: Callable[..., tuple[dict[str, Any], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "PROMPTS", case.PROMPTS[-1:])
    monkeypatch.setattr(quality, "BACKENDS", {})  # one attention is as good as another on a CPU
    result, printed = measured("--only", "quality")
    agreement = result["agreement"]
    assert agreement["plain / stock"]["equal"] is True
    assert agreement["exact / stock"]["equal"] is True  # on a CPU, whose kernels are plain
    assert 0.99 < agreement["fast / stock"]["cosine"] < 1
    assert 20 < agreement["fast / exact, prompt 1"]["psnr"] < 60
    assert 0.5 < agreement["fast / exact, prompt 1"]["ssim"] < 1
    assert "latents equal" in printed


def test_a_plan_runs_in_a_process(measured: Callable[..., tuple[dict[str, Any], str]]) -> None:
    result, printed = measured("--only", "plans", "--plans", "streamed")
    assert list(result["plans"]) == ["streamed"]
    assert result["plans"]["streamed"]["plan"] == "streamed"
    assert len(result["plans"]["streamed"]["seconds"]) == 1
    assert "memory plan streamed, 16 GB" in printed


def test_sections_share_a_renderer_while_there_is_time(measured: Callable[..., tuple[dict[str, Any], str]]) -> None:
    result, printed = measured(
        *("--only", "queue,style,growth", "--queue", "2", "--precision", "fast", "--seconds", "74")
    )
    assert list(result["queues"]["fast"]) == ["2"]
    changes = result["styles"]["fast"]
    assert list(changes) == ["to a style", "to another style", "back"]
    assert all(seconds["lora"] > 0 for seconds in changes.values())
    assert result["styles"]["file"]["a style LoRA read"]["lora"] > 0
    assert "to another style, fast" in printed
    assert "\ngrowth, fast: not begun: it takes some 75 s, and " in printed
    assert (result["growth"], list(result["missing"])) == ([], ["growth, fast"])


def test_with_a_style_lora_latents_are_compared_too(measured: Callable[..., tuple[dict[str, Any], str]]) -> None:
    result, _ = measured("--only", "styled")
    assert result["agreement"]["plain with a style / stock with it"]["equal"] is True


def test_a_section_that_fails_is_named_and_the_next_measured(
    measured: Callable[..., tuple[dict[str, Any], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such file")

    monkeypatch.setattr(layers, "measure", fail)
    result, printed = measured("--only", "layers,lora", code=1)
    assert result["missing"] == {"layers": "failed: RuntimeError: no such file"}
    assert "layers: failed: RuntimeError" in printed
    assert list(result["lora"]) == ["device", "host", "file"]


def test_a_plan_that_takes_too_long_is_ended(settings: Settings, shot: Render) -> None:
    with pytest.raises(TimeoutError, match="not done in 0 s"):
        plans.measure(settings, shot, "streamed", LoadMeter(CPU), limit_s=0.2)


def test_a_section_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--only", "shots,speed"])
    assert "speed: choose from ceilings, shots" in capsys.readouterr().err


def test_only_shots_of_its_seed_show_footage(settings: Settings, shot: Render) -> None:
    smallest = shot.model_copy(update={"width": 64, "height": 64, "frames": 9, "trim": 0})
    drawn = footage.draw(9, 64, 64, CPU)
    with runs.opened(settings, here=True) as renderer:
        for seed, alike in ((footage.SEED, True), (footage.SEED + 1, False)):
            done = renderer.render(smallest.model_copy(update={"seed": seed}), runs.StageTimes())
            assert "decode" in done.stages
            assert (similarity.ssim(_frames(done), drawn, CPU) > 0.9) is alike


def _frames(done: Done) -> torch.Tensor:
    with av.open(done.path) as clip:
        return torch.stack([torch.from_numpy(frame.to_ndarray(format="rgb24")) for frame in clip.decode(video=0)])


def test_footage_moves_and_is_no_noise() -> None:
    frames = footage.draw(4, 96, 128, CPU).float()
    step, across = (frames[1:] - frames[:-1]).abs().mean(), (frames[:, :, 1:] - frames[:, :, :-1]).abs().mean()
    assert 1 < step < 20  # more than grain alone would change, less than another picture
    assert across < frames.std() / 2
    pieces = list(footage.instead_of(iter(torch.zeros(2, 3, 96, 128, 3, dtype=torch.uint8)), 6))
    assert [len(piece) for piece in pieces] == [3, 3]
    assert torch.equal(torch.cat(pieces), footage.draw(6, 96, 128, CPU))


def test_similarity_is_what_it_is_defined_as() -> None:
    one = torch.randint(0, 256, (2, 24, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert (similarity.psnr(one, one, CPU), similarity.ssim(one, one, CPU)) == (None, 1)
    darker = (one // 2 + 10).clamp(max=255)
    expected = 10 * torch.log10(255.0**2 / (one.double() - darker.double()).square().mean())
    assert similarity.psnr(one, darker, CPU) == pytest.approx(float(expected), abs=0.01)
    # Flat pictures have neither variance nor covariance: only the luminance term of the paper's equation 6 is left.
    flat, other = torch.full((1, 16, 16, 3), 100, dtype=torch.uint8), torch.full((1, 16, 16, 3), 150, dtype=torch.uint8)
    c1 = (0.01 * 255) ** 2
    assert similarity.ssim(flat, other, CPU) == pytest.approx((2 * 100 * 150 + c1) / (100**2 + 150**2 + c1), abs=1e-4)


def test_operations_are_those_of_the_full_model(shot: Render) -> None:
    full = shot.model_copy(update={"width": 1280, "height": 704, "frames": 121})
    reached = ceilings.reached(full, {"stage1": 2.0, "stage2": 3.0, "decode": 0.5, "audio": 0.1})
    assert list(reached) == ["stage1", "stage2", "decode"]
    # 48 blocks of 16 squares of 4096 and their attention: the parameters' share alone is 2 x 12.9e9 a token.
    assert ceilings.step_flops(14080) > 2 * 48 * 16 * 4096**2 * 14080
    assert ceilings.step_flops(3520) < ceilings.step_flops(14080) / 4
    half = ceilings.decode_flops(full.model_copy(update={"width": 640}))
    assert ceilings.decode_flops(full) == pytest.approx(2 * half, rel=0.01)  # convolutions: as many a pixel


def test_clock_and_power_are_read_between_two_times(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = iter([1980.0, 1500.0, 1700.0])
    monkeypatch.setattr(torch.cuda, "clock_rate", lambda _: next(clocks))
    monkeypatch.setattr(torch.cuda, "power_draw", lambda _: 650_000)
    start = time.perf_counter()
    with LoadMeter(torch.device("cuda:0")) as meter:
        meter._thread.join()  # the iterator ends, as a driver that fails would
    load = meter.between(start, time.perf_counter())
    assert load is not None
    assert (load.clock, load.slowest, load.power, load.readings) == (1700, 1500, 650, 3)
    assert meter.between(start - 1, start) is None
    with LoadMeter(CPU) as idle:
        assert idle.between(0, sys.float_info.max) is None


def test_stock_gets_the_picture_framed(shot: Render, tmp_path: Path) -> None:
    given = case.shot_in(tmp_path, 192, 120, 17)
    stock = case.for_stock(given, tmp_path)
    geometry = geometry_of(given)
    assert (stock.width, stock.height) == (geometry.render_width, geometry.render_height) == (192, 128)
