"""Host memory for a GPU: locked while it is there, let go of with the last tensor in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from renderer.ltx import pinned

from .conftest import CPU

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.ltx

GPU = torch.device("cuda:0")


class Driver:
    """Notes what is locked; refuses everything where it is told to."""

    def __init__(self, refusal: int = 0) -> None:
        self.locked: dict[int, int] = {}
        self.synchronized = 0
        self._refusal = refusal

    def cudaHostRegister(self, address: int, size: int, _flags: int) -> int:  # noqa: N802 - CUDA's name
        if not self._refusal:
            self.locked[address] = size
        return self._refusal

    def cudaHostUnregister(self, address: int) -> int:  # noqa: N802 - CUDA's name
        assert self.synchronized, "a copy may still be on its way"
        del self.locked[address]
        return 0


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Driver]:
    def make(refusal: int) -> Driver:
        driver = Driver(refusal)
        monkeypatch.setattr(torch.cuda, "cudart", lambda: driver)
        monkeypatch.setattr(torch.cuda, "synchronize", lambda _: setattr(driver, "synchronized", 1))
        return driver

    return make


def test_a_copy_is_equal() -> None:
    tensor = torch.randn(33, 7, dtype=torch.bfloat16)
    copy = pinned.copied(tensor, CPU)
    assert torch.equal(copy, tensor)
    assert copy.data_ptr() != tensor.data_ptr()


def test_memory_is_locked_until_the_last_tensor_in_it_is_gone(driver: Callable[[int], Driver]) -> None:
    cuda = driver(0)
    memory = pinned.empty(10_000, GPU)
    view = memory[100:200]
    assert cuda.locked == {memory.data_ptr(): 10_000}
    del memory
    assert len(cuda.locked) == 1
    del view
    assert cuda.locked == {}


def test_memory_that_cannot_be_locked_is_pytorch_s(
    driver: Callable[[int], Driver], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    driver(801)
    real, asked = torch.empty, list[bool]()

    def empty(size: int, *, dtype: torch.dtype, pin_memory: bool) -> torch.Tensor:
        asked.append(pin_memory)
        return real(size, dtype=dtype)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "empty", empty)
        patch.setattr(pinned, "_clear_error", lambda _: None)
        assert pinned.empty(64, GPU).shape == (64,)
    assert asked == [True]
    assert "CUDA error 801" in caplog.text
