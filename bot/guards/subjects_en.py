"""Who speaks, in English: the subject of a verb of speech, where the text names a character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.reading import Token
    from bot.guards.speech import Mention, Scene

_NAME_WORDS = 3


def subject_of(scene: Scene, before: list[Token], index: int) -> str | None:  # noqa: PLR0911  (one question after the other)
    """Return who does what the verb at `index` says, where the text names a character."""
    if not before:
        return scene.speaker
    verb_start = before[index].start
    names = scene.named(before[0].start, verb_start)
    gap = {n: sum(1 for t in before[:index] if t.start >= n.end) for n in names}
    joined = bool(index) and before[index - 1].text in {"and", "then", "but"}
    if names and (
        (gap[names[-1]] <= 1 and not joined)
        or any(t.text == "who" and t.start >= names[-1].end for t in before[:index])
    ):
        return names[-1].name if not _is_governed(before, names[-1].start) or gap[names[-1]] else _first(names, before)
    pronoun = [t for t in before[:index] if t.text in {"he", "she", "they"}]
    if pronoun and (not names or pronoun[-1].start > names[-1].start):
        inside = [name for name in names if name.start < pronoun[-1].start]
        return _first(inside, before) or scene.antecedent(before[0].start)
    if names:
        return _first(names, before)
    lead = _leading_name(scene, before, index)
    if lead is not None:
        return lead
    guess = before[index - 1] if index else None
    if guess is not None and not scene.cast and guess.kind == "word" and scene.text[guess.start].isupper():
        stop = (
            words("en", "grammar", "pronouns") | words("en", "grammar", "determiners") | words("en", "grammar", "joins")
        )
        if guess.text not in stop:
            first = index - 1
            while first and scene.text[before[first - 1].start].isupper() and before[first - 1].text not in stop:
                first -= 1
            return scene.text[before[first].start : guess.end]
    if before[0].start > 0 and index == 0:
        return scene.speaker
    return None


def _leading_name(scene: Scene, before: list[Token], index: int) -> str | None:
    """Return the capitalised words that begin the sentence, where they look like a name and no cast was given."""
    if scene.cast or not index:
        return None
    grammar = ("pronouns", "determiners", "joins", "breaks")
    stop = frozenset[str]().union(*(words("en", "grammar", key) for key in grammar))
    last = -1
    while last + 1 < index and before[last + 1].kind == "word" and scene.text[before[last + 1].start].isupper():
        last += 1
    if last < 0 or last >= _NAME_WORDS or before[0].text in stop or before[0].text.endswith(("ing", "ly")):
        return None
    following = before[last + 1].text
    if last + 1 < index and following != "," and not (following.endswith("s") or following == "and"):
        return None
    return scene.text[before[0].start : before[last].end]


def _first(names: list[Mention], before: list[Token]) -> str | None:
    for mention in names:
        if not _is_governed(before, mention.start):
            return mention.name
    return names[0].name if names else None


def _is_governed(before: list[Token], start: int) -> bool:
    previous = [token for token in before if token.end <= start]
    return bool(previous) and previous[-1].text in {
        "to",
        "at",
        "of",
        "with",
        "behind",
        "beside",
        "by",
        "toward",
        "towards",
        "near",
        "for",
        "from",
        "facing",
        "past",
        "against",
        "around",
    }


def name_in(scene: Scene, start: int, end: int, position: int) -> str | None:
    """Return the character that the subject at `start`–`end` names, or that its pronoun stands for."""
    names = scene.named(start, end)
    if names:
        return names[0].name
    text = scene.text[start:end]
    if scene.folded[start:end] in {"he", "she", "they"}:
        return scene.antecedent(position)
    first = scene.folded[start:end].split()[0]
    if (
        not scene.cast
        and text[0].isupper()
        and first not in words("en", "grammar", "determiners") | words("en", "grammar", "pronouns")
    ):
        return text
    return None
