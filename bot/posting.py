"""Discord as the outbox sees it: send, find, edit, delete, and what each refusal means."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.poster import ChannelClosed, FileTooLarge, Gone, Unavailable, WordsBlocked

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from bot.client import TwohanderClient
    from bot.poster import Button

log = logging.getLogger(__name__)

# Discord's JSON error codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes
ENTITY_TOO_LARGE = 40005
BLOCKED_BY_AUTOMOD = 200000
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_USER = 10013

THREAD_NAME = 100
"""Characters of a thread's name."""

HISTORY = 2000
"""Messages to look through for one of ours of which we do not know whether it was sent."""


class DiscordPoster:
    """Posts through `client`, once it is signed in. Nobody is ever mentioned: a mention is shown, not sent."""

    def __init__(self, client: TwohanderClient) -> None:
        self._client = client

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        """Post `text`; see `bot.poster.Poster`. The nonce makes Discord drop a duplicate for minutes."""
        channel = await self._channel(channel_id)
        with sorted_errors():
            view = _view(buttons)
            more: dict[str, Any] = {"view": view} if view else {}
            message = await channel.send(
                text,
                nonce=nonce,
                files=[discord.File(file) for file in files],
                allowed_mentions=discord.AllowedMentions.none(),
                **more,
            )
        return message.id

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        """Look through the channel's history for our message that begins with `mark`."""
        channel = await self._channel(channel_id)
        us = self._client.user
        with sorted_errors():
            async for message in channel.history(limit=HISTORY, after=datetime.fromtimestamp(after, UTC)):
                if us is not None and message.author.id == us.id and message.content.startswith(mark):
                    return message.id
        return None

    async def edit(self, channel_id: int, message_id: int, text: str, *, files: Sequence[Path] = ()) -> None:
        """Replace the text, and perhaps the files, of one of our messages."""
        channel = await self._channel(channel_id)
        with sorted_errors():
            more: dict[str, Any] = {"attachments": [discord.File(file) for file in files]} if files else {}
            await channel.get_partial_message(message_id).edit(
                content=text, allowed_mentions=discord.AllowedMentions.none(), **more
            )

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete one of our messages; that it is gone already is as good."""
        channel = await self._channel(channel_id)
        with sorted_errors():
            try:
                await channel.get_partial_message(message_id).delete()
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def direct(self, member_id: int) -> int:
        """Open the DM channel with a member."""
        await self._client.signed_in.wait()
        with sorted_errors():
            return (await self._client.create_dm(discord.Object(member_id))).id

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        """Make the thread beneath one of our messages, or open the one that is there."""
        await self._client.signed_in.wait()
        # From the cache: a thread needs to know its server.
        channel = self._client.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel):
            raise ChannelClosed(f"channel {channel_id} has no threads")
        with sorted_errors():
            try:
                found = await self._client.fetch_channel(message_id)
            except discord.NotFound:
                return (await channel.get_partial_message(message_id).create_thread(name=name[:THREAD_NAME])).id
            # In one that Discord has put away for want of news, nothing can be edited.
            if isinstance(found, discord.Thread) and found.archived:
                await found.edit(archived=False)
        return message_id

    async def name(self, guild_id: int, member_id: int) -> str:
        """Return what the guild calls a member, or who left it what they call themselves."""
        await self._client.signed_in.wait()
        guild = self._client.get_guild(guild_id)
        with sorted_errors():
            try:
                if guild is not None:
                    return (await guild.fetch_member(member_id)).display_name
            except discord.NotFound:
                log.debug("member %d has left guild %d", member_id, guild_id)
            return (await self._client.fetch_user(member_id)).display_name

    async def limit(self, channel_id: int) -> int:
        """Return what the channel takes: more in a boosted server."""
        await self._client.signed_in.wait()
        channel = self._client.get_channel(channel_id)
        guild = getattr(channel, "guild", None)
        return guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def _channel(self, channel_id: int) -> discord.PartialMessageable:
        await self._client.signed_in.wait()
        return self._client.get_partial_messageable(channel_id)


def _view(buttons: Sequence[Button]) -> discord.ui.View | None:
    """Return the buttons as Discord takes them. They are answered by their ids (`DynamicItem`), not by this view."""
    if not buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id))
    view.stop()
    return view


@contextmanager
def sorted_errors() -> Generator[None]:
    """Turn what discord.py raises into what deliveries and votes act on."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code == BLOCKED_BY_AUTOMOD:
            raise WordsBlocked(error) from error
        if error.status == 413 or error.code == ENTITY_TOO_LARGE:  # noqa: PLR2004 - content too large
            raise FileTooLarge(error) from error
        # Their trouble; too many requests; a token that was reset, which says nothing of the channel.
        if error.status >= 500 or error.status in {401, 429}:  # noqa: PLR2004
            raise Unavailable(error) from error
        if error.code in {UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_USER}:
            raise Gone(error) from error
        # Forbidden, or malformed in its eyes: it will say the same the next time.
        raise ChannelClosed(error) from error
    except (aiohttp.ClientError, discord.RateLimited, TimeoutError, OSError) as error:
        raise Unavailable(error) from error
