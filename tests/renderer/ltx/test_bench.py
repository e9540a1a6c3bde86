"""The benchmark measures both, compares them, and prints and writes what it found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from renderer import bench
from renderer.ltx import synthetic

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
    measured = ["--through-process", "--lora"]
    size = ["--width", "128", "--height", "120", "--frames", "9"]
    assert bench.main(["--tiny", "--repeat", "1", *size, *measured, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert result["latents_equal"] is True
    assert result["latents_differ"] == 0
    assert result["case"] == {"width": 128, "height": 120, "frames": 9, "trim": 8, "pins": 1}
    stock, ours = result["runs"]
    assert len(stock["seconds"]) == len(ours["seconds"]) == 1
    assert result["ratio"] == pytest.approx(stock["seconds"][0] / ours["seconds"][0], abs=0.01)
    assert ours["ready"] > 0
    assert ours["first"]["total"] > 0
    assert ours["changed"]["lora"] > 0
    assert list(result["lora"]) == ["device", "host", "file"]
    printed = capsys.readouterr().out
    assert "tiny synthetic weights, 128×120, 9 frames" in printed
    assert "latents equal" in printed
    assert "nothing about speed" in printed
