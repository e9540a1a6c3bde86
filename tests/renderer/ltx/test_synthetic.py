"""The synthetic set is whole, the same each time, and leaves ltx_core as it found it."""

from __future__ import annotations

import copy
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.ltx import architecture, files, gemma, synthetic
from renderer.ltx.library import GEMMA3_CONFIG_FOR_LTX, LTXModelConfigurator, meta_model
from renderer.protocol import Weights

if TYPE_CHECKING:
    from renderer.ltx.weights import Models

pytestmark = pytest.mark.ltx


def test_the_set_is_whole(tiny: Weights) -> None:
    assert files.missing(tiny) == []


def test_every_weight_of_every_model_comes_from_the_files(models: Models) -> None:
    for name in models.__dataclass_fields__:
        model = getattr(models, name)
        if isinstance(model, torch.nn.Module):
            for key, value in [*model.named_parameters(), *model.named_buffers()]:
                assert value.device.type == "cpu", f"{name}.{key} was left on the meta device"
                assert torch.isfinite(value.detach()).all(), f"{name}.{key}"


def test_the_cache_is_written_once(tmp_path: Path) -> None:
    first = synthetic.cached(tmp_path)
    written = Path(first.checkpoint).stat().st_mtime_ns
    assert synthetic.cached(tmp_path) == first
    assert Path(first.checkpoint).stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == [Path(first.checkpoint).parent.name]


def test_sets_that_nobody_asked_for_in_a_month_are_removed_when_one_is_written(tmp_path: Path) -> None:
    for name, days in (("ltx-tiny-old", 31), ("ltx-tiny-recent", 29), ("other", 90)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, time.time() - days * 86400))
    used = Path(synthetic.cached(tmp_path).checkpoint).parent
    assert {path.name for path in tmp_path.iterdir()} == {"ltx-tiny-recent", "other", used.name}
    os.utime(used, (0, 0))
    synthetic.cached(tmp_path)
    assert time.time() - used.stat().st_mtime < 86400


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(synthetic, "_write_tokenizer", full)
    with pytest.raises(OSError, match="No space left"):
        synthetic.cached(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_where_the_files_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert synthetic.main(["--out", str(tmp_path / "set"), "--gemma-out", str(tmp_path / "text")]) == 0
    weights = Weights.model_validate_json(capsys.readouterr().out)
    assert files.missing(weights) == []
    assert Path(weights.gemma) == tmp_path / "text"
    with pytest.raises(SystemExit):
        synthetic.main(["--scale", "full"])


def test_the_table_of_sizes_is_patched_only_while_asked(tiny: Weights, tmp_path: Path) -> None:
    before = copy.deepcopy(GEMMA3_CONFIG_FOR_LTX)
    with gemma.sizes_of(Path(tiny.gemma)):
        assert GEMMA3_CONFIG_FOR_LTX.text_config.hidden_size == 64
        assert GEMMA3_CONFIG_FOR_LTX.text_config.rope_theta == before.text_config.rope_theta
    assert before == GEMMA3_CONFIG_FOR_LTX
    with gemma.sizes_of(tmp_path):  # as Google's own folder: no sizes of its own
        assert before == GEMMA3_CONFIG_FOR_LTX


def test_a_size_that_the_table_lacks_is_an_error(tmp_path: Path) -> None:
    before = copy.deepcopy(GEMMA3_CONFIG_FOR_LTX)
    sizes = {"text_config": {"hidden_size": 64, "experts": 8}}
    (tmp_path / gemma.SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")
    with pytest.raises(ValueError, match="'experts'"), gemma.sizes_of(tmp_path):
        pytest.fail("the context was entered")
    assert before == GEMMA3_CONFIG_FOR_LTX


def test_full_scale_is_the_real_size() -> None:
    transformer = meta_model(LTXModelConfigurator, architecture.checkpoint_config("full"))
    parameters = sum(weight.numel() for weight in transformer.parameters())
    assert parameters == pytest.approx(18.99e9, rel=0.001)
