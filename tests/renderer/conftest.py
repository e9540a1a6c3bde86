"""Renderer processes to talk with."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from renderer.protocol import Settings
from tests.renderer_fakes.support import SCRIPTED
from tests.renderer_fakes.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Settings(heartbeat_s=0.1)


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    with ExitStack() as stack:

        def start(*program: str, settings: Settings = QUICK) -> Talk:
            child = Talk(program or (SCRIPTED, "ready"), settings)
            stack.callback(child.close)
            return child

        yield start
