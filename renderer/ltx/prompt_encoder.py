"""Prompts, encoded the fastest way that the memory plan leaves: recorded, or several at a time.

Encoding asks for 9,400 kernels, which takes the program longer than the device needs to run them on 256 tokens; a CUDA
graph asks once, and keeps the memory that its run took. Where layers come from host memory there is nothing to record,
but several prompts cost little more than one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from renderer.ltx import device, memory
from renderer.ltx.prompts import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from renderer.ltx.text import TextSide, Tokens

log = logging.getLogger(__name__)

AT_ONCE = 4096
"""Tokens that go through a streamed layer while it is there; their hidden states take 1.5 GB at full size."""

TOGETHER = 8
"""Prompts at once: asking for the kernels of one takes about an eighth of the time that all layers need to come."""

A_TOKEN = 2_100_000
"""Bytes of device memory that a recording keeps a token, about: 2.1 GB for 1024 of them."""

A_SHOT = 8 * 10**9
"""Bytes of device memory that a shot of 121 frames of 1280×704 takes beside the models, from its start to its end."""


@dataclass(frozen=True, slots=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    prompt: Tokens
    context: Context


class PromptEncoder:
    """Encodes prompts with one set's text side. All methods want `torch.inference_mode`, and one thread.

    A length is run as it is the first time (kernels are loaded then), and recorded the second, or once the device has
    room for that beside a shot. A recording does what the run does: contexts are equal bit for bit.
    """

    def __init__(self, side: TextSide, *, records: bool = False) -> None:
        """Take the text side; `records` where it is resident on a GPU."""
        self._side = side
        self._records = records
        self._met: set[tuple[int, bool]] = set()
        self._recordings: dict[tuple[int, bool], _Recording] = {}

    def encode(self, prompts: Sequence[str]) -> list[Context]:
        """Encode the first of `prompts`, and as many of the next as cost little more; return their contexts."""
        if not self._side.streamed:
            return [self._one(self._side.tokens(prompts[0]))]
        read = [self._side.tokens(prompt) for prompt in prompts[:TOGETHER]]
        ends = accumulate(tokens.ids.shape[1] for tokens in read)
        return self._side.encode([tokens for tokens, end in zip(read, ends, strict=True) if end <= AT_ONCE])

    def spare(self) -> bool:
        """Give recordings and their memory back, and record no more; return False where it is so already."""
        changes, self._records = self._records, False
        self._recordings.clear()
        return changes

    def _one(self, prompt: Tokens) -> Context:
        key = (prompt.ids.shape[1], prompt.whole)
        if not self._records or key not in self._met:
            context = self._run(prompt)
            self._met.add(key)
            return context
        recording = self._recordings.get(key)
        if recording is None and self._has_room(prompt):
            recording = self._record(prompt)
        if recording is None:
            return self._run(prompt)
        self._recordings[key] = recording
        recording.prompt.ids.copy_(prompt.ids)
        recording.prompt.count.copy_(prompt.count)
        recording.graph.replay()
        return Context(recording.context.video.clone(), recording.context.audio.clone())

    def _run(self, prompt: Tokens) -> Context:
        return self._side.encode([prompt])[0]

    def _has_room(self, prompt: Tokens) -> bool:
        """Return whether a recording for `prompt` leaves enough memory for a shot.

        What earlier recordings keep counts as free, as it is for the next one.
        """
        return memory.free(self._side.device) >= prompt.ids.shape[1] * A_TOKEN + A_SHOT

    def _record(self, prompt: Tokens) -> _Recording | None:
        """Record one run on copies of the tokens; None, for good, where the device's kernels do not allow it."""
        held = replace(prompt, ids=prompt.ids.clone(), count=prompt.count.clone())
        # No two run at a time, so that they can share their memory.
        pool = next((other.graph.pool() for other in self._recordings.values()), None)
        recorded = device.record(lambda: self._run(held), self._side.device, pool)
        if recorded is None:
            log.warning("The text encoder cannot be recorded; prompts take longer.")
            self._records = False
            return None
        graph, context = recorded
        return _Recording(graph, held, context)
