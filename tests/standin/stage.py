"""The real bot process (`python -m bot run`) over one data folder, killed and started again as often as a test likes.

The Discord stand-in lives in the test's process and outlives every kill, so what is in its channels afterwards is what
members would see. Nonces are not enforced there: what Discord does for a few minutes must not be what saves us.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.standin.faults import Call, Moment
    from tests.standin.process import BotProcess
    from tests.standin.server import StandIn
    from tests.standin.world import Post

MESSAGES = "/channels/*/messages"


class Stage:
    """A bot that draws animatics, and what is left of it in its rows and at Discord.

    Args:
        discord: where the bot signs in.
        folder: holds its configuration and its data.
        settings: TOML tables beside those that every run has.
        ready: a command that is synced when the bot is ready.
    """

    def __init__(self, discord: StandIn, folder: Path, settings: str = "", *, ready: str = "shot") -> None:
        self.discord = discord
        self.data = folder / "data"
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[data]\ndirectory = "{self.data}"\n[renderer]\nengine = "animatic"\n'
            f'[clip]\npreset = "ultrafast"\ncrf = 33\n[queue]\nattempts = 10\n{settings}'
        )
        self.bot: BotProcess | None = None
        self._ready = ready
        discord.rest.enforce_nonce = False

    async def start(self) -> BotProcess:
        """Starts the bot and waits until it can be spoken to."""
        self.bot = await self.discord.start(
            "bot", "run", "--config", str(self.config), env={"TWOHANDER_TOKEN": self.discord.token}
        )
        await self.discord.ready(self._ready)
        return self.bot

    async def kill(self, _: Call | None = None) -> None:
        """Kills the bot; also as a fault's hook."""
        assert self.bot is not None
        await self.bot.kill()

    def kill_on(
        self,
        moment: Moment,
        method: str,
        path: str,
        *,
        skip: int = 0,
        which: Callable[[Call], bool] | None = None,
    ) -> Callable[[], bool]:
        """Kills the bot once at such a request, after `skip` of them; what is returned says whether that happened."""
        left = skip + 1

        async def kill(call: Call) -> None:
            nonlocal left
            if left and (which is None or which(call)):
                left -= 1
                if not left:
                    await self.kill(call)

        self.discord.faults.on(moment, method, path, kill, times=None)
        return lambda: not left

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Asks the database."""
        with closing(sqlite3.connect(self.data / "twohander.sqlite3", timeout=10)) as database:
            return list(database.execute(query))

    def said(self, sign: str) -> list[Post]:
        """Returns what stands in the channel and begins with `sign`."""
        return [post for post in self.discord.messages() if post.content.startswith(sign)]
