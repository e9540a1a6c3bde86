"""Discord as the outbox sees it: send, find, edit, delete, and what each refusal means."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.poster import ChannelClosed, FileTooLarge, Unavailable, WordsBlocked

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bot.client import TwohanderClient

# Discord's JSON error codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes
ENTITY_TOO_LARGE = 40005
BLOCKED_BY_AUTOMOD = 200000
UNKNOWN_MESSAGE = 10008

HISTORY = 2000
"""Messages to look through for one of ours of which we do not know whether it was sent."""


class DiscordPoster:
    """Posts through `client`, once it is signed in. Nobody is ever mentioned: a mention is shown, not sent."""

    def __init__(self, client: TwohanderClient) -> None:
        self._client = client

    async def send(self, channel_id: int, text: str, *, nonce: str, file: Path | None = None) -> int:
        """Post `text`, with a file; see `bot.poster.Poster`. The nonce makes Discord drop a duplicate for minutes."""
        channel = await self._channel(channel_id)
        with _sorted_errors():
            files = [discord.File(file)] if file else []
            message = await channel.send(
                text, nonce=nonce, files=files, allowed_mentions=discord.AllowedMentions.none()
            )
        return message.id

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        """Look through the channel's history for our message that begins with `mark`."""
        channel = await self._channel(channel_id)
        us = self._client.user
        with _sorted_errors():
            async for message in channel.history(limit=HISTORY, after=datetime.fromtimestamp(after, UTC)):
                if us is not None and message.author.id == us.id and message.content.startswith(mark):
                    return message.id
        return None

    async def edit(self, channel_id: int, message_id: int, text: str) -> None:
        """Replace the text of one of our messages."""
        channel = await self._channel(channel_id)
        with _sorted_errors():
            await channel.get_partial_message(message_id).edit(
                content=text, allowed_mentions=discord.AllowedMentions.none()
            )

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete one of our messages; that it is gone already is as good."""
        channel = await self._channel(channel_id)
        with _sorted_errors():
            try:
                await channel.get_partial_message(message_id).delete()
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise

    async def direct(self, member_id: int) -> int:
        """Open the DM channel with a member."""
        await self._client.signed_in.wait()
        with _sorted_errors():
            return (await self._client.create_dm(discord.Object(member_id))).id

    async def limit(self, channel_id: int) -> int:
        """Return what the channel takes: more in a boosted server."""
        await self._client.signed_in.wait()
        channel = self._client.get_channel(channel_id)
        guild = getattr(channel, "guild", None)
        return guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def _channel(self, channel_id: int) -> discord.PartialMessageable:
        await self._client.signed_in.wait()
        return self._client.get_partial_messageable(channel_id)


@contextmanager
def _sorted_errors() -> Generator[None]:
    """Turn what discord.py raises into what the outbox acts on."""
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
        # Forbidden, gone, or malformed in its eyes: it will say the same the next time.
        raise ChannelClosed(error) from error
    except (aiohttp.ClientError, discord.RateLimited, TimeoutError, OSError) as error:
        raise Unavailable(error) from error
