"""All blocks of the transformer as one recorded piece of work.

A block is some ninety kernels, and asking for 48 times as many takes the program 0.1 s a step: at the first stage's
size about as long as the device needs to run them in float8. A CUDA graph asks once.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from renderer.ltx import device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

log = logging.getLogger(__name__)

TOKENS = 8192
"""Video tokens up to which blocks are recorded: beyond, the device takes longer than the program anyway."""

KEPT = 4
"""Recordings kept; each holds the memory of one step's activations."""

Key = tuple[tuple[torch.Size, torch.dtype], ...]


@dataclass(slots=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    inputs: list[torch.Tensor]
    video: torch.Tensor
    audio: torch.Tensor


class RecordedBlocks(nn.Module):
    """Takes the place of the list's blocks as its only one: runs them all, from a recording where there is one.

    A shape is run as it is the first time (kernels are compiled and loaded then), and recorded the second. Weights may
    change between calls, where they stay in place.
    """

    def __init__(self, blocks: nn.ModuleList) -> None:
        super().__init__()
        self.blocks = blocks
        self._met: set[Key] = set()
        self._recordings: OrderedDict[Key, _Recording] = OrderedDict()
        self._works = True

    def forward(self, video: Any, audio: Any, perturbations: Any) -> tuple[Any, Any]:
        """Run all blocks; arguments and result are ltx_core's TransformerArgs (dataclasses of tensors)."""
        tensors = [*_tensors(video), *_tensors(audio)]
        if not self._works or perturbations is not None or video.x.device.type != "cuda" or video.x.shape[1] > TOKENS:
            return self._run(video, audio)
        key = tuple((tensor.shape, tensor.dtype) for tensor in tensors)
        if key not in self._met:
            self._met.add(key)
            return self._run(video, audio)
        recording = self._recordings.get(key)
        if recording is None:
            recording = self._record(video, audio)
            if recording is None:
                return self._run(video, audio)
            self._recordings[key] = recording
            if len(self._recordings) > KEPT:
                self._recordings.popitem(last=False)
        self._recordings.move_to_end(key)
        for target, source in zip(recording.inputs, tensors, strict=True):
            target.copy_(source)
        recording.graph.replay()
        return replace(video, x=recording.video.clone()), replace(audio, x=recording.audio.clone())

    def spare(self) -> bool:
        """Give recordings and their memory back, and record no more; return False where it is so already."""
        changes, self._works = self._works, False
        self._recordings.clear()
        return changes

    def _run(self, video: Any, audio: Any) -> tuple[Any, Any]:
        for block in cast("Iterable[Callable[..., Any]]", self.blocks):
            video, audio = block(video=video, audio=audio, perturbations=None)
        return video, audio

    def _record(self, video: Any, audio: Any) -> _Recording | None:
        """Record one run on copies of the arguments; None, for good, where the device's kernels do not allow it."""
        held_video, held_audio = _held(video), _held(audio)
        # Once as they will be recorded: kernels that a copy's strides call for cannot be loaded while recording.
        self._run(held_video, held_audio)
        recorded = device.record(lambda: self._run(held_video, held_audio), video.x.device)
        if recorded is None:
            log.warning("The blocks cannot be recorded; the first stage takes longer.")
            self._works = False
            return None
        graph, (out_video, out_audio) = recorded
        return _Recording(graph, [*_tensors(held_video), *_tensors(held_audio)], out_video.x, out_audio.x)


def _tensors(arguments: Any) -> Iterator[torch.Tensor]:
    for field in fields(arguments):
        value = getattr(arguments, field.name)
        each: Any
        for each in value if isinstance(value, tuple) else (value,):  # pyright: ignore[reportUnknownVariableType] - Any
            if isinstance(each, torch.Tensor):
                yield each


def _held(arguments: Any) -> Any:
    """Return `arguments` with copies of its tensors."""

    def copy(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(copy(each) for each in cast("tuple[Any, ...]", value))
        return value.clone() if isinstance(value, torch.Tensor) else value

    return replace(arguments, **{field.name: copy(getattr(arguments, field.name)) for field in fields(arguments)})
