"""kill -9 of the real bot process (`python -m bot run`) at random moments: each shot ends posted exactly once.

Six runs at random moments by default; TWOHANDER_KILL_RUNS=20 takes twenty.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.standin.server import StandIn
from tests.standin.stage import MESSAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import simcord

    from tests.standin.faults import Moment
    from tests.standin.world import Post

SHOTS = 6
KILLS = 3
RUNS = int(os.environ.get("TWOHANDER_KILL_RUNS", "6"))


class Queue(Stage):
    """A member who asks for shots."""

    def __init__(self, discord: StandIn, folder: Path) -> None:
        super().__init__(discord, folder, '[defaults]\nquality = "preview"\n')

    async def ask(self, member: simcord.MemberActor, count: int) -> None:
        for number in range(count):
            result = await self.discord.slash(
                member, self.discord.channel, "shot", prompt=f"Shot {number}: an empty garden at dusk, wide shot."
            )
            page = await self.discord.answer(result)
            # A double click: both reach the bot before it has answered either. One of them queues.
            clicks = await asyncio.gather(*(self.discord.click(member, page, label="Render") for _ in range(2)))
            told = functools.partial(self._told, page, clicks)
            await self.discord.wait_until(functools.partial(_all_told, told), "both clicks are answered")
            assert sorted(f"#{number + 1}" in text for text in told()) == [False, True]

    def _told(self, page: Post, clicks: list[simcord.InteractionResult]) -> list[str]:
        """Return what a page says once its shot is queued, and what was said beside it."""
        shown = self.discord.post(page.channel_id, page.id)
        beside = [answer.content for click in clicks for answer in click.followups]
        return beside if shown.embeds else [shown.content, *beside]

    def statuses(self) -> list[str]:
        return [status for (status,) in self.rows("SELECT status FROM jobs ORDER BY id")]

    def messages(self) -> list[tuple[str, int, int]]:
        """Count the rows by purpose: all, and those of which the message is known."""
        return self.rows("SELECT purpose, count(*), count(message_id) FROM messages GROUP BY purpose")

    async def until_posted(self) -> None:
        # The rows of the status messages go last, each after its message.
        await self.discord.wait_until(
            lambda: set(self.statuses()) == {"POSTED"} and [row[0] for row in self.messages()] == ["clip"],
            "every shot is posted",
            timeout=100,
        )

    def marks(self, sign: str) -> list[str]:
        return sorted(post.content.split("**")[1] for post in self.said(sign))

    def check(self) -> None:
        assert self.statuses() == ["POSTED"] * SHOTS
        assert self.marks("🎬") == [f"#{number}.1" for number in range(1, SHOTS + 1)]
        assert self.marks("⚠️") == []
        clips = [post.attachments for post in self.said("🎬")]
        assert all(len(files) == 1 and b"ftyp" in files[0].data[:16] for files in clips)
        assert self.messages() == [("clip", SHOTS, SHOTS)]
        assert self.marks("⏳") == []
        assert not list((self.data / "clips").glob("*.part"))


def _all_told(told: Callable[[], list[str]]) -> bool:
    return len(told()) == 2


@pytest.mark.parametrize("seed", range(RUNS))
async def test_killed_at_random_moments(seed: int, tmp_path: Path) -> None:
    moments = random.Random(seed)
    async with StandIn(tmp_path) as discord:
        stage = Queue(discord, tmp_path)
        bot = await stage.start()
        await stage.ask(discord.member("alice"), SHOTS)
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.0, 3.0))
            await bot.kill()
            bot = await stage.start()
        await stage.until_posted()
        stage.check()
        await bot.stop()
        assert discord.violations == []


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_at_the_worst_moments(moment: Moment, tmp_path: Path) -> None:
    """Just before a clip's message exists, and just after it does while the bot has not heard of it."""
    async with StandIn(tmp_path) as discord:
        stage = Queue(discord, tmp_path)
        bot = await stage.start()
        await stage.ask(discord.member("alice"), SHOTS)
        for _ in range(2):
            killed = stage.kill_on(moment, "POST", MESSAGES)
            await discord.wait_until(killed, "the bot is killed", timeout=60)
            bot = await stage.start()
        await stage.until_posted()
        stage.check()
        await bot.stop()
