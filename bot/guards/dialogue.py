"""Rule 1: quoted dialogue leaves the prompt and becomes cues."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.guards import dialogue_en, dialogue_zh
from bot.guards.model import Cue, Finding, Look
from bot.guards.quotes import MARKS, SINGLE, Quote, Quotes, find_quotes, has_marks
from bot.guards.reading import Edit, Passage
from bot.guards.speech import Decision, Scene, is_chinese_at, language_of
from bot.guards.tags_en import is_tagged
from bot.guards.unmarked import may_hold_unmarked, with_unmarked

if TYPE_CHECKING:
    from bot.guards.model import Language

_TITLE = re.compile(r"《[^《》\n]{1,60}》|〈[^〈〉\n]{1,60}〉")
_TIDY = re.compile(
    r"(?P<space>[ \t]{2,})|(?P<gap>[ \t]+(?=[,.;:!?](?:\s|$)|[，。；！？]))"
    r"|(?P<double>[,;，；、:：]\s*(?=[,.;!?，。；！？]))"
    r"|(?P<lead>^[\s,.;:，。；：、]+)"
)
_PASSES = 6
_LAST = re.compile(f"[{re.escape(MARKS)}]")
_REASONS = {"spoken": "guard-dialogue-spoken", "name": "guard-dialogue-name", "writing": "guard-dialogue-writing"}


def quoted_dialogue(passage: Passage, cast_: tuple[Look, ...]) -> tuple[Passage, list[Cue], list[Finding]]:
    """Take quoted words out of `passage` and tell indirectly that they are spoken.

    Rule: the training clips had burned-in subtitles, so a quotation in the prompt makes garbled ones
    (MODEL_FACTS, prompt craft 2). Source: the model card.

    Every form of mark is found (see `bot.guards.quotes`), and words after a verb of speech with a colon (he says: …;
    说道：…) or after a speaker's label. Speech becomes a cue; names, scare quotes and writing lose their marks and keep
    their words; sizes (5'6") and titles in 《》 stay and are noted.

    Limits: who a pronoun stands for is the last sentence's subject; a speech of several sentences without marks is
    followed only while it speaks of I and you.
    """
    cues: list[Cue] = []
    findings: list[Finding] = []
    # What is taken out changes what its neighbours look like: again, until nothing is found. Twice is the rule.
    for _ in range(_PASSES):
        if not (has_marks(passage.text) or "《" in passage.text or may_hold_unmarked(passage)):
            break
        repaired, said, found = _once(passage, cast_)
        cues += said
        findings += found
        if repaired is passage:
            break
        passage = repaired
    else:
        passage = passage.apply([Edit(match.start(), match.end(), "") for match in _LAST.finditer(passage.text)])
    cues.sort(key=lambda cue: cue.span)
    ordered = [replace(cue, order=order) for order, cue in enumerate(cues)]
    return passage, ordered, sorted(dict.fromkeys(findings), key=lambda finding: finding.span)


def _once(passage: Passage, cast_: tuple[Look, ...]) -> tuple[Passage, list[Cue], list[Finding]]:
    """Make one pass of the rule; the passage comes back itself where nothing changed."""
    found = find_quotes(passage.text)
    scene = Scene(passage, cast_)
    quotes = with_unmarked(scene, sorted([*found.quotes, *_unopened(scene, found)]))
    cues: list[Cue] = []
    sizes = [
        size
        for size in found.sizes
        if not any(o != size and o[0] <= size[0] and size[1] <= o[1] for o in found.sizes[:50])
    ]
    findings: list[Finding] = [_note(passage, span, "guard-dialogue-size") for span in sizes]
    findings += [_note(passage, match.span(), "guard-dialogue-title") for match in _TITLE.finditer(passage.text)]
    said = [quote for quote, _ in quotes]
    strays = [span for span in found.strays if not any(quote.start <= span[0] < quote.end for quote in said)]
    edits: list[Edit] = [Edit(start, end, "") for start, end in strays]
    findings += [_changed(passage, span, "", "guard-dialogue-stray") for span in strays]
    for quote, known in quotes:
        decision = known or _decide(scene, quote)
        if decision.sense == "none":
            continue
        edits += decision.edits
        findings.append(_finding(passage, quote, decision))
        scene.done = max(quote.end, *(edit.end for edit in decision.edits))
        if decision.sense == "spoken":
            cues.append(_cue(passage, quote, decision, len(cues)))
            scene.speaker = decision.speaker or scene.speaker
            new = decision.edits[-1].new
            scene.closed = new[-1:] in {".", "。"} or (not new and scene.closed)
            scene.tagged = decision.edits[0].start == quote.start and scene.done > quote.end
    repaired = _tidied(passage.apply(edits)) if edits else passage
    return repaired, cues, findings


def plain(text: str) -> str:
    """Return `text` (a stored look, a scene, a style) without any mark that rule 1 names; sizes stay."""
    if not has_marks(text):
        return text
    found = find_quotes(text)
    marks = [Edit(quote.start, quote.inner_start, "") for quote in found.quotes]
    marks += [Edit(quote.inner_end, quote.end, "") for quote in found.quotes if quote.balanced]
    marks += [Edit(start, end, "") for start, end in found.strays]
    cleaned = Passage(text).apply(marks).text
    return plain(cleaned) if cleaned != text else cleaned


def _unopened(scene: Scene, found: Quotes) -> list[Quote]:
    """Return speech whose opening mark is missing: from its sentence's start to a mark with a speech tag behind."""
    unopened: list[Quote] = []
    for start, end in found.strays[:50]:
        if scene.text[start] in SINGLE:
            continue
        begin = max(scene.folded.rfind(mark, 0, start - 1) for mark in ".!?。！？\n") + 1
        while begin < start and scene.text[begin].isspace():
            begin += 1
        quote = Quote(begin, end, begin, start, balanced=False)
        free = not any(other.end > begin and other.start < end for other in [*found.quotes, *unopened])
        if free and begin < start and is_tagged(scene, quote):
            unopened.append(quote)
    return unopened


def _decide(scene: Scene, quote: Quote) -> Decision:
    decide = dialogue_zh.decide if language_of(scene, quote) == "zh" else dialogue_en.decide
    return decide(scene, quote)


def _cue(passage: Passage, quote: Quote, decision: Decision, order: int) -> Cue:
    inner = " ".join(passage.text[quote.inner_start : quote.inner_end].split())
    inner = inner.strip(" ,，")
    language: Language = "zh" if is_chinese_at(inner) else "en"
    return Cue(inner, decision.speaker, passage.source(quote.start, quote.end), order, language)


def _finding(passage: Passage, quote: Quote, decision: Decision) -> Finding:
    start = min(quote.start, *(edit.start for edit in decision.edits))
    end = max(quote.end, *(edit.end for edit in decision.edits))
    local = Passage(passage.text[start:end]).apply(
        [Edit(edit.start - start, edit.end - start, edit.new) for edit in decision.edits]
    )
    reason = "guard-dialogue-spoken-by" if decision.speaker else _REASONS[decision.sense]
    return Finding(
        "quoted_dialogue",
        "changed",
        passage.source(start, end),
        passage.text[start:end],
        local.text,
        reason,
        (("speaker", decision.speaker),) if decision.speaker else (),
    )


def _note(passage: Passage, span: tuple[int, int], reason: str) -> Finding:
    words_ = passage.text[span[0] : span[1]]
    return Finding("quoted_dialogue", "note", passage.source(*span), words_, words_, reason)


def _changed(passage: Passage, span: tuple[int, int], after: str, reason: str) -> Finding:
    return Finding("quoted_dialogue", "changed", passage.source(*span), passage.text[span[0] : span[1]], after, reason)


def _tidied(passage: Passage) -> Passage:
    """Take away the doubled spaces and marks that the removal left."""
    edits: list[Edit] = []
    for match in _TIDY.finditer(passage.text):
        new = " " if match.lastgroup == "space" and match.end() < len(passage.text) else ""
        edits.append(Edit(match.start(), match.end(), new))
    return passage.apply(edits)
