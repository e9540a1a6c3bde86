"""`/episode new`, `share`, `delete`, `show` and `script`: an episode as a whole."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING, Literal

import aiohttp
import discord
from discord import app_commands

from bot.commands import episode_suggestions as suggestions
from bot.commands.answer import answering
from bot.commands.episode_answer import since, stored, who
from bot.commands.episode_group import episode
from bot.commands.errors import quoted, refusal
from bot.commands.localisation import command, options, said
from bot.commands.shot import QUALITY_CHOICES, StyleName
from bot.commands.suggestions import styles
from bot.commands.wording import escaped
from bot.episodes import StaleEdit
from bot.orders import Quality  # noqa: TC001 - discord.py reads the annotations
from bot.refusal import Refused
from bot.script import MAX_BYTES, ScriptError
from bot.script.schema import MAX_PHRASE, MAX_TITLE
from db.writing import Subtitles  # noqa: TC001 - discord.py reads the annotations

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.commands.answer import Answer
    from bot.i18n import Speaker

log = logging.getLogger(__name__)

Number = app_commands.Range[int, 1]
Title = app_commands.Range[str, 1, MAX_TITLE]
Phrase = app_commands.Range[str, 1, MAX_PHRASE]
RoleName = Literal["editor", "viewer", "none"]

READ_S = 30.0
"""Seconds that a file may take to come from Discord's servers."""

PROBLEMS_SHOWN = 10

SUBTITLE_WORDS: dict[Subtitles, str] = {
    "both": "choice-subtitles-both",
    "zh": "choice-subtitles-zh",
    "en": "choice-subtitles-en",
    "none": "choice-subtitles-none",
}
SUBTITLE_CHOICES = [app_commands.Choice[str](name=said(key), value=value) for value, key in SUBTITLE_WORDS.items()]
ROLE_WORDS: dict[RoleName, str] = {
    "editor": "choice-role-editor",
    "viewer": "choice-role-viewer",
    "none": "choice-role-none",
}
ROLE_CHOICES = [app_commands.Choice[str](name=said(key), value=value) for value, key in ROLE_WORDS.items()]


@command("command-episode-new", episode)
@options(
    title="option-title",
    style="option-style",
    style_lora="option-style-lora",
    quality="option-quality",
    subtitles="option-subtitles",
)
@app_commands.choices(quality=QUALITY_CHOICES, subtitles=SUBTITLE_CHOICES)
@app_commands.autocomplete(style_lora=styles)
async def new(
    interaction: discord.Interaction[TwohanderClient],
    *,
    title: Title,
    style: Phrase | None = None,
    style_lora: StyleName | None = None,
    quality: Quality | None = None,
    subtitles: Subtitles | None = None,
) -> None:
    """Begin an episode, which will be posted in this channel."""
    async with answering(interaction) as answer:
        changed = await interaction.client.services.writing.new(
            who(answer),
            title,
            style=style or "",
            style_lora=style_lora or "",
            quality=quality,
            subtitles=subtitles or "both",
        )
        number = str(changed.episode.number)
        await answer.give(answer.words("reply-episode-new", number=number, title=escaped(changed.episode.title)))


@command("command-episode-share", episode)
@options(episode="option-episode", member="option-member", role="option-role")
@app_commands.choices(role=ROLE_CHOICES)
@app_commands.autocomplete(episode=suggestions.own)
async def share(
    interaction: discord.Interaction[TwohanderClient], episode: Number, member: discord.Member, role: RoleName
) -> None:
    """Let another member edit or see an episode, or no longer."""
    async with answering(interaction) as answer:
        if member.bot:
            raise Refused("refused-share-with-bot")
        granted = None if role == "none" else role
        shared = await interaction.client.services.writing.share(who(answer), episode, member.id, granted)
        await answer.give(
            answer.words(
                "reply-episode-shared",
                number=str(shared.number),
                member=member.mention,
                role=answer.words(ROLE_WORDS[role]),
            )
        )


