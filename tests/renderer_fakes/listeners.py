"""What the client's tests share: listeners and waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from renderer.protocol import Progress
from tests.renderer_fakes.support import shot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.renderer_client import RendererClient

    Start = Callable[..., RendererClient]


class Sleeps(list[float]):
    """Records the back-off's sleeps and takes no time."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Steps(list[Progress]):
    """Records progress, and lets a test wait for the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.first = asyncio.Event()

    def __call__(self, progress: Progress) -> None:
        self.append(progress)
        self.first.set()


def pid(client: RendererClient) -> int:
    assert client._child
    return client._child._process.pid


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


async def begin(client: RendererClient, folder: Path, prompt: str, job: int = 1) -> tuple[asyncio.Task[object], Steps]:
    """Start a render in a task and wait for its first step."""
    steps = Steps()
    task: asyncio.Task[object] = asyncio.create_task(client.render(shot(folder, prompt, job), steps))
    await steps.first.wait()
    return task, steps
