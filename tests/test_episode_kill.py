"""kill -9 of the real bot process at random moments of an episode's run: one episode, one cut posted, one DM.

`TWOHANDER_KILL_RUNS` sets how many runs are made; few by default, so that the suite stays short.
"""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from bot.proofs import Who
from db.boards import IN_HAND
from db.connection import Database
from tests.standin.server import StandIn
from tests.standin.stage import MESSAGES, Stage
from tests.stories import write_episode

if TYPE_CHECKING:
    from pathlib import Path

    import simcord

    from tests.standin.faults import Moment
    from tests.standin.world import Post

RUNS = int(os.environ.get("TWOHANDER_KILL_RUNS", "1"))
SHOTS = 3
LIMIT = 350_000
"""Bytes a file: room for a clip, but not for the film at a size that is worth looking at."""
KILLS = 3


class Studio(Stage):
    """A member with an episode."""

    def __init__(self, discord: StandIn, folder: Path, settings: str = "") -> None:
        # Behind [queue], which `Stage` begins: the episode is larger than what a member may have in line.
        rules = "per_member = 2\n[episodes]\nquiet_s = 1.0\ncut_attempts = 10\n"
        super().__init__(discord, folder, rules + settings, ready="episode render")
        self.alice: simcord.MemberActor = discord.member("alice")

    async def write(self) -> None:
        self.data.mkdir()
        database = await Database.open(self.data / "twohander.sqlite3")
        who = Who(self.discord.guild.id, self.discord.channel.id, self.alice.id, "en-US")
        # Nothing to draw: the takes are joined as they are, and a run is short.
        await write_episode(database, shots=SHOTS, who=who, subtitles="none", title_card=False, end_card=False)
        await database.close()

    async def order(self) -> None:
        """Asks for a quote and presses its button."""
        result = await self.discord.slash(self.alice, self.discord.channel, "episode render", episode=1)
        quote = await self.discord.answer(result)
        assert f"{SHOTS} of {SHOTS} shots" in quote.content
        receipt = await self.discord.answer(await self.discord.click(self.alice, quote, label="Render"))
        assert "3 shots are queued" in receipt.content

    def told(self) -> list[Post]:
        """What is in other channels: threads and DMs."""
        backend = self.discord.backend
        found: list[Post] = []
        for channel_id, stored in backend.messages.items():
            if channel_id != self.discord.channel.id:
                found += [self.discord.post(channel_id, message_id) for message_id in stored]
        return found

    def owed(self) -> list[tuple[Any, ...]]:
        """Messages about the episode that are not posted, or in hand: a post may be there before its row says so."""
        return self.rows(f"SELECT id FROM episode_messages WHERE ifnull(posted_at, {IN_HAND}) = {IN_HAND}")

    async def until_done(self) -> None:
        await self.discord.wait_until(
            lambda: (
                self.rows("SELECT status FROM episodes") == [("POSTED",)]
                and not self.owed()
                and not self.rows("SELECT 1 FROM episode_messages WHERE purpose = 'status'")
                and not self.rows("SELECT 1 FROM jobs WHERE status != 'POSTED'")
                and not self.rows("SELECT 1 FROM messages WHERE purpose = 'status'")
            ),
            "the episode is posted and told of",
            timeout=100,
        )

    def check(self) -> None:
        assert self.rows("SELECT number FROM episodes") == [(1,)]
        assert self.rows("SELECT shot_id, take, status FROM jobs ORDER BY id") == [
            (number, 1, "POSTED") for number in range(1, SHOTS + 1)
        ]
        assert self.rows("SELECT status FROM cuts") == [("POSTED",)]
        (cut,) = self.said("🍿")
        assert cut.content.startswith("🍿 **E1.1** **The Jade**")
        assert [upload.filename for upload in cut.attachments] == ["E1-cut1.mp4", "E1-cut1.zh.srt", "E1-cut1.en.srt"]
        assert b"ftyp" in cut.attachments[0].data[:16]
        assert sorted(post.content.split("**")[1] for post in self.said("🎬")) == ["#1.1", "#2.1", "#3.1"]
        (notice,) = self.told()
        assert str(cut.id) in notice.content
        assert self.said("🎞️") == []
        assert self.said("⏳") == []


@pytest.mark.parametrize("seed", range(RUNS))
async def test_killed_at_random_moments(seed: int, tmp_path: Path) -> None:
    moments = random.Random(seed)
    async with StandIn(tmp_path) as discord:
        stage = Studio(discord, tmp_path)
        await stage.write()
        bot = await stage.start()
        await stage.order()
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.0, 6.0))
            await bot.kill()
            bot = await stage.start()
        await stage.until_done()
        stage.check()
        await bot.stop()
        assert discord.violations == []


