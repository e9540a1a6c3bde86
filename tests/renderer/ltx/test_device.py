"""What the device's errors mean, and what a recording leaves behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import torch

from renderer.engine import Broken
from renderer.ltx import device, fp8

from .conftest import CPU

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = pytest.mark.ltx

GPU = torch.device("cuda:1")


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (torch.OutOfMemoryError("Tried to allocate 9 GiB"), device.Full),
        (torch.AcceleratorError("CUDA error: out of memory"), device.Full),
        (RuntimeError("Triton Error [CUDA]: out of memory"), device.Full),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), device.Full),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), device.Full),
        (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), device.Full),
        (RuntimeError("GET was unable to find an engine to execute this computation"), device.Full),
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), Broken),
        (RuntimeError("Triton Error [CUDA]: misaligned address"), Broken),
        (RuntimeError("the latents are not finite"), RuntimeError),
    ],
)
def test_errors_say_what_happens_next(error: Exception, meant: type[Exception]) -> None:
    with pytest.raises(meant) as raised, device.errors():
        raise error
    assert type(raised.value) is meant
    assert str(raised.value) == str(error)


@pytest.mark.parametrize("ended", [False, True])
def test_a_recording_that_fails_is_under_way_no_more(monkeypatch: pytest.MonkeyPatch, ended: bool) -> None:
    under_way: list[tuple[int | None, object]] = []

    @contextmanager
    def recorded(graph: object, pool: object, **_: object) -> Generator[None]:
        under_way.append((1, pool))
        yield

    def end(index: int | None, pool: object) -> None:
        if ended:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        under_way.remove((index, pool))

    def waits() -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 7))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: CPU)
    monkeypatch.setattr(torch.cuda, "graph", recorded)
    monkeypatch.setattr(device, "recorder", lambda _: None)
    monkeypatch.setattr(torch.cuda.memory, "_cuda_endAllocateToPool", end)
    assert device.record(waits, GPU) is None
    assert under_way == ([(1, (0, 7))] if ended else [])


def test_float8_is_multiplied_by_hardware_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 6))
    assert not fp8.in_hardware(torch.device("cuda:6"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (8, 9))
    assert fp8.in_hardware(torch.device("cuda:7"))
    assert not fp8.in_hardware(CPU)
