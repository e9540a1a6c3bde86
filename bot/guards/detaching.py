"""Rule 3: objects that leave their wearer during motion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.guards import detaching_en, detaching_zh
from bot.guards.model import Finding, Option, Repair
from bot.guards.reading import Edit, Passage

if TYPE_CHECKING:
    from bot.guards.leaving_en import Detachment

_JOINS = re.compile(r"(?:(?:and|but|then|while|when|as|so)\s+)+(?=\S)", re.IGNORECASE)


def detaching_objects(
    passage: Passage, choices: tuple[Repair, ...] = ()
) -> tuple[Passage, list[Finding], tuple[str, ...]]:
    """Keep garments, weapons, jewellery and props on, and say so; or split the shot before they leave.

    Rule: a hat that flies off breaks: say that it STAYS on, or render two clips and join them (MODEL_FACTS, prompt
    craft 3). Source: the model card.

    `keep_on` is made unless the member chooses `split`; then the passage is the first of the two shots that are
    returned. Deliberate hand-overs (picks up the pendant, pours tea, puts the ring on her finger) are no detachments.

    Limits: things that the tables do not know; a thing and its verb in different clauses (The hat is loose. It flies.).

    Returns:
        The repaired passage, the findings, and the texts of the two shots where `split` was chosen.
    """
    found = [*detaching_en.find(passage), *(detaching_zh.find(passage) if not passage.text.isascii() else [])]
    found = [item for item in found if not passage.is_told(item.start)]
    if not found:
        return passage, [], ()
    found.sort(key=lambda item: item.start)
    kept = passage.apply([Edit(item.start, item.end, item.stays) for item in found])
    findings: list[Finding] = []
    shots: tuple[str, ...] = ()
    for item in found:
        halves = _halves(passage, found, item)
        findings.append(_finding(passage, item, kept.text, halves))
        if "split" in choices and not shots:
            shots = halves
    if shots:
        return passage.apply([Edit(0, len(passage.text), shots[0])]), findings, shots
    return kept, findings, ()


def _halves(passage: Passage, found: list[Detachment], item: Detachment) -> tuple[str, str]:
    """Return the shot before the object leaves, where it stays on, and the shot after, where it is gone."""
    before = Passage(passage.text[: item.end]).apply(
        [Edit(other.start, other.end, other.stays) for other in found if other.end <= item.end]
    )
    rest = Passage(passage.text[item.end :]).apply(
        [Edit(o.start - item.end, o.end - item.end, o.stays) for o in found if o.start >= item.end]
    )
    first = before.text.rstrip(" ,，;；")
    second = f"{item.gone} {_opening(rest.text)}".strip()
    mark = "。" if item.chinese else "."
    return first + ("" if first[-1:] in ".。!?！？" else mark), second.replace("。 ", "。")


def _opening(rest: str) -> str:
    """Return what follows a detachment as the beginning of a sentence (", and then she laughs." → "She laughs.")."""
    opened = _JOINS.sub("", rest.lstrip(" ,.，。;；!！\n"))
    return opened[:1].upper() + opened[1:]


def _finding(passage: Passage, item: Detachment, kept: str, halves: tuple[str, str]) -> Finding:
    return Finding(
        "detaching_objects",
        "changed",
        passage.source(item.span_start, item.end),
        passage.text[item.span_start : item.end],
        passage.text[item.span_start : item.start] + item.stays,
        "guard-detaching",
        (("object", item.thing),),
        soft=True,
        options=(Option("keep_on", (kept,)), Option("split", halves)),
    )
