"""Telling in English that somebody speaks, without the words: "tells her" becomes "speaks to her"."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.inflection import Verb, inflect, verb_forms
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.quotes import Quote
    from bot.guards.reading import Token
    from bot.guards.speech import Scene

_ENDS = ".!?…"
_REACH = 120  # characters in which a subject or a manner is looked for


def indirect(scene: Scene, verb: Verb, token: Token, after: list[Token]) -> tuple[str, int]:
    """Return the indirect phrase for a verb of speech, and where the words end that it stands for."""
    forms = cast("dict[str, dict[str, str]]", table("en", "dialogue")["verbs"])[verb.lemma]
    end = token.end
    particles = {"out", "back", "up", "on"} if len(after) == 1 else {"out", "back"}
    if after and after[0].text in particles and after[0].start - end <= 1:
        end = after[0].end
        after = after[1:]
    lemma = forms["alone"]
    if after and _is_object(scene, after[0]) and after[0].start - end <= 1:
        lemma = forms.get("object", lemma + " to")
    lemma = _in_manner(scene, token, lemma)
    capital = scene.text[token.start].isupper()
    said = inflect(lemma, verb.form)
    return (said[0].upper() + said[1:] if capital else said), end


def _in_manner(scene: Scene, token: Token, lemma: str) -> str:
    """Return the phrase with whose breath it is, and without a manner that the sentence tells already."""
    rest = scene.folded[token.end : token.end + _REACH]
    manner = lemma.rsplit(" ", maxsplit=1)[-1]
    if " " in lemma and manner not in {"to", "with"} and re.search(rf"['\"”’」»] *[a-z ]{{0,20}}\b{manner}\b", rest):
        lemma = lemma.split(" ", maxsplit=1)[0]
    if "{poss}" not in lemma:
        return lemma
    near = re.findall(r"\b(?:he|his|she|her|i|they)\b", scene.folded[max(0, token.start - _REACH) : token.start])
    found = near or re.findall(r"^ (he|she|i)\b", scene.folded[token.end : token.end + 6])
    owner = {"he": "his", "his": "his", "she": "her", "her": "her", "i": "my"}.get(found[-1] if found else "", "their")
    return lemma.format(poss=owner)


def _is_object(scene: Scene, token: Token) -> bool:
    if token.text in words("en", "grammar", "objects") or token.text in words("en", "grammar", "determiners"):
        return True
    return scene.text[token.start].isupper()


def ending_of(scene: Scene, quote: Quote) -> str:
    """Return the mark that the sentence needs where the words went: theirs ended it and nothing follows in it."""
    inner = scene.text[quote.inner_start : quote.inner_end].rstrip()
    rest = scene.text[quote.end : quote.end + 40]
    following = rest.lstrip(" \t")
    if following[:1] in ".,;:!?)—–" and following[:1]:
        return ""
    ended = inner[-1:] in _ENDS + "。！？" or not quote.balanced
    if not following or following[0] == "\n":
        return "."
    if following[0].isupper() and (ended or following[:2] not in {"I ", "I'"}):
        return "."
    if ended and not following[0].islower():
        return "."
    return ""


@cache
def speech_verbs() -> dict[str, Verb]:
    """Return every form of every English verb of speech."""
    return verb_forms(tuple(cast("dict[str, object]", table("en", "dialogue")["verbs"])))
