"""Rule 3 in English: an object and a verb by which it leaves."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from bot.guards.leaving_en import (
    Detachment,
    clause_of,
    fate_of,
    gone_of,
    is_between,
    is_denied,
    is_handed,
    leaving_verbs,
    part_left,
    place_of,
    plurals,
    possessive_before,
    things,
)
from bot.guards.tables import phrase, words
from bot.guards.taking_en import let_go, released, taken

if TYPE_CHECKING:
    from bot.guards.phrases import Match
    from bot.guards.reading import Passage, Token

_S = "detaching"
_BETWEEN_MOST = 6  # words between a thing and its verb
_WORN = frozenset({"in", "with", "wearing", "holding", "carrying", "wears", "holds", "under", "behind"})
_WORN_MOST = 6  # words between what says so and the thing
_PART_MOST = 6  # words between a verb and the part that the thing leaves
_ARTICLES = frozenset({"the", "a", "an", "his", "her", "their", "its", "my", "your", "our"})
_PASSIVE = frozenset({"is", "are", "was", "were", "gets", "get", "got"})
_OBJECT_MOST = 8  # words between two verbs of one thing


def find(passage: Passage) -> list[Detachment]:
    """Return the objects of `passage` that leave their wearer, in order, without overlaps."""
    tokens = passage.tokens
    found: list[Detachment] = []
    reached = 0
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.start < reached:
            continue
        item = None
        thing = things().at(tokens, index)
        if thing is not None:
            item = _by_itself(passage, thing)
        elif token.text in {"it", "they"}:
            item = _it(passage, index)
        verb = leaving_verbs().get(token.text)
        if item is None and verb is not None:
            item = let_go(passage, index, verb) or released(passage, index, verb)
            item = item or taken(passage, index, verb) or _from_body(passage, index)
        if item is not None:
            found.append(item)
            reached = item.end
    return found


def _by_itself(passage: Passage, thing: Match) -> Detachment | None:  # noqa: C901  (one question after the other)
    """Return the detachment where the object is the subject (his hat flies off, is knocked from her hand)."""
    tokens = passage.tokens
    index = thing.last + 1
    passive = False
    while index < len(tokens) and index - thing.last < _BETWEEN_MOST and is_between(tokens[index]):
        passive = passive or tokens[index].text in {"is", "are", "was", "were", "gets", "get", "got", "being", "be"}
        index += 1
    if index >= len(tokens) or is_denied(tokens, thing.first - 3, index):
        return None
    verb = leaving_verbs().get(tokens[index].text)
    if verb is not None and not passive and verb.form in {"s", "base", "past"} and _is_worn_by(tokens, thing.first):
        return None
    second = _second_verb(tokens, index)
    if second is not None:
        index = second
        verb = leaving_verbs()[tokens[index].text]
    if verb is None or tokens[index].kind != "word":
        return None
    rest = clause_of(tokens, index + 1)
    after = [token.text for token in rest]
    end = rest[-1].end if rest else tokens[index].end
    again = _and_off(tokens, end)
    if (is_handed(after, thing.kind) and again is None) or any(
        word in words("en", _S, "furniture") for word in after if "from" in after or "off" in after
    ):
        return None
    lemma = verb.lemma
    away = tokens[index - 1].text in {"goes", "went", "go"} and verb.form == "ing"  # goes flying
    away = away or again is not None or part_left(rest) is not None or _is_off(after)
    away = away or any(word in words("en", _S, "away") for word in after[:3])
    leaves = lemma in words("en", _S, "any")
    leaves = leaves or (
        lemma in words("en", _S, "plain")
        and not passive
        and (away or not after or after[0] in {"on", "and"} or after[0].endswith("ly"))
    )
    leaves = leaves or (lemma in words("en", _S, "moving") and away)
    if passive and verb.form in {"past", "participle"}:
        hard = lemma in words("en", _S, "hard")
        leaves = (
            leaves
            or hard
            or (
                lemma in words("en", _S, "soft")
                and any(w in words("en", _S, "off") | {"from", "into", "across", "out"} for w in after[:4])
            )
        )
    if not leaves or _is_hanging(after):
        return None
    many = passage.folded[tokens[thing.last].start : tokens[thing.last].end] in plurals()
    end = again or fate_of(tokens, end)
    start = tokens[thing.last + 1].start
    possessive = possessive_before(tokens, thing.first)
    form = (
        "STAYING"
        if verb.form == "ing" and not passive and index == thing.last + 1
        else "STAY"
        if many or (verb.form == "base" and index == thing.last + 1)
        else "STAYS"
    )
    lead = ""
    for token in tokens[thing.last + 1 : index]:
        if token.text in {"that", "which"}:
            lead = passage.text[start : token.end] + " "
    stays = f"{lead}{form} {place_of(thing.kind, possessive, rest)} throughout"
    return Detachment(thing.phrase, tokens[thing.first].start, start, end, stays, gone_of(passage, thing))


def _is_off(after: list[str]) -> bool:
    """Return whether an "of" behind the verb is a mistyped "off" (comes of in the wind)."""
    ends = words("en", "grammar", "breaks") - words("en", "grammar", "determiners")
    return after[:1] == ["of"] and (len(after) == 1 or after[1] in ends)


def _is_worn_by(tokens: list[Token], index: int) -> bool:
    """Return whether somebody wears or holds the thing, and the verb is theirs (the man in the hat slips out)."""
    for at in range(index - 1, max(-1, index - _WORN_MOST), -1):
        if tokens[at].kind != "word":
            return False
        if tokens[at].text in _WORN:
            return True
        if tokens[at].text in words("en", "grammar", "breaks") - words("en", "grammar", "determiners"):
            return False
    return False


def _and_off(tokens: list[Token], end: int) -> int | None:
    """Return where the clause ends that takes the thing away after all (slips over his head and off)."""
    index = bisect_left(tokens, end, key=lambda token: token.start)
    if [token.text for token in tokens[index : index + 2]] not in (["and", "off"], ["and", "away"]):
        return None
    rest = clause_of(tokens, index + 1)
    return rest[-1].end


def _from_body(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment of what the tables do not know, where it leaves a hand, a sleeve (from her grip)."""
    tokens = passage.tokens
    verb = leaving_verbs()[tokens[index].text]
    known = words("en", _S, "moving") | words("en", _S, "plain") | words("en", _S, "any")
    rest = clause_of(tokens, index + 1)
    left = part_left(rest[:_PART_MOST])
    if left is None or verb.lemma not in known or verb.form in {"ing", "base"}:
        return None
    last = index - 1
    while last > 0 and is_between(tokens[last]):
        last -= 1
    first = last
    while first > 0 and tokens[first - 1].kind == "word" and tokens[first].text not in _ARTICLES:
        first -= 1
    noun = tokens[last] if last >= 0 else None
    if noun is None or noun.kind != "word" or tokens[first].text not in _ARTICLES or last - first not in {1, 2, 3}:
        return None
    free = words("en", _S, "loose") | words("en", "dark_clothes", "people")
    if noun.text in free or noun.text.endswith("ly") or is_denied(tokens, first, index):
        return None
    thing = " ".join(token.text for token in tokens[first + 1 : last + 1])
    start, end = tokens[last].end, fate_of(tokens, rest[-1].end)
    many = noun.text.endswith("s") and not noun.text.endswith("ss")
    gone = phrase("en", _S, "after_shot").format(object="The " + thing)
    gone = gone.replace(" is ", " are ", 1) if many else gone
    stays = f" {'STAY' if many else 'STAYS'} {left[0]} throughout"
    return Detachment(thing, tokens[first].start, start, end, stays, gone)


