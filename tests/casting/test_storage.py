from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bot.casting import sanitise, store
from tests.casting.conftest import corners, encoded

if TYPE_CHECKING:
    from pathlib import Path


def test_a_picture_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    reference = sanitise(encoded(corners()))
    path = store(reference, tmp_path / "pictures")
    assert path == tmp_path / "pictures" / f"{reference.sha256}.png"
    assert path.read_bytes() == reference.data
    before = path.stat().st_mtime_ns
    assert store(reference, tmp_path / "pictures") == path
    assert path.stat().st_mtime_ns == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_torn_file_is_replaced(tmp_path: Path) -> None:
    reference = sanitise(encoded(corners()))
    torn = tmp_path / f"{reference.sha256}.png"
    torn.write_bytes(reference.data[:10])
    assert store(reference, tmp_path).read_bytes() == reference.data


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        store(sanitise(encoded(corners())), tmp_path)
    assert list(tmp_path.iterdir()) == []
