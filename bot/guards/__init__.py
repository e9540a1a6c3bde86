"""The prompt guards: each rule of the model's quirks as a pure function, and the one place that orders them.

`review` runs them; `blocked` is the safety rule for other texts (names, episode titles). What they teach is in
docs/prompts.md; what they know of each language is in `bot/guards/tables/`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.guards.contact import contact_and_complexity
from bot.guards.dark_clothes import closing, dark_clothes
from bot.guards.detaching import detaching_objects
from bot.guards.dialogue import plain, quoted_dialogue
from bot.guards.framing import framing, nearest_frames
from bot.guards.looks import repaired_looks
from bot.guards.model import RULES, SOFT, Cue, Draft, Finding, Look, Option, Report
from bot.guards.reading import Passage
from bot.guards.safety import TEXT_MOST, blocked, safety
from bot.guards.scaffolding import build, place, scaffolding

if TYPE_CHECKING:
    from bot.guards.dark_words_en import Dark

__all__ = [
    "RULES",
    "SOFT",
    "TEXT_MOST",
    "Cue",
    "Draft",
    "Finding",
    "Look",
    "Option",
    "Report",
    "blocked",
    "nearest_frames",
    "review",
]


def review(draft: Draft) -> Report:
    """Return what the guards make of `draft`.

    The order is: safety first (a refused text goes no further); dialogue before everything that reads the words,
    because quoted words describe nothing; detaching objects before dark clothes, so that what is said to stay on is
    coloured too; contact, complexity and framing on the repaired words; the scaffolding last. Never raises.
    """
    refusals = safety(draft)
    if refusals:
        return Report(
            prompt="", text=draft.text, findings=tuple(refusals), refused=True, frames=nearest_frames(draft.frames)
        )
    passage, cues, findings = quoted_dialogue(Passage(draft.text), draft.cast)
    shots: tuple[str, ...] = ()
    if "detaching_objects" not in draft.keep:
        passage, found, shots = detaching_objects(passage, draft.choices)
        findings += found
    darks: list[Dark] = []
    if "dark_clothes" not in draft.keep:
        passage, darks, found = dark_clothes(passage)
        findings += found
    looks = place(tuple(replace(look, look=plain(look.look)) for look in draft.cast))
    placed, worn, found = repaired_looks(looks, draft.keep)
    darks += worn
    findings += found
    if "contact_and_complexity" not in draft.keep:
        findings += contact_and_complexity(passage)
    settings = framing(draft, passage, dark=bool(darks))
    findings += settings.findings
    findings += scaffolding(draft, passage)
    findings += _kept(draft)
    closings = closing(passage, darks)
    findings += [_closed(passage, phrase) for phrase in closings]
    prompt = build(
        passage, plain(draft.scene), placed, camera=plain(draft.camera), style=plain(draft.style), closings=closings
    )
    return Report(
        prompt=prompt,
        text=passage.text,
        cues=tuple(cues),
        findings=tuple(findings),
        pin_strength=settings.pin_strength,
        lora_strength=settings.lora_strength,
        refused=any(finding.level == "refused" for finding in findings),
        frames=settings.frames,
        shots=shots,
    )


def _closed(passage: Passage, phrase: str) -> Finding:
    end = len(passage.text)
    return Finding(
        "dark_clothes",
        "changed",
        passage.source(end, end),
        "",
        phrase,
        "guard-dark-closing",
        (("words", phrase),),
        soft=True,
    )


def _kept(draft: Draft) -> list[Finding]:
    return [
        Finding(rule, "note", (0, 0), "", "", "guard-kept", (("rule", rule),)) for rule in RULES if rule in draft.keep
    ]
