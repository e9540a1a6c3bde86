"""What discord.py raises becomes what the outbox acts on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.poster import ChannelClosed, FileTooLarge, Gone, PostError, Unavailable, WordsBlocked
from bot.posting import sorted_errors


def answered(status: int, code: int = 0) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="made by the test")
    return discord.HTTPException(response, {"code": code, "message": "made by the test"})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answered(403, 50013), ChannelClosed),
        (answered(404, 10003), Gone),
        (answered(404, 10008), Gone),
        (answered(404), ChannelClosed),
        (answered(400, 200000), WordsBlocked),
        (answered(400, 40005), FileTooLarge),
        (answered(413), FileTooLarge),
        (answered(500), Unavailable),
        (answered(429), Unavailable),
        # The token was reset while the bot ran: every channel answers so, and none of them is closed.
        (answered(401), Unavailable),
        (aiohttp.ClientConnectionError(), Unavailable),
        (TimeoutError(), Unavailable),
    ],
)
def test_an_error_says_what_happens_next(error: Exception, expected: type[PostError]) -> None:
    with pytest.raises(expected), sorted_errors():
        raise error
