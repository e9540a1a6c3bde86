"""A renderer whose ends are chosen by the test; its clips are four bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.renderer_client import RendererDied
from renderer.protocol import Done, Progress, Ready, Render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


@dataclass
class FakeRenderer:
    """Answers each render with the next of `ends`: an exception to raise, or None for a clip.

    As in the real one, the next shot may come when one is begun (`at_begin` is over), before it has ended.
    """

    ends: list[Exception | None] = field(default_factory=list)
    rendered: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    does_not_start: int = 0
    starts: int = 0
    at_begin: Callable[[int], Awaitable[object]] | None = None
    before_end: Callable[[int], Awaitable[object]] | None = None
    prepared: list[list[str]] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> Ready:
        async with self.turn:
            self.starts += 1
        if self.does_not_start >= self.starts:
            raise RendererDied("it does not start")
        return Ready(engine="animatic", reason="a test", device="cpu")

    async def render(self, shot: Render, on_progress: Callable[[Progress], None]) -> Done:
        async with self.turn:
            self.rendered.append(shot.job)
            if self.at_begin:
                await self.at_begin(shot.job)
        on_progress(Progress(job=shot.job, stage="draw", step=1, steps=2))
        if self.before_end:
            await self.before_end(shot.job)
        end = self.ends.pop(0) if self.ends else None
        if end is not None:
            raise end
        Path(shot.output).write_bytes(b"clip")
        return Done(
            job=shot.job, path=shot.output, width=shot.width, height=shot.height, frames=113, stages={"draw": 1}
        )

    def prepare(self, prompts: Sequence[str]) -> None:
        self.prepared.append(list(prompts))

    def cancel(self, job: int) -> None:
        self.cancelled.append(job)
