"""The real client with real services on simcord: only the worker behind the queue is a stand-in."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
import pytest
import pytest_asyncio
import simcord.interactions
from PIL import Image
from simcord import Env

from bot.breakdown import Breakdown
from bot.client import Services, TwohanderClient
from bot.config import Config, Data, Guards, Pictures, Queue
from bot.cutting_room import CuttingRoom
from bot.directing import Directing
from bot.drafting import Drafting
from bot.episodes import Writing
from bot.intake import Intake
from bot.production import Production
from bot.rehearsal import Rehearsal
from bot.rewriting import Rewriting
from bot.roster import Roster
from bot.voting import Voting
from tests.standin import openapi

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from simcord.actors import MemberActor
    from simcord.builders import ChannelHandle, GuildHandle
    from simcord.results import InteractionResult
    from simcord.results import ResponseMessage as Page

    from db.connection import Database
    from db.models import Job

BLOCKED = "绝密"
CHINESE = "zh-CN"
ENGLISH = "en-US"


@dataclass
class Worker:
    """Stands in for the worker: remembers what it was told."""

    changes: list[Job] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)

    def changed(self, job: Job) -> None:
        self.changes.append(job)

    def stop(self, job_id: int) -> None:
        self.stopped.append(job_id)


@functools.cache
def png(width: int = 480, height: int = 640, colour: str = "#b07050") -> bytes:
    """Returns a small picture."""
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(data, "PNG")
    tinted = Image.blend(Image.open(data), Image.new("RGB", (width, height), colour), 0.5)
    data = io.BytesIO()
    tinted.save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data=Data(directory=str(tmp_path / "data")),
        queue=Queue(per_member=3, per_guild=4),
        pictures=Pictures(max_bytes=200_000, per_guild=3),
        guards=Guards(blocklist=(BLOCKED,)),
    )


@pytest.fixture
def services(database: Database, config: Config, worker: Worker) -> Services:
    intake = Intake(database, config, worker, lambda: "animatic")
    voting = Voting(database, config, worker.changed)
    room = CuttingRoom(database, config)
    breakdown = Breakdown(database, config, intake)
    writing, production = Writing(database, config, intake, room), Production(database, intake, breakdown, room)
    rewriting = Rewriting(database, writing, production)
    return Services(
        intake,
        Drafting(database, intake),
        Roster(database, config),
        database,
        config,
        voting,
        Directing(database, config, intake, voting, worker.changed, rewrite=rewriting),
        writing,
        breakdown,
        production,
        Rehearsal(config, intake),
    )


@pytest.fixture
def client(services: Services) -> TwohanderClient:
    return TwohanderClient(services)


@pytest.fixture
def violations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    found = openapi.install(monkeypatch)
    yield found
    assert found == []


@pytest_asyncio.fixture
async def env(client: TwohanderClient, violations: list[str]) -> AsyncGenerator[Env]:
    """As simcord's own fixture, but with a number of shards, which a client that asks Discord for it does not know."""
    # Looking for faces in a picture takes seconds where many tests share the processor.
    running = Env(client, shard_count=1, settle_timeout=60)
    await running.start()
    try:
        yield running
    finally:
        await running.shutdown()
    running._raise_errors_since(running._errors_acknowledged)


@dataclass
class Stage:
    """A server with a channel, two members and a manager, who speak to the bot."""

    env: Env
    guild: GuildHandle
    channel: ChannelHandle
    alice: MemberActor
    bob: MemberActor
    manager: MemberActor
    locale: str = ENGLISH

    async def slash(self, member: MemberActor, command: str, **options: Any) -> str:
        """Gives a command, checks that the answer was promised first and is private, and returns its text."""
        return self.text_of(await self.command(member, command, **options))

    async def command(self, member: MemberActor, command: str, **options: Any) -> InteractionResult:
        before = len(self.env.http_requests)
        result = await member.slash(self.channel, command, **options)
        first = self.env.http_requests[before]
        assert first.path.endswith("/callback")
        assert first.json is not None
        assert first.json["type"] == discord.InteractionResponseType.deferred_channel_message.value
        assert result.ephemeral
        assert result.response is not None
        assert result.response.ephemeral
        for request in self.env.http_requests[before:]:
            if request.json and "content" in (body := request.json.get("data", request.json)):
                assert body["allowed_mentions"] == {"parse": []}
        return result

    async def press(self, member: MemberActor, page: Page, act: str) -> InteractionResult:
        """Presses a button of a draft's page, by what it does."""
        number = page.components[0]["components"][0]["custom_id"].split(":")[1]
        return await member.click(page, custom_id=f"draft:{number}:{act}")

    async def page(self, member: MemberActor, **options: Any) -> Page:
        """Asks for a shot and returns the page that is shown."""
        result = await self.command(member, "shot", **options)
        assert result.response is not None
        return result.response

    async def shot(self, member: MemberActor, **options: Any) -> str:
        """Asks for a shot, presses Render, and returns what the page says then, or what was said beside it."""
        page = await self.page(member, **options)
        pressed = await self.press(member, page, "render")
        return pressed.followups[0].content if pressed.followups else page.content

    @staticmethod
    def text_of(result: InteractionResult) -> str:
        assert result.response is not None
        return result.response.content

    async def suggest(self, member: MemberActor, command: str, option: str, typed: str, **filled: Any) -> list[str]:
        """Types into an option and returns the suggestions' names."""
        found = await member.autocomplete(self.channel, command, option, typed, **filled)
        return [choice["name"] for choice in found]


@pytest.fixture
def stage(env: Env, monkeypatch: pytest.MonkeyPatch) -> Stage:
    guild = env.create_guild("Palace", preferred_locale=CHINESE)
    channel = guild.create_text_channel("stage")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    alice, bob = (guild.add_member(env.create_user(name)) for name in ("alice", "bob"))
    manager = guild.add_member(env.create_user("maud"), roles=[managers])
    found = Stage(env, guild, channel, alice, bob, manager)
    payload = simcord.interactions.base_payload

    def localised(*positional: Any, **named: Any) -> Any:
        record, body = payload(*positional, **named)
        return record, body | {"locale": found.locale, "guild_locale": CHINESE}

    # simcord gives every member en-US.
    monkeypatch.setattr(simcord.interactions, "base_payload", localised)
    return found
