"""The page that `/shot` shows before it queues: what the guards changed, and what the member can do about it."""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import discord

from bot.announcements import duration_text
from bot.commands.errors import quoted, refusal
from bot.commands.wording import escaped, excerpt, shortened
from bot.guards import TEXT_MOST
from bot.i18n import speak
from bot.refusal import Refused
from bot.views import modal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.client import TwohanderClient
    from bot.drafting import Drafting, Proposal
    from bot.guards import Finding
    from bot.i18n import Speaker
    from bot.intake import Accepted

log = logging.getLogger(__name__)

Act = Literal["render", "edit", "own", "keep_on", "split", "reframe"]
ACTS: tuple[Act, ...] = get_args(Act)

REPAIRS: tuple[Act, ...] = ("keep_on", "split", "reframe")

LABELS: dict[Act, str] = {
    "render": "button-render",
    "edit": "button-edit",
    "own": "button-own-words",
    "keep_on": "guard-option-keep_on",
    "split": "guard-option-split",
    "reframe": "guard-option-reframe",
}
STYLES: dict[Act, discord.ButtonStyle] = {
    "render": discord.ButtonStyle.success,
    "edit": discord.ButtonStyle.secondary,
    "own": discord.ButtonStyle.secondary,
    "keep_on": discord.ButtonStyle.primary,
    "split": discord.ButtonStyle.primary,
    "reframe": discord.ButtonStyle.primary,
}
SIGNS = {"changed": "✏️", "warning": "⚠️", "refused": "⛔", "note": "ℹ️"}

EMBED_LIMIT = 4096
"""Characters that an embed's description holds."""

SHOWN = 100
"""Characters of a passage in the list."""

FINDINGS_SHOWN = 2400
PROMPT_SHOWN = 1600

MODAL = re.compile(r"draft-text:(?P<draft>[0-9]+)")


def page(words: Speaker, proposal: Proposal) -> discord.Embed:
    """Return the page: each finding with before → after, its reason and rule, then what would be queued."""
    report = proposal.whole.report
    found = [finding for finding in report.findings if finding.level != "note"]
    lines = [_line(words, finding) for finding in found]
    lines += [f"💬 {escaped(cue.speaker or '—')}: {escaped(excerpt(cue.text, SHOWN))}" for cue in report.cues]
    lines += [
        words("review-pin", name=escaped(who.name), frame=frame)
        for who, frame in zip(proposal.whole.cast, proposal.whole.pin_frames, strict=True)
        if proposal.order.staggered
    ]
    if proposal.order.keep:
        rules = [words(f"guard-rule-{rule}") for rule in proposal.order.keep]
        lines.append(words("review-kept", rules=", ".join(rules)))
    text = [words("review-found" if found else "review-clean"), shortened("\n".join(lines), FINDINGS_SHOWN)]
    room = PROMPT_SHOWN // len(proposal.shots)
    for number, shot in enumerate(proposal.shots, start=1):
        heading = words("review-prompt-of", number=number) if proposal.parts else words("review-prompt")
        text += ["", f"**{heading}**", escaped(excerpt(shot.report.prompt, room))]
    return discord.Embed(title=words("review-title"), description=shortened("\n".join(text), EMBED_LIMIT))


def _line(words: Speaker, finding: Finding) -> str:
    before, after = (escaped(excerpt(text, SHOWN)) for text in (finding.before, finding.after))
    change = ""
    if finding.level == "changed":
        change = f"~~{before}~~ → **{after}**" if before and after else f"+ **{after}**" if after else f"~~{before}~~"
    elif before:
        change = f"“{before}”"
    rule = words("review-rule", number=finding.number, name=words(f"guard-rule-{finding.rule}"))
    return f"{SIGNS[finding.level]} {change} {words(finding.reason, **quoted(dict(finding.args)))} *{rule}*"


def buttons(words: Speaker, proposal: Proposal) -> discord.ui.View:
    """Return the page's buttons: what can be done depends on what was found."""
    findings = proposal.whole.report.findings
    offered: set[str] = {option.key for finding in findings for option in finding.options}
    acts: list[Act] = ["render", "edit"]
    if any(finding.soft for finding in findings):
        acts.append("own")
    acts.extend(act for act in REPAIRS if act in offered)
    chosen = "split" if proposal.parts else "keep_on"
    view = discord.ui.View(timeout=None)
    for act in acts:
        view.add_item(DraftButton(proposal.draft_id, act, words(LABELS[act]), disabled=act == chosen))
    return view


def receipt(words: Speaker, accepted: Sequence[Accepted], *, with_findings: bool) -> str:
    """Return number, place and estimate of each queued shot, and what the guards changed where no page said it."""
    text: list[str] = []
    for one in accepted:
        eta = duration_text(words, one.eta_s)
        text.append(words("reply-shot-queued", number=str(one.shot.number), place=one.place, eta=eta))
        found = [finding for finding in one.report.findings if with_findings and finding.level != "note"]
        if found:
            text.append(words("reply-guards"))
            text += [f"- {words(finding.reason, **quoted(dict(finding.args)))}" for finding in found]
    return shortened("\n".join(text))


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
                case repair:
                    await _show(interaction, words, await drafting.choose(self.draft_id, member, repair))


class DraftEditor(discord.ui.Modal):
    """The modal with the shot's words. It is answered by `submit`, which a restart does not forget."""

    def __init__(self, words: Speaker, proposal: Proposal) -> None:
        super().__init__(title=words("editor-title"), custom_id=f"draft-text:{proposal.draft_id}", timeout=None)
        self.add_item(
            discord.ui.Label(
                text=words("editor-label"),
                component=discord.ui.TextInput(
                    style=discord.TextStyle.paragraph,
                    default=proposal.order.words,
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
        proposal = await drafting.look(draft_id, interaction.user.id)
    except Refused as refused:
        await interaction.response.send_message(refusal(words, refused), ephemeral=True)
    else:
        await interaction.response.send_modal(DraftEditor(words, proposal))


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
    except Exception:  # discord.py would only log it, and the member would wait
        log.exception("[interaction %d] a draft's button failed", interaction.id)
        await interaction.followup.send(words("failure-unexpected", reference=str(interaction.id)), ephemeral=True)
