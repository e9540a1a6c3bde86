"""How the real bot process ends: when it is told to in the middle of its work, and when Discord hangs up for good."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psutil

from tests.standin.server import StandIn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.standin.process import BotProcess

UNTIDY = ("Traceback", "was never awaited", "Unclosed", "was destroyed but it is pending", "ResourceWarning")


async def started(discord: StandIn, folder: Path) -> BotProcess:
    config = folder / "config.toml"
    config.write_text(
        f'[data]\ndirectory = "{folder / "data"}"\n[renderer]\nengine = "animatic"\n[log]\nlevel = "debug"\n', "utf-8"
    )
    # Development mode names what was left open.
    bot = await discord.start(
        *("bot", "run", "--config", str(config)), env={"TWOHANDER_TOKEN": discord.token, "PYTHONDEVMODE": "1"}
    )
    await discord.ready("queue")
    return bot


async def test_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        bot = await started(discord, tmp_path)
        await discord.answer(await discord.slash(discord.member("alice"), discord.channel, "queue"))
        await discord.wait_until(lambda: psutil.Process(bot.pid).children(), "the renderer is there")
        (renderer,) = psutil.Process(bot.pid).children()
        assert await bot.stop() == 0
        assert not psutil.pid_exists(renderer.pid)
        assert not [word for word in UNTIDY if word in bot.output()]
        assert discord.token not in bot.output()


async def test_ctrl_c_ends_it_with_130(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        bot = await started(discord, tmp_path)
        psutil.Process(bot.pid).send_signal(signal.SIGINT)
        assert await bot.wait() == 128 + signal.SIGINT
        assert not [word for word in UNTIDY if word in bot.output()]


async def test_a_token_that_is_reset_ends_it_with_a_sentence(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        bot = await started(discord, tmp_path)
        old, discord.rest.token = discord.rest.token, "MTIz.another.one"
        await discord.gateway.drop()
        assert await bot.wait() == 1
        assert "Discord refuses the token: copy it again" in bot.output()
        assert not [word for word in UNTIDY if word in bot.output()]
        assert old not in bot.output()


async def test_a_second_bot_in_the_folder_is_refused(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        first = await started(discord, tmp_path)
        second = await discord.start(
            *("bot", "run", "--config", str(tmp_path / "config.toml")), env={"TWOHANDER_TOKEN": discord.token}
        )
        assert await second.wait() == 1
        assert f"another Twohander works in {tmp_path / 'data'}; stop it first" in second.output()
        assert await first.stop() == 0
