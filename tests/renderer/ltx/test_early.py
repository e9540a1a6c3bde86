"""Weights that are read before there is a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.ltx import early, moving, unneeded
from renderer.ltx.weights import load

from .conftest import CPU

if TYPE_CHECKING:
    from renderer.ltx.weights import Models
    from renderer.protocol import Settings, Weights

pytestmark = pytest.mark.ltx


class Walk:
    """A journey on foot: the same pieces, without a CUDA device."""

    def __init__(self, pieces: list[tuple[object, torch.Tensor]], _device: torch.device) -> None:
        for fill, target in pieces:
            chunk = torch.empty(len(target), dtype=torch.uint8)
            fill(chunk)  # type: ignore[operator]  # pyright: ignore[reportCallIssue] - a Piece
            target.copy_(chunk)

    def wait(self) -> None:
        """Return: all is there."""


def test_the_blocks_hold_what_was_read_early(
    tiny: Weights, models: Models, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(moving, "Journey", Walk)
    monkeypatch.setattr(moving, "CHUNK", 4096)  # so that tensors come in several pieces
    on_their_way = early.EarlyWeights(Path(tiny.checkpoint), CPU)
    assert on_their_way.nbytes > 0
    with caplog.at_level("INFO"):
        found = load(tiny, CPU, early=on_their_way)
    assert "weights of the transformer were read early" in caplog.text
    assert "0 weights" not in caplog.text
    models.lora.fuse(0.8)
    expected = dict(models.transformer.named_parameters())
    for name, parameter in found.transformer.named_parameters():
        assert torch.equal(parameter, expected[name]), name


def test_what_is_no_safetensors_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"\xff" * 64)
    with pytest.raises(ValueError, match="no safetensors file"):
        early.EarlyWeights(path, CPU)


def test_nothing_is_read_early_without_a_gpu(settings: Settings) -> None:
    assert early.begin(settings) is None


def test_hidden_packages_are_found_again() -> None:
    unneeded.show()
    assert all(sys.modules.get(name, sys) is not None for name in unneeded.NAMES)
