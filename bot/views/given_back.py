"""What becomes of a text that could not be stored: it comes back to its member as a file, beside what is current."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import discord

from bot.commands.episode_answer import since
from bot.commands.errors import refusal
from bot.commands.wording import escaped, excerpt, shortened
from bot.episodes import StaleEdit
from bot.views.episode_texts import INPUTS, Kind, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.client import TwohanderClient
    from bot.commands.answer import Answer
    from bot.i18n import Speaker
    from bot.refusal import Refused

SHOWN = 800
"""Characters of a text in the comparison; the file has all of it."""

EMBED_LIMIT = 4096


async def give_back(
    interaction: discord.Interaction[TwohanderClient],
    answer: Answer,
    refused: Refused,
    written: Mapping[str, str],
    *,
    again: discord.ui.Item[Any],
    part: tuple[Kind, int] | None,
) -> None:
    """Say why nothing was stored, and return all that was typed as a file.

    Args:
        interaction: of the modal.
        answer: the one that is waited for.
        refused: why; of a `StaleEdit` also what changed, and what is current.
        written: the texts, by the names of `bot.views.episode_texts`.
        again: the button that opens the editor on what is current.
        part: of which part of the episode they are, by its id.
    """
    embeds = [_compared(answer.words, refused, part, written)] if isinstance(refused, StaleEdit) and part else []
    whole = "\n\n".join(f"[{key}]\n{value}" for key, value in written.items())
    await interaction.edit_original_response(
        content=shortened(f"{refusal(answer.words, refused)}\n{answer.words('reply-episode-given-back')}"),
        embeds=embeds,
        attachments=[discord.File(io.BytesIO(whole.encode()), "your-text.txt")],
        view=discord.ui.View(timeout=None).add_item(again),
    )


def _compared(words: Speaker, stale: StaleEdit, part: tuple[Kind, int], written: Mapping[str, str]) -> discord.Embed:
    """Return who changed what, and each text that differs, as it is now and as the member has it."""
    now = texts_of(stale.current, *part)
    lines = [f"**{words('edit-since')}**", *since(words, stale.since)] if stale.since else []
    differing: list[str] = []
    for key, shape in INPUTS[part[0]].items():
        theirs, ours = (now or {}).get(key, ""), written.get(key, "").strip()
        if now is not None and key in written and theirs != ours:
            differing += [
                f"**{words(shape.label)}**",
                words("reply-episode-now", text=escaped(excerpt(theirs, SHOWN)) or "–"),
                words("reply-episode-yours", text=escaped(excerpt(ours, SHOWN)) or "–"),
            ]
    nothing = words("reply-episode-part-gone" if now is None else "reply-episode-elsewhere")
    text = shortened("\n".join([*lines, *(differing or [nothing])]), EMBED_LIMIT)
    return discord.Embed(title=words("reply-episode-differs"), description=text)
