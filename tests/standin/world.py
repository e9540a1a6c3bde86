"""The guild that the bot is in, seen and acted on as its members do.

simcord's own builders and actors do the work; only their waiting for an in-process bot to come to rest is taken out, as
there is none: the bot lives on the other side of a socket.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import discord
from simcord import Env
from simcord._clock import Clock
from simcord.backend.models import Message

LOADING = discord.MessageFlags(loading=True).value


class World(Env):
    """A simcord world in real time and without a bot of its own."""

    def __init__(self) -> None:
        super().__init__(discord.Client(intents=discord.Intents(guilds=True)))
        self.backend.clock = _WallClock()

    async def _settle_internal(self, **_: Any) -> None:
        return


class _WallClock(Clock):
    """simcord's stands still until it is moved; a bot may compare a message's time with its own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a message."""

    filename: str
    data: bytes
    description: str | None


@dataclass(frozen=True, slots=True)
class Post:
    """A message as it stands in the channel now."""

    id: int
    channel_id: int
    author: str
    content: str
    attachments: tuple[Upload, ...]
    embeds: tuple[dict[str, Any], ...]
    components: tuple[dict[str, Any], ...]
    reactions: dict[str, int]
    """Emoji → how many have reacted with it."""
    replies_to: int | None
    edited: bool
    ephemeral: bool
    loading: bool
    """Whether it is the "is thinking…" of a deferred answer that nothing has followed yet."""
    created_at: datetime


def seen(world: World, message: Message) -> Post:
    """Shows a stored message as a member's client does, with its files downloaded."""
    backend = world.backend
    author = backend.users[message.author_id]
    reference = (message.reference or {}).get("message_id")
    return Post(
        id=message.id,
        channel_id=message.channel_id,
        author=message.author_name or author.global_name or author.name,
        content=message.content,
        attachments=tuple(
            Upload(item["filename"], backend.cdn.get(item["url"]) or b"", item["description"])
            for item in message.attachments
        ),
        embeds=tuple(message.embeds),
        components=tuple(message.components),
        reactions={reaction.emoji: len(reaction.user_ids) for reaction in message.reactions},
        replies_to=int(reference) if reference is not None else None,
        edited=message.edited_timestamp is not None,
        ephemeral=message.is_ephemeral,
        loading=bool(message.flags & LOADING),
        created_at=datetime.fromisoformat(message.timestamp),
    )
