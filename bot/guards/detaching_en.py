"""Rule 3 in English: an object and a verb by which it leaves."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from bot.guards.inflection import Verb, inflect, plural, verb_forms
from bot.guards.phrases import Match, Phrases
from bot.guards.tables import kinds, phrase, table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_S = "detaching"
_BETWEEN_MOST = 6  # words between a thing and its verb
_OBJECT_MOST = 8  # words between a verb and its thing
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
        verb = _verbs().get(token.text)
        if item is None and verb is not None:
            item = _let(passage, index) if verb.lemma == "let" else _taken(passage, index, verb)
        if item is not None:
            found.append(item)
            reached = item.end
    return found


def _by_itself(passage: Passage, thing: Match) -> Detachment | None:
    """Return the detachment where the object is the subject (his hat flies off, is knocked from her hand)."""
    tokens = passage.tokens
    index = thing.last + 1
    passive = False
    while index < len(tokens) and index - thing.last < _BETWEEN_MOST and _is_between(tokens[index]):
        passive = passive or tokens[index].text in {"is", "are", "was", "were", "gets", "get", "got", "being", "be"}
        index += 1
    if index >= len(tokens) or any(t.text in words("en", _S, "not") for t in tokens[max(0, thing.first - 3) : index]):
        return None
    verb = _verbs().get(tokens[index].text)
    second = _second_verb(tokens, index)
    if second is not None:
        index = second
        verb = _verbs()[tokens[index].text]
    if verb is None or tokens[index].kind != "word":
        return None
    rest = _clause(tokens, index + 1)
    after = [token.text for token in rest]
    if _is_handed(after, thing.kind) or any(
        word in words("en", _S, "furniture") for word in after if "from" in after or "off" in after
    ):
        return None
    lemma = verb.lemma
    away = any(word in words("en", _S, "away") for word in after[:3])
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
    many = passage.folded[tokens[thing.last].start : tokens[thing.last].end] in _plurals()
    end = _fate(tokens, rest[-1].end if rest else tokens[index].end)
    start = tokens[thing.last + 1].start
    possessive = _possessive(tokens, thing.first)
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
    stays = f"{lead}{form} {_place(thing.kind, possessive)} throughout"
    return Detachment(thing.phrase, tokens[thing.first].start, start, end, stays, _gone(passage, thing))


def _second_verb(tokens: list[Token], index: int) -> int | None:
    """Return the index of the verb that leaves in a pair (snaps and falls, comes undone and flutters off)."""
    for at in range(index + 1, min(index + _OBJECT_MOST, len(tokens) - 1)):
        if tokens[at].kind != "word":
            return None
        if tokens[at].text == "and":
            verb = _verbs().get(tokens[at + 1].text)
            after = {token.text for token in tokens[at + 2 : at + 5]}
            leaves = verb is not None and (
                verb.lemma in words("en", _S, "plain") | words("en", _S, "any") or after & words("en", _S, "away")
            )
            return at + 1 if leaves else None
    return None


def _it(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment of what `it` stands for (unlatches her glove, and it drifts away)."""
    tokens = passage.tokens
    at = index + 1
    while at < len(tokens) and _is_between(tokens[at]):
        at += 1
    verb = _verbs().get(tokens[at].text) if at < len(tokens) else None
    rest = _clause(tokens, at + 1)
    gone = {"off", "away", "loose", "overboard"} & {token.text for token in rest[:2]}
    if verb is None or verb.lemma not in words("en", _S, "moving") or not gone:
        return None
    for back in range(index - 1, max(-1, index - 14), -1):
        if tokens[back].text in {".", "!", "?", ";"}:
            return None
        thing = things().at(tokens, back) if tokens[back].kind == "word" else None
        if thing is not None:
            stay = "STAY" if tokens[index].text == "they" else "STAYS"
            place = _place(thing.kind, _possessive(tokens, thing.first))
            said = passage.text[tokens[index].start : tokens[index].end]
            stays = f"{said} {stay} {place} throughout"
            return Detachment(
                thing.phrase, tokens[index].start, tokens[index].start, rest[-1].end, stays, _gone(passage, thing)
            )
    return None


