"""Who speaks, in Chinese: a character named before the verb, or a family name and a given name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from bot.guards.governing_zh import PRONOUN
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.speech import Scene

_LATIN = re.compile(r"[A-Z][\w'-]*(?: [A-Z][\w'-]*)?(?=\s?[\u3400-\u9fff])", re.ASCII)  # Boss很生气地说
_ADVERB = 2  # characters between a subject and its verb
_ACT_MOST = 8  # characters of a clause without a subject


def speaker_of(scene: Scene, begin: int, verb_start: int) -> str | None:
    """Return who speaks, where the text names a character before the verb."""
    names = [
        n
        for n in scene.named(begin, verb_start)
        if scene.folded[n.start - 1 : n.start]
        not in {"对", "向", "跟", "和", "与", "朝", "给", "冲", "望", "看", "着", "问", "把", "被", "将"}
        or n.start == begin
    ]
    before = scene.folded[begin:verb_start]
    if names:
        last = names[-1]
        return last.name if verb_start - last.end <= _ADVERB else names[0].name
    pronoun = re.search(r"[他她佢]", re.sub(rf"[对向跟和与朝给冲着望看]{PRONOUN}", "", before))
    if pronoun:
        return scene.antecedent(begin)
    named = surnamed(scene, begin, before)
    if named:
        return named
    if not before.strip(" ,") and scene.done:
        return scene.speaker
    subjectless = len(before) <= _ACT_MOST and not re.match(r"[\u3400-\u9fff]{0,6}(?:人|者|女|子|声音)", before)
    return scene.antecedent(begin) if subjectless and scene.cast and begin and scene.named(0, begin) else None


def surnamed(scene: Scene, begin: int, before: str) -> str | None:
    """Return a name of two to four characters that begins with a family name, where no cast was given."""
    if scene.cast:
        return None
    latin = _LATIN.match(scene.text, begin)
    if latin:
        return latin[0]
    surnames = words("zh", "grammar", "surnames")
    for length in (2, 1):
        if before[:length] in surnames:
            verbs = cast("dict[str, str]", table("zh", "dialogue")["verbs"])
            rest = re.match(r"[\u3400-\u9fff]*", before)
            run = rest[0] if rest else ""
            if run in words("zh", "grammar", "people") or before[:2] in words("zh", "grammar", "people"):
                return None
            if len(run) <= length + 2 and len(run) > length and run not in verbs:
                return scene.text[begin : begin + len(run)]
            manners = "|".join(sorted(words("zh", "dialogue", "after_name")))
            stop = re.match(
                rf".{{{length + 1},{length + 2}}}?(?=[,，]|{manners})",
                run,
            )
            if stop:
                return scene.text[begin : begin + stop.end()]
    return None
