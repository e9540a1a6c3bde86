"""Layers that wait in host memory and come to the device one after the other, each while the one before it works.

A layer at rest has its weights in one piece of host memory (`renderer.ltx.pinned`). While it runs, its tensors point
into a copy on the device; at most two layers are there at a time.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from renderer.ltx import pinned

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from contextlib import AbstractContextManager

ALIGNED = 256
"""Bytes: where tensors may begin in the piece. Matrix kernels want 16, and the device's own allocations have 256."""


@dataclass(slots=True)
class _Arriving:
    """A layer's piece on the device, and the event after which it is complete."""

    piece: torch.Tensor
    complete: torch.cuda.Event | None


class Conveyor:
    """Brings the layers of one sequence, which run in their order, to the device in time."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._layers: list[StreamedLayer] = []
        self._arriving: dict[int, _Arriving] = {}
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def add(self, layer: StreamedLayer) -> int:
        """Append a layer to the sequence; return its place."""
        self._layers.append(layer)
        return len(self._layers) - 1

    def take(self, place: int) -> torch.Tensor:
        """Return the device's copy of the layer at `place`, once it is complete, and start bringing the next."""
        if place not in self._arriving:
            self._bring(place)
        arrived = self._arriving.pop(place)
        self._arriving.clear()  # left over where a sequence was broken off
        if place + 1 < len(self._layers):
            self._bring(place + 1)
        if arrived.complete is not None:
            torch.cuda.current_stream(self.device).wait_event(arrived.complete)
        return arrived.piece

    def _bring(self, place: int) -> None:
        host = self._layers[place].piece
        device = torch.empty_like(host, device=self.device, pin_memory=False)
        if self._stream is None:
            device.copy_(host)
            self._arriving[place] = _Arriving(device, None)
            return
        # The memory may be that of the layer before last, which the device may still be reading.
        self._stream.wait_stream(torch.cuda.current_stream(self.device))
        complete = torch.cuda.Event()
        with torch.cuda.stream(self._stream):
            device.copy_(host, non_blocking=True)
            complete.record(self._stream)
        self._arriving[place] = _Arriving(device, complete)


class StreamedLayer(nn.Module):
    """Takes the place of a layer: called like it, with attributes like it, its weights in host memory at rest.

    Attributes:
        piece: uint8, all of the layer's parameters and buffers, one after the other.
    """

    piece: torch.Tensor

    def __init__(self, inner: nn.Module, conveyor: Conveyor) -> None:
        """Move the weights of `inner` into host memory; wherever they are, they are read once."""
        super().__init__()
        self.inner = inner
        self._conveyor = conveyor
        tensors = _tensors(inner)
        ends = list(itertools.accumulate(-(-tensor.nbytes // ALIGNED) * ALIGNED for tensor in tensors))
        self._starts = [0, *ends[:-1]]
        self._kinds = [(tensor.dtype, tensor.shape, tensor.nbytes) for tensor in tensors]
        self.piece = pinned.empty(ends[-1], conveyor.device)
        self._tensors = tensors
        self._home = self._views(self.piece)
        for tensor, view in zip(tensors, self._home, strict=True):
            view.copy_(tensor)
            tensor.data = view
        self._place = conveyor.add(self)

    def __getattr__(self, name: str) -> Any:
        """Return what `inner` has by this name: the models look at attributes of their layers."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("inner"), name)

    def forward(self, *arguments: Any, **named: Any) -> Any:
        """Run the layer on the device."""
        with self.present() as inner:
            return inner(*arguments, **named)

    @contextmanager
    def present(self) -> Generator[nn.Module]:
        """Yield the layer itself, its weights on the device while this context is open: for more than one call."""
        self._point(self._views(self._conveyor.take(self._place)))
        try:
            yield self.inner
        finally:
            self._point(self._home)

    def _views(self, piece: torch.Tensor) -> list[torch.Tensor]:
        return [
            piece[start : start + nbytes].view(dtype).view(shape)
            for start, (dtype, shape, nbytes) in zip(self._starts, self._kinds, strict=True)
        ]

    def _point(self, views: list[torch.Tensor]) -> None:
        for tensor, view in zip(self._tensors, views, strict=True):
            tensor.data = view


def stream(layers: nn.ModuleList, conveyor: Conveyor, resident: int = 0) -> None:
    """Let all but the first `resident` of `layers` wait in host memory."""
    for place in range(resident, len(layers)):
        layers[place] = StreamedLayer(layers[place], conveyor)


def present(layer: nn.Module) -> AbstractContextManager[nn.Module]:
    """Return a context of `layer` itself, in which its weights are on the device wherever they rest."""
    return layer.present() if isinstance(layer, StreamedLayer) else nullcontext(layer)


def streamed(module: nn.Module) -> list[nn.Module]:
    """Return the layers below `module` that wait in host memory."""
    return [layer.inner for layer in module.modules() if isinstance(layer, StreamedLayer)]


def _tensors(module: nn.Module) -> list[torch.Tensor]:
    """Return parameters and buffers, each once."""
    found: Iterable[torch.Tensor] = itertools.chain(module.parameters(), module.buffers())
    return list({id(tensor): tensor for tensor in found}.values())
