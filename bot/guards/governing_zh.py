"""Which Chinese verb of speech governs a quotation: the longest of the table that the clause before it ends with."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.speech import Scene

TRIM = " :,、—-…~"
PRONOUN = r"(?:他们|她们|我们|你们|众人|大家|对方|他|她|我|你|二人|两人)"
_STOPS = re.compile(r"[。！？!?;；\n]")
_MANNERS = frozenset("声地着笑头气问答说喊叫骂叹喝怒急冷淡柔低轻沉厉朗应又便也才惊喜哭泣吟念唱言语色手身口眉眼回")
_SENTENCE_MOST = 80  # characters of a sentence that are looked at before a quotation


def clause_before(scene: Scene, position: int) -> tuple[int, str]:
    """Return where the sentence before `position` begins, and its folded words without the marks at their end."""
    start = max(scene.done, position - _SENTENCE_MOST)
    part = scene.folded[start:position].rstrip(TRIM)
    last = max((match.end() for match in _STOPS.finditer(part)), default=0)
    return start + last, part[last:].lstrip(TRIM)


def governing_verb(clause: str) -> tuple[int, int, str] | None:
    """Return the verb of speech that ends `clause`: start, end, and the indirect phrase, with whom it speaks to."""
    verbs = cast("dict[str, str]", table("zh", "dialogue")["verbs"])
    tail = clause[:-1] if clause.endswith("着") and clause[:-1].endswith("道") else clause
    for size in range(min(8, len(tail)), 0, -1):
        word = tail[-size:]
        if word in verbs and not is_part(tail, word):
            return len(tail) - size, len(clause), verbs[word]
    found = addressed().search(clause)
    if found:
        pattern = cast("dict[str, str]", table("zh", "dialogue")["addressed"])[found["verb"]]
        return found.start("verb"), len(clause), pattern.format(object=found["object"])
    return None


def is_part(clause: str, word: str) -> bool:
    """Return whether a verb of one character is only the end of another word (知道, 味道, 街道, 小说, 传说)."""
    return len(word) == 1 and clause[-2:] in words("zh", "dialogue", "not_speech")


def is_way(clause: str) -> bool:
    """Return whether the 道 that ends `clause` is a way, not a verb: nobody and no manner stands before it (楼道)."""
    if not clause.endswith("道") or clause[-2:-1] in _MANNERS:
        return False
    people = (
        words("zh", "grammar", "people") | words("zh", "grammar", "pronouns") | words("zh", "dialogue", "after_name")
    )
    return not any(clause[:-1].endswith(word) for word in people)


@cache
def addressed() -> re.Pattern[str]:
    """Return what finds a verb of speech with somebody right behind it at the end of a clause (问她)."""
    verbs = sorted(cast("dict[str, str]", table("zh", "dialogue")["addressed"]), key=len, reverse=True)
    return re.compile(
        rf"(?P<verb>{'|'.join(verbs)})(?:了)?(?P<object>{PRONOUN}|(?!一声|一句|起来|出声|道)[^,，。\s]{{1,6}})(?:道|说)?$"
    )
