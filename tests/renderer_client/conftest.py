"""A client of a fake renderer, closed after each test."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.renderer_client import RendererClient, Timeouts
from renderer.protocol import Settings
from tests.renderer_fakes.listeners import Sleeps
from tests.renderer_fakes.support import HERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.renderer_fakes.listeners import Start

PATIENT = Timeouts(ready_s=60, silence_s=60, job_s=60, grace_s=10)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
async def start(sleeps: Sleeps) -> AsyncIterator[Start]:
    """Make a client of a fake (`scripted.py` unless another is named); closed at the end."""
    async with AsyncExitStack() as stack:

        def make(*arguments: str, fake: str = "scripted.py", timeouts: Timeouts = PATIENT) -> RendererClient:
            client = RendererClient(
                Settings(heartbeat_s=0.1),
                timeouts=timeouts,
                command=(sys.executable, str(HERE / fake), *(arguments or ("ready",))),
                sleep=sleeps,
            )
            stack.push_async_callback(client.close)
            return client

        yield make