# The first by default: a cut that exists while the bot has not heard of it is met below, too.
WORST = [("notice", "after"), ("cut", "after"), ("status", "after"), ("cut", "before"), ("notice", "before")]
SIGNS = {"status": "🎞️", "cut": "🍿 **", "notice": "🍿 ["}


@pytest.mark.parametrize(("purpose", "moment"), WORST if RUNS > 1 else WORST[:1])
async def test_killed_while_telling(purpose: str, moment: Moment, tmp_path: Path) -> None:
    """Just before the status, the cut or the DM exists, and just after it does while the bot has not heard of it."""
    async with StandIn(tmp_path) as discord:
        stage = Studio(discord, tmp_path)
        await stage.write()
        await stage.start()
        killed = stage.kill_on(
            moment, "POST", MESSAGES, which=lambda call: call.body["content"].startswith(SIGNS[purpose])
        )
        await stage.order()
        await discord.wait_until(killed, "the bot is killed", timeout=60)
        bot = await stage.start()
        await stage.until_done()
        stage.check()
        await bot.stop()
        assert discord.violations == []


WAYS = ("link", "parts")


@pytest.mark.parametrize("way", WAYS if RUNS > 1 else WAYS[:1])
async def test_a_channel_that_takes_less_than_it_says(way: str, tmp_path: Path) -> None:
    """The film is refused, fitted anew, and posted once: by link, or in parts. Killed before it hears of that."""
    published = tmp_path / "published"
    published.mkdir()
    link = f'[link]\nfolder = "{published}"\nurl = "https://films.example.org"\n' if way == "link" else ""
    async with StandIn(tmp_path) as discord:
        stage = Studio(discord, tmp_path, link)
        await stage.write()
        bot = await stage.start()
        discord.rest.upload_limit = LIMIT
        killed = stage.kill_on(
            "after", "POST", MESSAGES, which=lambda call: call.body["content"].startswith(SIGNS["cut"])
        )
        await stage.order()
        await discord.wait_until(killed, "the bot is killed", timeout=60)
        bot = await stage.start()
        await stage.until_done()
        assert stage.rows("SELECT status FROM cuts") == [("POSTED",)]
        refused = [call for call in discord.calls if call.files and call.answer is None]
        assert refused
        posts = stage.said("🍿")
        assert all(len(upload.data) <= LIMIT for post in posts for upload in post.attachments)
        if way == "link":
            (film,) = published.iterdir()
            assert f"https://films.example.org/{film.name}\n" in posts[0].content
            assert film.read_bytes() == (stage.data / "cuts" / "episode-1" / "E1-cut1.mp4").read_bytes()
            assert len(posts) == 1
        else:
            marks = [post.content.split("**")[2].split()[0] for post in posts]
            assert marks == [f"{part}/{len(posts)}" for part in range(1, len(posts) + 1)]
            assert len(posts) > 1
        assert len(stage.told()) == 1
        await bot.stop()
        assert discord.violations == []


@pytest.mark.parametrize("skip", [0, 2] if RUNS > 1 else [2])
async def test_killed_while_a_storyboard_is_posted_and_while_it_is_brought_up_to_date(
    skip: int, tmp_path: Path
) -> None:
    async with StandIn(tmp_path) as discord:
        stage = Studio(discord, tmp_path)
        await stage.write()
        texts: list[list[str]] = []
        for method, path in (("POST", MESSAGES), ("PATCH", "/channels/*/messages/*")):
            killed = stage.kill_on("after", method, path, skip=skip)
            await stage.start()
            await discord.slash(stage.alice, discord.channel, "episode show", episode=1)
            await discord.wait_until(killed, "the bot is killed", timeout=60)
            bot = await stage.start()
            await discord.wait_until(lambda: not stage.owed(), "the board is whole", timeout=60)
            ((thread,),) = stage.rows("SELECT thread_id FROM episodes")
            texts.append([post.content.partition("\n")[0] for post in (*stage.said("🗂️"), *stage.told())])
            assert {post.channel_id for post in stage.told()} == {thread}
            await bot.stop()
        first, second = texts
        assert first == second
        assert [text.partition(" · ")[0] for text in first[1:]] == [f"🎬 **1.{shot}**" for shot in range(1, SHOTS + 1)]
        assert discord.violations == []
