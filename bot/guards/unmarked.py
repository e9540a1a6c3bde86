"""Rule 1 without marks: words that are spoken though nothing encloses them.

After a verb of speech with a colon or a comma (he says: …; 说道，…), after a speaker's label (SHEN: …; 甲：…), below a
speaker's name in capitals (a screenplay), before a speech tag (You came, she says.), and right behind the verb where
the words speak of I and you (she says i never liked you; 他说我不去).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from bot.guards import dialogue_en, dialogue_zh
from bot.guards.indirect_en import speech_verbs
from bot.guards.inflection import verb_forms
from bot.guards.quotes import Quote, has_marks, sentence_end
from bot.guards.reading import Edit, Passage, Token
from bot.guards.speech import Decision, Scene, is_chinese_at
from bot.guards.tables import kinds, phrase, words
from bot.guards.tags_en import tag_of

_LABEL_MOST = 4  # words (characters in Chinese) of a speaker's label
_ADVERB_MOST = 4  # characters between a Chinese verb of speech and a comma
_CALL = 2  # characters of a label that is a form of address and a family name (小李)
_LINE = re.compile(
    r"^[ \t]*(?P<name>[A-Z][A-Z.\'’ -]{1,30}?)[ \t]*(?:\([^()\n]{1,40}\))?[ \t]*\n"
    r"(?=(?:[ \t]*\([^()\n]{1,60}\)[ \t]*\n)?[ \t]*(?P<said>[^\s(][^\n]*))",
    re.MULTILINE,
)
_CAPITALS = re.compile(r"[A-Z][A-Z .\'’-]*$")
_NEXT_LABEL = re.compile(
    r"(?:(?<=[.!?…]\s)|(?<=[。！？…]))\s*(?:[A-Z][\w\'-]*(?: [A-Z][\w\'-]*)?|[\u3400-\u9fff]{1,4})\s*[:：]"
)
_BARE_ZH = re.compile(r"(?:说道|说|讲|话)(?P<said>(?:[啊哎喂嘿嗯哦唉]|对不起|好的?)*(?:我|咱|你|您|别|请))")
_TURN = re.compile(r",?\s+(?:and|but|while|then|so|as)\s+(?:then\s+)?(?:he|she|they)\b")
_STOP_ZH = re.compile(r"[,，。！？!?;；\n]")
_ENDED = re.compile(r"[.!?。！？;；\n]")
_BARE_MOST = 200  # characters of bare words
_VOICES = frozenset({"narrator", "voiceover", "voice-over", "announcer", "旁白", "画外音", "独白", "内心独白", "解说"})
_TAG_MOST = 6  # words of a speech tag behind words without marks

Region = tuple[Quote, Decision | None]


def may_hold_unmarked(passage: Passage) -> bool:
    """Return whether it is worth looking for spoken words without marks."""
    folded = passage.folded
    if ":" in folded or "," in folded or _bare_en().search(folded) is not None:
        return True
    return (not folded.isascii() and _BARE_ZH.search(folded) is not None) or _has_lines(passage.text)


def _has_lines(text: str) -> bool:
    return "\n" in text and _LINE.search(text) is not None


def with_unmarked(scene: Scene, quotes: list[Quote]) -> list[Region]:
    """Return `quotes` and, between them, what is spoken without marks, as quotations without any."""
    found = [*_after_marks(scene, quotes), *_lines(scene), *_bare(scene)]
    merged: list[Region] = [(quote, None) for quote in quotes]
    if not found:
        return merged
    taken = sorted((quote.start, quote.end) for quote in quotes)
    for region in sorted(found, key=lambda pair: (pair[0].start, -pair[0].end)):
        start, end = region[0].start, region[0].end
        index = bisect_left(taken, (start, end))
        if (index and taken[index - 1][1] > start) or (index < len(taken) and taken[index][0] < end):
            continue
        taken.insert(index, (start, end))
        merged.append(region)
    return sorted(merged, key=lambda pair: pair[0].start)


def _after_marks(scene: Scene, quotes: list[Quote]) -> list[Region]:
    """Return what is spoken after a colon or a comma, or before a comma with a speech tag."""
    taken = -1
    spans = [(quote.start, quote.end) for quote in quotes]
    found: list[Region] = []
    index = 0
    for match in re.finditer(r"[:,]", scene.folded):
        at = match.start()
        while index < len(spans) and spans[index][1] <= at:
            index += 1
        inside = index < len(spans) and spans[index][0] <= at
        if inside or at < taken:
            continue
        told = index > 0 and not _ENDED.search(scene.folded, spans[index - 1][1], at)  # “…” 他低声道，…
        if match[0] == "," and told:
            continue
        limit = spans[index][0] if index < len(spans) else len(scene.text)
        region = _unmarked(scene, at, limit) or (_tagged(scene, at) if match[0] == "," else None)
        if region is not None:
            found.append((region, None))
            taken = region.end
    return found


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
    end = min(_speech_end(scene, start), limit)
    said = folded[start:end]
    chinese = is_chinese_at(folded[before[-1].start : before[-1].end])
    governed = _governs_zh(scene, at) if chinese else _governs_en(scene, at, before)
    if colon and not governed:
        if not _is_label(scene, before, start, end):
            return None
        end = min(_label_end(scene, start), limit)
    elif not governed or (not colon and not _is_said(said) and not _is_called_out(scene, at, said, chinese=chinese)):
        return None
    while end > start and folded[end - 1].isspace():
        end -= 1
    return Quote(start, end, start, end, balanced=False) if end > start else None


def _governs_en(scene: Scene, at: int, before: list[Token]) -> bool:
    """Return whether an English verb of speech governs what follows the mark at `at`; before a comma, right before."""
    mark = scene.folded[at]
    index = dialogue_en.governing_verb([*before, Token(mark, at, at + 1, "mark")])
    if index is None or (index == 0 and speech_verbs()[before[0].text].form == "base"):
        return False  # Say goodbye to summer: …
    near = index + 1 if before[-1].text in words("en", "grammar", "objects") else index
    return mark == ":" or near >= len(before) - 1


def _governs_zh(scene: Scene, at: int) -> bool:
    """Return whether a Chinese verb of speech governs what follows the mark at `at`; a comma needs one that quotes."""
    _, clause = dialogue_zh.clause_before(scene, at)
    verb = dialogue_zh.governing_verb(clause)
    if verb is None or scene.folded[at] == ":":
        return verb is not None
    near = len(clause) - verb[0] <= _ADVERB_MOST and clause.endswith(("说", "喊", "问", "话", "讲"))
    return near or clause.endswith("道")


def _is_called_out(scene: Scene, at: int, said: str, *, chinese: bool) -> bool:
    """Return whether words after a comma are spoken by their verb (道，…) or by their own mark (问，…？)."""
    if not chinese:
        return said.rstrip()[-1:] in "!?" and re.search(r"\b(?:you|i|we|me|us)\b", said) is not None
    _, clause = dialogue_zh.clause_before(scene, at)
    return clause.endswith("道") or said.rstrip()[-1:] in "!?！？"


def _tagged(scene: Scene, at: int) -> Quote | None:
    """Return the words before a comma that has a speech tag behind it and nothing after that (You came, she says.)."""
    after = scene.after(at, _TAG_MOST + 2)
    joins = words("en", "grammar", "joins")
    if not 1 < len(after) - 1 <= _TAG_MOST or any(t.kind != "word" or t.text in joins for t in after[1:]):
        return None
    before = scene.before(at)
    if not before or before[0].text in words("en", "grammar", "joins") or before[0].kind != "word":
        return None
    if any(token.text in speech_verbs() or (token.kind == "mark" and token.text != ",") for token in before):
        return None
    begin = before[0].start
    commanded = before[0].text in words("en", "dialogue", "imperatives")
    if before[-1].end > at or not (commanded or _is_said(scene.folded[begin:at], strict=True)):
        return None
    quote = Quote(begin, at, begin, at, balanced=False)
    return quote if tag_of(scene, quote, []) is not None else None


def _is_label(scene: Scene, before: list[Token], start: int, end: int) -> bool:  # noqa: PLR0911  (one question after the other)
    """Return whether the tokens before a colon are a speaker's label, and the words `start`–`end` are spoken."""
    said = scene.folded[start:end]
    aside = next((index for index, token in enumerate(before) if token.text == "("), len(before))
    label = before[:aside]  # HALE (quietly): …
    if not label or len(label) > _LABEL_MOST or not scene.is_fresh(label[0].start):
        return False
    first, last = label[0], label[-1]
    name = scene.folded[first.start : last.end]
    if name in words("en", "dialogue", "labels") | words("zh", "dialogue", "labels"):
        return False
    if name in _VOICES:
        return True
    capitals = _is_capitals(scene.text[first.start : last.end])
    if not _is_said(said, strict=True):
        return capitals and not is_chinese_at(name) and _is_line(scene, label, start, end)
    named = scene.named(first.start, last.end)
    if named and named[0].start == first.start:
        return True
    if is_chinese_at(name):
        return _is_called(name)
    return all(scene.text[token.start].isupper() for token in label if token.kind == "word")


