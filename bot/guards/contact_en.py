"""Rule 4 in English: who touches whom, and hands that do something intricate."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.inflection import verb_forms, with_plurals
from bot.guards.phrases import Match, Phrases
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_OBJECT_MOST = 5  # words between a verb of contact and its object
_PARTICLES = frozenset({"back", "off", "down", "with", "against", "through", "for", "over", "up"})
_OWNERS = {"he": frozenset({"his", "its"}), "she": frozenset({"her", "its"})}
_OWNED = frozenset({"his", "her"})
_LIMBS = frozenset({"hand", "hands", "finger", "fingers", "arm", "arms", "palm", "palms", "fist", "head", "forehead"})
_ONTO = frozenset({"around", "round", "on", "upon", "onto", "over", "against", "about"})
_JOINED = _ONTO | {"in", "into", "through", "with", "between", "to", "under", "inside"}
_KINDS = ("embrace", "kiss", "fight", "hands")
_BASE_AFTER = frozenset({"to", "and", "they", "we", "you", "i", "then", "or", "both", "fingers", "hands", "who"})


def find(passage: Passage) -> list[Match]:
    """Return the contacts of `passage`; a match's kind is a key of the table's `contact` section."""
    tokens = passage.tokens
    found = [
        match
        for match in _phrases().all(tokens)
        if match.kind != "except"
        and not (_is_noun(tokens, match) or _is_denied(tokens, match) or _is_harmless(tokens, match))
    ]
    found += _compounds(tokens)
    for finder, begins in (
        (_touched, _touches()),
        (_laid, _LIMBS),
        (_joined, _LIMBS),
        (_handled, _handles().keys()),
        (_fiddled, _fiddling()[0].keys()),
    ):
        if not passage.texts.isdisjoint(begins):
            found += finder(tokens)
    return found


def _is_denied(tokens: list[Token], match: Match) -> bool:
    """Return whether the contact does not happen (no fighting), or a participle describes a thing (knitted)."""
    before = [token.text for token in tokens[max(0, match.first - 2) : match.first]]
    first = tokens[match.first]
    made = match.kind == "hands" and match.first == match.last and first.text.endswith("ed")
    if made and not {"he", "she", "they", "i", "we"} & set(before[-1:]):
        return True
    return any(word in words("en", "contact", "denied") for word in before)


def _is_harmless(tokens: list[Token], match: Match) -> bool:
    """Return whether a verb of contact has an object that is nobody (hugs the coast, fights back a yawn)."""
    if tokens[match.first].kind != "word":
        return False
    harmless, breaks = words("en", "contact", "harmless"), words("en", "grammar", "breaks")
    determiners = words("en", "grammar", "determiners")
    for offset, token in enumerate(tokens[match.last + 1 : match.last + 1 + _OBJECT_MOST]):
        if token.kind != "word":
            return False
        if token.text in harmless and (offset or token.text not in breaks):
            return True
        if token.text in breaks and token.text not in determiners and (offset or token.text not in _PARTICLES):
            return False
    return False


def _compounds(tokens: list[Token]) -> list[Match]:
    """Return contact at the end of a compound (play-fight, bear-hug)."""
    phrases, apart = _phrases(), words("en", "contact", "apart")
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if token.kind != "word" or "-" not in token.text:
            continue
        head, _, last = token.text.rpartition("-")
        match = phrases.at([token._replace(text=last)], 0)
        if match and match.kind != "except" and head not in apart and not phrases.at(tokens, index):
            found.append(Match(index, index, match.phrase, match.kind))
    return found


def _touched(tokens: list[Token]) -> list[Match]:
    """Return a hand laid on somebody else: the owner is named, or of the other sex than who acts (he … her cheek)."""
    verbs, touched = _touches(), words("en", "contact", "touched")
    found: list[Match] = []
    actor = ""
    for index, token in enumerate(tokens):
        if token.text in _OWNERS:
            actor = token.text
        if token.kind != "word" or token.text not in verbs:
            continue
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
            owner = tokens[at].text
            if tokens[at].kind != "word" or owner in {"and", "or", "from", "with"}:
                break
            others = owner.endswith("'s") or (actor and owner in _OWNED and owner not in _OWNERS[actor])
            noun = next((t for t in tokens[at + 1 : at + 3] if t.text in touched), None) if others else None
            if noun is not None:
                found.append(Match(index, tokens.index(noun, at), "", "hands"))
                break
    return found


def _laid(tokens: list[Token]) -> list[Match]:
    """Return a hand or an arm laid on somebody else (fingers close around his throat; her hand on his shoulder)."""
    touched = words("en", "contact", "touched")
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if token.text not in _LIMBS or (index and tokens[index - 1].text in {"by", "to"}):
            continue
        whose = tokens[index - 1].text if index else ""
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
            if tokens[at].kind != "word":
                break
            owner = tokens[at + 1].text
            behind = tokens[at + 2] if at + 2 < len(tokens) else None
            closed = behind is None or behind.kind != "word" or behind.text in words("en", "grammar", "breaks")
            if tokens[at].text in {"around", "round"} and owner in {"him", "her", "them"} and closed and whose != owner:
                found.append(Match(index, at + 1, "", "embrace"))
                break
            if tokens[at].text not in _ONTO or not (owner in {"his", "her", "their"} or owner.endswith("'s")):
                continue
            noun = next((t for t in range(at + 2, min(at + 4, len(tokens))) if tokens[t].text in touched), None)
            if (
                noun is not None
                and owner != whose
                and (whose in _OWNED or token.text != "hand" or owner.endswith("'s"))
            ):
                found.append(Match(index, noun, "", "hands"))
            break
    return found


def _joined(tokens: list[Token]) -> list[Match]:
    """Return a limb in, through or against another's (laces her fingers through his; her hand finds hers)."""
    verbs = _touches()
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if token.text not in _LIMBS:
            continue
        whose = tokens[index - 1].text if index else ""
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens))):
            text = tokens[at].text
            if tokens[at].kind != "word" or text in {"than", "like", "and", "as"}:
                break
            bare = text in {"hers", "theirs"} or (text == "his" and _is_closed(tokens, at + 1))
            if bare and whose != text and (tokens[at - 1].text in _JOINED or tokens[at - 1].text in verbs):
                found.append(Match(index, at, "", "hands"))
                break
    return found


