"""`/character`: add, list, show, edit, remove."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import app_commands

from bot import casting
from bot.commands import suggestions
from bot.commands.answer import answering
from bot.commands.errors import quoted
from bot.commands.localisation import command, group, options, said
from bot.commands.wording import FIELD_LIMIT, escaped, pages, shortened
from bot.refusal import Refused
from bot.roster import MAX_DESCRIPTION, MAX_NAME, Kept, Sheet
from db.models import Sharing  # noqa: TC001 - discord.py reads the annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import TwohanderClient
    from bot.commands.answer import Answer
    from bot.i18n import Speaker
    from db.models import Character

log = logging.getLogger(__name__)

Name = app_commands.Range[str, 1, MAX_NAME]
Text = app_commands.Range[str, 1, MAX_DESCRIPTION]

READ_S = 30.0
"""Seconds that a picture may take to come from Discord's servers."""

PICTURE_NAME, FRAMED_NAME = "reference.png", "framed.png"
"""What a character's picture, and the same as a shot frames it, are called in a message."""

NOTHING = "-"
"""What empties a text of a character: Discord takes no empty option."""

SHARING_WORDS: dict[Sharing, str] = {"server": "choice-sharing-server", "owner": "choice-sharing-owner"}
SHARING_CHOICES = [app_commands.Choice[str](name=said(key), value=value) for value, key in SHARING_WORDS.items()]

character = group("command-character")


