"""Rule 1 without marks: words that are spoken though nothing encloses them.

After a verb of speech with a colon or a comma (he says: …; 说道，…), after a speaker's label (SHEN: …; 甲：…), below a
speaker's name in capitals (a screenplay), before a speech tag (You came, she says.), and right behind the verb where
the words speak of I and you (she says i never liked you; 他说我不去).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from typing import cast

from bot.guards import governing_en, governing_zh
from bot.guards.indirect_en import speech_verbs
from bot.guards.inflection import verb_forms
from bot.guards.labels import has_lines, is_label, label_end, lines
from bot.guards.quotes import Quote, sentence_end
from bot.guards.reading import Passage, Token
from bot.guards.speech import Decision, Scene, is_chinese_at
from bot.guards.spoken import is_said, speech_end
from bot.guards.subjects_zh import surnamed
from bot.guards.tables import table, words
from bot.guards.tags_en import tag_of

_ADVERB_MOST = 4  # characters between a Chinese verb of speech and a comma
_BARE_ZH = re.compile(
    r"(?:(?:说道|说|讲|话)(?P<said>(?:[啊哎喂嘿嗯哦唉]|对不起|好的?)*(?:我|咱|你|您|别|请))"
    r"|(?:[喊嚷吼](?:道|着)?)(?P<called>快[跑走来点]|别|救命|等等|住手|站住|不要|来人|让开|趴下|小心|开门|我))"
)
_QUOTING_ZH = ("说", "喊", "问", "话", "讲", "喊了声", "叫了声", "说了声", "喊了一声", "叫了一声")
_STOP = "(?<=[\u3400-\u9fff])\\.(?=\\s|[\u3400-\u9fff]|$)"  # typed for 。 behind Chinese
_TAGGED_ZH = re.compile(f'[,，。！？!?;；:：\n“”「」『』"]|{_STOP}')
_CAPITAL = re.compile(r" [A-Z][a-z]")  # not BLACK, which another rule puts in
_CALL_END = re.compile("(?P<mark>[!?])[ \\t]+(?=[a-z])|(?P<zh>[!?！？])(?=[\u3400-\u9fff])")
_SENTENCE_ENDS = ".。！？!?;；\n"
_TAG_ZH_MOST = 14  # characters of a Chinese speech tag behind words without marks
_DASH = re.compile(r"(?:^|(?<=[.!?…。！？\n]))[ \t]*(?P<dash>——?|―+|–|--)[ \t]*(?=[^\s—―–-])")
_TURN = re.compile(r",?\s+(?:and|but|while|then|so|as)\s+(?:then\s+)?(?:he|she|they)\b")
_STOP_ZH = re.compile(f"[,，。！？!?;；\n]|{_STOP}")
_ENDED = re.compile(r"[.!?。！？;；\n]")
_BARE_MOST = 200  # characters of bare words
_TAG_MOST = 6  # words of a speech tag behind words without marks

Region = tuple[Quote, Decision | None]


def may_hold_unmarked(passage: Passage) -> bool:
    """Return whether it is worth looking for spoken words without marks."""
    folded = passage.folded
    if (
        ":" in folded
        or "," in folded
        or "!" in folded
        or "?" in folded
        or _DASH.search(passage.text)
        or _bare_en().search(folded) is not None
    ):
        return True
    return (not folded.isascii() and _BARE_ZH.search(folded) is not None) or has_lines(passage.text)


def with_unmarked(scene: Scene, quotes: list[Quote]) -> list[Region]:
    """Return `quotes` and, between them, what is spoken without marks, as quotations without any."""
    found = [*_after_marks(scene, quotes), *lines(scene), *_bare(scene), *_dashed(scene), *_exclaimed(scene)]
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
        region = _unmarked(scene, at, limit)
        if region is None and match[0] == ",":
            region = _tagged(scene, at) or _tagged_zh(scene, at, at + 1)
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
    end = min(speech_end(scene, start), limit)
    said = folded[start:end]
    chinese = is_chinese_at(folded[before[-1].start : before[-1].end])
    governed = _governs_zh(scene, at) if chinese else _governs_en(scene, at, before)
    if colon and not governed:
        if not is_label(scene, before, start, end):
            return None
        end = min(label_end(scene, start), limit)
    elif not governed or (not colon and not is_said(said) and not _is_called_out(scene, at, said, chinese=chinese)):
        return None
    while end > start and folded[end - 1].isspace():
        end -= 1
    return Quote(start, end, start, end, balanced=False) if end > start else None


def _governs_en(scene: Scene, at: int, before: list[Token]) -> bool:
    """Return whether an English verb of speech governs what follows the mark at `at`; before a comma, right before."""
    mark = scene.folded[at]
    index = governing_en.governing_verb([*before, Token(mark, at, at + 1, "mark")])
    if index is None or (index == 0 and speech_verbs()[before[0].text].form == "base"):
        return False  # Say goodbye to summer: …
    near = index + 1 if before[-1].text in words("en", "grammar", "objects") else index
    return mark == ":" or near >= len(before) - 1


def _governs_zh(scene: Scene, at: int) -> bool:
    """Return whether a Chinese verb of speech governs what follows the mark at `at`; a comma needs one that quotes."""
    _, clause = governing_zh.clause_before(scene, at)
    verb = governing_zh.governing_verb(clause)
    if verb is None or scene.folded[at] == ":":
        return verb is not None
    if clause.endswith("道"):
        begin = scene.folded.rfind(clause, 0, at)
        return not governing_zh.is_way(clause) or surnamed(scene, begin, clause[:-1]) is not None
    near = len(clause) - verb[0] <= _ADVERB_MOST
    return near and (clause.endswith(_QUOTING_ZH) or governing_zh.addressed().search(clause) is not None)


def _is_called_out(scene: Scene, at: int, said: str, *, chinese: bool) -> bool:
    """Return whether words after a comma are spoken by their verb (道，…) or by their own mark (问，…？)."""
    if not chinese:
        if _CAPITAL.match(scene.text, at + 1) and not re.match(r"[\w'-]+ [\w'-]+s\b", said):
            return _is_plain_verb(scene.before(at)[-1].text)
        return said.rstrip()[-1:] in "!?" and re.search(r"\b(?:you|i|we|me|us)\b", said) is not None
    _, clause = governing_zh.clause_before(scene, at)
    return clause.endswith("道") or said.rstrip()[-1:] in "!?！？"


def _has_verb(scene: Scene, position: int) -> bool:
    """Return whether a known verb of speech stands in the words behind `position`, as in a tag."""
    return any(token.text in speech_verbs() for token in scene.after(position, _TAG_MOST))


def _is_plain_verb(word: str) -> bool:
    """Return whether `word` is a verb of speech and of nothing else (He answers, Not today.)."""
    verb = speech_verbs().get(word)
    return verb is not None and verb.lemma not in words("en", "dialogue", "weak")


def _tagged(scene: Scene, at: int) -> Quote | None:
    """Return the words before a comma that has a speech tag behind it and nothing after that (You came, she says.)."""
    after = scene.after(at, _TAG_MOST + 2)
    joins = words("en", "grammar", "joins")
    if not 1 < len(after) - 1 <= _TAG_MOST or any(t.kind != "word" or t.text in joins for t in after[1:]):
        return None
    before = scene.before(at)
    if not before or before[0].text in words("en", "grammar", "joins") or before[0].kind != "word":
        return None
    weak = words("en", "dialogue", "weak")
    verbs = [speech_verbs()[token.text] for token in before if token.text in speech_verbs()]
    if any(verb.lemma not in weak for verb in verbs) or any(t.kind == "mark" and t.text != "," for t in before):
        return None
    begin = before[0].start
    commanded = before[0].text in words("en", "dialogue", "imperatives")
    if before[-1].end > at or not (commanded or is_said(scene.folded[begin:at], strict=True)):
        return None
    quote = Quote(begin, at, begin, at, balanced=False)
    return quote if tag_of(scene, quote, []) is not None else None


def _tagged_zh(scene: Scene, at: int, after: int) -> Quote | None:
    """Return the words before the mark `at`–`after` that has a Chinese tag behind it and no more (别等我了，她说。)."""
    if not "\u3400" <= scene.folded[after : after + 1] <= "\u9fff":
        return None
    behind = _TAGGED_ZH.search(scene.folded, after)
    tag = scene.folded[after : behind.start() if behind else len(scene.text)].strip()
    verb = governing_zh.governing_verb(tag)
    if not tag or len(tag) > _TAG_ZH_MOST or verb is None or not verb[0] or verb[1] != len(tag):
        return None
    addressed = tag[verb[0] :] not in cast("dict[str, str]", table("zh", "dialogue")["verbs"])  # 问他
    if addressed or (behind and behind[0] not in _SENTENCE_ENDS):
        return None
    people = words("zh", "grammar", "people") | {"他", "她", "佢", "我", "众人", "两人"}
    named = scene.named(after, after + len(tag)) or surnamed(scene, after, tag)
    if not named and not any(word in tag[: verb[0]] for word in people):
        return None
    marks = [match.end() for match in _STOP_ZH.finditer(scene.folded, 0, at)]
    begin = marks[-1] if marks else 0
    while begin < at and scene.text[begin].isspace():
        begin += 1
    said = scene.folded[begin:at]
    end = at if scene.folded[at] == "," else after
    if not said or not is_chinese_at(said) or not (end == after or _is_called_zh(said)):
        return None
    return Quote(begin, end, begin, end, balanced=False)


def _exclaimed(scene: Scene) -> list[Region]:
    """Return the words before a mark of their own that has a speech tag behind it (Run! she shouts. 快跑！他大喊。)."""
    found: list[Region] = []
    for match in _CALL_END.finditer(scene.folded):
        quote = _tagged_zh(scene, match.start(), match.end()) if match["zh"] else None
        if quote is None and scene.text[match.end() : match.end() + 1].islower() and _has_verb(scene, match.end()):
            before = scene.before(match.start())
            if before and before[0].kind == "word" and not scene.passage.is_told(before[0].start):
                begin = before[0].start
                called = Quote(begin, match.end("mark"), begin, match.end("mark"), balanced=False)
                quote = called if tag_of(scene, called, []) is not None else None
        if quote is not None:
            found.append((quote, None))
    return found


def _is_called_zh(said: str) -> bool:
    """Return whether a Chinese clause is said to somebody: it speaks of me and you, asks, or begins as an order."""
    return (
        any(word in said for word in ("我", "你", "您", "咱", "俺"))
        or said[0] in "别快请等走来"
        or said.startswith(("不要", "不许", "住手", "对不起", "谢谢", "好了", "再见"))
        or said[-1] in "吧吗呢呀啊嘛"
    )


def _dashed(scene: Scene) -> list[Region]:
    """Return what is spoken behind a dash that begins a sentence (— Where were you? he asks. ——你怎么才来？)."""
    found: list[Region] = []
    for match in _DASH.finditer(scene.text):
        begin = match.start("dash")
        end = sentence_end(scene.text, match.end())
        said = scene.folded[match.end() : end].strip()
        again = bool(found) and not scene.text[found[-1][0].end : begin].strip()
        if said and (again or is_said(said, strict=True)):
            while scene.text[end - 1].isspace():
                end -= 1
            found.append((Quote(begin, end, match.end(), end, balanced=False), None))
    return found


def _bare(scene: Scene) -> list[Region]:
    """Return what is spoken right behind a verb of speech and speaks of I and you (she says i never liked you)."""
    found: list[Region] = []
    for match in _bare_en().finditer(scene.folded):
        start = match.start("said") if match["said"] else match.start("called")
        end = _bare_end(scene, start) if match["said"] else match.end()
        found.append((Quote(start, end, start, end, balanced=False), None))
    if scene.folded.isascii():
        return found
    for match in _BARE_ZH.finditer(scene.folded):
        start = match.start("said") if match["said"] else match.start("called")
        _, clause = governing_zh.clause_before(scene, start)
        verb = governing_zh.governing_verb(clause)
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


@cache
def _bare_en() -> re.Pattern[str]:
    verbs = "|".join(sorted(verb_forms(tuple(sorted(words("en", "dialogue", "bare"))))))
    called = "|".join(sorted(verb_forms(("shout", "yell", "scream"))))
    orders = "|".join(sorted(words("en", "dialogue", "orders")))
    spoken = "|".join(sorted(words("en", "dialogue", "bare_spoken")))
    leads = "|".join(sorted(words("en", "dialogue", "bare_leads")))
    return re.compile(
        rf"\b(?:{verbs})\s+(?P<said>(?:(?:{leads}),?\s+){{0,2}}(?:{spoken})\b(?!'?[a-z]))"
        rf"|\b(?:{called})\s+(?P<called>(?:{orders})\b[^.!?\n]{{0,40}}!)"
    )
