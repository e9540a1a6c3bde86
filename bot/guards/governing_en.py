"""Which English verb of speech governs a quotation (she turns and says to Xiao, …)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.indirect_en import speech_verbs
from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.reading import Token

_TAIL = 12  # words between a verb of speech and what it governs
_LABEL_MOST = 4  # words behind it that a colon may end


def governing_verb(before: list[Token]) -> int | None:  # noqa: C901, PLR0911  (one question after the other)
    """Return the index of the verb of speech that governs what follows the tokens `before`, or None."""
    marked = bool(before) and before[-1].text in {":", ","}
    colon = bool(before) and before[-1].text == ":"
    seen = 0
    for index in range(len(before) - 1, -1, -1):
        token = before[index]
        if token.kind != "word":
            if token.text in {"(", ")"}:
                return None
            continue
        seen += 1
        if seen > _TAIL:
            return None
        verb = speech_verbs().get(token.text)
        if verb is None:
            if token.text in {"nothing", "about"}:
                return None
            if not marked and (token.text in words("en", "grammar", "joins") or token.text == "who"):
                return None
            continue
        tail = [t.text for t in before[index + 1 :] if t.kind == "word"]
        if _is_noun(before, index):
            if not colon:
                return None
            continue
        weak = verb.lemma in words("en", "dialogue", "weak") and tail and not (colon and len(tail) < _LABEL_MOST)
        if weak and tail[0] not in {"out", "to", "on"} and not tail[0].endswith("ly"):
            continue
        if not marked and tail and tail[-1] in {"of", "with", "like", "as", "against", "from"}:
            return None
        return index
    return None


def _is_noun(before: list[Token], index: int) -> bool:
    """Return whether a word that looks like a verb of speech is a noun here (her answer, a cry, with a whisper)."""
    form = speech_verbs()[before[index].text].form
    if form not in {"base", "s"} or (form == "s" and index and before[index - 1].text in {"a", "an"}):
        return False  # a guest called A says …
    if (
        index
        and before[index - 1].text == "her"
        and speech_verbs()[before[index].text].lemma not in words("en", "dialogue", "nouns")
    ):
        return False  # make her say …
    if index and (
        before[index - 1].text in words("en", "grammar", "determiners") or before[index - 1].text.endswith("'s")
    ):
        return before[index - 1].text not in {
            "that",
            "this",
            "both",
            "everyone",
            "some",
            "any",
            "each",
            "one",
            "another",
        }
    if index > 1 and before[index - 2].text in {"a", "an", "the", "his", "her", "their"}:
        verb = speech_verbs()[before[index].text]
        noun = verb.lemma in words("en", "dialogue", "nouns")
        return noun and verb.form == "base" and not before[index - 1].text.endswith("ly")
    return False