def _is_called(name: str) -> bool:
    """Return whether a Chinese label calls somebody: a family name, a title, 小李, 甲."""
    if len(name) > _LABEL_MOST:
        return False
    surnames, people = words("zh", "grammar", "surnames"), words("zh", "grammar", "people")
    if name[:1] in surnames or name[:2] in surnames or any(name.endswith(word) for word in people):
        return True
    return (len(name) == _CALL and name[0] in "小老阿") or name in {*"甲乙丙丁男女他她佢", "旁白", "众人", "画外音"}


def _is_capitals(text: str) -> bool:
    return _CAPITALS.match(text) is not None and len(text) > 1


def _is_line(scene: Scene, label: list[Token], start: int, end: int) -> bool:
    """Return whether what follows a label in capitals is a spoken sentence, not a camera note or a description."""
    if any(token.text in _technical() for token in label):
        return False
    said = scene.text[start:end].rstrip()
    found = re.findall(r"[a-z]+", said.lower())
    if not found or not said[0].isupper() or found[0] in {"a", "an"} or not _is_closed(scene, said, end):
        return False
    described = words("en", "dark_clothes", "people") | kinds("en", "dark_clothes", "garments").keys()
    return not any(word in described for word in found) and not any(word in _deeds() for word in found[:2])


def _is_closed(scene: Scene, said: str, end: int) -> bool:
    """Return whether the words end like a sentence; the last one's mark is put in with the final prompt."""
    return said[-1] in ".!?…—-" or not scene.text[end:].strip()


