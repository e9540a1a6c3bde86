"""Who stands where, and who comes in when, as a shot's words say it (English and Chinese, `words.toml`).

Limits: it reads word order, not grammar. Pronouns, "to her left" (whose left?) and mirrored points of view are left
alone; what is not said falls back to the order in which the cast is given.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from bot.casting.words import table

if TYPE_CHECKING:
    from collections.abc import Sequence

Position = Literal["left", "right", "centre"]

STEP: Final = 8
"""Pins stand at multiples of this many frames (the model's temporal compression)."""

REST: Final = 24
"""Frames that should be left after the last pin: somebody who comes in needs a second on stage."""

EARLIEST: Final = 0.25
LATEST: Final = 0.75

# What a side and a name that belong together rarely have between them, as characters of distance.
_SEPARATOR: Final = 40
_OTHER_NAME: Final = 25
_SIDE_FIRST: Final = 12
_VERB_AFTER: Final = 30
_TOO_FAR: Final = 110

_ENDS: Final = re.compile(r"[.!?;。\n]")
_CLAUSES: Final = re.compile(r"[,.!?;:。、\n]")
_SEPARATORS: Final = re.compile(r"[,、]|\b(?:and|while|but|whereas)\b|[和与與跟而]")
_NAMES_WHO: Final = re.compile(r"\s*(?:[是为為:]|站着|站著|坐着|坐著|(?:is|are|stands?|sits?|stood|sat)\b)")
_LEFT_OF: Final = re.compile(r"^[^,.;。]{0,30}?\b(?:to|on|at)\s+the\s+(left|right)(?:\s+side)?\s+of\s+$")
_AT: Final = re.compile(r"^[^,.;。]{0,6}?[在于於]$")
_ITS_SIDE: Final = re.compile(r"^的?(左|右)(?:边|邊|侧|側|面|方|手边|手邊)")


class _Mention(NamedTuple):
    start: int
    end: int
    who: int


class _Side(NamedTuple):
    start: int
    end: int
    position: Position


def placement(text: str, names: Sequence[str]) -> tuple[Position, ...]:
    """Return where each of `names` stands, in the order of `names`.

    One is "centre" unless the words say otherwise; two are left and right, three left, centre and right. Never raises;
    names after the third stand "right".
    """
    plain = _normal(text)
    mentions = _mentions(plain, names)
    order = _relations(plain, mentions)
    said = _said(plain, mentions, {span for _, _, span in order})
    if len(names) == 1:
        return (said.get(0, "centre"),)
    slots: list[Position] = ["left", "right"] if len(names) == 2 else ["left", "centre", "right"]  # noqa: PLR2004  a pair
    given: dict[int, Position] = {}
    for who in sorted(said):
        if said[who] in slots:
            given[who] = said[who]
            slots.remove(said[who])
    for who in range(len(names)):
        if who not in given:
            given[who] = slots.pop(0) if slots else "right"
    rank = {"left": 0, "centre": 1, "right": 2}
    for first, second, _ in order:
        if rank[given[first]] > rank[given[second]] and not (first in said and second in said):
            given[first], given[second] = given[second], given[first]
    return tuple(given[who] for who in range(len(names)))


def stagger(text: str, names: Sequence[str], frames: int) -> tuple[int, ...]:
    """Return the frame at which each of `names` is pinned when they come in one after the other.

    Whoever is there first stands at 0, the others at later multiples of 8: where the words bring them in ("then",
    "enters", 随后, 走进), taken as the same share of the clip as of the text, between a quarter and three quarters;
    without such words, evenly spaced. Frames are distinct wherever the clip is long enough (8 frames a person).

    Args:
        text: the shot's words.
        names: the cast.
        frames: of the clip, 8k+1.
    """
    if not names:
        return ()
    plain = _normal(text)
    firsts = {mention.who: mention for mention in reversed(_mentions(plain, names))}
    cues = {who: _cue(plain, mention, firsts) for who, mention in firsts.items()}
    far = len(plain) + 1

    def appearance(who: int) -> tuple[bool, int, int]:
        mention = firsts.get(who)
        return cues.get(who) is not None, mention.start if mention else far, who

    ordered = sorted(range(len(names)), key=appearance)
    last = max(0, (frames - 1) // STEP * STEP)
    latest = max(min(last, STEP * (len(names) - 1)), (last - REST) // STEP * STEP)
    result = [0] * len(names)
    previous = 0
    for place, who in enumerate(ordered[1:], start=1):
        cue = cues.get(who)
        share = place / len(ordered) if cue is None else cue / max(1, len(plain))
        wished = round(min(max(share, EARLIEST), LATEST) * last / STEP) * STEP
        still = STEP * (len(ordered) - 1 - place)  # leave a frame for each who comes after
        previous = min(max(wished, previous + STEP), max(latest - still, 0))
        result[who] = previous
    return tuple(result)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _mentions(plain: str, names: Sequence[str]) -> list[_Mention]:
    """Find the names, and the parts of them that belong to one person only (Shen, Yuehua, 月华)."""
    owners: dict[str, set[int]] = {}
    for who, name in enumerate(names):
        full = _normal(name).strip()
        parts = {part for part in re.split(r"[\s·]+", full) if len(part) > 1}
        given = {part[-2:] for part in parts | {full} if len(part) in {3, 4} and not part.isascii()}
        for alias in {full} | parts | given:
            if alias:
                owners.setdefault(alias, set()).add(who)
    for who, name in enumerate(names):  # a full name is its owner's, whoever else has it as a part
        owners[_normal(name).strip()] = {who}
    aliases = {alias: next(iter(whose)) for alias, whose in owners.items() if len(whose) == 1 and alias}
    if not aliases:
        return []
    words = sorted(aliases, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(w)}(?!\w)" if w.isascii() else re.escape(w) for w in words)
    # An English name may touch Chinese words, which count as word characters.
    pattern = pattern.replace(r"(?<!\w)", r"(?<![a-z0-9_])").replace(r"(?!\w)", r"(?![a-z0-9_])")
    return [_Mention(m.start(), m.end(), aliases[m.group()]) for m in re.finditer(pattern, plain)]


def _relations(plain: str, mentions: list[_Mention]) -> list[tuple[int, int, int]]:
    """Return (who is left, who is right, where it says so) for "A to the left of B" and A在B左边."""
    found: list[tuple[int, int, int]] = []
    for one, other in pairwise(mentions):
        if one.who == other.who:
            continue
        gap = plain[one.end : other.start]
        if match := _LEFT_OF.match(gap):
            side, at = match.group(1), one.end + match.start(1)
        elif _AT.match(gap) and (match := _ITS_SIDE.match(plain[other.end : other.end + 8])):
            side, at = ("left" if match.group(1) == "左" else "right"), other.end + match.start(1)
        else:
            continue
        pair = (one.who, other.who) if side == "left" else (other.who, one.who)
        found.append((*pair, at))
    return found


def _said(plain: str, mentions: list[_Mention], taken: set[int]) -> dict[int, Position]:
    """Give each side to the name that it stands closest to, the closest pair first."""
    pairs: list[tuple[float, int, int, _Side]] = []
    for number, side in enumerate(_sides(plain)):
        if any(side.start <= at < side.end for at in taken):
            continue
        for mention in mentions:
            distance = _distance(plain, mention, side, mentions)
            if distance <= _TOO_FAR:
                pairs.append((distance, number, mention.who, side))
    said: dict[int, Position] = {}
    used: set[int] = set()
    for _, number, who, side in sorted(pairs):
        if number not in used and who not in said:
            said[who] = side.position
            used.add(number)
    return said


def _distance(plain: str, mention: _Mention, side: _Side, mentions: list[_Mention]) -> float:
    side_first = side.start < mention.start
    start, end = (side.end, mention.start) if side_first else (mention.end, side.start)
    if end < start:
        return _TOO_FAR + 1
    gap = plain[start:end]
    if _ENDS.search(gap):
        return _TOO_FAR + 1
    between = sum(start <= other.start < end for other in mentions)
    cost = len(gap) + _SEPARATOR * len(_SEPARATORS.findall(gap)) + _OTHER_NAME * between
    leads = _NAMES_WHO.match(plain, side.end) is not None
    if side_first:
        return cost + (0 if leads else _SIDE_FIRST)
    return cost + (_VERB_AFTER if leads else 0)


def _sides(plain: str) -> list[_Side]:
    pattern, meaning, moving, parts = _side_patterns()
    found: list[_Side] = []
    for match in pattern.finditer(plain):
        if moving.search(plain, max(0, match.start() - 40), match.start()) or parts.match(plain, match.end()):
            continue
        word = next(group for group in match.groups() if group)
        found.append(_Side(match.start(), match.end(), meaning[re.sub(r"\s+", " ", word)]))
    return found


@functools.cache
def _side_patterns() -> tuple[re.Pattern[str], dict[str, Position], re.Pattern[str], re.Pattern[str]]:
    words: dict[str, Any] = table()
    meaning: dict[str, Position] = {}
    positions: tuple[Position, ...] = ("left", "right", "centre")
    for position in positions:
        for word in (*words["sides"][position]["en"], *words["sides"][position]["zh"]):
            meaning[word] = position
    longest = sorted(meaning, key=len, reverse=True)
    english = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest if word.isascii())
    phrases = "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in longest if w.isascii() and " " in w)
    chinese = "|".join(re.escape(word) for word in longest if not word.isascii())
    pattern = re.compile(
        rf"\b(?:on|at|to|from|in|into)\s+the\s+(?:very\s+)?({english})\b|\b({phrases})\b"
        rf"|(?:(?<=\()|(?<=^)|(?<=[,;]\s))({english})(?=\)|\s*:)|({chinese})",
        re.MULTILINE,
    )
    verbs = "|".join(map(re.escape, words["moving"]["en"]))
    signs = "|".join(map(re.escape, words["moving"]["zh"]))
    moving = re.compile(rf"(?:\b(?:{verbs})\s+(?:[a-z]+\s+){{0,2}}|(?:{signs})了?)$")
    nouns = "|".join(map(re.escape, words["parts"]["en"]))
    limbs = "|".join(map(re.escape, words["parts"]["zh"]))
    return pattern, meaning, moving, re.compile(rf"[\s-]+(?:{nouns})\b|(?:{limbs})")


def _cue(plain: str, mention: _Mention, firsts: dict[int, _Mention]) -> int | None:
    """Return where the words bring somebody in, or None.

    A word of time counts before the name, from the last other name on; an entrance counts in the name's own clause,
    on either side of it.
    """
    later, enters = _entrances()
    others = [other for other in firsts.values() if other.who != mention.who]
    begin = max((m.end() for m in _ENDS.finditer(plain, 0, mention.start)), default=0)
    begin = max([begin, *(other.end for other in others if other.end <= mention.start)])
    if (match := later.search(plain, begin, mention.start)) is not None:
        return match.start()
    commas = [m.end() for m in _CLAUSES.finditer(plain, 0, mention.start)]
    own = max([0, *commas, *(other.end for other in others if other.end <= mention.start)])
    stop = min([len(plain), *(other.start for other in others if other.start >= mention.end)])
    if (comma := _CLAUSES.search(plain, mention.end, stop)) is not None:
        stop = comma.start()
    led = own in {0, *commas}  # the clause is the name's own, not the rest of another's
    match = (enters.search(plain, own, mention.start) if led else None) or enters.search(plain, mention.end, stop)
    return None if match is None else match.start()


@functools.cache
def _entrances() -> tuple[re.Pattern[str], re.Pattern[str]]:
    def pattern(words: dict[str, list[str]]) -> re.Pattern[str]:
        english = "|".join(map(re.escape, sorted(words["en"], key=len, reverse=True)))
        chinese = "|".join(map(re.escape, sorted(words["zh"], key=len, reverse=True)))
        return re.compile(rf"\b(?:{english})\b|{chinese}")

    return pattern(table()["later"]), pattern(table()["enters"])
