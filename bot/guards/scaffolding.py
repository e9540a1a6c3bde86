"""Rule 6: the final prompt is built the same way for every shot of a scene."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from bot.guards.camera import names_camera
from bot.guards.inflection import with_plurals
from bot.guards.model import Draft, Finding, Look, Position
from bot.guards.phrases import Phrases
from bot.guards.reading import Passage, is_chinese, like
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS = ("scene", "characters", "action", "camera", "interaction", "style")
"""What a full prompt has, in the order in which it is built."""

_PLACES: dict[int, tuple[Position, ...]] = {1: ("centre",), 2: ("left", "right"), 3: ("left", "centre", "right")}


class Placed(NamedTuple):
    """A character and the figure of the picture that it is bound to."""

    look: Look
    place: str


def scaffolding(draft: Draft, passage: Passage) -> list[Finding]:
    """Name the parts that a full prompt has and this one lacks.

    Rule: a prompt has a full scene, the characters, the shot design and the camera language, and says how the two
    interact; the same scaffolding for each shot repeats well; no trigger word (MODEL_FACTS, prompt craft 4 and 5).
    Source: the model card.

    Limits: whether a part is there is told by the tables' words; a place or a style that they do not know is missed.
    """
    have = {
        "scene": bool(draft.scene.strip()) or _has(passage, "scene"),
        "characters": bool(draft.cast) or _has_people(passage),
        "action": bool(passage.text.strip()),
        "camera": bool(draft.camera.strip()) or names_camera(passage),
        "interaction": len(draft.cast) == 1 or _has(passage, "interaction"),
        "style": bool(draft.style.strip()) or _has(passage, "style"),
    }
    end = len(passage.text)
    return [
        Finding("scaffolding", "note", passage.source(end, end), "", "", f"guard-missing-{part}", (("part", part),))
        for part in PARTS
        if not have[part]
    ]


def build(
    passage: Passage, scene: str, cast_: Iterable[Placed], *, camera: str, style: str, closings: Iterable[str]
) -> str:
    """Return the final prompt: scene, characters, action, camera, style, and what is repeated at the end.

    A part that already stands in the text, word for word, is not said again; so a finished prompt stays as it is.
    """
    text = passage.text.strip()
    chinese = is_chinese(text or scene)
    before = [_sentence(scene)]
    for placed in cast_:
        figures = [_character(placed, text, chinese=language) for language in (chinese, not chinese)]
        if not any(figure in text for figure in figures):
            before.append(figures[0])
    after = [_sentence(camera), _sentence(style), *closings]
    parts = [part for part in before if part and part not in text]
    if text:
        parts.append(_sentence(text))
    parts += [part for part in after if part and part not in text]
    return _joined(parts)


def place(cast_: tuple[Look, ...]) -> list[Placed]:
    """Bind each character to a figure: where it was put, and the free places from the left for the others."""
    free = [spot for spot in _PLACES.get(min(len(cast_), 3), ()) if spot not in {look.position for look in cast_}]
    placed: list[Placed] = []
    for look in cast_:
        if look.position is not None:
            placed.append(Placed(look, look.position))
        elif len(cast_) == 1:
            placed.append(Placed(look, "alone"))
        else:
            placed.append(Placed(look, free.pop(0) if free else "centre"))
    order = {"left": 0, "centre": 1, "right": 2, "alone": 0}
    return sorted(placed, key=lambda item: order[item.place])


def _character(placed: Placed, text: str, *, chinese: bool) -> str:
    figures = cast("dict[str, str]", table("zh" if chinese else "en", "scaffolding")["figure"])
    figure = figures[placed.place]
    if chinese:
        figure = like(figure, text)
    said = figure.format(name=placed.look.name.strip())
    look = placed.look.look.strip().rstrip(".。 ")
    if look:
        said += ("，" if chinese else ", ") + look
    return _sentence(said, chinese=chinese)


def _sentence(words_: str, *, chinese: bool | None = None) -> str:
    words_ = words_.strip()
    if not words_ or words_[-1] in ".!?…。！？":
        return words_
    chinese = is_chinese(words_) if chinese is None else chinese
    return words_.rstrip(",;，；、 ") + ("。" if chinese else ".")


def _joined(parts: list[str]) -> str:
    joined = ""
    for part in parts:
        gap = "" if not joined or joined[-1] in "。！？" else " "
        joined += gap + part
    return joined


def _has(passage: Passage, part: str) -> bool:
    if _english(part).within(passage):
        return True
    return not passage.text.isascii() and _chinese(part).search(passage.folded) is not None


def _has_people(passage: Passage) -> bool:
    known = _people()
    return any(
        token.text in known or (token.kind == "word" and token.start > 0 and passage.text[token.start].isupper())
        for token in passage.tokens
    )


@cache
def _people() -> frozenset[str]:
    english = (
        words("en", "dark_clothes", "people") | words("en", "framing", "people") | words("en", "grammar", "pronouns")
    )
    chinese = words("zh", "grammar", "people") | words("zh", "grammar", "pronouns")
    return english | chinese | {"his", "her", "their"}


@cache
def _chinese(part: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words("zh", "scaffolding", part)))))


@cache
def _english(part: str) -> Phrases:
    return Phrases([(phrase, part) for phrase in sorted(with_plurals(words("en", "scaffolding", part)))])
