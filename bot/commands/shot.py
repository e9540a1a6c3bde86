"""`/shot`: describe a shot, see what the guards make of it, and put it into the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot import styles
from bot.commands import suggestions
from bot.commands.answer import answering
from bot.commands.localisation import command, options, said
from bot.guards import TEXT_MOST
from bot.orders import FRAMES, SEED_BITS, SIZES, Quality, Seconds, ShotOrder
from bot.roster import MAX_NAME
from bot.styles import MAX_STYLE_NAME
from bot.views.draft import buttons
from bot.views.page import page, receipt

if TYPE_CHECKING:
    from bot.client import TwohanderClient

Prompt = app_commands.Range[str, 1, TEXT_MOST]
Name = app_commands.Range[str, 1, MAX_NAME]
StyleName = app_commands.Range[str, 1, MAX_STYLE_NAME]

LENGTH_CHOICES = [app_commands.Choice[int](name=said("choice-length", seconds=s), value=s) for s in FRAMES]
QUALITY_WORDS: dict[Quality, str] = {"preview": "choice-quality-preview", "full": "choice-quality-full"}
QUALITY_CHOICES = [
    app_commands.Choice[str](name=said(key, width=SIZES[value][0], height=SIZES[value][1]), value=value)
    for value, key in QUALITY_WORDS.items()
]


@command("command-shot")
@options(
    prompt="option-prompt",
    character1="option-character1",
    character2="option-character2",
    character3="option-character3",
    length="option-length",
    quality="option-quality",
    seed="option-seed",
    lora="option-lora",
    pin="option-pin",
    style_lora="option-style-lora",
    staggered="option-staggered",
)
@app_commands.choices(length=LENGTH_CHOICES)
@app_commands.choices(quality=QUALITY_CHOICES)
@app_commands.autocomplete(
    character1=suggestions.castable, character2=suggestions.castable, character3=suggestions.castable
)
@app_commands.autocomplete(style_lora=suggestions.styles)
@app_commands.guild_only()
async def shot(
    interaction: discord.Interaction[TwohanderClient],
    *,
    prompt: Prompt,
    character1: Name | None = None,
    character2: Name | None = None,
    character3: Name | None = None,
    length: Seconds | None = None,
    quality: Quality | None = None,
    seed: app_commands.Range[int, 0, 2**SEED_BITS - 1] | None = None,
    # The ranges are the model card's, as in `bot.config.Defaults`.
    lora: app_commands.Range[float, 0.3, 1.0] | None = None,
    pin: app_commands.Range[float, 0.7, 0.95] | None = None,
    style_lora: StyleName | None = None,
    staggered: bool = False,
) -> None:
    """Keep a draft and show its page, or queue it where there is nothing to show."""
    drafting = interaction.client.services.drafting
    async with answering(interaction) as answer:
        order = ShotOrder(
            guild_id=answer.guild_id,
            channel_id=answer.channel_id,
            member_id=answer.member_id,
            locale=answer.guild_locale,
            words=prompt,
            cast=tuple(name for name in (character1, character2, character3) if name is not None),
            seconds=length,
            quality=quality,
            seed=seed,
            lora_strength=lora,
            pin_strength=pin,
            style_lora=styles.innermost(style_lora or ""),
            staggered=staggered,
        )
        proposal = await drafting.propose(order)
        if await drafting.wants_page(proposal):
            await answer.give(None, embed=page(answer.words, proposal), view=buttons(answer.words, proposal))
        else:
            accepted = await drafting.queue(proposal.draft_id, answer.member_id)
            await answer.give(receipt(answer.words, accepted, with_findings=True))
