"""Rule 4, its second half: more action than the 8 steps carry, and where the shot divides best."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.inflection import verb_forms
from bot.guards.model import Finding, Option
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.inflection import Verb
    from bot.guards.model import Rule
    from bot.guards.reading import Passage, Token

RULE: Rule = "contact_and_complexity"
BOUNDARY = re.compile(r"[.!?](?=\s+\S)|[。！？](?=\s*\S)|\n(?=\s*\S)")
"""Where one sentence ends and another follows."""
_VERB_LEAST = 4  # letters of a verb that the tables do not know
_CLAUSE = re.compile(r"[,;](?=\s+(?:and\s+)?(?:then\b)?)|[，；]|\bthen\b")


def complexity(passage: Passage) -> list[Finding]:
    """Warn of more action than the steps carry, with a split at the sentence that halves it best (see rule 4)."""
    actions = _actions(passage)
    total = sum(weight for _, weight in actions)
    budget = float(cast("float", table("en", "complexity")["budget"]))
    return [_complexity(passage, actions, total, budget)] if total > budget else []


def _actions(passage: Passage) -> list[tuple[int, float]]:  # noqa: C901  (one question after the other)
    """Return where the actions stand, and how much each weighs."""
    found: list[tuple[int, float]] = []
    english, chinese = _english(), _chinese()
    tokens = passage.tokens
    determiners = words("en", "grammar", "determiners")
    for index, token in enumerate(tokens):
        if token.kind == "chinese":
            weight = chinese.get(token.text)
            if weight and not passage.is_told(token.start):
                found.append((token.start, weight))
            continue
        known = english.get(token.text)
        if token.kind != "word":
            continue
        if known is None:
            if _is_listed(tokens, index):
                found.append((token.start, 1.0))
            continue
        if passage.is_told(token.start):
            continue
        verb, weight = known
        before = tokens[index - 1].text if index else ""
        if before == "camera" or (before in determiners and before not in {"that", "both", "all", "each", "some"}):
            continue
        if verb.form == "base" and before not in {"to", "and", "they", "we", "you", "then", ",", "or", "all", "both"}:
            plural = index > 0 and (before.endswith("s") or before in {"men", "women", "people", "two", "children"})
            if not plural:
                continue
        if verb.form in {"past", "participle"} and before in {
            "is",
            "are",
            "was",
            "were",
            "be",
            "-",
            "with",
            "of",
            "in",
        }:
            continue
        found.append((token.start, weight))
    return found


def _is_listed(tokens: list[Token], index: int) -> bool:
    """Return whether an unknown word is one of a list of verbs (…, seals the hatch, …)."""
    if not 0 < index < len(tokens) - 1 or not tokens[index].text.endswith("s") or len(tokens[index].text) < _VERB_LEAST:
        return False
    following = tokens[index + 1].text
    determined = following in words("en", "grammar", "determiners") or following in {
        "off",
        "up",
        "out",
        "down",
        "away",
        "back",
    }
    return determined and tokens[index - 1].text in {",", "and", "then", "he", "she", "it"}


def _complexity(passage: Passage, actions: list[tuple[int, float]], total: float, budget: float) -> Finding:
    halves = _split(passage.text, actions, total)
    start, end = actions[0][0], actions[-1][0]
    span = passage.source(0, len(passage.text))
    options = (Option("split", halves),) if halves else ()
    return Finding(
        RULE,
        "warning",
        span,
        passage.text[start : end + 12].strip(),
        " / ".join(halves),
        "guard-complexity",
        (("actions", str(len(actions))), ("budget", f"{budget:g}")),
        soft=True,
        options=options,
    )


def _split(text: str, actions: list[tuple[int, float]], total: float) -> tuple[str, ...]:
    """Return the two shots at the sentence boundary (or, in one sentence, the clause) that halves the action best."""
    for pattern in (BOUNDARY, _CLAUSE):
        places = [match.end() if match[0] != "then" else match.start() for match in pattern.finditer(text)]
        best: tuple[float, int] | None = None
        index, weight = 0, 0.0
        for place in places:
            while index < len(actions) and actions[index][0] < place:
                weight += actions[index][1]
                index += 1
            if 0 < weight < total and (best is None or abs(2 * weight - total) < best[0]):
                best = (abs(2 * weight - total), place)
        if best is not None:
            first, second = text[: best[1]].rstrip(" ,;，；"), text[best[1] :].lstrip(" ,;，；")
            return first, second[:1].upper() + second[1:]
    return ()


@cache
def _english() -> dict[str, tuple[Verb, float]]:
    large = {form: (verb, 1.0) for form, verb in verb_forms(tuple(sorted(words("en", "complexity", "large")))).items()}
    small = {form: (verb, 0.5) for form, verb in verb_forms(tuple(sorted(words("en", "complexity", "small")))).items()}
    return small | large


@cache
def _chinese() -> dict[str, float]:
    return dict.fromkeys(words("zh", "complexity", "small"), 0.5) | dict.fromkeys(
        words("zh", "complexity", "large"), 1.0
    )
