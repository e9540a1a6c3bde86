"""Rule 6: whether a text names shot size or camera movement; a lens cap, a feature article and prospects do not.

English camera language is a shot (mid-shot, slow tracking shot), a movement at a pace (slow push in), the camera as the
one who acts, or a size that stands by itself between marks. Chinese terms count unless what stands before or behind
them in their clause gives them another sense (发展远景, 镜头盖, 一篇特写).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast

from bot.guards.inflection import verb_forms, with_plurals
from bot.guards.phrases import Phrases
from bot.guards.tables import table, words

if TYPE_CHECKING:
    from bot.guards.reading import Passage, Token

_S = "scaffolding"
_ENDS = frozenset(".:;|/)]—–-\n")
_ABBREVIATION_MOST = 3  # letters of a shot size that is written in capitals (MCU)
_HELD_MOST = 4  # words between who holds a camera and it
_SHOTS = frozenset({"shot", "shots", "framing", "angle", "lens", "frame"})
_CLAUSE = re.compile(r"[^,，.。!?！？;；:：、|/\n\s]+")


def names_camera(passage: Passage) -> bool:
    """Return whether `passage` names a shot size, an angle or what the camera does."""
    tokens = passage.tokens
    if _phrases().within(passage):
        return True
    telling = _telling()
    for index, token in enumerate(tokens):
        if token.kind != "word" or (token.text not in telling and "-" not in token.text):
            continue
        if _is_shot(tokens, index) or _is_move(tokens, index) or _is_camera(tokens, index):
            return True
        if _stands_alone(passage, index):
            return True
    return not passage.text.isascii() and any(map(_has_term, _CLAUSE.findall(passage.folded)))


def _is_shot(tokens: list[Token], index: int) -> bool:
    """Return whether a shot stands at `index` with its size or manner before it (mid-shot, tight shot, 50mm lens)."""
    text = tokens[index].text
    head, _, last = text.rpartition("-")
    if last in {"shot", "shots"} and head:
        return any(part in words("en", _S, "sizes") for part in head.split("-"))
    before = tokens[index - 1] if index else None
    if before is None:
        return False
    if text in _SHOTS:
        parts = before.text.split("-")
        return any(part in words("en", _S, "sizes") for part in parts) or (
            text == "lens" and before.text.endswith("mm")
        )
    return text in {"tight", "close", "wide"} and before.text == "framed"


def _is_move(tokens: list[Token], index: int) -> bool:
    """Return whether a camera movement stands at `index`, with its pace before it (slow push, gentle pan left)."""
    if tokens[index].text not in words("en", _S, "moves") or not index:
        return False
    if tokens[index - 1].text not in words("en", _S, "paces"):
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    return following is None or following.kind != "word" or following.text in words("en", _S, "ways")


def _is_camera(tokens: list[Token], index: int) -> bool:
    """Return whether the camera at `index` is the film's: not somebody's, not in the picture, not looked into."""
    text = tokens[index].text
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if text == "handheld":
        return following not in words("en", _S, "handhelds")
    if text != "camera" or following in words("en", _S, "camera_things"):
        return False
    before = [token.text for token in tokens[max(0, index - _HELD_MOST) : index] if token.kind == "word"]
    acts = following in _acting()
    if not before or acts:
        return True
    if before[-1] in words("en", _S, "camera_kinds") or before[-1].endswith("'s"):
        return False
    articles = words("en", "grammar", "determiners")
    if before[-1] in articles - {"the"}:
        return False
    held = before[:-1] if before[-1] == "the" else before
    return not (held and (held[-1] in words("en", _S, "looks") or held[-1] in _handling()))


def _stands_alone(passage: Passage, index: int) -> bool:
    """Return whether a shot size stands between marks (3. MS — …; WIDE.; Wide, static, …); short ones in capitals."""
    tokens = passage.tokens
    text = tokens[index].text
    if index and tokens[index - 1].kind == "word":
        return False
    following = tokens[index + 1].text if index + 1 < len(tokens) else "."
    ended = following in _ENDS or following == ","
    if text in words("en", _S, "steady"):
        return ended or (text == "locked" and following == "off")
    if text not in words("en", _S, "camera_alone"):
        return False
    short = len(text) <= _ABBREVIATION_MOST
    if short:
        return ended and passage.text[tokens[index].start : tokens[index].end].isupper()
    beside = tokens[index + 2].text if index + 2 < len(tokens) else ""
    return following in _ENDS or (following == "," and beside in words("en", _S, "steady") | words("en", _S, "paces"))


def _has_term(clause: str) -> bool:
    """Return whether a Chinese clause has a camera term in the sense of one."""
    senses = cast("dict[str, dict[str, list[str]]]", table("zh", _S)["senses"])
    for match in _terms().finditer(clause):
        other = senses.get(match[0])
        if other is None:
            return True
        before, behind = clause[: match.start()], clause[match.end() :]
        elsewhere = any(word in before for word in other["before"])
        if not elsewhere and not behind.startswith(tuple(other["behind"])):
            return True
    return False


@cache
def _telling() -> frozenset[str]:
    """Return the words one of which is in every English text that names the camera."""
    keys = ("moves", "steady", "camera_alone")
    return (
        frozenset[str]().union(*(words("en", _S, key) for key in keys)) | _SHOTS | {"camera", "tight", "close", "wide"}
    )


@cache
def _terms() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words("zh", _S, "camera")), key=len, reverse=True)))


@cache
def _phrases() -> Phrases:
    return Phrases([(phrase, "camera") for phrase in sorted(with_plurals(words("en", _S, "camera")))])


@cache
def _acting() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", _S, "camera_acts")))))


@cache
def _handling() -> frozenset[str]:
    return frozenset(verb_forms(tuple(sorted(words("en", _S, "camera_handled")))))
