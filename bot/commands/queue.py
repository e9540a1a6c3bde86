"""`/queue` and `/cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.announcements import duration_text
from bot.commands import suggestions
from bot.commands.answer import answering
from bot.commands.localisation import command, options
from bot.commands.wording import escaped, excerpt, pages

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.i18n import Speaker
    from bot.scheduling import Place
    from db.jobs import Waiting

WORDS_SHOWN = 60
"""Characters of a shot's words in the list."""


@command("command-queue")
@options(page="option-page")
@app_commands.guild_only()
async def queue(interaction: discord.Interaction[TwohanderClient], page: app_commands.Range[int, 1] = 1) -> None:
    """Show what is rendered now and what waits, with estimates."""
    estimates = interaction.client.services.intake.estimates
    async with answering(interaction) as answer:
        rendering, line = await estimates.rendering(answer.guild_id), await estimates.line(answer.guild_id)
        words = answer.words
        shown = [place for place in line if not place.owed]
        lines = [_rendering(words, job) for job in rendering] + [_waiting(words, place) for place in shown]
        if not rendering and not line:
            await answer.give(words("reply-queue-empty"))
            return
        divided = pages(lines) or [[]]  # all that waits here may be owed
        page = min(page, len(divided))
        text = [words("reply-queue", waiting=len(line)), *divided[page - 1]]
        if len(shown) < len(line) and page == len(divided):
            text.append(words("reply-queue-owed", owed=len(line) - len(shown)))
        if len(divided) > 1:
            text.append(words("reply-page", page=page, pages=len(divided)))
        await answer.give("\n".join(text))


@command("command-cancel")
@options(shot="option-shot")
@app_commands.autocomplete(shot=suggestions.cancellable)
@app_commands.guild_only()
async def cancel(interaction: discord.Interaction[TwohanderClient], shot: app_commands.Range[int, 1]) -> None:
    """Cancel what waits or renders of a shot: one's own, or anyone's with Manage Server."""
    intake = interaction.client.services.intake
    async with answering(interaction) as answer:
        stopped = await intake.cancel(answer.guild_id, shot, answer.member_id, may_manage=answer.may_manage)
        await answer.give(answer.words("reply-cancelled", number=str(shot), clips=stopped.clips))


def _rendering(words: Speaker, job: Waiting) -> str:
    return words(
        "reply-queue-rendering",
        number=str(job.number),
        member=f"<@{job.member_id}>",
        what=escaped(excerpt(job.words, WORDS_SHOWN)),
    )


def _waiting(words: Speaker, place: Place) -> str:
    return words(
        "reply-queue-line",
        place=place.place,
        number=str(place.job.number),
        member=f"<@{place.job.member_id}>",
        what=escaped(excerpt(place.job.words, WORDS_SHOWN)),
        eta=duration_text(words, place.eta_s),
    )