@command("command-episode-delete", episode)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.own)
async def delete(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Delete an episode; its finished clips stay in the channel, and its file is given along."""
    writing = interaction.client.services.writing
    async with answering(interaction) as answer:
        _, text = await writing.give_script(who(answer), episode)
        gone = await writing.remove(who(answer), episode)
        sentence = answer.words("reply-episode-deleted", number=str(gone.number), title=escaped(gone.title))
        await answer.give(sentence, files=(_file(gone.number, text),))


@command("command-episode-show", episode)
@options(episode="option-episode")
@app_commands.autocomplete(episode=suggestions.readable)
async def show(interaction: discord.Interaction[TwohanderClient], episode: Number) -> None:
    """Have the storyboard posted."""
    async with answering(interaction) as answer:
        shown, board = await interaction.client.services.writing.show(who(answer), episode)
        if board is None:
            sentence = answer.words("reply-episode-shown", number=str(shown.number), channel=f"<#{shown.channel_id}>")
        else:
            link = f"https://discord.com/channels/{shown.guild_id}/{board.channel_id}/{board.message_id}"
            sentence = answer.words("reply-episode-shown-again", number=str(shown.number), link=link)
        await answer.give(sentence)


@command("command-episode-script", episode)
@options(episode="option-episode", file="option-file")
@app_commands.autocomplete(episode=suggestions.readable)
async def script(
    interaction: discord.Interaction[TwohanderClient], episode: Number, file: discord.Attachment | None = None
) -> None:
    """Give the episode as a file, or take it back from one."""
    writing = interaction.client.services.writing
    async with answering(interaction) as answer:
        if file is None:
            await _give(interaction, answer, episode, "reply-episode-script")
            return
        await writing.find(who(answer), episode, "edit")
        data = await _read(file)
        try:
            changed = await writing.take_script(who(answer), episode, data, _name(file))
        except ScriptError as error:
            await answer.give(_problems(answer.words, error))
        except StaleEdit as stale:
            await _give(interaction, answer, episode, "reply-episode-script-stale", *since(answer.words, stale.since))
        else:
            sentence = answer.words(
                "reply-episode-script-taken",
                number=str(episode),
                scenes=len(changed.episode.scenes),
                shots=len(changed.episode.shots),
            )
            await answer.give(stored(answer.words, sentence, changed))


async def _give(
    interaction: discord.Interaction[TwohanderClient], answer: Answer, number: int, key: str, *more: str
) -> None:
    """Answer with the episode's file, the sentence `key` and more lines."""
    found, text = await interaction.client.services.writing.give_script(who(answer), number)
    sentence = answer.words(key, number=str(found.number), title=escaped(found.title))
    await answer.give("\n".join([sentence, *more]), files=(_file(found.number, text),))


def _file(number: int, text: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode()), f"episode-{number}.toml")


async def _read(file: discord.Attachment) -> bytes:
    """Fetch an uploaded script.

    Raises:
        Refused: it is too large (nothing was fetched then), or it does not come.
    """
    if file.size > MAX_BYTES:
        raise Refused("refused-script-too-large", most=MAX_BYTES / 1000)
    try:
        async with asyncio.timeout(READ_S):
            return await file.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("attachment %d did not come: %r", file.id, error)
        raise Refused("refused-script-lost") from error


def _name(file: discord.Attachment) -> str:
    """Return what the file is called in problems."""
    return file.filename[-60:]


def _problems(words: Speaker, error: ScriptError) -> str:
    """Return what is wrong with a file, line by line, and where the schema is described."""
    lines = [refusal(words, Refused("reply-episode-script-problems", file=error.source, count=len(error.problems)))]
    for problem in error.problems[:PROBLEMS_SHOWN]:
        sentence = words(problem.key, **quoted(problem.arguments))
        place = words("reply-episode-script-line", line=str(problem.line)) if problem.line else ""
        path = f"`{problem.path.replace('`', '')}`" if problem.path else ""
        lines.append("- " + ": ".join(part for part in (place, path, sentence) if part))
    if len(error.problems) > PROBLEMS_SHOWN:
        lines.append(words("reply-episode-script-more", count=len(error.problems) - PROBLEMS_SHOWN))
    return "\n".join(lines)
