"""Rule 1 in Chinese, simplified or traditional: is a quotation spoken, and how does the sentence go on without it?

Chinese puts no space between words, so the verb of speech is the longest table entry that the text before the words
ends with. What is put in is converted to the script of the text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.reading import Edit, like
from bot.guards.speech import Decision, Scene, unquote
from bot.guards.tables import phrase, table, words

if TYPE_CHECKING:
    from bot.guards.quotes import Quote

_STOPS = re.compile(r"[。！？!?;；\n]")
_TRIM = " :,、—-…~"
_PRONOUN = r"(?:他们|她们|我们|你们|众人|大家|对方|他|她|我|你|二人|两人)"
_SENTENCE_MOST = 80  # characters of a sentence that are looked at before a quotation
_DOING = re.compile(r"[他她它我你了着笑道头手身杯声]")  # a clause, not a speaker's label
_BEAT_MOST = 12  # characters before a quotation that has its tag behind it
_LABEL_MOST = 4  # characters of a speaker's label
_NAME_MOST = 6  # characters of a name between marks
_SPOKEN_LEAST = 8  # more characters than this are speech, not a name
_LATIN = re.compile(r"[A-Z][\w'-]*(?: [A-Z][\w'-]*)?(?=\s?[\u3400-\u9fff])", re.ASCII)  # Boss很生气地说
_ADVERB = 2  # characters between a subject and its verb


def decide(scene: Scene, quote: Quote) -> Decision:  # noqa: PLR0911  (one question after the other)
    """Return what `quote` is in its Chinese sentence (see the module's docstring)."""
    inner = scene.folded[quote.inner_start : quote.inner_end].strip()
    if not re.search(r"\w", inner):
        return Decision("name", (Edit(quote.start, quote.end, ""),))
    if scene.is_continued(quote.start):
        tagged = _tag(scene, quote, "")
        if tagged is not None:
            return tagged
        start = _trimmed(scene, quote.start)
        closed = start == scene.done and scene.closed
        ending = "" if closed or scene.text[start - 1 : start] in {"。", "！", "？"} else _ending(scene, quote)
        return Decision("spoken", (Edit(start, quote.end, ending),), scene.speaker)
    start, clause = clause_before(scene, quote.start)
    marked = scene.folded[: quote.start].rstrip()[-1:] in {":", ","} if clause else False
    if any(clause.endswith(word) for word in words("zh", "dialogue", "writing")):
        return Decision("writing", unquote(scene.text, quote))
    if not marked and _is_name(clause, inner):
        return Decision("name", unquote(scene.text, quote))
    governed = governing_verb(clause)
    if governed is not None:
        return _after_verb(scene, quote, start, clause, governed)
    tagged = _tag(scene, quote, clause)
    if tagged is not None:
        return tagged
    if scene.folded[: quote.start].rstrip(" ")[-1:] == ":" and clause:
        return _after_colon(scene, quote, start, clause)
    if not clause:
        return _alone(scene, quote, inner)
    return _inside(scene, quote, start, clause, inner)


def clause_before(scene: Scene, position: int) -> tuple[int, str]:
    """Return where the sentence before `position` begins, and its folded words without the marks at their end."""
    start = max(scene.done, position - _SENTENCE_MOST)
    part = scene.folded[start:position].rstrip(_TRIM)
    last = max((match.end() for match in _STOPS.finditer(part)), default=0)
    return start + last, part[last:].lstrip(_TRIM)


def governing_verb(clause: str) -> tuple[int, int, str] | None:
    """Return the verb of speech that ends `clause`: start, end, and the indirect phrase, with whom it speaks to."""
    verbs = cast("dict[str, str]", table("zh", "dialogue")["verbs"])
    tail = clause[:-1] if clause.endswith("着") and clause[:-1].endswith("道") else clause
    for size in range(min(8, len(tail)), 0, -1):
        word = tail[-size:]
        if word in verbs and not _is_part(tail, word):
            return len(tail) - size, len(clause), verbs[word]
    found = _addressed().search(clause)
    if found:
        pattern = cast("dict[str, str]", table("zh", "dialogue")["addressed"])[found["verb"]]
        return found.start("verb"), len(clause), pattern.format(object=found["object"])
    return None


def _is_part(clause: str, word: str) -> bool:
    """Return whether a verb of one character is only the end of another word (知道, 味道, 街道, 小说, 传说)."""
    return len(word) == 1 and clause[-2:] in words("zh", "dialogue", "not_speech")


@cache
def _addressed() -> re.Pattern[str]:
    verbs = sorted(cast("dict[str, str]", table("zh", "dialogue")["addressed"]), key=len, reverse=True)
    return re.compile(
        rf"(?P<verb>{'|'.join(verbs)})(?:了)?(?P<object>{_PRONOUN}|(?!一声|一句|起来|出声|道)[^,，。\s]{{1,6}})(?:道|说)?$"
    )


def _after_verb(scene: Scene, quote: Quote, start: int, clause: str, verb: tuple[int, int, str]) -> Decision:
    begin = scene.folded.find(clause, start)
    verb_start, verb_end = begin + verb[0], begin + verb[1]
    indirect = verb[2]
    found = _addressed().search(clause)
    lead = clause[: verb[0]]
    indirect = _without_manner(indirect, lead)
    original = scene.text[verb_start:verb_end]
    if found and found.start("verb") == verb[0]:
        whom = scene.text[begin + found.start("object") : begin + found.end("object")]
        indirect = like(indirect, scene.text).replace(like(found["object"], scene.text), whom)
    else:
        indirect = like(indirect, scene.text)
    speaker = _speaker(scene, begin, verb_start)
    edit = Edit(verb_start, quote.end, (indirect or original) + _ending(scene, quote))
    return Decision("spoken", (edit,), speaker)


def _without_manner(indirect: str, lead: str) -> str:
    """Return the indirect phrase without a manner that the text says already (低声 + 低声说话)."""
    voiced = lead.endswith(("声", "声地", "声的"))
    for manner in sorted(words("zh", "dialogue", "manners")):
        if indirect.startswith(manner) and (
            lead.endswith((manner, manner + "地")) or (voiced and manner.endswith("声"))
        ):
            return indirect[len(manner) :] or indirect
    return indirect


def _tag(scene: Scene, quote: Quote, clause: str) -> Decision | None:
    """Return the decision where a speech tag follows (「…」她低声说。)."""
    rest = scene.folded[quote.end : quote.end + 40]
    head = re.match(r"[\s,—-]*", rest)
    offset = head.end() if head else 0
    found = _tag_pattern().match(rest, offset)
    if not found or (clause and len(clause) > _BEAT_MOST):
        return None
    verbs = cast("dict[str, str]", table("zh", "dialogue")["verbs"])
    if _is_part(rest[: found.end("verb")], found["verb"]):
        return None
    subject_start = quote.end + found.start("who")
    verb_start, verb_end = quote.end + found.start("verb"), quote.end + found.end("verb")
    who = scene.text[subject_start:verb_start]
    indirect = verbs[found["verb"]]
    indirect = _without_manner(indirect, found["who"])
    names = scene.named(subject_start, verb_start)
    if names:
        speaker = names[0].name
    elif re.match(r"[他她佢]", found["who"]):
        speaker = scene.antecedent(quote.start)
    else:
        speaker = _surnamed(scene, subject_start, found["who"])
    return Decision("spoken", (Edit(quote.start, verb_end, who + like(indirect, scene.text)),), speaker)


@cache
def _tag_pattern() -> re.Pattern[str]:
    verbs = sorted(cast("dict[str, str]", table("zh", "dialogue")["verbs"]), key=len, reverse=True)
    return re.compile(
        rf"(?P<who>[^,.。!?！？;；:\s「『“\"]{{0,14}}?)(?P<verb>{'|'.join(verbs)})(?=[着了,.。!?！？;；\s]|$)"
    )


def _after_colon(scene: Scene, quote: Quote, start: int, clause: str) -> Decision:
    if clause in words("zh", "dialogue", "labels"):
        return Decision("name", unquote(scene.text, quote))
    if any(clause.endswith(word) for word in words("zh", "dialogue", "carriers")):
        return Decision("writing", unquote(scene.text, quote))
    end = scene.folded.find(clause, start) + len(clause)
    clause = clause.rsplit(" ", maxsplit=1)[-1]  # 双人镜头 甲：「…」
    aside = like(phrase("zh", "dialogue", "aside"), scene.text)
    speaker = _speaker(scene, end - len(clause), end)
    named = scene.named(end - len(clause), end)
    label = (len(clause) <= _LABEL_MOST and "," not in clause) or bool(
        named and named[0].end - named[0].start == len(clause)
    )
    if label and speaker is None and not scene.cast and not _DOING.search(clause):
        speaker = scene.text[end - len(clause) : end]  # 甲：「…」
    joint = "" if label else "，"
    return Decision("spoken", (Edit(end, quote.end, joint + aside + _ending(scene, quote)),), speaker)


def _alone(scene: Scene, quote: Quote, inner: str) -> Decision:
    rest = scene.folded[quote.end : quote.end + 6].lstrip()
    if rest and rest[0] not in ",.。!?！？;；\n" and "\u3400" <= rest[0] <= "\u9fff":
        if any(rest.startswith(word) for word in words("zh", "dialogue", "sounding")):
            return Decision(
                "spoken", (Edit(quote.start, quote.end, like(phrase("zh", "dialogue", "voice"), scene.text)),), None
            )
        if not _is_spoken(inner) and len(inner) <= _NAME_MOST:
            return Decision("name", unquote(scene.text, quote))
    beat = scene.beat(quote)
    if beat is not None:
        return Decision("spoken", (Edit(quote.start, quote.end, ""),), beat)
    if scene.named(0, quote.start) or len(scene.cast) == 1:
        speaker = scene.antecedent(quote.start)
    else:
        start = scene.folded[: quote.start].rstrip("。！？!? \n")
        begin = max(start.rfind(mark) for mark in "。！？!?\n") + 1
        speaker = _surnamed(scene, begin, start[begin:])
    sentence = (
        phrase("zh", "dialogue", "sentence").format(name=speaker) if speaker else phrase("zh", "dialogue", "nobody")
    )
    if not speaker:
        sentence = like(sentence, scene.text)
    elif not any("\u3400" <= character <= "\u9fff" for character in speaker):
        sentence = like(phrase("zh", "dialogue", "sentence"), scene.text).format(name=speaker)
    if rest[:1] in {"。", ",", "!", "?", "！", "？", "，"}:
        sentence = sentence[:-1]
    return Decision("spoken", (Edit(quote.start, quote.end, sentence),), speaker)


def _inside(scene: Scene, quote: Quote, start: int, clause: str, inner: str) -> Decision:
    if not _is_spoken(inner) and (len(inner) <= _NAME_MOST or scene.folded[quote.end : quote.end + 1] == "的"):
        return Decision("name", unquote(scene.text, quote))
    end = scene.folded.find(clause, start) + len(clause)
    speaker = _speaker(scene, end - len(clause), end)
    after = scene.folded[quote.end : quote.end + 1]
    if after == "的" or clause.endswith(("一句", "句", "一声", "声")):
        new = like(phrase("zh", "dialogue", "remark"), scene.text) if clause.endswith("句") else ""
        if after == "的" and not new:
            new = like("说话", scene.text)
        return Decision("spoken", (Edit(end, quote.end, new + _ending(scene, quote)),), speaker)
    aside = "，" + like(phrase("zh", "dialogue", "aside"), scene.text)
    return Decision("spoken", (Edit(end, quote.end, aside + _ending(scene, quote)),), speaker)


def _is_name(clause: str, inner: str) -> bool:
    """Return whether the words before say that a name follows (名叫, 所谓), and the quotation looks like one."""
    if _is_spoken(inner) or len(inner) > _SPOKEN_LEAST:
        return False
    if not clause:
        return False
    return any(clause.endswith(word) for word in words("zh", "dialogue", "naming"))


def _is_spoken(inner: str) -> bool:
    """Return whether a quotation looks spoken: it ends like a sentence, speaks of 我 and 你, or is a call."""
    if inner[-1:] in "。！？!?…,.~—" and inner:
        return True
    if inner in words("zh", "dialogue", "interjections"):
        return True
    if any(word in inner for word in words("zh", "grammar", "spoken")):
        return True
    return len(inner) > _SPOKEN_LEAST


def _speaker(scene: Scene, begin: int, verb_start: int) -> str | None:
    """Return who speaks, where the text names a character before the verb."""
    names = [
        n
        for n in scene.named(begin, verb_start)
        if scene.folded[n.start - 1 : n.start]
        not in {"对", "向", "跟", "和", "与", "朝", "给", "冲", "望", "看", "着", "问", "把", "被", "将"}
        or n.start == begin
    ]
    before = scene.folded[begin:verb_start]
    if names:
        last = names[-1]
        return last.name if verb_start - last.end <= _ADVERB else names[0].name
    pronoun = re.search(r"[他她佢]", re.sub(rf"[对向跟和与朝给冲着望看]{_PRONOUN}", "", before))
    if pronoun:
        return scene.antecedent(begin)
    named = _surnamed(scene, begin, before)
    if named:
        return named
    if not before.strip(" ,") and scene.done:
        return scene.speaker
    subjectless = len(before) <= _SPOKEN_LEAST and not re.match(r"[\u3400-\u9fff]{0,6}(?:人|者|女|子|声音)", before)
    return scene.antecedent(begin) if subjectless and scene.cast and begin and scene.named(0, begin) else None


def _surnamed(scene: Scene, begin: int, before: str) -> str | None:
    """Return a name of two to four characters that begins with a family name, where no cast was given."""
    if scene.cast:
        return None
    latin = _LATIN.match(scene.text, begin)
    if latin:
        return latin[0]
    surnames = words("zh", "grammar", "surnames")
    for length in (2, 1):
        if before[:length] in surnames:
            verbs = cast("dict[str, str]", table("zh", "dialogue")["verbs"])
            rest = re.match(r"[\u3400-\u9fff]*", before)
            run = rest[0] if rest else ""
            if run in words("zh", "grammar", "people") or before[:2] in words("zh", "grammar", "people"):
                return None
            if len(run) <= length + 2 and len(run) > length and run not in verbs:
                return scene.text[begin : begin + len(run)]
            manners = "|".join(sorted(words("zh", "dialogue", "after_name")))
            stop = re.match(
                rf".{{{length + 1},{length + 2}}}?(?=[,，]|{manners})",
                run,
            )
            if stop:
                return scene.text[begin : begin + stop.end()]
    return None


def _ending(scene: Scene, quote: Quote) -> str:
    """Return the mark that the sentence needs where the words went."""
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    following = scene.text[quote.end : quote.end + 20].lstrip(" \t")
    if following[:1] and following[:1] in "。！？，；、!?,;.）)":
        return ""
    if not following or following[0] == "\n":
        return "。"
    return (
        "，" if inner[-1:] not in "。！？!?.…" and not quote.balanced else "。" if inner[-1:] in "。！？!?.…" else "，"
    )


def _trimmed(scene: Scene, position: int) -> int:
    while position > scene.done and scene.text[position - 1] in " :：,，—-":
        position -= 1
    return position
