"""Rule 4: close contact, intricate hands, and more action than the steps carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.guards import contact_en, contact_zh
from bot.guards.complexity import BOUNDARY, RULE, complexity
from bot.guards.model import Finding, Option
from bot.guards.reading import Passage, like
from bot.guards.tables import table

if TYPE_CHECKING:
    from bot.guards.phrases import Match


def contact_and_complexity(passage: Passage) -> list[Finding]:
    """Warn of close contact (with a reframing) and of more actions than the 8 steps carry (with a split).

    Rule: hugging, wrestling and hands on hands deform; the 8-step budget caps how complex an action can be
    (MODEL_FACTS, limits). Source: the model card.

    Nothing is changed: whether a fight may be reframed is the member's judgement. Large motions count one, small ones
    half; more than the tables' budget is too much, one after the other or at once.

    Limits: the budget is a rule of thumb (the card gives no number); verbs are known words, not parsed ones.
    """
    findings: list[Finding] = []
    seen: set[str] = set()
    tokens = passage.tokens
    for match in [*contact_en.find(passage), *contact_zh.find(passage)]:
        if match.kind in seen or passage.is_told(tokens[match.first].start):
            continue
        seen.add(match.kind)
        findings.append(_contact(passage, match))
    return [*findings, *complexity(passage)]


def _contact(passage: Passage, match: Match) -> Finding:
    tokens = passage.tokens
    start, end = tokens[match.first].start, tokens[match.last].end
    chinese = tokens[match.first].kind == "chinese"
    kinds = table("zh" if chinese else "en", "contact")
    reframe = cast("str", kinds[match.kind]["reframe"])
    if chinese:
        reframe = like(reframe, passage.text)
    return Finding(
        RULE,
        "warning",
        passage.source(start, end),
        passage.text[start:end],
        reframe,
        f"guard-contact-{match.kind}",
        (("words", passage.text[start:end]),),
        soft=True,
        options=(Option("reframe", (_reframed(passage, start, reframe),)),),
    )


def _reframed(passage: Passage, start: int, reframe: str) -> str:
    """Return the text with the sentence that holds the contact replaced by the reframing."""
    begin, end = 0, len(passage.text)
    for match in BOUNDARY.finditer(passage.text):
        if match.end() <= start:
            begin = match.end()
        else:
            end = match.start()
            break
    lead = passage.text[begin:end]
    gap = lead[: len(lead) - len(lead.lstrip())]
    tail = "" if end < len(passage.text) else "。" if not reframe.isascii() else "."
    return passage.text[:begin] + gap + reframe[0].upper() + reframe[1:] + tail + passage.text[end:]
