"""A quote with its button, and the button by which members ask to be told. Both outlive a restart of the bot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.announcements import duration_text
from bot.commands.answer import pressed
from bot.commands.wording import escaped
from bot.proofs import Who

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from bot.breakdown import Quote
    from bot.commands.answer import Answer
    from bot.i18n import Speaker
    from bot.orders import Accepted
    from bot.production import Production

MEGABYTE = 1_000_000


def quote_text(words: Speaker, quote: Quote) -> str:
    """Return what rendering would take: shots, minutes, place, when it would be done, size."""
    episode, needed = quote.episode, len(quote.needed)
    lines = [words("production-quote-title", number=str(episode.number), title=escaped(episode.title))]
    if needed:
        lines.append(
            words("production-quote-shots", needed=needed, total=len(episode.shots), others=len(episode.shots) - needed)
        )
        minutes = f"{quote.forecast.seconds / 60:.1f}"
        eta = duration_text(words, quote.forecast.eta_s)
        lines.append(words("production-quote-time", minutes=minutes, place=quote.forecast.place, eta=eta))
    else:
        lines.append(words("production-quote-cut-only", total=len(episode.shots)))
    length = f"{int(quote.film_s) // 60}:{int(quote.film_s) % 60:02}"
    megabytes, done = max(1, math.ceil(quote.size / MEGABYTE)), duration_text(words, quote.done_s)
    lines.append(words("production-quote-film", length=length, megabytes=megabytes, done=done))
    return "\n".join(lines)


def quote_button(words: Speaker, quote: Quote) -> discord.ui.View:
    """Return the button that renders what was quoted, as long as nobody edits the episode."""
    view = discord.ui.View(timeout=None)
    view.add_item(ProduceButton(quote.episode.id, quote.episode.version, words("button-produce")))
    return view


def receipt(words: Speaker, accepted: Sequence[Accepted]) -> str:
    """Return what was queued."""
    if not accepted:
        return words("reply-cut-soon")
    eta = duration_text(words, max(one.eta_s for one in accepted))
    return words("reply-produced", shots=len(accepted), place=min(one.place for one in accepted), eta=eta)


def who_of(answer: Answer) -> Who:
    """Return the member who waits for the answer."""
    return Who(answer.guild_id, answer.channel_id, answer.member_id, answer.guild_locale, answer.may_manage)


class ProduceButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"produce:(?P<episode>[0-9]+):(?P<version>[0-9]+)"
):
    """Renders an episode as it was quoted."""

    def __init__(self, episode_id: int, version: int, label: str = "") -> None:
        super().__init__(
            discord.ui.Button(
                label=label, style=discord.ButtonStyle.success, custom_id=f"produce:{episode_id}:{version}"
            )
        )
        self.episode_id = episode_id
        self.version = version

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its id."""
        del interaction, item
        return cls(int(match["episode"]), int(match["version"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Queue the episode's shots; a second press finds them queued."""
        production: Production = interaction.client.services.production
        async with pressed(interaction) as answer:
            accepted = await production.render(self.episode_id, self.version, who_of(answer))
            await answer.give(receipt(answer.words, accepted))


class NotifyButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"notify:(?P<episode>[0-9]+)"):
    """Has a member told when an episode is done."""

    def __init__(self, episode_id: int, label: str = "") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"notify:{episode_id}"))
        self.episode_id = episode_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its id."""
        del interaction, item
        return cls(int(match["episode"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Remember the member; a second press changes nothing."""
        production: Production = interaction.client.services.production
        async with pressed(interaction) as answer:
            episode = await production.subscribe(self.episode_id, answer.member_id)
            await answer.give(answer.words("reply-subscribed", number=str(episode.number)))
