"""The editor on the texts of an episode, a scene or a shot.

All that an editor knows is in its id: number, version and part. Nothing that a member typed is lost: where it cannot be
stored, it comes back to them (`bot.views.given_back`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.commands.answer import answering
from bot.commands.episode_answer import stored, who
from bot.commands.errors import refusal
from bot.commands.wording import excerpt
from bot.episodes import Who
from bot.i18n import speak
from bot.refusal import Refused
from bot.views import modal
from bot.views.episode_texts import INPUTS, Kind, altered, kind_of, label_of, part_of, texts_of
from bot.views.given_back import give_back

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.i18n import Speaker
    from db.writing import Episode

MODAL = re.compile(r"episode-edit:(?P<number>[0-9]+):(?P<version>[0-9]+):(?P<kind>episode|scene|shot):(?P<part>[0-9]+)")

MODAL_TITLE = 45
"""Characters of a modal's title."""


async def open_editor(interaction: discord.Interaction[TwohanderClient], number: int, part: str | None) -> None:
    """Show the editor on the episode, or on its scene or shot `part`."""
    # No deferring: a modal must be the first answer. What comes before it is one look at the database.
    words = speak(interaction.locale.value)
    try:
        episode = await interaction.client.services.writing.find(_who(interaction), number, "edit")
        kind, part_id = part_of(episode, part)
    except Refused as refused:
        await interaction.response.send_message(refusal(words, refused), ephemeral=True)
    else:
        await interaction.response.send_modal(EpisodeEditor(words, episode, kind, part_id, part or ""))


class EpisodeEditor(discord.ui.Modal):
    """The modal with the texts. It is answered by `submit`, which a restart does not forget."""

    def __init__(self, words: Speaker, episode: Episode, kind: Kind, part_id: int, label: str) -> None:
        title = words(f"editor-{kind}", number=str(episode.number), part=label)
        super().__init__(
            title=excerpt(title, MODAL_TITLE),
            custom_id=f"episode-edit:{episode.number}:{episode.version}:{kind}:{part_id}",
            timeout=None,
        )
        current = texts_of(episode, kind, part_id) or {}
        for key, shape in INPUTS[kind].items():
            style = discord.TextStyle.paragraph if shape.long else discord.TextStyle.short
            box: discord.ui.TextInput[Self] = discord.ui.TextInput(
                style=style,
                default=current.get(key, "")[: shape.most],
                max_length=shape.most,
                required=shape.needed,
                custom_id=key,
            )
            self.add_item(discord.ui.Label(text=words(shape.label), component=box))


class EditAgainButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"episode-again:(?P<number>[0-9]+):(?P<kind>[a-z]+):(?P<part>[0-9]+)",
):
    """Opens the editor on what is current. All that it knows is in its id."""

    def __init__(self, number: int, kind: Kind, part_id: int, label: str = "") -> None:
        super().__init__(
            discord.ui.Button(
                label=label, style=discord.ButtonStyle.primary, custom_id=f"episode-again:{number}:{kind}:{part_id}"
            )
        )
        self.number = number
        self.kind: Kind = kind
        self.part_id = part_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its id."""
        del interaction, item
        return cls(int(match["number"]), kind_of(match["kind"]), int(match["part"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Open the editor."""
        words = speak(interaction.locale.value)
        try:
            episode = await interaction.client.services.writing.find(_who(interaction), self.number, "edit")
            label = label_of(episode, self.kind, self.part_id)
        except Refused as refused:
            await interaction.response.send_message(refusal(words, refused), ephemeral=True)
        else:
            await interaction.response.send_modal(EpisodeEditor(words, episode, self.kind, self.part_id, label))


async def submit(interaction: discord.Interaction[TwohanderClient]) -> None:
    """Take what was written in an `EpisodeEditor`; other modals are left alone."""
    match = MODAL.fullmatch(modal.custom_id(interaction))
    if match is None:
        return
    number, kind, part_id = int(match["number"]), kind_of(match["kind"]), int(match["part"])
    written = modal.fields(interaction)
    writing = interaction.client.services.writing
    async with answering(interaction) as answer:
        again = EditAgainButton(number, kind, part_id, answer.words("button-edit-again"))
        try:
            changed = await writing.change(
                who(answer), number, lambda before: altered(before, kind, part_id, written), int(match["version"])
            )
        except Refused as refused:
            await give_back(interaction, answer, refused, written, again=again, part=(kind, part_id))
        else:
            label = label_of(changed.episode, kind, part_id)
            sentence = answer.words("reply-episode-edited", number=str(number), part=label or "–")
            await answer.give(stored(answer.words, sentence, changed))


def _who(interaction: discord.Interaction[Any]) -> Who:
    # `/episode` is for servers only: a channel and a server are always there.
    return Who(
        interaction.guild_id or 0,
        interaction.channel_id or 0,
        interaction.user.id,
        interaction.locale.value,
        interaction.permissions.manage_guild,
    )
