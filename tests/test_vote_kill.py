"""kill -9 of the real bot process in each phase of a vote: counts are exact, and the same votes make one take.

As in `tests/test_kill.py`, Discord outlives every kill: what stands there afterwards is what members see.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from db import guilds, jobs, shots
from db.connection import Database
from tests.standin.server import StandIn
from tests.standin.stage import MESSAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import simcord

    from tests.standin.faults import Moment
    from tests.standin.world import Post

AGAIN, LIKE = "🔁", "👍"
REACTIONS = "/channels/*/messages/*/reactions/*"
RUNS = 3
FRAMES = 25


class Election(Stage):
    """A shot whose takes are voted on by three members (and a bot, which does not count)."""

    def __init__(self, discord: StandIn, folder: Path) -> None:
        super().__init__(discord, folder, "[voting]\ncooldown_s = 0.0\n", ready="vote on")
        self.members = [discord.member(name) for name in ("alice", "bob", "carol")]

    async def prepare(self) -> None:
        """Queue a short shot, as `/shot` leaves it."""
        self.data.mkdir()
        database = await Database.open(self.data / "twohander.sqlite3")
        async with database.writing() as writer:
            await guilds.remember(writer, self.discord.guild.id, "en-US")
            shot = await shots.add(
                writer,
                guild_id=self.discord.guild.id,
                channel_id=self.discord.channel.id,
                author_id=self.members[0].id,
                words="An empty garden at dusk.",
                prompt="An empty garden at dusk.",
                report={},
                frames=FRAMES,
                size=(960, 544),
                seed=7,
                lora_strength=0.8,
                pin_strength=0.9,
                cast=(),
                pins=(),
            )
            await jobs.add(writer, shot_id=shot.id, take=1, seed=7, requested_by=self.members[0].id)
        await database.close()

    def takes(self) -> list[tuple[int | str | None, ...]]:
        return self.rows("SELECT take, status, cause, again_of FROM jobs ORDER BY take")

    def votes(self) -> set[tuple[int | str | None, ...]]:
        return set(self.rows("SELECT take, member_id, kind FROM votes JOIN jobs ON jobs.id = votes.job_id"))

    def clips(self) -> dict[str, Post]:
        """Return the posted takes by name; fails where one is there twice."""
        posts = self.said("🎬")
        found = {post.content.split("**")[1]: post for post in posts}
        assert len(found) == len(posts)
        return found

    def at_discord(self) -> set[tuple[int | str | None, ...]]:
        """Return the members' votes as they stand under the clips."""
        us = self.discord.backend.bot_user.id
        return {
            (int(name.split(".")[1]), member, "again" if reaction.emoji == AGAIN else "like")
            for name, post in self.clips().items()
            for reaction in self.discord.backend.get_message(post.channel_id, post.id).reactions
            for member in reaction.user_ids
            if member != us
        }

    async def until(self, predicate: Callable[[], object], what: str) -> None:
        await self.discord.wait_until(predicate, what, timeout=60)

    async def until_open(self, take: int) -> Post:
        """Wait until the take is posted with the bot's two reactions, and the rows know it."""
        query = f"SELECT 1 FROM messages JOIN jobs ON jobs.id = job_id WHERE take = {take} AND ballot = 'open'"
        await self.until(lambda: self.rows(query), f"take {take} can be voted on")
        return self.clips()[f"#1.{take}"]

    async def vote(self, post: Post, sign: str, *members: simcord.MemberActor, reacted: bool = True) -> None:
        for member in members:
            await self.discord.react(member, post, sign, reacted=reacted)

    async def until_done(self, takes: int) -> None:
        """Wait until so many takes are posted and the rows hold what stands at Discord."""
        await self.until(lambda: [row[1] for row in self.takes()] == ["POSTED"] * takes, f"{takes} takes are posted")
        await self.until_open(takes)
        await self.until(lambda: self.votes() == self.at_discord(), "the rows are what Discord has")

    async def check(self, takes: int) -> None:
        """Make sure that there are so many takes, each posted once and opened once, and that no more come."""
        await self.until_done(takes)
        await asyncio.sleep(0.3)
        expected = [(1, "POSTED", "order", None)]
        expected += [(take, "POSTED", "votes", take - 1) for take in range(2, takes + 1)]
        assert self.takes() == expected
        clips = self.clips()
        assert sorted(clips) == [f"#1.{take}" for take in range(1, takes + 1)]
        for name, post in clips.items():
            assert ("members voted for it" in post.content) == (name != "#1.1")
            us = self.discord.backend.bot_user.id
            for sign in (AGAIN, LIKE):
                reaction = self.discord.backend.get_message(post.channel_id, post.id).reaction_for(sign)
                assert reaction is not None
                assert reaction.user_ids.count(us) == 1
        assert self.votes() == self.at_discord()
        assert self.discord.violations == []


