"""Rule 2: dark clothes drift to white unless the prompt insists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.guards import dark_clothes_en, dark_clothes_zh
from bot.guards.model import Finding
from bot.guards.reading import Edit, Passage
from bot.guards.tables import phrase

if TYPE_CHECKING:
    from bot.guards.dark_words_en import Dark

_RULE = "dark_clothes"
_CLOSED_MOST = 8
PIN = 0.95
"""The pin strength that dark clothes need."""


def dark_clothes(passage: Passage) -> tuple[Passage, list[Dark], list[Finding]]:
    """Put each dark garment's colour in capitals (English) or double its force (Chinese), glued to the noun.

    Rule: the LoRA's bias to light wuxia robes turns dark clothes white, unless the colour stands on every garment, in
    capitals, and again at the end (`closing`), with a pin of about 0.95 (MODEL_FACTS, prompt craft 1). Source: the
    model card.

    Only clothing: the colour must reach a garment of the tables through adjectives, materials and at most two unknown
    words, or the garment must be said to be dark. Hair, tea and nights stop the walk.

    Limits: a garment that the tables do not know, and a colour told by a comparison (a coat like ink), are not seen.
    """
    english = dark_clothes_en.find(passage)
    chinese = dark_clothes_zh.find(passage) if not passage.text.isascii() else []
    darks = _owned(sorted([*english, *chinese], key=lambda dark: dark.start))
    darks = [dark for dark in darks if not passage.is_told(dark.start)]
    edits = [edit for dark in darks for edit in dark.edits]
    findings = [_finding(passage, dark) for dark in darks if dark.edits]
    return passage.apply(edits) if edits else passage, darks, findings


def _owned(darks: list[Dark]) -> list[Dark]:
    """Return `darks` without a second colour put before one garment (black and navy coat and hat)."""
    owned: list[Dark] = []
    places: set[int] = set()
    for dark in darks:
        inserted = {edit.start for edit in dark.edits if edit.start == edit.end}
        if not inserted & places:
            owned.append(dark)
            places |= inserted
    return owned


def closing(passage: Passage, darks: list[Dark]) -> list[str]:
    """Return the closing phrases, for what no sentence of `passage` repeats yet (BLACK suit throughout.)."""
    if not darks:
        return []
    said = _said(passage, darks)
    missing = [dark for dark in darks if (dark.colour, dark.garment) not in said]
    english = [dark for dark in missing if dark.colour.isascii()]
    chinese = [dark for dark in missing if not dark.colour.isascii()]
    phrases: list[str] = []
    if english:
        items = list(dict.fromkeys(f"{dark.colour} {dark.garment}" for dark in english))[:_CLOSED_MOST]
        phrases.append(f"{', '.join(items)} {phrase('en', _RULE, 'closing')}.")
    if chinese:
        phrases.append(dark_clothes_zh.closing(passage, chinese[:_CLOSED_MOST]))
    return phrases


def _said(passage: Passage, darks: list[Dark]) -> set[tuple[str, str]]:
    """Return the colours and garments that a closing phrase of the text repeats already."""
    said: set[tuple[str, str]] = set()
    for sentence in re.split(r"[.!?…。！？\n]", passage.text):
        if "始终" in sentence or "始終" in sentence:
            said |= {(d.colour, d.garment) for d in darks if d.colour in sentence and d.garment in sentence}
        for head in sentence.casefold().split(" " + phrase("en", _RULE, "closing"))[:-1]:
            for item in reversed(head.split(",")):
                # Only the list right before "throughout" counts, not "his fedora STAYS ON his head throughout".
                repeated = {(d.colour, d.garment) for d in darks if item.endswith(f"{d.colour} {d.garment}".casefold())}
                if not repeated:
                    break
                said |= repeated
    return said


def _finding(passage: Passage, dark: Dark) -> Finding:
    start = min(dark.start, *(edit.start for edit in dark.edits))
    end = max(dark.end, *(edit.end for edit in dark.edits))
    edits = [Edit(edit.start - start, edit.end - start, edit.new) for edit in dark.edits]
    before = passage.text[start:end]
    return Finding(
        _RULE,
        "changed",
        passage.source(start, end),
        before,
        Passage(before).apply(edits).text,
        "guard-dark-garment",
        (("colour", dark.colour), ("garment", dark.garment)),
        soft=True,
    )
