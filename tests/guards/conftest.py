"""The corpus' scoring, loaded by path: tests are no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="session")
def scoring() -> ModuleType:
    name = "guards_scoring"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "scoring.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
