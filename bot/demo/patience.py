"""Waiting for the bot, as members do: until what they wait for is there, or nothing is under way any more."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from db import boards, bulletins, cuts, jobs, messages
from db.cuts import CutStatus
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

LOOK_EVERY_S = 0.1
STILL_S = 10.0
"""Seconds in which nothing is under way: then what is waited for does not come."""

TAKES_AT_WORK = (Status.QUEUED, Status.RENDERING, Status.RENDERED)
CUTS_AT_WORK = (CutStatus.QUEUED, CutStatus.CUTTING, CutStatus.CUT)


async def until(reader: Connection, come: Callable[[], Awaitable[bool]]) -> bool:
    """Wait until `come()` is true; False where the bot has nothing to do any more, and it is not."""
    busy_at = time.monotonic()
    while not await come():
        if await _busy(reader):
            busy_at = time.monotonic()
        elif time.monotonic() - busy_at > STILL_S:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True


async def all_told(reader: Connection) -> bool:
    """Return whether nothing is owed to anybody: no take, no film, no storyboard, no notice."""
    takes = await jobs.with_status(reader, *TAKES_AT_WORK) or await messages.owed(reader)
    return not (takes or await bulletins.owed(reader) or await boards.owed(reader))


async def _busy(reader: Connection) -> bool:
    return not await all_told(reader) or bool(await cuts.with_status(reader, *CUTS_AT_WORK))