async def test_votes_in_a_running_bot(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        bot = await election.start()
        post = await election.until_open(1)
        await asyncio.gather(*(election.vote(post, AGAIN, member) for member in election.members))
        await election.check(2)
        await bot.stop()


@pytest.mark.parametrize(("moment", "skip"), [("before", 0), ("after", 0), ("after", 1)])
async def test_killed_while_it_puts_its_reactions(moment: Moment, skip: int, tmp_path: Path) -> None:
    """Between posting and reacting, between one reaction and the other, and before the row says that they stand."""
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        killed = election.kill_on(moment, "PUT", REACTIONS, skip=skip)
        await election.start()
        await election.until(killed, "the bot is killed")
        await election.start()
        await election.until_open(1)
        await election.check(1)


async def test_votes_on_a_clip_of_which_the_dead_bot_did_not_know(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        # The status message is the first; the clip comes after it or alone.
        killed = election.kill_on("after", "POST", MESSAGES, which=lambda call: bool(call.files))
        await election.start()
        await election.until(killed, "the bot is killed")
        (post,) = election.clips().values()
        await election.vote(post, AGAIN, *election.members)
        await election.start()
        await election.check(2)


async def test_votes_and_un_votes_while_it_is_dead(tmp_path: Path) -> None:
    alice, bob, carol = 0, 1, 2
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        await election.start()
        post = await election.until_open(1)
        members = election.members
        await election.vote(post, AGAIN, members[alice], members[bob])
        await election.vote(post, LIKE, members[alice])
        await election.until(lambda: len(election.votes()) == 3, "the votes are rows")
        await election.kill()
        # As many as before, but not the same ones; for a moment there are three, which nobody sees.
        await election.vote(post, AGAIN, members[carol])
        await election.vote(post, AGAIN, members[alice], reacted=False)
        await election.vote(post, LIKE, members[alice], reacted=False)
        await election.start()
        await election.until(lambda: election.votes() == election.at_discord(), "the rows are what Discord has")
        await election.check(1)
        await election.kill()
        await election.vote(post, AGAIN, members[alice])
        await election.start()
        await election.check(2)


async def test_killed_as_soon_as_the_votes_have_made_a_take(tmp_path: Path) -> None:
    """Between the row of the new take and anybody hearing of it."""
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        await election.start()
        post = await election.until_open(1)
        await election.vote(post, AGAIN, *election.members)
        while len(election.takes()) == 1:
            await asyncio.sleep(0)
        await election.kill()
        assert len(election.takes()) == 2
        await election.start()
        await election.check(2)


@pytest.mark.parametrize("method", ["before", "after"])
async def test_killed_while_the_voted_take_is_posted(method: Moment, tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        await election.start()
        post = await election.until_open(1)
        killed = election.kill_on(method, "POST", MESSAGES, skip=1)
        await election.vote(post, AGAIN, *election.members)
        await election.until(killed, "the bot is killed")
        await election.vote(post, AGAIN, election.members[0], reacted=False)
        await election.start()
        await election.check(2)


@pytest.mark.parametrize("seed", range(RUNS))
async def test_killed_at_random_moments_of_two_ballots(seed: int, tmp_path: Path) -> None:
    moments = random.Random(seed)
    async with StandIn(tmp_path) as discord:
        election = Election(discord, tmp_path)
        await election.prepare()
        await election.start()
        for take in (1, 2):
            post = await election.until_open(take)
            for member in moments.sample(election.members, 3):
                await asyncio.sleep(moments.uniform(0.0, 0.02))
                await election.vote(post, AGAIN, member)
                await election.vote(post, LIKE, member, reacted=moments.random() < 0.5)
            await asyncio.sleep(moments.choice([0.0, 0.005, 0.05, 0.5, 1.5]))
            await election.kill()
            await election.vote(post, LIKE, moments.choice(election.members))
            await election.start()
        await election.check(3)
