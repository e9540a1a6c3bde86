"""What a vote is, where votes are, and when they have a shot rendered again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot import config
    from db.votes import Kind, Standing


@dataclass(frozen=True, slots=True)
class Vote:
    """A reaction that a member gave or took back; `member_id` None: all of that kind were removed.

    `unsure`: it was taken back, but the same member's vote may still stand there in another form.
    """

    message_id: int
    kind: Kind
    member_id: int | None
    given: bool
    unsure: bool = False


class Ballots(Protocol):
    """The reactions under messages, as Discord has them."""

    async def open(self, channel_id: int, message_id: int) -> None:
        """Add the bot's own reactions, which are there to be pressed; it may have done so before.

        Raises ChannelClosed, Unavailable.
        """
        ...

    async def read(self, channel_id: int, message_id: int) -> Mapping[Kind, Collection[int]]:
        """Return the members, without bots, who have reacted. Raises ChannelClosed, Unavailable."""
        ...


def needed(rules: config.Voting, reacted: int) -> int:
    """Return how many must ask for the shot once more where `reacted` members voted at all."""
    # Rounded: 0.07 × 100 is a little more than 7.
    return max(rules.again, math.ceil(round(rules.again_share * reacted, 6)))


def due_at(standing: Standing, rules: config.Voting) -> float | None:
    """Return from when on (Unix seconds) a take's votes have its shot rendered again; None where they do not."""
    if standing.off or standing.spent or not standing.newest or standing.job.status is not Status.POSTED:
        return None
    if standing.made_by_votes >= rules.most or standing.again < needed(rules, standing.reacted):
        return None
    return standing.last_made + rules.cooldown_s if standing.made_by_votes else 0.0
