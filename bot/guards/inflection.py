"""English forms, made from the tables' lemmas.

A lemmatiser is not used: the guards look for a few hundred known words, and making their forms once (a few
milliseconds) is exact where guessing lemmas is not. spaCy and NLTK cost seconds of import or a data download.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from bot.guards.tables import table, words

if TYPE_CHECKING:
    from collections.abc import Iterable

Form = Literal["base", "s", "ing", "past", "participle"]


class Verb(NamedTuple):
    """A verb as it stands in a text."""

    lemma: str
    form: Form


def inflect(lemma: str, form: Form) -> str:
    """Return `lemma` in `form`; of a phrase ("speak quietly") the first word is inflected."""
    verb, _, rest = lemma.partition(" ")
    word = _forms(verb)[form]
    return f"{word} {rest}" if rest else word


def plural(noun: str) -> str:
    """Return the plural of `noun`; of a phrase the last word's."""
    if noun.endswith("s") and not noun.endswith("ss"):
        return noun
    if noun.endswith(("ss", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("scarf"):
        return noun[:-1] + "ves"
    if noun.endswith("knife"):
        return noun[:-2] + "ves"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def with_plurals(nouns: Iterable[str]) -> frozenset[str]:
    """Return `nouns` and their plurals."""
    listed = tuple(nouns)
    return frozenset(listed) | {plural(noun) for noun in listed}


def misspelt(word: str) -> frozenset[str]:
    """Return what `word` is often mistyped as: a letter left out, two swapped, one doubled; the first letter stays."""
    omitted = {word[:at] + word[at + 1 :] for at in range(1, len(word))}
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)}
    doubled = {word[: at + 1] + word[at:] for at in range(1, len(word))}
    return frozenset(omitted | swapped | doubled) - {word} - words("en", "inflection", "spelt")


@cache
def verb_forms(lemmas: tuple[str, ...]) -> dict[str, Verb]:
    """Return every form of `lemmas`, as a table form → verb (past wins over participle, base over past)."""
    found: dict[str, Verb] = {}
    order: tuple[Form, ...] = ("base", "s", "ing", "past", "participle")
    for form in order:
        for lemma in lemmas:
            found.setdefault(_forms(lemma)[form], Verb(lemma, form))
    return found


@cache
def _forms(verb: str) -> dict[Form, str]:
    irregular = cast("dict[str, list[str]]", table("en", "inflection")["irregular"])
    doubled = verb + verb[-1] if verb in table("en", "inflection")["doubling"] else verb
    if verb.endswith("e"):
        past, ing = verb + "d", (verb if verb.endswith("ee") else verb[:-1]) + "ing"
    elif verb.endswith("y") and verb[-2:-1] not in "aeiou":
        past, ing = verb[:-1] + "ied", verb + "ing"
    else:
        past, ing = doubled + "ed", doubled + "ing"
    participle = past
    if verb in irregular:
        past, participle, *rest = irregular[verb]
        ing = rest[0] if rest else ing
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        third = verb[:-1] + "ies"
    elif verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = verb + "es"
    else:
        third = verb + "s"
    return {"base": verb, "s": third, "ing": ing, "past": past, "participle": participle}
