"""`/shot`: describe a shot and put it into the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.announcements import duration_text
from bot.commands import suggestions
from bot.commands.answer import answering
from bot.commands.errors import quoted
from bot.commands.localisation import command, options, said
from bot.guards import TEXT_MOST
from bot.intake import FRAMES, SEED_BITS, SIZES, Quality, Seconds, ShotOrder
from bot.roster import MAX_NAME

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.i18n import Speaker
    from bot.intake import Accepted

Prompt = app_commands.Range[str, 1, TEXT_MOST]
Name = app_commands.Range[str, 1, MAX_NAME]

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
    staggered="option-staggered",
)
@app_commands.choices(length=LENGTH_CHOICES)
@app_commands.choices(quality=QUALITY_CHOICES)
@app_commands.autocomplete(
    character1=suggestions.castable, character2=suggestions.castable, character3=suggestions.castable
)
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
    staggered: bool = False,
) -> None:
    """Queue a shot, and say what the guards made of it."""
    intake = interaction.client.services.intake
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
            staggered=staggered,
        )
        accepted = await intake.accept(await intake.prepare(order))
        await answer.give(_receipt(answer.words, accepted))


def _receipt(words: Speaker, accepted: Accepted) -> str:
    """Return number, place and estimate, and what the guards changed."""
    text = [
        words(
            "reply-shot-queued",
            number=str(accepted.shot.number),
            place=accepted.place,
            eta=duration_text(words, accepted.eta_s),
        )
    ]
    # Notes (a default that was taken, say) are for `twohander guard`; here only what bears on the clip.
    found = [finding for finding in accepted.report.findings if finding.level != "note"]
    if found:
        text.append(words("reply-guards"))
        text += [f"- {words(finding.reason, **quoted(dict(finding.args)))}" for finding in found]
    return "\n".join(text)
