"""A file of random numbers is what safetensors reads, and the same each time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file

from renderer.ltx import random_tensors
from renderer.ltx.random_tensors import Spec

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ltx


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    specs = [Spec("a.weight", (8, 3)), Spec("norm.weight", (5,)), Spec("b.bias", (7,)), Spec("scalar", ())]
    digests: list[bytes] = []
    for seed in (0, 0, 1):
        path = tmp_path / "x.safetensors"
        random_tensors.write(path, specs, {"config": "{}"}, seed=seed, device="cpu")
        digests.append(hashlib.sha256(path.read_bytes()).digest())
    assert digests[0] == digests[1] != digests[2]


def test_the_file_is_what_safetensors_reads(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    random_tensors.write(path, [Spec("norm.weight", (5,)), Spec("a.weight", (64, 49))], {}, seed=0, device="cpu")
    tensors = load_file(path)
    assert tensors["norm.weight"].tolist() == [1.0] * 5
    weight = tensors["a.weight"]
    assert (weight.shape, weight.dtype) == ((64, 49), torch.bfloat16)
    assert weight.float().std().item() == pytest.approx(0.7 / 7, rel=0.05)
