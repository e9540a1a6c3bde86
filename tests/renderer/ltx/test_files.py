"""Which weight files there are, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from renderer.ltx import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    gemma = tmp_path / "gemma"
    gemma.mkdir()
    for name in ("model-00001-of-00005.safetensors", "tokenizer.model", "preprocessor_config.json"):
        (gemma / name).touch()
    for name in (files.CHECKPOINT, files.UPSCALER, files.LORA):
        (tmp_path / name).touch()
    return tmp_path


def test_a_whole_set_lacks_nothing(folder: Path) -> None:
    assert files.missing(files.set_in(folder)) == []
    files.require(files.set_in(folder))


def test_everything_missing_is_named_at_once(folder: Path) -> None:
    (folder / files.UPSCALER).unlink()
    (folder / "gemma" / "tokenizer.model").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        files.require(files.set_in(folder))
    upscaler, tokenizer = str(caught.value).split("; ")
    assert upscaler == f"upscaler: no file {folder / files.UPSCALER}"
    assert tokenizer == f"gemma: no tokenizer.model (tokenizer) below {folder / 'gemma'}"


def test_gemma_may_lie_elsewhere(folder: Path) -> None:
    weights = files.set_in(folder, Path("/no/such/gemma"))
    assert files.missing(weights) == ["gemma: no folder /no/such/gemma"]


def test_pickles_are_never_loaded(folder: Path) -> None:
    pickle = folder / "lora.ckpt"
    pickle.touch()
    weights = files.set_in(folder).model_copy(update={"lora": str(pickle)})
    assert files.missing(weights) == [f"lora: {pickle} is no .safetensors file, and nothing else is ever loaded"]


def test_choosing_an_engine_and_asking_for_help_load_no_torch() -> None:
    code = """
import sys, renderer.ltx.files, renderer.ltx.probe, renderer.bench
try:
    renderer.bench.main(["--help"])
except SystemExit:
    pass
assert not {"torch", "ltx_core", "ltx_pipelines", "transformers"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
