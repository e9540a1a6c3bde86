"""What is wrong with a LoRA file is said before any of it is loaded."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from renderer.ltx import lora_files, random_tensors
from renderer.ltx.lora_files import Fit, UnusableLora
from renderer.ltx.random_tensors import Spec

if TYPE_CHECKING:
    from renderer.protocol import Weights

pytestmark = pytest.mark.ltx

ATTENTION = "diffusion_model.transformer_blocks.0.attn1.to_q"


def lora(folder: Path, layer: str, a: tuple[int, ...], b: tuple[int, ...], *more: Spec) -> Path:
    path = folder / "style.safetensors"
    specs = [Spec(f"{layer}.lora_A.weight", a), Spec(f"{layer}.lora_B.weight", b), *more]
    random_tensors.write(path, specs, {}, seed=0, device="cpu")
    return path


def test_the_set_s_own_lora_fits(tiny: Weights) -> None:
    fit = lora_files.check(Path(tiny.lora), Path(tiny.checkpoint))
    assert fit == Fit(len(lora_files.layers(Path(tiny.lora))), 0)


def test_what_ltx_core_would_pass_over_is_counted(tiny: Weights, tmp_path: Path) -> None:
    inner, outer = lora_files.layers(Path(tiny.lora))[ATTENTION.removeprefix("diffusion_model.")]
    rest = [Spec(f"{ATTENTION}.alpha", ()), Spec("text.lora_A.weight", (2, 8)), Spec("text.lora_B.weight", (8, 2))]
    path = lora(tmp_path, ATTENTION, (2, inner[1]), (outer[0], 2), *rest)
    assert lora_files.check(path, Path(tiny.checkpoint)) == Fit(1, 3)


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        ("unet.to_q", "touches no layer of this transformer"),
        ("diffusion_model.video_embeddings_connector.transformer_1d_blocks.0.attn1.to_q", "touches no layer"),
        (ATTENTION, r"of another size: transformer_blocks\.0\.attn1\.to_q is .+, the LoRA's 3×5 of ranks 2 and 2"),
    ],
)
def test_a_lora_for_another_model_is_named(tiny: Weights, tmp_path: Path, layer: str, why: str) -> None:
    with pytest.raises(UnusableLora, match=f"style.safetensors .*{why}"):
        lora_files.check(lora(tmp_path, layer, (2, 5), (3, 2)), Path(tiny.checkpoint))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no good safetensors file"),
        (struct.pack("<Q", 1 << 60), "its header is too long"),
        (struct.pack("<Q", 9) + b"[1, 2, 3]", "no good safetensors file"),
        (struct.pack("<Q", 2) + b"{}", "holds no LoRA that LTX takes"),
        (struct.pack("<Q", 2) + b"{}more", "cut off or has something appended"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "style.safetensors"
    path.write_bytes(data)
    with pytest.raises(UnusableLora, match=why):
        lora_files.layers(path)


def test_a_half_written_file_is_named(tmp_path: Path) -> None:
    path = lora(tmp_path, "a", (2, 8), (8, 2))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnusableLora, match="cut off"):
        lora_files.shapes(path)


def test_nothing_but_safetensors_is_opened(tmp_path: Path) -> None:
    pickle = tmp_path / "style.pt"
    pickle.write_text(json.dumps({}))
    with pytest.raises(UnusableLora, match="nothing else is ever loaded"):
        lora_files.shapes(pickle)
