"""The buttons beneath a posted take: have it rendered again with other words, seed or pin; pick it for its shot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import discord

from bot.announcements import duration_text
from bot.commands.answer import Answer, pressed
from bot.commands.errors import quoted, refusal
from bot.commands.wording import shortened
from bot.directing import Wish
from bot.episodes import StaleEdit
from bot.guards import TEXT_MOST
from bot.i18n import speak
from bot.orders import SEED_BITS
from bot.refusal import Refused
from bot.views import modal
from bot.views.given_back import give_back

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from bot.directing import Directions, Ordered
    from bot.i18n import Speaker

Act = Literal["again", "pick", "votes"]
ACTS: tuple[Act, ...] = get_args(Act)

SEED_MOST = 2**SEED_BITS - 1
SEED_DIGITS = len(str(SEED_MOST))

# The model card's range, as in `bot.config.Defaults`.
PIN_LEAST, PIN_MOST = 0.7, 0.95

MODAL = re.compile(r"take-again:(?P<job>[0-9]+)(?::(?P<version>[0-9]+))?")


class TakeButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"take:(?P<job>[0-9]+):(?P<act>again|pick|votes)"
):
    """One button of a take. All that it knows is in its id: a restart changes nothing."""

    def __init__(self, job_id: int, act: Act, label: str = "") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"take:{job_id}:{act}"))
        self.job_id = job_id
        self.act: Act = act

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its id."""
        del interaction, item
        return cls(int(match["job"]), next(act for act in ACTS if act == match["act"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        if self.act == "again":
            await _open_editor(interaction, self.job_id)
            return
        directing = interaction.client.services.directing
        async with pressed(interaction) as answer:
            words = answer.words
            if self.act == "votes":
                shot = await directing.let_votes_choose(
                    self.job_id, answer.guild_id, answer.member_id, may_manage=answer.may_manage
                )
                await answer.give(words("reply-votes-choose", number=str(shot.number)))
                return
            shot, job = await directing.pick(
                self.job_id, answer.guild_id, answer.member_id, may_manage=answer.may_manage
            )
            view = discord.ui.View(timeout=None)
            view.add_item(TakeButton(job.id, "votes", words("button-votes")))
            await answer.give(words("reply-picked", number=str(shot.number), take=job.take), view=view)


class TakeEditor(discord.ui.Modal):
    """The modal in which a take is changed. It is answered by `submit`, which a restart does not forget."""

    def __init__(self, words: Speaker, job_id: int, directions: Directions) -> None:
        version = "" if directions.version is None else f":{directions.version}"
        super().__init__(title=words("again-title"), custom_id=f"take-again:{job_id}{version}", timeout=None)
        self._add(
            words("editor-label"),
            discord.ui.TextInput(
                style=discord.TextStyle.paragraph, default=directions.words, max_length=TEXT_MOST, custom_id="words"
            ),
        )
        self._add(
            words("again-seed"),
            discord.ui.TextInput(
                placeholder=words("again-seed-new"), max_length=SEED_DIGITS, required=False, custom_id="seed"
            ),
        )
        if directions.pin_strength is not None:
            self._add(
                words("again-pin", least=f"{PIN_LEAST:g}", most=f"{PIN_MOST:g}"),
                discord.ui.TextInput(
                    default=f"{directions.pin_strength:g}", max_length=5, required=False, custom_id="pin"
                ),
            )

    def _add(self, text: str, component: discord.ui.TextInput[Any]) -> None:
        self.add_item(discord.ui.Label(text=text, component=component))


async def submit(interaction: discord.Interaction[TwohanderClient]) -> None:
    """Take what was written in a `TakeEditor`; other modals are left alone."""
    match = MODAL.fullmatch(modal.custom_id(interaction))
    if match is None:
        return
    job_id, version = int(match["job"]), match["version"]
    written = modal.fields(interaction)
    directing = interaction.client.services.directing
    async with pressed(interaction) as answer:
        member = (job_id, answer.guild_id, answer.member_id)
        try:
            wish = wish_of(written, None if version is None else int(version))
            ordered = await directing.again(*member, wish, may_manage=answer.may_manage)
        except Refused as refused:
            if version is None:
                raise
            # What was written of an episode comes back, as from its own editor.
            part_id = None
            if isinstance(refused, StaleEdit):
                part_id = (await directing.read(*member, may_manage=answer.may_manage)).part_id
            again = TakeButton(job_id, "again", answer.words("button-edit-again"))
            await give_back(
                interaction, answer, refused, written, again=again, part=("shot", part_id) if part_id else None
            )
        else:
            await answer.give(receipt(answer.words, ordered))


def wish_of(written: dict[str, str], version: int | None = None) -> Wish:
    """Return what a submitted `TakeEditor` asks for, of an episode that was read in `version`.

    Raises:
        Refused: the seed or the pin strength is no number in its range, or the words are gone.
    """
    words, seed, pin = (written.get(name, "").strip() for name in ("words", "seed", "pin"))
    if not words:
        raise Refused("refused-no-words")
    if seed and not (re.fullmatch(r"[0-9]+", seed) and int(seed) <= SEED_MOST):
        raise Refused("refused-seed", most=SEED_MOST)
    # A decimal comma is a point to many.
    number = pin.replace(",", ".")
    if pin and not (re.fullmatch(r"[01]?\.?[0-9]+", number) and PIN_LEAST <= float(number) <= PIN_MOST):
        raise Refused("refused-pin", least=f"{PIN_LEAST:g}", most=f"{PIN_MOST:g}")
    return Wish(words, int(seed) if seed else None, float(number) if pin else None, version)


def receipt(words: Speaker, ordered: Ordered) -> str:
    """Return number, place and estimate of the queued take, and what the guards made of changed words."""
    eta = duration_text(words, ordered.eta_s)
    name = f"{ordered.shot.number}.{ordered.job.take}"
    text = [words("reply-take-queued", take=name, place=ordered.place, eta=eta)]
    found = [finding for finding in ordered.report.findings if finding.level != "note"] if ordered.report else []
    if found:
        text.append(words("reply-guards"))
        text += [f"- {words(finding.reason, **quoted(dict(finding.args)))}" for finding in found]
    return shortened("\n".join(text))


async def _open_editor(interaction: discord.Interaction[TwohanderClient], job_id: int) -> None:
    # No deferring: a modal must be the first answer. What comes before it is a look at the database.
    words = speak(interaction.locale.value)
    try:
        answer = Answer(interaction)
        directions = await interaction.client.services.directing.read(
            job_id, answer.guild_id, answer.member_id, may_manage=answer.may_manage
        )
    except Refused as refused:
        await interaction.response.send_message(refusal(words, refused), ephemeral=True)
    else:
        await interaction.response.send_modal(TakeEditor(words, job_id, directions))
