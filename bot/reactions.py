"""Discord's reactions as votes: which emoji says what, the events, and the reactions under a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.ballots import Vote
from bot.posting import sorted_errors

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from db.votes import Kind

SIGNS: dict[Kind, str] = {"again": "🔁", "like": "👍"}
"""What is pressed for a vote, in the order in which it stands under a take. A 👍 in another skin tone is none."""

KINDS: dict[str, Kind] = {sign: kind for kind, sign in SIGNS.items()}


def given(event: discord.RawReactionActionEvent) -> Vote | None:
    """Return the vote of a reaction that was added; None where it is no vote, or a bot's."""
    if event.member is not None and event.member.bot:
        return None
    kind = KINDS.get(str(event.emoji))
    return Vote(event.message_id, kind, event.user_id, given=True) if kind else None


def taken_back(event: discord.RawReactionActionEvent) -> Vote | None:
    """Return the vote that is taken back with a reaction; None where it was none.

    Who takes a super reaction back may have reacted as usual, too.
    """
    kind = KINDS.get(str(event.emoji))
    return Vote(event.message_id, kind, event.user_id, given=False, unsure=event.burst) if kind else None


def cleared(event: discord.RawReactionClearEvent) -> list[Vote]:
    """Return what it means that a message lost all its reactions."""
    return [Vote(event.message_id, kind, None, given=False) for kind in SIGNS]


def cleared_of_one(event: discord.RawReactionClearEmojiEvent) -> Vote | None:
    """Return what it means that a message lost all reactions of one emoji."""
    kind = KINDS.get(str(event.emoji))
    return Vote(event.message_id, kind, None, given=False) if kind else None


class DiscordBallots:
    """The reactions under messages, through `client`, once it is signed in."""

    def __init__(self, client: TwohanderClient) -> None:
        self._client = client

    async def open(self, channel_id: int, message_id: int) -> None:
        """Add the bot's reactions; adding one twice adds one. See `bot.ballots.Ballots`."""
        message = (await self._channel(channel_id)).get_partial_message(message_id)
        with sorted_errors():
            for sign in SIGNS.values():
                await message.add_reaction(sign)

    async def read(self, channel_id: int, message_id: int) -> dict[Kind, set[int]]:
        """Return who has reacted: one request, and one more a hundred voters of a kind."""
        channel = await self._channel(channel_id)
        found: dict[Kind, set[int]] = {}
        with sorted_errors():
            for reaction in (await channel.fetch_message(message_id)).reactions:
                kind = KINDS.get(str(reaction.emoji))
                if kind is not None and reaction.count > reaction.me:
                    found[kind] = await _voters(reaction)
        return found

    async def _channel(self, channel_id: int) -> discord.PartialMessageable:
        await self._client.signed_in.wait()
        return self._client.get_partial_messageable(channel_id)


async def _voters(reaction: discord.Reaction) -> set[int]:
    """Return the people behind a reaction; Discord lists super reactions apart."""
    people = {user.id async for user in reaction.users() if not user.bot}
    if reaction.burst_count:
        people |= {user.id async for user in reaction.users(type=discord.ReactionType.burst) if not user.bot}
    return people