def _is_closed(tokens: list[Token], index: int) -> bool:
    """Return whether no noun follows at `index`: the phrase ends there."""
    token = tokens[index] if index < len(tokens) else None
    if token is None or token.kind != "word":
        return True
    return token.text in words("en", "grammar", "breaks") or token.text.endswith("ly")


def _fiddled(tokens: list[Token]) -> list[Match]:
    """Return hands that do something intricate (ties his bow tie, plays the accordion, threads a needle)."""
    verbs, objects = _fiddling()
    breaks, determiners = words("en", "grammar", "breaks"), words("en", "grammar", "determiners")
    found: list[Match] = []
    for index, token in enumerate(tokens):
        verb = verbs.get(token.text)
        before = tokens[index - 1].text if index else ""
        if verb is None or before in determiners or (verb[1] == "base" and before not in _BASE_AFTER):
            continue
        for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens))):
            if tokens[at].kind != "word":
                break
            match = objects[verb[0]].at(tokens, at)
            if match is not None:
                found.append(Match(index, match.last, "", "hands"))
                break
            if tokens[at].text in breaks and tokens[at].text not in determiners | {"up"}:
                break
    return [match for match in found if not _is_denied(tokens, match)]


def _handled(tokens: list[Token]) -> list[Match]:
    """Return a person who is carried, shoved or struck (hoists the princess, drags him)."""
    verbs, people, harmless = _handles(), words("en", "dark_clothes", "people"), words("en", "contact", "harmless")
    breaks, determiners = words("en", "grammar", "breaks"), words("en", "grammar", "determiners")
    found: list[Match] = []
    for index, token in enumerate(tokens[:-1]):
        verb = verbs.get(token.text)
        if verb is None or token.kind != "word" or (index and tokens[index - 1].text in determiners):
            continue
        following = tokens[index + 1].text
        after = tokens[index + 2] if index + 2 < len(tokens) else None
        if index and tokens[index - 1].text in words("en", "contact", "impersonal"):
            continue
        free = _is_closed(tokens, index + 2)
        if following in {"him", "them"} or (following == "her" and free):
            if not _is_given(tokens, index):
                found.append(Match(index, index + 1, "", verb))
        elif after is not None and (following, after.text) in {("each", "other"), ("one", "another")}:
            found.append(Match(index, index + 2, "", verb))
        elif following in {"the", "a", "an", "his", "her", "their", "another"}:
            window = tokens[index + 2 : index + 4]
            noun = next((t for t in window if t.text in people and t.text not in harmless), None)
            if noun is not None and all(
                t.kind == "word" and t.text not in breaks for t in window[: window.index(noun)]
            ):
                last = tokens.index(noun, index)
                behind = tokens[last + 1] if last + 1 < len(tokens) else None
                if behind is None or behind.kind != "word" or behind.text in breaks:
                    found.append(Match(index, last, "", verb))
    return found


def _is_given(tokens: list[Token], index: int) -> bool:
    """Return whether the person after the verb at `index` only gets something (throws him a glance, the keys)."""
    after = [token.text for token in tokens[index + 2 : index + 5] if token.kind == "word"]
    if not after or any(word in words("en", "contact", "blows") for word in after):
        return False
    if after[0] in {"a", "an", "some", "another", "one"}:
        return True
    return after[0] in words("en", "grammar", "determiners") and tokens[index].text in _giving()


def _is_noun(tokens: list[Token], match: Match) -> bool:
    """Return whether a single verb form is the first part of a compound (kiss-curl, fight club)."""
    following = tokens[match.last + 1].text if match.last + 1 < len(tokens) else ""
    return match.first == match.last and following in {"club", "card", "poster", "music", "sequence", "cake", "bowl"}


@cache
def _phrases() -> Phrases:
    known = [(phrase, "except") for phrase in words("en", "contact", "except")]
    for kind in _KINDS:
        entry = cast("dict[str, list[str]]", table("en", "contact")[kind])
        known += [(form, kind) for form in verb_forms(tuple(entry["verbs"]))]
        known += [(phrase, kind) for phrase in entry["phrases"]]
    return Phrases(known)


@cache
def _fiddling() -> tuple[dict[str, tuple[str, str]], dict[str, Phrases]]:
    """Return form of a verb → (its group, which form), and group → what it is done to."""
    groups = cast("dict[str, dict[str, list[str]]]", table("en", "contact")["fiddly"])
    verbs = {
        form: (group, verb.form)
        for group, entry in groups.items()
        for form, verb in verb_forms(tuple(entry["verbs"])).items()
    }
    objects = {
        group: Phrases([(noun, group) for noun in sorted(with_plurals(entry["objects"]))])
        for group, entry in groups.items()
    }
    return verbs, objects


@cache
def _giving() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", "contact", "giving")))))


@cache
def _handles() -> dict[str, str]:
    """Return every form of the verbs that one does to a person → which contact that is."""
    lists = cast("dict[str, list[str]]", table("en", "contact")["handle"])
    return {form: kind for kind, lemmas in lists.items() for form in verb_forms(tuple(lemmas))}


@cache
def _touches() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", "contact", "touch")))))
