"""The stand-in for Discord (simcord, in this process): a server, a channel, two members, and what they see.

simcord plays Discord's part towards discord.py; the bot is the real one, unchanged.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import simcord
from simcord import interactions

from bot.demo.record import Button, Command, Message, Person, Post, Record, Upload, now
from bot.demo.typed import typed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator, Sequence

    import discord
    from discord.app_commands import AppCommand

    from bot.client import TwohanderClient

SERVER = "Drama Club 剧社"
CHANNEL = "短剧-drama"
SERVER_LOCALE = "en-US"
CAST = (("xiaoman", "小满", "zh-CN"), ("ada", "Ada", "en-US"))
"""Account name, display name and language of each member."""

LOOK_EVERY_S = 0.1
SETTLE_S = 60.0
"""Seconds that a command may take until all its answers are there; a machine that renders meanwhile is slow."""


class Stage:
    """Two members in a channel with the bot.

    Attributes:
        members: who can give commands.
        record: what was said, kept up by `watch`.
    """

    def __init__(self, env: simcord.Env, registered: Sequence[AppCommand]) -> None:
        guild = env.create_guild(SERVER, preferred_locale=SERVER_LOCALE)
        self._channel = guild.create_text_channel(CHANNEL)
        users = [(env.create_user(account, global_name=name), name, locale) for account, name, locale in CAST]
        self._actors = {user.id: guild.add_member(user) for user, _, _ in users}
        self.members = tuple(Person(user.id, name, locale) for user, name, locale in users)
        self.record = Record()
        self._registered = registered
        self._answer: simcord.ResponseMessage | None = None

    async def command(self, author: Person, command: str, /, **options: Any) -> Command:
        """Give a slash command, and wait for its answers. A file is given as (name, bytes)."""
        at = now()
        result = await self._actors[author.id].slash(self._channel, command, **options)
        name, shown = typed(self._registered, author.locale, command, options)
        answers = [answer for answer in (result.response, *result.followups) if answer is not None]
        self._answer = result.response
        given = Command(at, author, name, shown, [await _message(answer.message) for answer in answers])
        self.record.entries.append(given)
        return given

    async def press(self, command: Command, act: str, write: str = "") -> None:
        """Press a button of the last command's answer; `write` goes into the window that it opens."""
        page, actor = self._answer, self._actors[command.author.id]
        if page is None:
            raise LookupError(f"/{command.name} was not answered")
        button = next(each for each in _components(page) if each["custom_id"].endswith(f":{act}"))
        result = await actor.click(page, custom_id=button["custom_id"])
        if write:
            result = await actor.submit_modal(result, {"words": write})
        for answer in (page, *result.followups):
            seen = await _message(answer.message)
            command.answers.append(replace(seen, pressed=button["label"], written=write))

    async def watch(self) -> None:
        """Write down what the bot posts, edits and deletes, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Write down what changed since the last look."""
        known = {post.id: post for post in self.record.posts}
        present = self._channel.history()
        for message in present:
            post = known.pop(message.id, None)
            if post is None:
                seen = await _message(message)
                self.record.entries.append(Post(message.id, now(), [seen.text], seen.files))
            elif post.text != message.content:
                post.versions.append(message.content)
        for post in known.values():
            post.gone = True


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


async def _message(message: discord.Message) -> Message:
    files = tuple([Upload(each.filename, await each.read()) for each in message.attachments])
    buttons = tuple(
        Button(each.label or "", each.style.name, not each.disabled)
        for row in message.components
        for each in getattr(row, "children", ())
    )
    return Message(message.content, tuple(message.embeds), files, buttons)
