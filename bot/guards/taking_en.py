"""Rule 3 in English where somebody makes a thing leave: throws his hat, takes off her coat, lets it fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.guards.inflection import inflect
from bot.guards.leaving_en import (
    Detachment,
    clause_of,
    fate_of,
    gone_of,
    is_denied,
    is_handed,
    keeping,
    leaving_verbs,
    place_of,
    plurals,
    possessive_before,
    things,
)
from bot.guards.phrases import Match
from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.inflection import Verb
    from bot.guards.reading import Passage, Token

_S = "detaching"
_OBJECT_MOST = 8  # words between a verb and its thing


def taken(passage: Passage, index: int, verb: Verb) -> Detachment | None:  # noqa: C901, PLR0911, PLR0912  (one question after the other)
    """Return the detachment where somebody makes the object leave (throws his hat, takes off her coat)."""
    tokens = passage.tokens
    hard, soft = verb.lemma in words("en", _S, "hard"), verb.lemma in words("en", _S, "soft")
    wind = any(t.text in words("en", _S, "nobody") for t in tokens[max(0, index - 4) : index])
    if not (hard or soft) or is_denied(tokens, index - 3, index):
        return None
    if index and tokens[index - 1].text in words("en", "grammar", "determiners") and verb.form in {"base", "s"}:
        return None
    first = index + 1
    particle = first < len(tokens) and tokens[first].text in {"off", "away", "aside", "down", "out"}
    if particle and tokens[first].text in {"down", "out"} and soft:
        return None
    if first < len(tokens) and tokens[first].text in {"on", "up", "back", "over"}:
        return None
    if _is_given(tokens, first):
        return None
    at = first + 1 if particle else first
    thing: Match | None = None
    while at < len(tokens) and at - index < _OBJECT_MOST:
        token = tokens[at]
        if token.kind != "word":
            if token.text != "-":
                return None
        else:
            thing = things().at(tokens, at)
            if thing is not None:
                break
            inner = leaving_verbs().get(token.text)
            if token.text in keeping() or (inner is not None and inner.form in {"base", "s"}):
                return None
            if token.text in words("en", "grammar", "breaks") and token.text not in words(
                "en", "grammar", "determiners"
            ):
                return None
        at += 1
    if thing is None:
        return None
    while thing.last + 1 < len(tokens):
        longer = things().at(tokens, thing.last + 1)
        if longer is None:
            break
        thing = Match(thing.first, longer.last, f"{thing.phrase} {longer.phrase}", longer.kind)
    rest = clause_of(tokens, thing.last + 1)
    after = [token.text for token in rest]
    if is_handed(after, thing.kind) or any(
        word in words("en", _S, "furniture") for word in after if "from" in after or "off" in after
    ):
        return None
    if verb.lemma == "drop" and after[:1] in (["into"], ["in"]):
        return None
    off = (particle and tokens[first].text in {"off", "away", "aside"}) or any(
        w in words("en", _S, "off") for w in after[:2]
    )
    off = (
        off
        or ("from" in after and verb.lemma not in {"take", "pull", "slide", "slip", "carry", "let", "cut"})
        or ("from" in after and any(w in after for w in ("head", "face", "neck", "hair", "finger", "shoulders")))
    )
    if not (hard or off or wind):
        return None
    return _kept(passage, index, thing, rest, wind=wind)


def _is_given(tokens: list[Token], first: int) -> bool:
    """Return whether the thing goes to somebody, on purpose (throws him the keys)."""
    whom = tokens[first].text if first < len(tokens) else ""
    following = tokens[first + 1].text if first + 1 < len(tokens) else ""
    return whom in {"him", "her", "them", "me", "us", "you"} and following in words("en", "grammar", "determiners")


def let_go(passage: Passage, index: int, verb: Verb) -> Detachment | None:
    """Return the detachment of what a pronoun stands for (unties her cloak and lets it fall; … and hurls it away)."""
    tokens = passage.tokens
    following = [token.text for token in tokens[index + 1 : index + 3]]
    if following[:1] not in (["it"], ["them"]):
        return None
    fallen = verb.lemma == "let" and following[-1] in words("en", _S, "falling")
    rest = clause_of(tokens, index + 3 if fallen else index + 2)
    if not fallen and (verb.lemma not in words("en", _S, "hard") or not _is_gone(verb, [t.text for t in rest])):
        return None
    for at in range(index - 1, max(-1, index - 16), -1):
        if tokens[at].text in ".!?":
            return None
        thing = things().at(tokens, at) if tokens[at].kind == "word" else None
        if thing is not None and (tokens[at].text in plurals()) == (following[0] == "them"):
            place = place_of(thing.kind, possessive_before(tokens, thing.first))
            stays = f"{inflect('keep', verb.form)} {following[0]} {place} throughout"
            end = rest[-1].end if rest else tokens[index + (2 if fallen else 1)].end
            return Detachment(
                thing.phrase, tokens[index].start, tokens[index].start, end, stays, gone_of(passage, thing)
            )
    return None


def _is_gone(verb: Verb, after: list[str]) -> bool:
    """Return whether what is thrown or dropped is let go for good: not handed on, not put into something."""
    if verb.lemma == "drop" and after[:1] in (["into"], ["in"], ["off"]):
        return False
    return not is_handed(after, "props") and after[:1] not in (["to"], ["on"], ["back"], ["over"], ["up"])


def released(passage: Passage, index: int, verb: Verb) -> Detachment | None:
    """Return the detachment of what a hand or a body lets go of (loses his grip on the sword; steps out of a coat)."""
    tokens = passage.tokens
    after = [token.text for token in tokens[index + 1 : index + 5]]
    if after[:2] == ["go", "of"] and verb.lemma == "let":
        at = index + 3
    elif after[1:3] and after[1] in {"grip", "hold", "grasp", "footing"} and after[2] in {"on", "of"}:
        at = index + 4
    elif after[:2] == ["out", "of"] and verb.lemma in words("en", _S, "shedding"):
        at = index + 3
    else:
        return None
    while at < len(tokens) and at - index < _OBJECT_MOST and tokens[at].kind == "word":
        thing = things().at(tokens, at)
        if thing is not None:
            worn = thing.kind not in {"props", "weapons"}
            rest = clause_of(tokens, thing.last + 1)
            begin = at - (tokens[at - 1].text in words("en", "grammar", "determiners"))
            return _kept(passage, index, thing, rest, begin=begin) if worn or after[:1] != ["out"] else None
        at += 1
    return None


def _kept(
    passage: Passage, index: int, thing: Match, rest: list[Token], *, wind: bool = False, begin: int | None = None
) -> Detachment:
    """Return the detachment with its repair: the verb becomes keeping (or, of a wind, tugging)."""
    tokens = passage.tokens
    after = [token.text for token in rest]
    verb = leaving_verbs()[tokens[index].text]
    if begin is None:
        begin = index + (2 if tokens[index + 1].text in {"off", "away", "aside", "down", "out"} else 1)
    words_ = passage.text[tokens[begin].start : tokens[thing.last].end]
    many = passage.folded[tokens[thing.last].start : tokens[thing.last].end] in plurals()
    lemma = (
        "tug at" if wind else "reach for" if "from" in after and verb.lemma not in words("en", _S, "hard") else "keep"
    )
    form = "participle" if verb.form == "participle" else verb.form
    stay = "STAY" if many else "STAYS"
    place = place_of(thing.kind, possessive_before(tokens, thing.first), rest)
    stays = f"{inflect(lemma, form)} {words_}, which {stay} {place} throughout"
    end = fate_of(tokens, rest[-1].end if rest else tokens[thing.last].end)
    if any(passage.folded.startswith(f" {join} ", end) for join in ("and", "but", "then")):
        stays += ","
    return Detachment(thing.phrase, tokens[index].start, tokens[index].start, end, stays, gone_of(passage, thing))
