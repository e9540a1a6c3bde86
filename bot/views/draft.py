"""The buttons and the editor of a draft's page, which outlive a restart of the bot."""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import discord

from bot.commands.errors import refusal, told
from bot.guards import TEXT_MOST
from bot.i18n import speak
from bot.refusal import Refused
from bot.views import modal
from bot.views.page import page, receipt

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.client import TwohanderClient
    from bot.drafting import Drafting, Proposal
    from bot.i18n import Speaker

log = logging.getLogger(__name__)

Act = Literal["render", "edit", "own", "keep_on", "split", "reframe", "undo"]
ACTS: tuple[Act, ...] = get_args(Act)

REPAIRS: tuple[Act, ...] = ("keep_on", "split", "reframe")

LABELS: dict[Act, str] = {
    "render": "button-render",
    "edit": "button-edit",
    "own": "button-own-words",
    "keep_on": "guard-option-keep_on",
    "split": "guard-option-split",
    "reframe": "guard-option-reframe",
    "undo": "button-undo",
}
STYLES: dict[Act, discord.ButtonStyle] = {
    "render": discord.ButtonStyle.success,
    "edit": discord.ButtonStyle.secondary,
    "own": discord.ButtonStyle.secondary,
    "keep_on": discord.ButtonStyle.primary,
    "split": discord.ButtonStyle.primary,
    "reframe": discord.ButtonStyle.primary,
    "undo": discord.ButtonStyle.secondary,
}
MODAL = re.compile(r"draft-text:(?P<draft>[0-9]+)")


def buttons(words: Speaker, proposal: Proposal) -> discord.ui.View:
    """Return the page's buttons: what can be done depends on what was found and what was chosen."""
    findings = proposal.whole.report.findings
    offered: set[str] = {option.key for finding in findings for option in finding.options}
    acts: list[Act] = ["render", "edit"]
    acts.extend(act for act in REPAIRS if act in offered)
    if any(finding.soft for finding in findings):
        acts.append("own")
    if proposal.chosen:
        acts.append("undo")
    standing = "split" if proposal.parts else "keep_on"
    view = discord.ui.View(timeout=None)
    for act in acts:
        view.add_item(DraftButton(proposal.draft_id, act, words(LABELS[act]), disabled=act == standing))
    return view


class DraftButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"draft:(?P<draft>[0-9]+):(?P<act>[a-z_]+)"):
    """One button of a draft's page. All that it knows is in its id: a restart changes nothing."""

    def __init__(self, draft_id: int, act: Act, label: str = "", *, disabled: bool = False) -> None:
        super().__init__(
            discord.ui.Button(label=label, style=STYLES[act], disabled=disabled, custom_id=f"draft:{draft_id}:{act}")
        )
        self.draft_id = draft_id
        self.act: Act = act

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its id."""
        del interaction, item
        return cls(int(match["draft"]), next(act for act in ACTS if act == match["act"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        drafting: Drafting = interaction.client.services.drafting
        if self.act == "edit":
            await _open_editor(interaction, drafting, self.draft_id)
            return
        async with _answering(interaction) as words:
            member = interaction.user.id
            match self.act:
                case "render":
                    accepted = await drafting.queue(self.draft_id, member)
                    text = receipt(words, accepted, with_findings=False)
                    await interaction.edit_original_response(content=text, embed=None, view=None)
                case "own":
                    await _show(interaction, words, await drafting.keep_words(self.draft_id, member))
                case "undo":
                    await _show(interaction, words, await drafting.undo(self.draft_id, member))
                case repair:
                    await _show(interaction, words, await drafting.choose(self.draft_id, member, repair))


class DraftEditor(discord.ui.Modal):
    """The modal with the shot's words. It is answered by `submit`, which a restart does not forget."""

    def __init__(self, words: Speaker, draft_id: int, text: str) -> None:
        super().__init__(title=words("editor-title"), custom_id=f"draft-text:{draft_id}", timeout=None)
        self.add_item(
            discord.ui.Label(
                text=words("editor-label"),
                component=discord.ui.TextInput(
                    style=discord.TextStyle.paragraph,
                    default=text,
                    max_length=TEXT_MOST,
                    custom_id="words",
                ),
            )
        )


async def submit(interaction: discord.Interaction[TwohanderClient]) -> None:
    """Take what was written in a `DraftEditor`; other modals are left alone."""
    match = MODAL.fullmatch(modal.custom_id(interaction))
    if match is None:
        return
    written = modal.fields(interaction).get("words", "")
    async with _answering(interaction) as words:
        drafting = interaction.client.services.drafting
        await _show(interaction, words, await drafting.reword(int(match["draft"]), interaction.user.id, written))


async def _open_editor(interaction: discord.Interaction[TwohanderClient], drafting: Drafting, draft_id: int) -> None:
    # No deferring: a modal must be the first answer. What comes before it is one look at the database.
    words = speak(interaction.locale.value)
    try:
        order = await drafting.order(draft_id, interaction.user.id)
    except Refused as refused:
        await interaction.response.send_message(refusal(words, refused), ephemeral=True)
    else:
        await interaction.response.send_modal(DraftEditor(words, draft_id, order.words))


async def _show(interaction: discord.Interaction[TwohanderClient], words: Speaker, proposal: Proposal) -> None:
    await interaction.edit_original_response(embed=page(words, proposal), view=buttons(words, proposal))


@asynccontextmanager
async def _answering(interaction: discord.Interaction[TwohanderClient]) -> AsyncGenerator[Speaker]:
    """Defer at once, then run the block. What goes wrong in it is told beside the page, which stays as it was."""
    words = speak(interaction.locale.value)
    await interaction.response.defer()
    try:
        yield words
    except Refused as refused:
        await interaction.followup.send(refusal(words, refused), ephemeral=True)
    except discord.HTTPException:
        log.exception("[interaction %d] a draft's page could not be shown", interaction.id)
    except Exception as error:  # noqa: BLE001 - told and logged there; discord.py would leave the member waiting
        await interaction.followup.send(await told(words, error, interaction), ephemeral=True)
