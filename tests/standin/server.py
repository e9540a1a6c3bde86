"""A Discord that outlives the bot: start it, run the real bot against it as a process, kill that, start it again.

async with StandIn(tmp_path) as discord:
    bot = await discord.start("bot", "run", "--config", str(config), env={"TWOHANDER_TOKEN": discord.token})
    await discord.ready("shot")
    alice = discord.member("alice")
    result = await discord.slash(alice, discord.channel, "shot", prompt="…")
    await bot.kill()
    bot = await discord.start(...)
    ...
    assert [post.content for post in discord.messages()] == [...]
    assert not discord.violations
"""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import simcord
from aiohttp import web
from simcord.actors import _autocomplete_result
from simcord.interactions import command_leaves

from tests.standin.gateway import Gateway
from tests.standin.process import BotProcess
from tests.standin.rest import Rest
from tests.standin.world import Post, World, seen

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 30.0

Found = TypeVar("Found")


class StandIn:
    """A guild with one text channel, on a loopback server.

    What a member does through simcord's own handles (`member.slash`, `member.send`, …) reaches the bot too, but returns
    at once; the methods here wait for the bot's answer.

    Attributes:
        world: simcord's Env, for building more than the one guild.
        guild: its guild.
        channel: its text channel.
        token: the only bot token that is let in.
        calls: every REST request, in order, answered or not.
        violations: what Discord would have refused, or the stand-in can't do: a test asserts that there are none.
        faults: what shall go wrong.
        rest: the REST side, with the switches `enforce_nonce` and `upload_limit` (bytes an attachment).
        gateway: the websocket side.
        locales: member id → the locale of that member's client; en-US for the others.
    """

    def __init__(self, folder: Path, *, answer_within: float | None = None) -> None:
        """Builds the guild; nothing listens yet.

        Args:
            folder: where the bots' output goes (`bot.log`).
            answer_within: seconds in which a command must be acknowledged before it is unknown to Discord. The real 3
                are not the default: that a test machine is busy is no fault of the bot's.
        """
        self.world = World()
        self.backend = self.world.backend
        self.guild = self.world.create_guild("Palace")
        self.channel = self.guild.create_text_channel("stage")
        application = base64.b64encode(str(self.backend.application_id).encode()).decode().rstrip("=")
        self.token = f"{application}.Gstand.{'in-' * 12}"
        self.rest = Rest(self.backend, token=self.token)
        self.gateway = Gateway(self.rest)
        self.faults, self.calls, self.violations = self.rest.faults, self.rest.calls, self.rest.violations
        self.locales: dict[int, str] = {}
        self._answer_within = answer_within
        self._log = folder / "bot.log"
        self._bots: list[BotProcess] = []
        self._identifies = 0
        self._runner = web.AppRunner(web.Application(client_max_size=1 << 30), access_log=None, shutdown_timeout=1)

    async def __aenter__(self) -> Self:
        self._runner.app.router.add_get("/gateway", self.gateway.connect)
        self.rest.install(self._runner.app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.rest.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.backend.subscribers.append(self._publish)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bot in self._bots:
            await bot.sweep()
        await self.gateway.drop()
        await self._runner.cleanup()

    def _publish(self, event: str, payload: Mapping[str, Any]) -> None:
        if event == "INTERACTION_CREATE":
            within = self._answer_within
            record = self.backend.interactions[int(payload["id"])]
            record.initial_response_deadline = None if within is None else self.backend.iso_after(within)
            facts: dict[str, Any] = {
                "locale": self.locales.get(record.user_id, "en-US"),
                "attachment_size_limit": self.rest.upload_limit,
            }
            if record.guild_id is not None:
                facts["guild_locale"] = self.backend.guilds[record.guild_id].preferred_locale
            payload = {**payload, **facts}
        self.gateway.publish(event, payload)

    # The bot

    async def start(self, module: str, *arguments: str, env: Mapping[str, str] | None = None) -> BotProcess:
        """Starts `python -m MODULE ARGUMENTS` as a process whose Discord is this one; `env` is added to ours."""
        self._identifies = self.gateway.identifies
        bot = await BotProcess.start(self.rest.base, module, *arguments, log=self._log, env=env or {})
        self._bots.append(bot)
        return bot

    async def ready(self, *commands: str) -> None:
        """Waits until the bot that was started last is connected and these commands ("character add") are synced.

        Connected is what Discord sees, an IDENTIFY: the bot may still be reading READY, and whatever it is sent now
        stands behind that.
        """
        await self.wait_until(
            lambda: self.gateway.online and self.gateway.identifies > self._identifies and self.commands >= {*commands},
            f"the bot is connected and has synced {commands}",
        )

    @property
    def commands(self) -> frozenset[str]:
        """The slash commands that a bot has synced, each with its groups: "character add"."""
        synced = [command for scope in self.backend.commands.values() for command in scope.values()]
        return frozenset(" ".join(path) for command in synced for path, _ in command_leaves(command))

    async def wait_until(
        self,
        predicate: Callable[[], Found],
        what: str,
        *,
        timeout: float = PATIENCE_SECONDS,  # noqa: ASYNC109 -- polls
    ) -> Found:
        """Returns the predicate's first true value.

        Raises:
            TimeoutError: it did not come true in that many seconds; says `what` was waited for.
            Died: a bot ended meanwhile that nobody had asked to.
        """
        until = time.monotonic() + timeout
        while not (found := predicate()):
            for bot in self._bots:
                bot.check()
            if time.monotonic() > until:
                log = self._bots[-1].output()[-4000:] if self._bots else "no bot was started"
                raise TimeoutError(f"waited {timeout:g} s until {what}:\n{log}")
            await asyncio.sleep(POLL_SECONDS)
        return found

    # The members

    def member(self, name: str) -> simcord.MemberActor:
        """Lets a new member into the guild."""
        return self.guild.add_member(self.world.create_user(name))

    async def slash(
        self, member: simcord.MemberActor, channel: simcord.ChannelHandle, name: str, /, **options: Any
    ) -> simcord.InteractionResult:
        """Gives a synced command, checked as Discord's client does, and waits until the bot has acknowledged it.

        Options are str, int, float, bool, handles of members and channels, or (filename, bytes) for an attachment.
        """
        return await self.acknowledged(await member.slash(channel, name, **options))

    async def autocomplete(
        self,
        member: simcord.MemberActor,
        channel: simcord.ChannelHandle,
        name: str,
        option: str,
        value: str,
        /,
        **filled: Any,
    ) -> list[dict[str, Any]]:
        """Types into an option and returns the choices that the bot offers."""
        # member.autocomplete() returns the choices themselves, which aren't there yet.
        result = await _autocomplete_result(member, channel, name, option, value, filled)
        return (await self.acknowledged(result)).autocomplete_choices or []

    async def click(
        self, member: simcord.MemberActor, post: Post, *, label: str | None = None, custom_id: str | None = None
    ) -> simcord.InteractionResult:
        """Presses a button and waits until the bot has acknowledged it."""
        return await self.acknowledged(await member.click(self._handle(post), label=label, custom_id=custom_id))

    async def react(self, member: simcord.MemberActor, post: Post, emoji: str, *, reacted: bool = True) -> None:
        """Adds a reaction, or takes it back."""
        await member.set_reaction(self._handle(post), emoji, reacted=reacted)

    async def acknowledged(self, result: simcord.InteractionResult) -> simcord.InteractionResult:
        """Waits until the bot has answered or deferred; the result stays live."""
        await self.wait_until(lambda: result.acknowledged, f"{result} is acknowledged")
        return result

    async def answer(self, result: simcord.InteractionResult) -> Post:
        """Waits for the answer itself, beyond "is thinking…", and returns it."""
        await self.wait_until(lambda: result.acknowledged and not result.deferred, f"{result} is answered")
        assert result.response is not None
        return self.post(result.response.channel_id, result.response.id)

    # What they see

    def messages(
        self, channel: simcord.ChannelHandle | None = None, *, viewer: simcord.MemberActor | None = None
    ) -> list[Post]:
        """Shows a channel (else this guild's), oldest first; private answers only to the viewer they are for."""
        stored = self.backend.messages.get((channel or self.channel).id, {})
        shown = [message for _, message in sorted(stored.items())]
        return [seen(self.world, message) for message in shown if message.visible_to(viewer.id if viewer else None)]

    def post(self, channel_id: int, message_id: int) -> Post:
        """Shows one message as it stands now."""
        return seen(self.world, self.backend.get_message(channel_id, message_id))

    def _handle(self, post: Post) -> simcord.ResponseMessage:
        return simcord.ResponseMessage(self.world, self.backend.get_message(post.channel_id, post.id))
