"""The stub stands in only for a torchaudio that cannot be imported, and hides nothing."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

import pytest

from renderer.ltx import torchaudio_stub


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test put its own torchaudio in place, and put back what was there."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        monkeypatch.delitem(sys.modules, name)
    for name in torchaudio_stub.NAMES:  # so that monkeypatch removes what a test leaves
        monkeypatch.setitem(sys.modules, name, ModuleType(name))


def test_a_torchaudio_that_imports_stays() -> None:
    real = sys.modules["torchaudio"]
    assert not torchaudio_stub.install()
    assert sys.modules["torchaudio"] is real


@pytest.mark.parametrize("error", [OSError("libcudart.so.13: cannot open"), ImportError("no such module")])
def test_one_that_does_not_is_replaced(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(_name: str) -> ModuleType:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(importlib, "import_module", fails)
        assert torchaudio_stub.install()
    import torchaudio

    assert importlib.util.find_spec("torchaudio") is not None  # transformers asks so
    assert str(error) in (torchaudio.__doc__ or "")
    assert isinstance(torchaudio.transforms, ModuleType)
    with pytest.raises(ImportError, match=str(error)):
        torchaudio.transforms.MelSpectrogram(sample_rate=16000)
    with pytest.raises(ImportError, match=r"torchaudio\.load"):
        torchaudio.load("sound.wav")