def _taken(passage: Passage, index: int, verb: Verb) -> Detachment | None:  # noqa: C901, PLR0911, PLR0912  (one question after the other)
    """Return the detachment where somebody makes the object leave (throws his hat, takes off her coat)."""
    tokens = passage.tokens
    hard, soft = verb.lemma in words("en", _S, "hard"), verb.lemma in words("en", _S, "soft")
    wind = any(t.text in words("en", _S, "nobody") for t in tokens[max(0, index - 4) : index])
    if not (hard or soft) or any(t.text in words("en", _S, "not") for t in tokens[max(0, index - 3) : index]):
        return None
    if index and tokens[index - 1].text in words("en", "grammar", "determiners") and verb.form in {"base", "s"}:
        return None
    first = index + 1
    particle = first < len(tokens) and tokens[first].text in {"off", "away", "aside", "down", "out"}
    if particle and tokens[first].text in {"down", "out"} and soft:
        return None
    if first < len(tokens) and tokens[first].text in {"on", "up", "back", "over"}:
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
            inner = _verbs().get(token.text)
            if token.text in _keeps() or (inner is not None and inner.form in {"base", "s"}):
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
    rest = _clause(tokens, thing.last + 1)
    after = [token.text for token in rest]
    if _is_handed(after, thing.kind) or any(
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


def _let(passage: Passage, index: int) -> Detachment | None:
    """Return the detachment of what a pronoun stands for (unties her cloak and lets it fall)."""
    tokens = passage.tokens
    following = [token.text for token in tokens[index + 1 : index + 3]]
    if (
        len(following) < len(("it", "fall"))
        or following[0] not in {"it", "them"}
        or following[1] not in {"fall", "drop", "slip", "slide", "go", "tumble", "fly"}
    ):
        return None
    for at in range(index - 1, max(-1, index - 16), -1):
        thing = things().at(tokens, at) if tokens[at].kind == "word" else None
        if thing is not None:
            rest = _clause(tokens, index + 3)
            place = _place(thing.kind, _possessive(tokens, thing.first))
            stays = f"{inflect('keep', _verbs()[tokens[index].text].form)} {following[0]} {place} throughout"
            end = rest[-1].end if rest else tokens[index + 2].end
            return Detachment(thing.phrase, tokens[index].start, tokens[index].start, end, stays, _gone(passage, thing))
    return None


def _kept(passage: Passage, index: int, thing: Match, rest: list[Token], *, wind: bool) -> Detachment:
    """Return the detachment with its repair: the verb becomes keeping (or, of a wind, tugging)."""
    tokens = passage.tokens
    after = [token.text for token in rest]
    verb = _verbs()[tokens[index].text]
    begin = index + 1
    if tokens[begin].text in {"off", "away", "aside", "down", "out"}:
        begin += 1
    words_ = passage.text[tokens[begin].start : tokens[thing.last].end]
    many = passage.folded[tokens[thing.last].start : tokens[thing.last].end] in _plurals()
    lemma = (
        "tug at" if wind else "reach for" if "from" in after and verb.lemma not in words("en", _S, "hard") else "keep"
    )
    form = "participle" if verb.form == "participle" else verb.form
    stay = "STAY" if many else "STAYS"
    place = _place(thing.kind, _possessive(tokens, thing.first))
    stays = f"{inflect(lemma, form)} {words_}, which {stay} {place} throughout"
    end = _fate(tokens, rest[-1].end if rest else tokens[thing.last].end)
    if any(passage.folded.startswith(f" {join} ", end) for join in ("and", "but", "then")):
        stays += ","
    return Detachment(thing.phrase, tokens[index].start, tokens[index].start, end, stays, _gone(passage, thing))


def _fate(tokens: list[Token], end: int) -> int:
    """Return where the telling of what becomes of the thing ends (… and rolls across the floor; … and it shatters)."""
    index = bisect_left(tokens, end, key=lambda token: token.start)
    if index + 1 >= len(tokens) or tokens[index].text != "and":
        return end
    following = tokens[index + 1].text
    verb = _verbs().get(following)
    if following not in {"it", "they"} and not (verb and verb.form in {"s", "past"} and verb.lemma in _fates()):
        return end
    rest = _clause(tokens, index + 1)
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


def _is_between(token: Token) -> bool:
    return token.kind == "word" and (
        token.text in words("en", _S, "between") or (token.text.endswith("ly") and token.text != "fly")
    )


def _clause(tokens: list[Token], index: int) -> list[Token]:
    """Return the tokens from `index` to the end of the clause."""
    joins = words("en", "grammar", "joins")
    rest: list[Token] = []
    for token in tokens[index : index + 40]:
        if (token.kind == "mark" and token.text not in "-'\"′″’") or token.text in joins or token.kind == "chinese":
            break
        rest.append(token)
    return rest


def _is_handed(after: list[str], kind: str) -> bool:
    """Return whether the thing passes into a hand or is put on; only clothes go over a shoulder to stay there."""
    joined = " ".join(after)
    found = any(joined.startswith(transfer) for transfer in words("en", _S, "transfer"))
    return found and (kind in {"body", "neck"} or not joined.startswith("over "))


def _is_hanging(after: list[str]) -> bool:
    joined = " ".join(after)
    return any(joined.startswith(hanging) for hanging in words("en", _S, "hanging"))


def _possessive(tokens: list[Token], index: int) -> str:
    for token in reversed(tokens[max(0, index - 5) : index]):
        if token.kind != "word":
            break
        if token.text in _POSSESSIVE:
            return token.text
    return "the"


def _place(kind: str, possessive: str) -> str:
    return cast("dict[str, str]", table("en", _S)["stays"])[kind].format(poss=possessive)


def _gone(passage: Passage, thing: Match) -> str:
    many = passage.tokens[thing.last].text in _plurals()
    said = phrase("en", _S, "after_shot").format(object="The " + thing.phrase)
    return said.replace(" is ", " are ", 1) if many else said


@cache
def things() -> Phrases:
    """Return what can leave its wearer: garments by where they are worn, weapons, jewellery, props."""
    nouns = dict(kinds("en", "dark_clothes", "garments"))
    for key in ("props", "weapons", "jewellery"):
        nouns |= dict.fromkeys(words("en", _S, key), key)
    return Phrases([*((plural(noun), kind) for noun, kind in nouns.items()), *nouns.items()])


@cache
def _plurals() -> frozenset[str]:
    nouns = [
        *kinds("en", "dark_clothes", "garments"),
        *words("en", _S, "props"),
        *words("en", _S, "weapons"),
        *words("en", _S, "jewellery"),
    ]
    return frozenset(plural(noun).rsplit(" ", maxsplit=1)[-1] for noun in nouns if not noun.endswith("ss")) - {
        "dress",
        "glass",
    }


@cache
def _keeps() -> frozenset[str]:
    """Return every form of the verbs that a repair puts in."""
    return frozenset(verb_forms(("keep", "tug", "reach")))


@cache
def _verbs() -> dict[str, Verb]:
    lemmas: set[str] = set()
    for key in ("hard", "soft", "any", "moving", "plain"):
        lemmas |= words("en", _S, key)
    return verb_forms(tuple(sorted(lemmas)))