def _is_hanging(after: list[str]) -> bool:
    joined = " ".join(after)
    return any(joined.startswith(hanging) for hanging in words("en", _S, "hanging"))


def _second_verb(tokens: list[Token], index: int) -> int | None:
    """Return the index of the verb that leaves in a pair (snaps and falls; … and is ripped from her hands)."""
    for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
        if tokens[at].kind != "word":
            return None
        if tokens[at].text != "and":
            continue
        passive = tokens[at + 1].text in _PASSIVE and at + 2 < len(tokens)
        second = at + 2 if passive else at + 1
        verb = leaving_verbs().get(tokens[second].text)
        if verb is None:
            return None
        if passive:
            torn = verb.form in {"past", "participle"} and part_left(tokens[second + 1 : second + 1 + _PART_MOST])
            return second if torn else None
        after = {token.text for token in tokens[second + 1 : second + 4]}
        leaves = verb.lemma in words("en", _S, "plain") | words("en", _S, "any") or after & words("en", _S, "away")
        return second if leaves else None
    return None


def _it(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment of what `it` stands for (unlatches her glove, and it drifts away)."""
    tokens = passage.tokens
    at = index + 1
    while at < len(tokens) and is_between(tokens[at]):
        at += 1
    verb = leaving_verbs().get(tokens[at].text) if at < len(tokens) else None
    rest = clause_of(tokens, at + 1)
    gone = {"off", "away", "loose", "overboard", "floor", "ground"} & {token.text for token in [*rest[:2], *rest[-2:]]}
    known = words("en", _S, "moving") | words("en", _S, "plain") | words("en", _S, "any")
    if verb is None or verb.lemma not in known or not (gone or part_left(rest)):
        return None
    for back in range(index - 1, max(-1, index - 14), -1):
        if tokens[back].text in {".", "!", "?", ";"}:
            return None
        thing = things().at(tokens, back) if tokens[back].kind == "word" else None
        if thing is not None:
            stay = "STAY" if tokens[index].text == "they" else "STAYS"
            place = place_of(thing.kind, possessive_before(tokens, thing.first), rest)
            said = passage.text[tokens[index].start : tokens[index].end]
            stays = f"{said} {stay} {place} throughout"
            return Detachment(
                thing.phrase, tokens[index].start, tokens[index].start, rest[-1].end, stays, gone_of(passage, thing)
            )
    return None
