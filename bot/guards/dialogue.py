"""Rule 1: quoted dialogue leaves the prompt and becomes cues."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from bot.guards import dialogue_en, dialogue_zh
from bot.guards.model import Cue, Finding, Look
from bot.guards.quotes import MARKS, SINGLE, Quote, Quotes, find_quotes, has_marks, sentence_end
from bot.guards.reading import Edit, Passage, Token
from bot.guards.speech import Decision, Scene, is_chinese_at, language_of
from bot.guards.tables import words
from bot.guards.tags_en import is_tagged

if TYPE_CHECKING:
    from bot.guards.model import Language

_TITLE = re.compile(r"《[^《》\n]{1,60}》|〈[^〈〉\n]{1,60}〉")
_TIDY = re.compile(
    r"(?P<space>[ \t]{2,})|(?P<gap>[ \t]+(?=[,.;:!?](?:\s|$)|[，。；！？]))"
    r"|(?P<double>[,;，；、:：]\s*(?=[,.;!?，。；！？]))"
    r"|(?P<lead>^[\s,.;:，。；：、]+)"
)
_PASSES = 6
_LABEL_MOST = 4  # words (characters in Chinese) of a speaker's label
_ADVERB_MOST = 4  # characters between a Chinese verb of speech and a comma
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
        if not (has_marks(passage.text) or ":" in passage.folded or "," in passage.folded or "《" in passage.text):
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
    quotes = _with_unmarked(scene, sorted([*found.quotes, *_unopened(scene, found)]))
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


def _with_unmarked(scene: Scene, quotes: list[Quote]) -> list[tuple[Quote, Decision | None]]:
    """Return the quotes and, between them, words that are spoken without marks (he says: …; 说道：…; SHEN: …)."""
    merged: list[tuple[Quote, Decision | None]] = [(quote, None) for quote in quotes]
    taken = -1
    spans = [(quote.start, quote.end) for quote in quotes]
    added: list[tuple[Quote, Decision | None]] = []
    index = 0
    for match in re.finditer(r"[:,]", scene.folded):
        at = match.start()
        while index < len(spans) and spans[index][1] <= at:
            index += 1
        inside = index < len(spans) and spans[index][0] <= at
        if inside or at < taken:
            continue
        region = _unmarked(scene, at, spans[index][0] if index < len(spans) else len(scene.text))
        if region is not None:
            added.append((region, None))
            taken = region.end
    if not added:
        return merged
    return sorted(merged + added, key=lambda pair: pair[0].start)


def _unmarked(scene: Scene, at: int, limit: int) -> Quote | None:
    """Return the words that are spoken after the colon or comma at `at`, as a quotation without marks, or None."""
    folded = scene.folded
    start = at + 1
    while start < len(folded) and folded[start] in " \t":
        start += 1
    if (
        start >= limit
        or folded[start] in "\n.。,;:!?！？/"
        or (folded[at] == ":" and start == at + 1 and folded[start].isdigit())
    ):
        return None
    before = scene.before(at)
    if not before:
        return None
    colon = folded[at] == ":"
    chinese = is_chinese_at(folded[before[-1].start : before[-1].end])
    if chinese:
        _, clause = dialogue_zh.clause_before(scene, at)
        verb = dialogue_zh.governing_verb(clause)
        governed = verb is not None
        if not colon and verb is not None and len(clause) - verb[0] > _ADVERB_MOST:
            governed = False
        tight = clause.endswith(("道", "说", "喊", "问")) if not colon else True
    else:
        index = dialogue_en.governing_verb([*before, _mark(at, folded[at])])
        governed = index is not None
        tight = index is not None and (colon or index >= len(before) - 1)
    end = min(_speech_end(scene, start), limit)
    said = folded[start:end]
    label = colon and not governed and _is_label(scene, before, said)
    if label:
        end = min(folded.find("\n", start) if "\n" in folded[start:] else len(folded), limit)
    elif not governed or not tight or (not colon and not _is_said(said)):
        return None
    while end > start and folded[end - 1].isspace():
        end -= 1
    return Quote(start, end, start, end, balanced=False) if end > start else None


def _mark(at: int, text: str) -> Token:
    return Token(text, at, at + 1, "mark")


def _is_label(scene: Scene, before: list[Token], said: str) -> bool:
    """Return whether the tokens before a colon are a speaker's label, and what follows is spoken."""
    first, last = before[0], before[-1]
    if len(before) > _LABEL_MOST or not scene.is_fresh(first.start):
        return False
    name = scene.folded[first.start : last.end]
    if name in words("en", "dialogue", "labels") | words("zh", "dialogue", "labels") or not _is_said(said, strict=True):
        return False
    named = scene.named(first.start, last.end)
    if named and named[0].start == first.start:
        return True
    if is_chinese_at(name):
        return name[:1] in words("zh", "grammar", "surnames") and len(name) <= _LABEL_MOST
    return all(scene.text[token.start].isupper() for token in before)


def _is_said(said: str, *, strict: bool = False) -> bool:
    """Return whether words without marks look spoken: they speak of I and you, or call."""
    found = re.findall(r"[a-z]+(?:'[a-z]+)*", said)
    if found and (
        found[0] in words("en", "grammar", "spoken")
        or (strict and any(w in words("en", "grammar", "spoken") for w in found))
    ):
        return True
    if strict and said.rstrip()[-1:] in "!?！？":
        return True
    return any(word in said[:12] for word in _spoken_zh()) and is_chinese_at(said)


@cache
def _spoken_zh() -> frozenset[str]:
    return words("zh", "grammar", "spoken")


def _speech_end(scene: Scene, start: int) -> int:
    """Return where speech without marks ends: with its sentence, or with the last that speaks of I and you."""
    end = sentence_end(scene.text, start)
    while end < len(scene.text) and scene.text[end - 1] != "\n" and scene.text[end : end + 1] != "\n":
        following = sentence_end(scene.text, end)
        sentence = scene.folded[end:following]
        found = re.findall(r"[a-z]+(?:'[a-z]+)*", sentence)
        spoken = any(word in words("en", "grammar", "spoken") for word in found)
        spoken = spoken or any(mark in sentence for mark in ("我", "你", "您", "咱"))
        if following <= end or not spoken or has_marks(scene.text[end:following].replace("'", "").replace("’", "")):
            break
        end = following
    return end


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