def _label_end(scene: Scene, start: int) -> int:
    """Return where the words of a label end: with their line, or before the next label in it."""
    end = scene.folded.find("\n", start)
    end = _speech_end(scene, start) if end < 0 else end
    following = _NEXT_LABEL.search(scene.text, start, end)
    return following.start() if following else end


def _lines(scene: Scene) -> list[Region]:
    """Return what stands below a speaker's name in capitals (a screenplay's dialogue)."""
    found: list[Region] = []
    if "\n" not in scene.text:
        return found
    for match in _LINE.finditer(scene.text):
        name = match["name"].strip()
        said = match["said"].rstrip()
        tokens = set(re.findall(r"[a-z]+", name.lower()))
        if tokens & _technical() or name.lower() in words("en", "dialogue", "labels") or has_marks(said[:1]):
            continue
        if _is_capitals(said) or not _is_closed(scene, said, match.end("said")) or not tokens:
            continue
        label_end = match.start("name") + len(name)
        start, end = match.start("said"), match.start("said") + len(said)
        mention = scene.named(match.start("name"), label_end)
        speaker = mention[0].name if mention else name
        spoken = " " + phrase("en", "dialogue", "sentence").format(name="").strip()
        edit = Edit(label_end, end, spoken)
        found.append((Quote(start, end, start, end, balanced=False), Decision("spoken", (edit,), speaker)))
    return found


def _bare(scene: Scene) -> list[Region]:
    """Return what is spoken right behind a verb of speech and speaks of I and you (she says i never liked you)."""
    found: list[Region] = []
    for match in _bare_en().finditer(scene.folded):
        start = match.start("said")
        end = _bare_end(scene, start)
        found.append((Quote(start, end, start, end, balanced=False), None))
    if scene.folded.isascii():
        return found
    for match in _BARE_ZH.finditer(scene.folded):
        start = match.start("said")
        _, clause = dialogue_zh.clause_before(scene, start)
        verb = dialogue_zh.governing_verb(clause)
        if verb is None or len(clause) - verb[0] > _ADVERB_MOST or re.match(r"[我你您咱]", clause):
            continue
        stop = _STOP_ZH.search(scene.folded, start, start + _BARE_MOST)
        end = stop.start() if stop else min(len(scene.folded), start + _BARE_MOST)
        found.append((Quote(start, end, start, end, balanced=False), None))
    return found


def _bare_end(scene: Scene, start: int) -> int:
    """Return where bare words end: with the sentence, or where somebody else begins to act (… and he says …)."""
    end = sentence_end(scene.text, start)
    turn = _TURN.search(scene.folded, start, end)
    if turn:
        return turn.start()
    while end > start and (scene.text[end - 1].isspace() or scene.text[end - 1] == "."):
        end -= 1
    return end


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
    return any(word in said[:12] for word in words("zh", "grammar", "spoken")) and is_chinese_at(said)


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


@cache
def _bare_en() -> re.Pattern[str]:
    verbs = "|".join(sorted(verb_forms(tuple(sorted(words("en", "dialogue", "bare"))))))
    spoken = "|".join(sorted(words("en", "dialogue", "bare_spoken")))
    leads = "|".join(sorted(words("en", "dialogue", "bare_leads")))
    return re.compile(rf"\b(?:{verbs})\s+(?P<said>(?:(?:{leads}),?\s+){{0,2}}(?:{spoken})\b(?!'?[a-z]))")


@cache
def _technical() -> frozenset[str]:
    """Return the words of a line or a label in capitals that is no speaker's (SLOW MOTION, INT. DINER, WIDE SHOT)."""
    listed = words("en", "scaffolding", "camera") | words("en", "scaffolding", "scene")
    parts = {word for entry in listed | words("en", "dialogue", "labels") for word in entry.split()}
    return frozenset(parts) | words("en", "scaffolding", "camera_alone") | words("en", "dialogue", "headings")


@cache
def _deeds() -> frozenset[str]:
    """Return the verbs in -s that begin a description of what somebody does (HALE: Walks in)."""
    large, small = words("en", "complexity", "large"), words("en", "complexity", "small")
    forms = verb_forms(tuple(sorted(large | small)))
    return frozenset(form for form, verb in forms.items() if verb.form in {"s", "ing"})
