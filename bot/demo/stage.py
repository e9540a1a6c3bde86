"""The stand-in for Discord (simcord, in this process): a server, a channel, its members, and what they see.

simcord plays Discord's part towards discord.py; the bot is the real one, unchanged.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import simcord
from simcord import interactions

from bot.demo.patience import LOOK_EVERY_S
from bot.demo.record import Button, Command, Message, Person, Place, Post, Press, Record, Upload, Vote, now
from bot.demo.typed import typed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator, Iterable, Iterator, Sequence

    from discord.app_commands import AppCommand

    from bot.client import TwohanderClient

SERVER = "Drama Club 剧社"
CHANNEL = "短剧-drama"
SERVER_LOCALE = "en-US"
CAST = (("xiaoman", "小满", "zh-CN"), ("ada", "Ada", "en-US"), ("azhe", "阿哲", "zh-CN"), ("noor", "Noor", "en-GB"))
"""Account name, display name and language of each member."""

SETTLE_S = 60.0
"""Seconds that a command may take until all its answers are there; a machine that renders meanwhile is slow."""


class Stage:
    """Members in a channel with the bot.

    Attributes:
        members: who can give commands.
        record: what was said; commands, presses and votes as they are given, posts as `watch` sees them.
    """

    def __init__(self, env: simcord.Env, registered: Sequence[AppCommand]) -> None:
        guild = env.create_guild(SERVER, preferred_locale=SERVER_LOCALE)
        self._channel = guild.create_text_channel(CHANNEL)
        self._home = Place(self._channel.id, "channel", CHANNEL)
        users = [(env.create_user(account, global_name=name), name, locale) for account, name, locale in CAST]
        self._actors = {user.id: guild.add_member(user) for user, _, _ in users}
        self.members = tuple(Person(user.id, name, locale) for user, name, locale in users)
        self._direct = [(user.dm_channel, Place(user.dm_channel.id, "direct", name)) for user, name, _ in users]
        self.record = Record()
        self._registered = registered
        self._answer: simcord.ResponseMessage | None = None

    async def command(self, author: Person, command: str, /, **options: Any) -> Command:
        """Give a slash command, and wait for its answers. A file is given as (name, bytes), a member as a Person."""
        at = now()
        given = {key: self._actors[value.id] if isinstance(value, Person) else value for key, value in options.items()}
        result = await self._actors[author.id].slash(self._channel, command, **given)
        name, shown = typed(self._registered, author.locale, command, options)
        self._answer = result.response
        files: list[tuple[str, bytes]] = [value for value in options.values() if isinstance(value, tuple)]
        uploads = tuple(Upload(*file) for file in files)
        answers = await _messages([result.response, *result.followups])
        entry = Command(at, self._home, author, name, shown, uploads, answers)
        self.record.add(entry)
        return entry

    async def press(self, command: Command, act: str, write: str = "") -> None:
        """Press a button of the last command's answer; `write` goes into the window that it opens.

        Args:
            command: what was answered.
            act: a part of the button's id.
            write: words for that window.
        """
        page, actor = self._answer, self._actors[command.author.id]
        if page is None:
            raise LookupError(f"/{command.name} was not answered")
        button = next(each for each in _components(page) if act in each["custom_id"].split(":"))
        result = await actor.click(page, custom_id=button["custom_id"])
        if write:
            result = await actor.submit_modal(result, {"words": write})
        # A press changes the page that it is on, or is answered by another message.
        answered = page if result.response is None else result.response
        for seen in await _messages([answered, *result.followups]):
            command.answers.append(replace(seen, pressed=button["label"], written=write))

    async def press_below(self, author: Person, post: Post, label: str) -> None:
        """Press a button below one of the bot's posts."""
        at = now()
        result = await self._actors[author.id].click(self._message_of(post), label=label)
        answers = tuple(await _messages([result.response, *result.followups]))
        self.record.add(Press(at, post.place, author, label, post, answers))

    async def vote(self, author: Person, post: Post, sign: str) -> None:
        """Put a reaction under one of the bot's posts."""
        self.record.add(Vote(now(), post.place, author, sign, post))
        await self._actors[author.id].react(self._message_of(post), sign)

    async def watch(self) -> None:
        """Write down what the bot posts, edits and deletes, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Write down what changed since the last look."""
        known = {post.id: post for post in self.record.posts}
        for place, message in self._messages():
            post = known.pop(message.id, None)
            if post is None:
                seen = await _message(message)
                post = Post(message.id, now(), place, [seen.text], seen.files, seen.buttons)
                self.record.add(post)
            elif post.text != message.content:
                post.versions.append(message.content)
            post.reactions = {str(reaction.emoji): reaction.count for reaction in message.reactions}
        for post in known.values():
            post.gone = True

    def _messages(self) -> Iterator[tuple[Place, discord.Message]]:
        """Yield everything that stands anywhere now, in the order in which it was sent."""
        threads = [(thread, Place(thread.id, "thread", thread.name or "")) for thread in self._channel.threads]
        found = [
            (place, message)
            for channel, place in [(self._channel, self._home), *threads, *self._direct]
            for message in channel.history()
            if message.type is discord.MessageType.default
        ]
        yield from sorted(found, key=lambda each: each[1].id)

    def _message_of(self, post: Post) -> discord.Message:
        return next(message for _, message in self._messages() if message.id == post.id)


@asynccontextmanager
async def on_stage(client: TwohanderClient) -> AsyncGenerator[Stage]:
    """Sign `client` in to the stand-in and open the curtain; background work must not be started by the client."""
    async with simcord.run(client, shard_count=1, settle_timeout=SETTLE_S) as env:
        stage = Stage(env, await client.tree.fetch_commands())
        with _languages({person.id: person.locale for person in stage.members}):
            yield stage


async def watching(stage: Stage, work: Awaitable[None]) -> None:
    """Let `stage` watch the channel while `work` is done."""
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(stage.watch())
        try:
            await work
        finally:
            watch.cancel()
    await stage.look()


@contextmanager
def _languages(locales: dict[int, str]) -> Generator[None]:
    """Give each member a language: with simcord 3.2 everybody's Discord is set to en-US."""
    original = interactions.base_payload

    def localised(backend: Any, *, user_id: int, **parts: Any) -> Any:
        record, payload = original(backend, user_id=user_id, **parts)
        payload["locale"] = locales.get(user_id, SERVER_LOCALE)
        return record, payload

    interactions.base_payload = localised
    try:
        yield
    finally:
        interactions.base_payload = original


def _components(message: simcord.ResponseMessage) -> list[dict[str, Any]]:
    return [button for row in message.components for button in row["components"]]


async def _messages(answers: Iterable[simcord.ResponseMessage | None]) -> list[Message]:
    return [await _message(answer.message) for answer in answers if answer is not None]


async def _message(message: discord.Message) -> Message:
    files = tuple([Upload(each.filename, await each.read()) for each in message.attachments])
    buttons = tuple(
        Button(each.label or "", each.style.name, not each.disabled)
        for row in message.components
        for each in getattr(row, "children", ())
    )
    return Message(message.content, tuple(message.embeds), files, buttons)
