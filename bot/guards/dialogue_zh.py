"""Rule 1 in Chinese, simplified or traditional: is a quotation spoken, and how does the sentence go on without it?

Chinese puts no space between words, so the verb of speech is the longest table entry that the text before the words
ends with. What is put in is converted to the script of the text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.governing_zh import addressed, clause_before, governing_verb, is_part
from bot.guards.reading import Edit, like
from bot.guards.speech import Decision, Scene, unquote
from bot.guards.subjects_zh import speaker_of, surnamed
from bot.guards.tables import phrase, table, words

if TYPE_CHECKING:
    from bot.guards.quotes import Quote

_DOING = re.compile(r"[他她它我你了着笑道头手身杯声]")  # a clause, not a speaker's label
_BEAT_MOST = 12  # characters before a quotation that has its tag behind it
_LABEL_MOST = 4  # characters of a speaker's label
_NAME_MOST = 6  # characters of a name between marks
_SPOKEN_LEAST = 8  # more characters than this are speech, not a name


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


def _after_verb(scene: Scene, quote: Quote, start: int, clause: str, verb: tuple[int, int, str]) -> Decision:
    begin = scene.folded.find(clause, start)
    verb_start, verb_end = begin + verb[0], begin + verb[1]
    indirect = verb[2]
    found = addressed().search(clause)
    lead = clause[: verb[0]]
    indirect = _without_manner(indirect, lead)
    original = scene.text[verb_start:verb_end]
    if found and found.start("verb") == verb[0]:
        whom = scene.text[begin + found.start("object") : begin + found.end("object")]
        indirect = like(indirect, scene.text).replace(like(found["object"], scene.text), whom)
    else:
        indirect = like(indirect, scene.text)
    speaker = speaker_of(scene, begin, verb_start)
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
    if is_part(rest[: found.end("verb")], found["verb"]):
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
        speaker = surnamed(scene, subject_start, found["who"])
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
    speaker = speaker_of(scene, end - len(clause), end)
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
        speaker = surnamed(scene, begin, start[begin:])
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
    speaker = speaker_of(scene, end - len(clause), end)
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
