"""The benchmark measures both, compares them, and prints and writes what it found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from renderer import bench
from renderer.ltx import bench as measuring
from renderer.ltx import synthetic
from renderer.ltx.plans import PLANS

from .conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ltx


def test_both_are_run_and_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthetic, "CACHE", REPOSITORY / ".cache")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the child's threads too, as in `one_thread`
    out = tmp_path / "new" / "result.json"
    measured = ["--lora", "--fast", "--queue", "2", "--plans"]  # a plan runs through a renderer process
    size = ["--width", "128", "--height", "120", "--frames", "9"]
    monkeypatch.setattr(measuring, "PLANS", PLANS[-1:])  # each is a process of its own; test_plans.py has them all
    assert bench.main(["--tiny", "--repeat", "1", *size, *measured, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert result["agreement"]["plain / stock"]["equal"] is True
    assert result["agreement"]["exact / stock"]["equal"] is True  # on a CPU, whose kernels are plain
    assert 0.99 < result["agreement"]["fast / stock"]["cosine"] < 1
    assert result["case"] == {"width": 128, "height": 120, "frames": 9, "trim": 8, "pins": 1}
    stock, exact, fast = result["runs"]
    assert len(stock["seconds"]) == len(exact["seconds"]) == len(fast["seconds"]) == 1
    assert result["ratios"]["exact"] == pytest.approx(stock["seconds"][0] / exact["seconds"][0], abs=0.01)
    assert exact["ready"] > 0
    assert exact["first"]["total"] > 0
    assert exact["changed"]["lora"] > 0
    assert list(result["queues"]) == ["exact", "fast"]
    assert list(result["plans"]) == ["streamed"]
    assert list(result["lora"]) == ["device", "host", "file"]
    printed = capsys.readouterr().out
    assert "tiny synthetic weights, 128×120, 9 frames" in printed
    assert "latents equal" in printed
    assert "nothing about speed" in printed


def test_changes_of_style_lora_are_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthetic, "CACHE", REPOSITORY / ".cache")
    out = tmp_path / "result.json"
    size = ["--width", "64", "--height", "64", "--frames", "9"]
    assert bench.main(["--tiny", "--style", *size, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert result["agreement"]["plain with a style / stock with it"]["equal"] is True
    changes = result["styles"]["exact"]
    changing = ["to a style", "back", "to the style again", "to another style"]
    assert [name for name, seconds in changes.items() if seconds["lora"] > 0] == changing
    assert result["styles"]["file"]["a style LoRA read"]["lora"] > 0
    assert "to another style, exact" in capsys.readouterr().out
