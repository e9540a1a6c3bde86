"""The probe answers on machines with a GPU, without one, and without torch."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

from renderer.ltx import probe

if TYPE_CHECKING:
    import pytest


def fake_torch(*, available: bool) -> SimpleNamespace:
    properties = SimpleNamespace(name="NVIDIA H200", total_memory=150_000_000_000)
    return SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: available, get_device_properties=lambda _: properties)
    )


def test_names_the_first_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake_torch(available=True))
    assert probe.cuda() == ("NVIDIA H200", 150_000_000_000)


def test_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake_torch(available=False))
    assert probe.cuda() is None


def test_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # what makes an import raise
    assert probe.cuda() is None
