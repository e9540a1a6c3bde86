"""What the page of a draft says: each change with its reason and rule, then what would be queued."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import discord

from bot.announcements import duration_text
from bot.commands.errors import quoted
from bot.commands.wording import ELLIPSIS, escaped, excerpt, shortened
from bot.orders import FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.drafting import Proposal
    from bot.guards import Cue, Finding
    from bot.i18n import Speaker
    from bot.orders import Accepted, Prepared

SIGNS = {"changed": "✏️", "warning": "⚠️", "note": "✏️"}

LIMIT = 4096
"""Characters that an embed's description holds."""

FOUND_ROOM = 2200
"""Characters of it for what was found; the prompts have the rest."""

PASSAGE = 90
"""Characters of a passage in the list."""

MOST_ALIKE = 5
"""Lines of one kind that are shown."""

MISSING = "guard-missing-"
RAISED = "guard-dark-pin"
"""Of the notes, those that a member should see here: what the text lacks, and a setting that was changed."""


def page(words: Speaker, proposal: Proposal) -> discord.Embed:
    """Return the page: what was found, rule by rule, each with before → after and its reason; then the prompts."""
    blocks = _found(words, proposal)
    heading = words("review-found" if any(finding.level != "note" for finding in proposal.findings) else "review-clean")
    text = "\n\n".join([heading, *_within(words, blocks, FOUND_ROOM), *_standing(words, proposal)])
    room = (LIMIT - len(text)) // len(proposal.shots)
    for number, shot in enumerate(proposal.shots, start=1):
        title = words("review-prompt-of", number=number) if proposal.parts else words("review-prompt")
        shown = f"\n\n**{title}**\n"
        if proposal.parts:
            shown += "".join(f"{line}\n" for line in _cues(words, shot.report.cues))
        text += shown + _fitting(shot.report.prompt, room - len(shown))
    embed = discord.Embed(title=words("review-title"), description=shortened(text, LIMIT))
    return embed.set_footer(text=shortened(_facts(words, proposal.whole), PASSAGE * 4))


def receipt(words: Speaker, accepted: Sequence[Accepted], *, with_findings: bool) -> str:
    """Return number, place and estimate of each queued shot, and what the guards changed where no page said it."""
    text: list[str] = []
    for one in accepted:
        eta = duration_text(words, one.eta_s)
        text.append(words("reply-shot-queued", number=str(one.shot.number), place=one.place, eta=eta))
        found = [finding for finding in one.report.findings if with_findings and finding.level != "note"]
        if found:
            text.append(words("reply-guards"))
            text += [f"- {_reason(words, finding)}" for finding in found]
    return shortened("\n".join(text))


def _found(words: Speaker, proposal: Proposal) -> list[str]:
    """Return one block a rule: its name, then its reasons, each with what it changed."""
    blocks: list[str] = []
    # Of a split shot, each part has its own lines.
    cues = [] if proposal.parts else _few(words, _cues(words, proposal.whole.report.cues))
    told = [finding for finding in proposal.findings if finding.level != "note" or finding.reason == RAISED]
    told.sort(key=lambda finding: finding.number)
    for number, group in groupby(told, key=lambda finding: finding.number):
        found = list(group)
        lines = [words("review-rule", number=number, name=words(f"guard-rule-{found[0].rule}"))]
        for alike in _by_reason(found):
            changes = [line for finding in alike for line in _change(finding)]
            # One sentence is enough where the lines below it tell the rest.
            said = alike[:1] if changes else alike
            lines += [f"{SIGNS[finding.level]} {_reason(words, finding)}" for finding in said]
            lines += _few(words, changes)
        if number == 1:
            lines += cues
            cues = []
        blocks.append("\n".join(lines))
    return [*blocks, *(["\n".join(cues)] if cues else [])]


def _by_reason(found: Iterable[Finding]) -> list[list[Finding]]:
    alike: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in found:
        # Whose line it is stands beside the line itself.
        plain = replace(finding, reason=finding.reason.removesuffix("-by"))
        # Whose stored look it is stands only in the sentence.
        alike.setdefault((plain.reason, dict(plain.args).get("name")), []).append(plain)
    return list(alike.values())


def _few(words: Speaker, lines: Iterable[str]) -> list[str]:
    """Return each line once, with how often it was there, and of many the first."""
    counted = Counter(lines)
    shown = [line if times == 1 else f"{line} ×{times}" for line, times in counted.items()]
    if len(shown) <= MOST_ALIKE:
        return shown
    return [*shown[:MOST_ALIKE], words("review-more", count=len(shown) - MOST_ALIKE)]


