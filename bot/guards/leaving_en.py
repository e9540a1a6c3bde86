"""What rule 3 knows of English: things that can leave, verbs by which they do, and how each thing stays."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from bot.guards.inflection import Verb, plural, verb_forms
from bot.guards.phrases import Match, Phrases
from bot.guards.tables import kinds, phrase, table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_S = "detaching"
_FROM = frozenset({"from", "off", "of"})
_POSSESSIVE = frozenset({"his", "her", "their", "my", "your", "our"})


class Detachment(NamedTuple):
    """An object that leaves: what replaces `start`–`end`, and the sentence for the shot after."""

    thing: str
    span_start: int
    start: int
    end: int
    stays: str
    gone: str
    chinese: bool = False


def clause_of(tokens: list[Token], index: int) -> list[Token]:
    """Return the tokens from `index` to the end of the clause."""
    joins = words("en", "grammar", "joins")
    rest: list[Token] = []
    for token in tokens[index : index + 40]:
        if (token.kind == "mark" and token.text not in "-'\"′″’") or token.text in joins or token.kind == "chinese":
            break
        rest.append(token)
    return rest


def is_denied(tokens: list[Token], first: int, last: int) -> bool:
    """Return whether one of the tokens `first`–`last` says that it does not happen; marks end its reach."""
    for token in reversed(tokens[max(0, first) : last]):
        if token.text in words("en", _S, "not"):
            return True
        if token.kind == "mark":
            return False
    return False


def is_handed(after: list[str], kind: str) -> bool:
    """Return whether the thing passes into a hand or is put on; only clothes go over a shoulder to stay there."""
    joined = " ".join(after)
    found = any(joined.startswith(transfer) for transfer in words("en", _S, "transfer"))
    return found and (kind in {"body", "neck"} or not joined.startswith("over "))


def is_between(token: Token) -> bool:
    """Return whether `token` may stand between a thing and its verb (an auxiliary, an adverb)."""
    return token.kind == "word" and (
        token.text in words("en", _S, "between") or (token.text.endswith("ly") and token.text != "fly")
    )


def possessive_before(tokens: list[Token], index: int) -> str:
    """Return whose the thing at `index` is (his, her …), or "the"."""
    for token in reversed(tokens[max(0, index - 5) : index]):
        if token.kind != "word":
            break
        if token.text in _POSSESSIVE:
            return token.text
    return "the"


def place_of(kind: str, possessive: str, after: list[Token] | None = None) -> str:
    """Return how a thing of `kind` stays (ON his head): where the words `after` its verb say, or as such are."""
    part = part_left(after or [])
    if part is not None:
        return part[0]
    return cast("dict[str, str]", table("en", _S)["stays"])[kind].format(poss=possessive)


def part_left(after: list[Token]) -> tuple[str, str] | None:
    """Return how a thing stays that leaves a part of somebody's body or dress (slips off his nose), and the part."""
    parts = cast("dict[str, str]", table("en", _S)["parts"])
    for index, token in enumerate(after[:-2]):
        owner = after[index + 1].text
        if token.text not in _FROM or not (owner in _POSSESSIVE or owner.endswith("'s")):
            continue
        for noun in after[index + 2 : index + 4]:
            if noun.text in parts:
                poss = owner if owner in _POSSESSIVE else "the"
                return parts[noun.text].format(poss=poss), noun.text
        return None
    return None


def gone_of(passage: Passage, thing: Match) -> str:
    """Return the sentence for the shot after: the thing is gone."""
    many = passage.tokens[thing.last].text in plurals()
    said = phrase("en", _S, "after_shot").format(object="The " + thing.phrase)
    return said.replace(" is ", " are ", 1) if many else said


def fate_of(tokens: list[Token], end: int) -> int:
    """Return where the telling of what becomes of the thing ends (… and rolls across the floor; … and it shatters)."""
    index = bisect_left(tokens, end, key=lambda token: token.start)
    if index + 1 >= len(tokens) or tokens[index].text != "and":
        return end
    following = tokens[index + 1].text
    verb = leaving_verbs().get(following)
    if following not in {"it", "they"} and not (verb and verb.form in {"s", "past"} and verb.lemma in _fates()):
        return end
    rest = clause_of(tokens, index + 1)
    return rest[-1].end if rest else end


@cache
def _fates() -> frozenset[str]:
    return words("en", _S, "any") | {
        "roll",
        "fall",
        "fly",
        "bounce",
        "land",
        "sail",
        "drift",
        "float",
        "flutter",
        "spin",
        "slide",
        "skitter",
        "break",
    }


@cache
def nouns() -> dict[str, str]:
    """Return what can leave its wearer → its kind: garments by where they are worn, weapons, jewellery, props."""
    listed = dict(kinds("en", "dark_clothes", "garments"))
    for key in ("props", "weapons", "jewellery", "face"):
        listed |= dict.fromkeys(words("en", _S, key), key)
    return listed


@cache
def things() -> Phrases:
    """Return the same in singular and plural, to be looked for."""
    listed = nouns()
    return Phrases([*listed.items(), *((plural(noun), kind) for noun, kind in listed.items())])  # glasses before glass


@cache
def plurals() -> frozenset[str]:
    """Return the last words of all things in the plural."""
    listed = [noun for noun in nouns() if not noun.endswith("ss")]
    return frozenset(plural(noun).rsplit(" ", maxsplit=1)[-1] for noun in listed) - {"dress", "glass"}


@cache
def keeping() -> frozenset[str]:
    """Return every form of the verbs that a repair puts in."""
    return frozenset(verb_forms(("keep", "tug", "reach")))


@cache
def leaving_verbs() -> dict[str, Verb]:
    """Return every form of the verbs by which a thing leaves or is made to."""
    lemmas: set[str] = set()
    for key in ("hard", "soft", "any", "moving", "plain"):
        lemmas |= words("en", _S, key)
    return verb_forms(tuple(sorted(lemmas)))
