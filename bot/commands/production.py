"""`/episode render`, `preview`, `status`, `cut` and `cancel`: an episode's way from paper to screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot import callsheet, playbill
from bot.commands import episode_suggestions as suggestions
from bot.commands.answer import answering
from bot.commands.episode_answer import who
from bot.commands.episode_group import episode as group
from bot.commands.localisation import command, options
from bot.refusal import Refused
from bot.views.production import quote_button, quote_text

if TYPE_CHECKING:
    from bot.client import TwohanderClient

Number = app_commands.Range[int, 1]


@command("command-episode-render", group)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.editable)
async def render(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Say what rendering would take; its button does it."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        member = who(answer)
        quote = await services.breakdown.quote(await services.writing.find(member, episode, "edit"), member)
        await answer.give(quote_text(answer.words, quote), view=quote_button(answer.words, quote))


@command("command-episode-preview", group)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.readable)
async def preview(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Show the whole episode as a moving storyboard, with subtitles, to the member alone."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        member = who(answer)
        found = replace(await services.writing.find(member, episode, "see"), quality="preview")
        if not found.shots:
            raise Refused("refused-empty-episode", number=episode)
        shots = [
            (written, await services.breakdown.prepared(found, scene, written, member))
            for _, scene, written in found.numbered()
        ]
        async with services.rehearsal.preview(found, shots, interaction.filesize_limit) as shown:
            text = answer.words("reply-preview", number=str(episode), seconds=round(shown.seconds))
            await answer.give(text, files=(discord.File(shown.film),))


@command("command-episode-status", group)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.readable)
async def status(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Show where the episode stands, shot by shot."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        found = await services.writing.find(who(answer), episode, "see")
        sheet = await callsheet.sheet_of(
            services.database.reading(),
            found.id,
            services.intake.estimates.line,
            services.config.episodes.quiet_s,
        )
        await answer.give(playbill.status_text(answer.words, sheet))


@command("command-episode-cut", group)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.editable)
async def cut(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Cut the episode now, from the takes that it has; nothing is rendered."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        await services.production.cut(await services.writing.find(who(answer), episode, "edit"))
        await answer.give(answer.words("reply-cut-soon"))


@command("command-episode-cancel", group)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.editable)
async def cancel(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Cancel what is queued, rendered or cut of the episode."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        stopped = await services.production.cancel(await services.writing.find(who(answer), episode, "edit"))
        sentence = answer.words(
            "reply-episode-cancelled",
            number=str(episode),
            takes=len(stopped.takes),
            clips=stopped.clips,
            films=int(stopped.film),
        )
        await answer.give(sentence)
