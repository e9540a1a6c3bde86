"""Packages that are hidden from transformers are found again afterwards."""

from __future__ import annotations

import sys

import pytest

from renderer.ltx import unneeded

pytestmark = pytest.mark.ltx


def test_hidden_packages_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, imported = unneeded.NAMES[:2]
    monkeypatch.setitem(sys.modules, imported, sys)
    monkeypatch.setitem(sys.modules, hidden, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - as hidden
    unneeded.show()
    assert hidden not in sys.modules
    assert sys.modules[imported] is sys
