"""`twohander demo`: the real bot on a stand-in for Discord plays the palace drama, and a page shows the channel.

This module imports nothing heavy: what the demo needs beyond the bot is only looked for when it is played.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bot.config import Config

EXTRA = {"simcord", "jinja2", "markdown_it"}
"""Modules of the `demo` extra."""


class DemoError(Exception):
    """The demo cannot be played; the message says what to do."""


async def demo(config: Config, out: Path, engine: str) -> int:
    """Play the palace drama, write `out/index.html`, print where it is; returns the exit code."""
    try:
        with _quiet("discord.state"):  # simcord probes discord.py with a client that wants no events
            from bot.demo.play import play
        result = await play(config, out, engine, tell=lambda about: print(f"… {about}", flush=True))
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        print(f"the demo needs {error.name}: pip install -e '.[demo]', or let `make demo` do it", file=sys.stderr)
        return 1
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{result.clips} takes, {result.films} cuts, {result.film_s:.0f} s of film, by the {result.engine} engine")
    if result.missing:
        print(f"not made: {', '.join(result.missing)}", file=sys.stderr)
    print(f"{result.page.absolute()} (open it in a browser) after {result.wall_s:.0f} s")
    return 1 if result.missing else 0


@contextmanager
def _quiet(name: str) -> Generator[None]:
    """Let a logger tell of errors only."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
