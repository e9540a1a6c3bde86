"""A shot between "here is my idea" and "queue it": kept as a row, so that its buttons work after a restart.

Each look at a draft runs the guards anew on the order as it stands; nothing but the order is stored.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter, ValidationError

from bot.orders import Accepted, Prepared, ShotOrder
from bot.refusal import Refused
from db import drafts, guilds, members

if TYPE_CHECKING:
    from bot.guards import Cue, Finding
    from bot.intake import Intake
    from db.connection import Database

log = logging.getLogger(__name__)

KEPT_S = 14 * 24 * 3600.0
"""How long a draft waits for its member."""

Repair = Literal["keep_on", "split", "reframe"]

ORDER = TypeAdapter(ShotOrder)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft and what the guards make of it: one shot, or two where it is to be split."""

    draft_id: int
    order: ShotOrder
    whole: Prepared
    parts: tuple[Prepared, ...] = ()

    @property
    def shots(self) -> tuple[Prepared, ...]:
        """What would be queued."""
        return self.parts or (self.whole,)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in what would be queued: of a split shot, what its parts do not repeat or have solved."""
        if not self.parts:
            return self.whole.report.findings
        said = (finding for finding in self.whole.report.findings if finding.rule == "quoted_dialogue")
        found = [*said, *(finding for part in self.parts for finding in part.report.findings)]
        once = {(finding.reason, finding.before, finding.after): finding for finding in found}
        return tuple(once.values())

    @property
    def chosen(self) -> bool:
        """Whether a choice of the member stands that can be taken back."""
        return bool(self.order.keep or self.order.repaired or self.parts)


class Drafting:
    """Keeps drafts, and turns them into queued shots."""

    def __init__(self, database: Database, intake: Intake) -> None:
        self._database = database
        self._intake = intake

    async def propose(self, order: ShotOrder) -> Proposal:
        """Keep a draft of `order`, and return what the guards make of it.

        Raises:
            Refused: as for `Intake.prepare`; nothing is kept.
        """
        whole, parts = await self._prepare(order)
        async with self._database.writing() as writer:
            await drafts.forget_older_than(writer, KEPT_S)
            await guilds.remember(writer, order.guild_id, order.locale)
            draft_id = await drafts.add(
                writer,
                guild_id=order.guild_id,
                member_id=order.member_id,
                shot_order=ORDER.dump_json(order).decode(),
            )
        return Proposal(draft_id, order, whole, parts)

    async def wants_page(self, proposal: Proposal) -> bool:
        """Return whether the member is to see the proposal before it is queued."""
        order = proposal.order
        if proposal.whole.report.changed:
            return True
        return not await members.skips_clean_reports(self._database.reading(), order.guild_id, order.member_id)

    async def look(self, draft_id: int, member_id: int) -> Proposal:
        """Return the draft as it stands.

        Raises:
            Refused: it is gone, another member's, or queued already; or as for `Intake.prepare`.
        """
        order = await self.order(draft_id, member_id)
        whole, parts = await self._prepare(order)
        return Proposal(draft_id, order, whole, parts)

    async def reword(self, draft_id: int, member_id: int, words: str) -> Proposal:
        """Replace the draft's words; earlier choices are about other words and go.

        Raises:
            Refused: as for `look`; the draft stays as it was.
        """
        order = await self.order(draft_id, member_id)
        return await self._change(draft_id, replace(order, words=words, keep=(), repaired="", parts=()))

    async def keep_words(self, draft_id: int, member_id: int) -> Proposal:
        """Override the soft rules that find something in the member's words ("use my words").

        Raises:
            Refused: as for `look`; the draft stays as it was.
        """
        order = replace(await self.order(draft_id, member_id), repaired="", parts=())
        soft = {finding.rule for finding in (await self._intake.prepare(order)).report.findings if finding.soft}
        return await self._change(draft_id, replace(order, keep=tuple(sorted({*order.keep, *soft}))))

    async def undo(self, draft_id: int, member_id: int) -> Proposal:
        """Take back every choice: the words are reviewed as when they were written.

        Raises:
            Refused: as for `look`; the draft stays as it was.
        """
        order = await self.order(draft_id, member_id)
        return await self._change(draft_id, replace(order, keep=(), repaired="", parts=()))

    async def choose(self, draft_id: int, member_id: int, repair: Repair) -> Proposal:
        """Choose a repair that is on offer: keep an object on, split into two shots, or frame it anew.

        Raises:
            Refused: as for `look`, or it is no longer on offer; the draft stays as it was.
        """
        proposal = await self.look(draft_id, member_id)
        options = [option for finding in proposal.whole.report.findings for option in finding.options]
        option = next((option for option in options if option.key == repair), None)
        if option is None:
            raise Refused("refused-draft-changed")
        order = replace(proposal.order, parts=())
        match repair:
            case "split":
                order = replace(order, parts=option.texts)
            case "reframe":
                order = replace(order, repaired=option.texts[0])
            case "keep_on":  # what the guard does where nothing is chosen
                pass
        return await self._change(draft_id, order)

    async def queue(self, draft_id: int, member_id: int) -> list[Accepted]:
        """Queue what is proposed, once.

        Raises:
            Refused: as for `look` and `Intake.accept`.
        """
        proposal = await self.look(draft_id, member_id)
        try:
            return await self._intake.accept(
                *proposal.shots, claim=lambda writer: drafts.queue(writer, proposal.draft_id)
            )
        except drafts.AlreadyQueuedError:
            raise Refused("refused-draft-queued") from None

    async def order(self, draft_id: int, member_id: int) -> ShotOrder:
        """Return the order as it stands; the guards do not run.

        Raises:
            Refused: the draft is gone, another member's, or queued already.
        """
        row = await drafts.get(self._database.reading(), draft_id)
        if row is None:
            raise Refused("refused-draft-gone")
        if row.member_id != member_id:
            raise Refused("refused-not-your-draft")
        if row.queued:
            raise Refused("refused-draft-queued")
        try:
            return ORDER.validate_json(row.shot_order)
        except ValidationError:  # written by a version whose orders were others
            log.warning("draft %d cannot be read any more", draft_id)
            raise Refused("refused-draft-gone") from None

    async def _prepare(self, order: ShotOrder) -> tuple[Prepared, tuple[Prepared, ...]]:
        whole = await self._intake.prepare(order)
        if order.repaired:
            # The repaired text holds no quotes any more: what is said comes from the member's words.
            said, whole = whole.report, await self._intake.prepare(order, order.repaired)
            found = [finding for finding in said.findings if finding.rule == "quoted_dialogue"]
            report = replace(
                whole.report,
                findings=(*found, *whole.report.findings),
                cues=(*said.cues, *whole.report.cues),
            )
            whole = replace(whole, report=report)
        parts = [
            replace(await self._intake.prepare(order, text), order=replace(order, words=text, repaired="", parts=()))
            for text in order.parts
        ]
        return whole, tuple(with_cues(parts, whole.report.cues, len(order.words)))

    async def _change(self, draft_id: int, order: ShotOrder) -> Proposal:
        whole, parts = await self._prepare(order)
        try:
            async with self._database.writing() as writer:
                await drafts.change(writer, draft_id, ORDER.dump_json(order).decode())
        except drafts.AlreadyQueuedError:
            raise Refused("refused-draft-queued") from None
        return Proposal(draft_id, order, whole, parts)


def with_cues(parts: list[Prepared], cues: tuple[Cue, ...], length: int) -> list[Prepared]:
    """Give each line of dialogue of the whole to the part in which it is spoken.

    The parts' texts hold no quotes any more, so a line goes by its place: the share of the member's `length` characters
    before it, against the parts' shares of theirs.
    """
    total = sum(len(part.order.words) for part in parts)
    result: list[Prepared] = []
    start = 0
    for number, part in enumerate(parts):
        end = start + len(part.order.words)
        last = number == len(parts) - 1
        own = [
            cue
            for cue in cues
            if start * length <= cue.span[0] * total and (last or cue.span[0] * total < end * length)
        ]
        result.append(replace(part, report=replace(part.report, cues=(*own, *part.report.cues))))
        start = end
    return result
