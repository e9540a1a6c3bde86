"""Runs a module (`python -m` fashion) with discord.py turned towards a stand-in instead of Discord.

    python -m tests.standin.launch http://127.0.0.1:PORT bot run --config config.toml

Only addresses are changed, and how long discord.py waits for further guilds before it calls itself ready: the stand-in
sends all of them at once. The program that runs is the one that members get.
"""

import functools
import runpy
import sys
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.state import ConnectionState

GUILDS_WITHIN_SECONDS = 0.2


def redirect(base: str) -> None:
    """Turns every address in discord.py to the stand-in at `base` (scheme, host, port; no slash at the end)."""
    Route.BASE = f"{base}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(base.replace("http", "ws", 1)) / "gateway"
    asset: Any = discord.Asset  # its BASE is annotated as the one literal address
    asset.BASE = f"{base}/cdn"
    create = ConnectionState.__init__

    @functools.wraps(create)
    def prompt(self: ConnectionState, **options: Any) -> None:
        options.setdefault("guild_ready_timeout", GUILDS_WITHIN_SECONDS)
        create(self, **options)

    ConnectionState.__init__ = prompt


if __name__ == "__main__":
    _, address, module, *arguments = sys.argv
    redirect(address)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
