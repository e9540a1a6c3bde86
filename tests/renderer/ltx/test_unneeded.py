"""What is hidden while the models are imported, built and used stays out, and is found afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.ltx import unneeded
from renderer.ltx.architecture import checkpoint_config
from renderer.ltx.library import VocoderConfigurator, meta_model

if TYPE_CHECKING:
    from renderer.protocol import Settings

pytestmark = pytest.mark.ltx

FRESH = """
import sys
from renderer.ltx.engine import LtxEngine
from renderer.protocol import Settings

engine = LtxEngine(Settings.model_validate_json(sys.argv[1]), "")
engine.prepare(["A garden at dusk."])
there = [name for name in sys.argv[2:] if name in sys.modules]
import scipy.optimize
import torch

assert torch.compile(lambda number: number + 1, backend="eager")(torch.ones(1)) == 2
assert torch.distributed.is_available()
print(there)
"""

HEAVY = (
    *("accelerate", "scipy.optimize", "sklearn", "sympy", "torchvision"),
    *("torch._dynamo", "torch._inductor", "torch.distributed.tensor", "torch.fx.experimental.symbolic_shapes"),
)


def test_nothing_heavy_is_imported_for_models_and_prompts_and_all_of_it_can_be_afterwards(settings: Settings) -> None:
    command = [sys.executable, "-c", FRESH, settings.model_dump_json(), *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_models_on_the_meta_device_have_shapes_for_weights_and_real_numbers_beside_them() -> None:
    with unneeded.NumbersOnHost():
        vocoder = meta_model(VocoderConfigurator, checkpoint_config("tiny"))
    assert {parameter.device.type for parameter in vocoder.parameters()} == {"meta"}
    filters = [buffer for name, buffer in vocoder.named_buffers() if name.endswith("filter")]
    assert all(each.device.type == "cpu" and torch.isfinite(each).all() for each in filters)
    assert filters


def test_the_stand_in_marks_functions_and_makes_way_for_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = unneeded._NoCompiler()
    assert stand_in.disable(json.dumps) is json.dumps
    assert stand_in.disable(recursive=False)(json.dumps) is json.dumps
    monkeypatch.setitem(sys.modules, unneeded.COMPILER, stand_in)
    monkeypatch.setattr(unneeded.importlib, "import_module", {unneeded.COMPILER: torch.compiler}.__getitem__)
    assert stand_in.is_compiling is torch.compiler.is_compiling
    assert unneeded.COMPILER not in sys.modules