def _reason(words: Speaker, finding: Finding) -> str:
    return words(finding.reason, **quoted(dict(finding.args)))


def _change(finding: Finding) -> list[str]:
    """Return what became of the words, and where the text would be cut; nothing where the reason says it already."""
    said = {value for _, value in finding.args}
    if finding.level == "changed":
        if finding.after in said and (not finding.before or finding.before in said):
            return []
        before, after = (escaped(excerpt(text, PASSAGE)) for text in (finding.before, finding.after))
        return [
            f"> ~~{before}~~ → **{after}**" if before and after else f"> **{after}**" if after else f"> ~~{before}~~"
        ]
    for option in finding.options:
        if option.key == "reframe":
            return [f"> → *{escaped(excerpt(finding.after, PASSAGE))}*"]
        first, second = (" ".join(text.split()) for text in option.texts)
        end = first if len(first) <= PASSAGE // 2 else ELLIPSIS + first[-PASSAGE // 2 :].lstrip()
        return [f"> {escaped(end)} ✂️ {escaped(excerpt(second, PASSAGE // 2))}"]
    return [] if not finding.before or finding.before in said else [f"> {escaped(excerpt(finding.before, PASSAGE))}"]


def _cues(words: Speaker, cues: Iterable[Cue]) -> list[str]:
    lines: list[str] = []
    for cue in cues:
        said = escaped(excerpt(cue.text, PASSAGE))
        lines.append(words("review-cue", speaker=escaped(cue.speaker), text=said) if cue.speaker else f"💬 {said}")
    return lines


def _standing(words: Speaker, proposal: Proposal) -> list[str]:
    """Return what holds for the whole draft: the member's choices, who comes in when, and what is left open."""
    lines: list[str] = []
    if proposal.order.keep:
        rules = [words(f"guard-rule-{rule}") for rule in proposal.order.keep]
        lines.append(words("review-kept", rules=words("review-list-mark").join(rules)))
    if proposal.order.staggered:
        lines += [
            words("review-pin", name=escaped(who.name), frame=frame)
            for who, frame in zip(proposal.whole.cast, proposal.whole.pin_frames, strict=True)
        ]
    missing = [
        words(f"review-part-{finding.reason.removeprefix(MISSING)}")
        for finding in proposal.whole.report.findings
        if finding.reason.startswith(MISSING)
    ]
    if missing:
        lines.append(words("review-missing", parts=words("review-list-mark").join(missing)))
    return ["\n".join(lines)] if lines else []


def _facts(words: Speaker, shot: Prepared) -> str:
    seconds = next((seconds for seconds, frames in FRAMES.items() if frames == shot.frames), 0)
    named = [
        words(f"review-{side}", name=" ".join(who.name.split()))
        for who, side in zip(shot.cast, shot.sides, strict=True)
    ]
    parts = [
        words("review-list-mark").join(named) or words("post-no-cast"),
        words("choice-length", seconds=seconds),
        f"{shot.size[0]}×{shot.size[1]}",
        *_style(words, shot),
        words("review-strengths", pin=f"{shot.report.pin_strength:g}", lora=f"{shot.report.lora_strength:g}"),
    ]
    return " · ".join(parts)


def _style(words: Speaker, shot: Prepared) -> list[str]:
    style = shot.style
    return [words("review-style", name=escaped(style.name), strength=f"{style.strength:g}")] if style.name else []


def _within(words: Speaker, blocks: list[str], room: int) -> list[str]:
    """Return as many whole lines as `room` holds, and how many more there are."""
    lines = [(number, line) for number, block in enumerate(blocks) for line in block.split("\n")]
    kept: dict[int, list[str]] = {}
    for index, (number, line) in enumerate(lines):
        room -= len(line) + 2
        if room < 0:
            more = words("review-more", count=len(lines) - index)
            return [*("\n".join(group) for group in kept.values()), more]
        kept.setdefault(number, []).append(line)
    return ["\n".join(group) for group in kept.values()]


def _fitting(text: str, room: int) -> str:
    """Return as much of `text` as `room` characters show; escaping makes it longer."""
    limit = room
    while len(shown := escaped(excerpt(text, max(1, limit)))) > room and limit > 1:
        limit -= max(1, (len(shown) - room) // 2)
    return shown