@command("command-character-add", character)
@options(
    name="option-name",
    picture="option-picture",
    description="option-description",
    outfit="option-outfit",
    sharing="option-sharing",
)
@app_commands.choices(sharing=SHARING_CHOICES)
async def add(
    interaction: discord.Interaction[TwohanderClient],
    *,
    name: Name,
    picture: discord.Attachment,
    description: Text | None = None,
    outfit: Text | None = None,
    sharing: Sharing | None = None,
) -> None:
    """Add a character with a reference picture."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        sheet = Sheet(name, description, outfit, sharing, await _read(picture, services.config.pictures.max_bytes))
        kept = await services.roster.add(answer.guild_id, answer.guild_locale, answer.member_id, sheet)
        await _confirm(answer, "reply-character-added", kept)


@command("command-character-list", character)
@options(page="option-page")
async def list_(interaction: discord.Interaction[TwohanderClient], page: app_commands.Range[int, 1] = 1) -> None:
    """List the characters that the member may cast."""
    async with answering(interaction) as answer:
        words = answer.words
        found = await interaction.client.services.roster.visible_to(answer.guild_id, answer.member_id)
        lines = [
            words(
                "reply-character-line",
                name=escaped(who.name),
                owner=f"<@{who.owner_id}>",
                sharing=words(SHARING_WORDS[who.sharing]),
            )
            for who in found
        ]
        divided = pages(lines)
        if not divided:
            await answer.give(words("reply-no-characters"))
            return
        page = min(page, len(divided))
        text = [words("reply-characters", count=len(found)), *divided[page - 1]]
        if len(divided) > 1:
            text.append(words("reply-page", page=page, pages=len(divided)))
        await answer.give("\n".join(text))


@command("command-character-show", character)
@options(name="option-name")
@app_commands.autocomplete(name=suggestions.castable)
async def show(interaction: discord.Interaction[TwohanderClient], name: Name) -> None:
    """Show a character with its picture."""
    roster = interaction.client.services.roster
    async with answering(interaction) as answer:
        who = await roster.show(answer.guild_id, name, answer.member_id)
        picture = await asyncio.to_thread(_open_picture, who)
        files = (
            [
                discord.File(io.BytesIO(data), name)
                for name, data in ((PICTURE_NAME, picture.data), (FRAMED_NAME, picture.framed))
            ]
            if picture
            else []
        )
        await answer.give(None, embed=_sheet(answer.words, who, picture), files=files)


@command("command-character-edit", character)
@options(
    name="option-name",
    new_name="option-new-name",
    picture="option-new-picture",
    description="option-new-description",
    outfit="option-new-outfit",
    sharing="option-sharing",
)
@app_commands.choices(sharing=SHARING_CHOICES)
@app_commands.autocomplete(name=suggestions.editable)
async def edit(
    interaction: discord.Interaction[TwohanderClient],
    *,
    name: Name,
    new_name: Name | None = None,
    picture: discord.Attachment | None = None,
    description: Text | None = None,
    outfit: Text | None = None,
    sharing: Sharing | None = None,
) -> None:
    """Change what is named of a character; its owner and managers only."""
    services = interaction.client.services
    async with answering(interaction) as answer:
        data = await _read(picture, services.config.pictures.max_bytes) if picture else None
        description, outfit = ("" if text == NOTHING else text for text in (description, outfit))
        sheet = Sheet(new_name, description, outfit, sharing, data)
        if sheet == Sheet():
            raise Refused("refused-nothing-to-change")
        kept = await services.roster.edit(answer.guild_id, name, answer.member_id, sheet, may_manage=answer.may_manage)
        await _confirm(answer, "reply-character-edited", kept)


@command("command-character-remove", character)
@options(name="option-name")
@app_commands.autocomplete(name=suggestions.editable)
async def remove(interaction: discord.Interaction[TwohanderClient], name: Name) -> None:
    """Remove a character; its owner and managers only."""
    roster = interaction.client.services.roster
    async with answering(interaction) as answer:
        gone = await roster.remove(answer.guild_id, name, answer.member_id, may_manage=answer.may_manage)
        await answer.give(answer.words("reply-character-removed", name=escaped(gone.name)))


async def _read(picture: discord.Attachment, limit: int) -> bytes:
    """Fetch an uploaded picture; what it really holds is checked when it is decoded.

    Raises:
        Refused: it is too large or plainly no picture (nothing was fetched then), or it does not come.
    """
    if picture.size > limit:
        raise Refused("refused-upload-too-large", most=limit / 1e6)
    kind = (picture.content_type or "").partition(";")[0]
    # Without a type, or with the type of "some bytes", the decoder has to tell.
    if kind not in {"", "application/octet-stream"} and not kind.startswith("image/"):
        raise Refused("refused-upload-no-picture", kind=kind)
    try:
        async with asyncio.timeout(READ_S):
            return await picture.read()
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("attachment %d did not come: %r", picture.id, error)
        raise Refused("refused-upload-lost") from error


async def _confirm(answer: Answer, key: str, kept: Kept) -> None:
    """Say that a character is stored, and what its picture will suffer from."""
    words = answer.words
    text = [words(key, name=escaped(kept.character.name), sharing=words(SHARING_WORDS[kept.character.sharing]))]
    await answer.give("\n".join(text + _warned(words, kept.warnings)))


def _warned(words: Speaker, warnings: Sequence[casting.Warning]) -> list[str]:
    return [f"- {words(warning.key, **quoted(warning.args))}" for warning in warnings]


@dataclass(frozen=True, slots=True)
class _Picture:
    """A stored picture and how a shot with nobody else frames it (PNG both), how the person was found, and warnings."""

    data: bytes
    framed: bytes
    found: str
    warnings: tuple[casting.Warning, ...]


def _open_picture(who: Character) -> _Picture | None:
    """Read the stored picture and look at it again; None where it is gone. Blocking: runs in a thread.

    The rest of the sheet is worth showing without the picture too.
    """
    path = Path(who.picture_path)
    try:
        data = path.read_bytes()
        reference = casting.Reference(data, who.picture_sha256, who.picture_width, who.picture_height)
        framed = casting.preview(casting.Part.read(who.name, path).picture, who.name)
        (placed,) = framed.report.placed
        return _Picture(data, framed.data, casting.FOUND[placed.method], casting.warnings_for(reference))
    except OSError as error:
        log.warning("the picture of character %d cannot be opened: %s", who.id, error)
        return None


def _sheet(words: Speaker, who: Character, picture: _Picture | None) -> discord.Embed:
    embed = discord.Embed(
        title=escaped(who.name), description=escaped(who.description) or words("reply-no-description")
    )
    if who.outfit:
        embed.add_field(name=words("reply-outfit"), value=escaped(who.outfit), inline=False)
    embed.add_field(name=words("reply-owner"), value=f"<@{who.owner_id}>")
    embed.add_field(name=words("reply-sharing"), value=words(SHARING_WORDS[who.sharing]))
    if picture is None:
        embed.set_footer(text=words("reply-picture-missing"))
        return embed
    if picture.warnings:
        warned = "\n".join(_warned(words, picture.warnings))
        embed.add_field(name=words("reply-warnings"), value=shortened(warned, FIELD_LIMIT), inline=False)
    embed.set_thumbnail(url=f"attachment://{PICTURE_NAME}")
    embed.set_image(url=f"attachment://{FRAMED_NAME}")
    return embed.set_footer(text=words("reply-framed", found=words(picture.found)))
