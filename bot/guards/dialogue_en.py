"""Rule 1 in English: is a quotation spoken, and how does the sentence go on without it?

The order of the questions matters: a verb of speech before the words, a name or a piece of writing, a speech tag after
them, a label, and only then what the quotation looks like. Each answer is a grammatical sentence without the words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.guards.governing_en import governing_verb
from bot.guards.indirect_en import ending_of, indirect, speech_verbs
from bot.guards.inflection import inflect, verb_forms, with_plurals
from bot.guards.reading import Edit
from bot.guards.speech import Decision, unquote
from bot.guards.subjects_en import subject_of
from bot.guards.tables import phrase, words
from bot.guards.tags_en import tag_of

if TYPE_CHECKING:
    from bot.guards.quotes import Quote
    from bot.guards.reading import Token
    from bot.guards.speech import Scene

_NAME_MOST = 8  # words of a name behind "called"
_SCARE_MOST = 5  # words between scare quotes
_LABEL_MOST = 4  # words of a speaker's label
_CALL_MOST = 3  # words of a call (Stop! Come in!)
_SHORT = 2  # words that may be an expression


def decide(scene: Scene, quote: Quote) -> Decision:  # noqa: C901, PLR0911  (one question after the other)
    """Return what `quote` is in its English sentence (see the module's docstring)."""
    before = scene.before(quote.start)
    inner = scene.folded[quote.inner_start : quote.inner_end].strip()
    if not re.search(r"\w", inner):
        return Decision("name", (Edit(quote.start, quote.end, ""),))
    written = [token for token in before if token.kind == "word"]
    if scene.is_continued(quote.start):
        return tag_of(scene, quote, []) or _drop(scene, quote, scene.speaker)
    if _is_named(written, inner):
        return Decision("name", unquote(scene.text, quote))
    if _is_inscribed(scene, quote):
        return Decision("writing", unquote(scene.text, quote))
    governed = governing_verb(before)
    if governed is not None and _is_writing(before, governed):
        return Decision("writing", unquote(scene.text, quote))
    if governed is not None:
        return _after_verb(scene, quote, before, governed)
    tagged = None if _joins_scare(scene, quote, written, inner) else tag_of(scene, quote, before)
    if tagged is not None:
        return tagged
    if before and before[-1].text == ":" and len(before) > 1:
        return _after_colon(scene, quote, before)
    if not written:
        return _alone(scene, quote, inner)
    if len(written) > 1 and written[-1].text == "like" and _is_be(written[-2].text):
        return _like(scene, quote, before, written)
    return _inside(scene, quote, before, inner)


def _is_be(word: str) -> bool:
    return word in {"is", "was", "are", "were", "be", "all"} or word.endswith(("'s", "'re"))


def _like(scene: Scene, quote: Quote, before: list[Token], written: list[Token]) -> Decision:
    """Decide after a chatty "is like" (the girl is like "stop"): speech."""
    first = written[-2]
    who, _, joined = scene.text[first.start : first.end].partition("'")
    said = inflect("speak", "past" if first.text in {"was", "were"} else "s")
    edit = Edit(first.start, quote.end, (f"{who} {said}" if joined else said) + ending_of(scene, quote))
    return Decision("spoken", (edit,), subject_of(scene, before, len(before) - 1))


def _after_verb(scene: Scene, quote: Quote, before: list[Token], index: int) -> Decision:
    verb_token = before[index]
    verb = speech_verbs()[verb_token.text]
    after = [token for token in before[index + 1 :] if token.kind == "word"]
    last = next(token for token in reversed(before) if token.kind != "mark")
    speaker = subject_of(scene, before, index)
    said, swallowed = indirect(scene, verb, verb_token, after)
    edits = [Edit(verb_token.start, swallowed, said)]
    start = max(swallowed, last.end)
    if after and after[-1].text == "that":
        start = max(swallowed, after[-1].start)
    edits.append(Edit(start, quote.end, ending_of(scene, quote)))
    return Decision("spoken", tuple(edits), speaker)


def _after_colon(scene: Scene, quote: Quote, before: list[Token]) -> Decision:
    """Decide after a colon without a verb of speech: a speaker's label, or a clause (She smiles: …)."""
    label = before[:-1]
    aside = next((index for index, token in enumerate(label) if token.text == "("), len(label))
    label = label[:aside] or label  # JOEY (deadpan): …
    first, last = label[0], label[-1]
    name = scene.folded[first.start : last.end]
    if name in words("en", "dialogue", "labels"):
        return Decision("name", unquote(scene.text, quote))
    if any(token.text in _carriers() for token in (label if len(label) <= _LABEL_MOST else label[-_SHORT:])):
        return Decision("writing", unquote(scene.text, quote))
    mention = scene.named(first.start, last.end)
    capitals = len(label) <= _LABEL_MOST and all(scene.text[t.start].isupper() or t.kind != "word" for t in label)
    whole = bool(mention) and mention[0].start == first.start and mention[0].end >= last.end - 1
    if capitals or whole or len(label) <= _SHORT:
        speaker = mention[0].name if mention else scene.text[first.start : last.end] if capitals else None
        if first.text in words("en", "grammar", "pronouns") | words("en", "grammar", "determiners"):
            speaker = subject_of(scene, before, len(before) - 1)
        return Decision("spoken", (Edit(last.end, quote.end, " speaks" + ending_of(scene, quote)),), speaker)
    speaker = subject_of(scene, before, len(before) - 1)
    return Decision(
        "spoken",
        (Edit(last.end, quote.end, ", " + phrase("en", "dialogue", "aside") + ending_of(scene, quote)),),
        speaker,
    )


def _alone(scene: Scene, quote: Quote, inner: str) -> Decision:
    """Decide for a quotation that begins its sentence and has no tag."""
    after = scene.after(quote.end, 3)
    following = after[0] if after else None
    touching = following is not None and following.start - quote.end <= 1 and following.kind == "word"
    if touching and following is not None and scene.text[following.start].islower() and inner[-1:] not in ".!?":
        if following.text in verb_forms(tuple(sorted(words("en", "dialogue", "sounding")))):
            speaker = phrase("en", "dialogue", "voice")
            return Decision("spoken", (Edit(quote.start, quote.end, speaker),), None)
        if len(inner.split()) <= _LABEL_MOST and not _is_spoken(inner):
            return Decision("name", unquote(scene.text, quote))
    beat = scene.beat(quote)
    if beat is not None:
        return Decision("spoken", (Edit(quote.start, quote.end, ""),), beat)
    named = scene.named(0, quote.start)
    speaker = scene.antecedent(quote.start) if named or len(scene.cast) == 1 else None
    sentence = (
        phrase("en", "dialogue", "sentence").format(name=speaker) if speaker else phrase("en", "dialogue", "nobody")
    )
    if touching and following is not None and scene.text[following.start].islower():
        sentence = sentence[:-1] + ("" if following.text in {"and", "then"} else ",")
    lead = "" if not quote.start or scene.text[quote.start - 1].isspace() else " "
    return Decision("spoken", (Edit(quote.start, quote.end, lead + sentence),), speaker)


def _inside(scene: Scene, quote: Quote, before: list[Token], inner: str) -> Decision:
    """Decide for a quotation within a sentence that has no verb of speech, by its looks and the word before it."""
    last = before[-1]
    spoken = _is_spoken(inner)
    speaker = subject_of(scene, before, len(before) - 1)
    if last.kind == "mark" and last.text in {",", "-", "—", "–", "…"} and (spoken or len(inner.split()) > _SHORT):
        start = before[-2].end if len(before) > 1 else last.start
        return Decision(
            "spoken",
            (Edit(start, quote.end, ", " + phrase("en", "dialogue", "aside") + ending_of(scene, quote)),),
            speaker,
        )
    if not spoken:
        return Decision("name", unquote(scene.text, quote))
    determiners = words("en", "grammar", "determiners")
    near = [token.text for token in before[-3:]]
    if last.text == "of":
        return Decision("spoken", (Edit(last.start - 1, quote.end, ending_of(scene, quote)),), speaker)
    if any(word in determiners for word in near) and last.kind == "word" and not _is_verbal(near, determiners):
        return Decision(
            "spoken",
            (Edit(quote.start, quote.end, phrase("en", "dialogue", "remark") + ending_of(scene, quote)),),
            speaker,
        )
    if last.text in words("en", "grammar", "breaks"):
        return Decision(
            "spoken",
            (Edit(quote.start, quote.end, phrase("en", "dialogue", "words") + ending_of(scene, quote)),),
            speaker,
        )
    return Decision(
        "spoken",
        (Edit(last.end, quote.end, ", " + phrase("en", "dialogue", "aside") + ending_of(scene, quote)),),
        speaker,
    )


def _is_verbal(near: list[str], determiners: frozenset[str]) -> bool:
    """Return whether the words after the last determiner already hold a noun (his hand "stop" …)."""
    rest = near[max(index for index, word in enumerate(near) if word in determiners) + 1 :]
    return len(rest) > 1 or (bool(rest) and not rest[-1].endswith(("y", "t", "d", "e", "l", "r", "c", "m", "p")))


def _drop(scene: Scene, quote: Quote, speaker: str | None) -> Decision:
    """Take the second half of a divided speech away ("…," she says, "…")."""
    start = quote.start
    while start > scene.done and scene.text[start - 1] in " ,:—–-":
        start -= 1
    closed = start == scene.done and scene.closed
    ending = "" if closed or scene.text[start - 1 : start] in {".", "!", "?"} else ending_of(scene, quote)
    return Decision("spoken", (Edit(start, quote.end, ending),), speaker)


def _is_named(written: list[Token], inner: str) -> bool:
    """Return whether the words before say that a name follows, or a short quotation stands behind an article."""
    if not written:
        return False
    last = written[-1].text
    count = len(inner.split())
    if last in words("en", "dialogue", "naming") and count <= _NAME_MOST:
        return True
    if count > _SCARE_MOST or _is_spoken(inner):
        return False
    if len(written) > 1 and written[-2].text in {"so-called", "called", "named"}:
        return True
    return last in words("en", "grammar", "determiners") or last.endswith("'s")


def _joins_scare(scene: Scene, quote: Quote, written: list[Token], inner: str) -> bool:
    return bool(written) and not _is_spoken(inner) and not scene.is_fresh(quote.start) and len(inner.split()) <= _SHORT


def _is_writing(before: list[Token], index: int) -> bool:
    carriers = _carriers()
    for token in reversed(before[max(0, index - 6) : index]):
        if token.text in carriers:
            return True
        if token.text in words("en", "grammar", "joins"):
            return False
    return False


def _is_inscribed(scene: Scene, quote: Quote) -> bool:
    """Return whether the words behind say that the quotation is written somewhere ("Open" is painted on the door)."""
    after = [token.text for token in scene.after(quote.end, 8)]
    if after[:1] in (["reads"], ["says"], ["flashes"], ["blinks"]):
        return any(word in _carriers() for word in after[1:4])
    inscribed = words("en", "dialogue", "inscribed")
    while after and (
        after[0] in {"is", "are", "was", "were", "has", "been", "had", "being"} or after[0].endswith("ly")
    ):
        after = after[1:]
    if after[:1] and after[0] in inscribed:
        return True
    return after[:1] in (["on"], ["across"], ["over"]) and any(word in _carriers() for word in after[1:4])


@cache
def _carriers() -> frozenset[str]:
    return with_plurals(words("en", "dialogue", "writing"))


def _is_spoken(inner: str) -> bool:
    """Return whether a quotation looks spoken: it ends like a sentence, speaks of I and you, or is a call."""
    stripped = inner.rstrip("'\"’” ")
    if stripped[-1:] in ".!?…," or stripped.endswith(("—", "--")):
        return True
    found = re.findall(r"[a-z]+(?:'[a-z]+)*", inner)
    if any(word in words("en", "grammar", "spoken") for word in found):
        return True
    if found and found[0] in words("en", "dialogue", "interjections") and len(found) <= _CALL_MOST:
        return True
    return len(found) > _SCARE_MOST
