"""Finding quotation marks: pairs, marks without a partner, and marks that quote nothing (5'6", don't).

One pass over the marks of each family, so time grows with the text and no faster, whatever stands in it. Whether the
words between two marks are spoken is not decided here (see `bot.guards.dialogue`).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from bot.guards.reading import fold
from bot.guards.tables import words

Role = Literal["open", "close", "either"]

DOUBLE = '"“”„‟＂〝〞〟❝❞'
SINGLE = "'‘’‚‛＇❛❜"
PAIRS = {"「": "」", "『": "』", "｢": "｣", "«": "»", "‹": "›", "﹁": "﹂", "﹃": "﹄"}
MARKS = DOUBLE + "".join(PAIRS) + "".join(PAIRS.values())
"""Every mark of rule 1 but the single ones, which are apostrophes too."""

_ANY = re.compile(f"[{re.escape(MARKS + SINGLE)}]|``|''")
_HAS = re.compile(f"[{re.escape(MARKS + SINGLE)}`]")
_CLOSES = {close: opener for opener, close in PAIRS.items()}
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？!?…](?![。！？!?…”」』])|\n")
_SPOKEN_MARK = ".,!?…—-。，！？;:；："
_SIZE_MOST = 8  # characters of a size (5'11)


class Quote(NamedTuple):
    """Marks and what is between them: the text from `start` to `end`, marks included; the words inside."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    balanced: bool


class Quotes(NamedTuple):
    """What stands in a text: quotes (outermost only), marks that belong to nothing, and sizes."""

    quotes: list[Quote]
    strays: list[tuple[int, int]]
    sizes: list[tuple[int, int]]


class _Found(NamedTuple):
    """What the families' marks come to: pairs, openers without an end, marks without a partner, sizes."""

    matched: list[Quote]
    opened: list[_Mark]
    strays: list[tuple[int, int]]
    sizes: list[tuple[int, int]]


class _Mark(NamedTuple):
    start: int
    end: int
    family: str
    role: Role


def has_marks(text: str) -> bool:
    """Return whether any mark of rule 1 stands in `text`."""
    return bool(_HAS.search(text))


def find_quotes(text: str) -> Quotes:
    """Return the quotes of `text`, in order, outermost only; a quote without an end goes to the end of its sentence."""
    families: dict[str, list[_Mark]] = {}
    singles: list[int] = []
    for match in _ANY.finditer(text):
        mark, start = match[0], match.start()
        if mark in ("``", "''"):
            families.setdefault("double", []).append(
                _Mark(start, match.end(), "double", "open" if mark == "``" else "close")
            )
        elif mark in SINGLE:
            singles.append(start)
        elif mark in PAIRS or mark in _CLOSES:
            family = _CLOSES.get(mark, mark)
            families.setdefault(family, []).append(
                _Mark(start, start + 1, family, "open" if mark in PAIRS else "close")
            )
        else:
            families.setdefault("double", []).append(_Mark(start, start + 1, "double", _role(mark)))
    found = _Found([], [], [], [])
    for marks in families.values():
        _match_family(text, marks, found)
    _match_singles(text, singles, found)
    return Quotes(_outermost(text, found), found.strays, sorted(found.sizes))


def _role(mark: str) -> Role:
    if mark in "“„‟〝❝":
        return "open"
    return "close" if mark in "”〞〟❞" else "either"


def _match_family(text: str, marks: list[_Mark], found: _Found) -> None:  # noqa: C901, PLR0912  (one state machine)
    """Pair the marks of one family with a stack; shape (which side the space is on) decides where marks look alike."""
    stack: list[_Mark] = []
    for index, mark in enumerate(marks):
        left = text[mark.start - 1 : mark.start]
        right = text[mark.end : mark.end + 1]
        rest = len(marks) - index - 1
        role = mark.role
        if role == "either":
            if left.isdigit() and (not stack or rest % 2 == 1):
                found.sizes.append((_size_start(text, mark.start), mark.end))
                continue
            opens = _before_open(left) and bool(right.strip())
            if stack:
                role = "open" if opens and rest % 2 == 1 and _is_space(left) else "close"
                if role == "open":  # the one before was never closed
                    found.opened.append(stack.pop())
            else:
                role = "close" if _is_closing(left, right) and not opens else "open"
        elif role == "close" and not stack and not _is_closing(left, right) and rest:
            role = "open"  # ”Swedish” and »German« quotes open with what closes elsewhere
        elif role == "open" and stack:
            top = text[stack[-1].start]
            if (top == "„" and mark.family == "double" and text[mark.start] == "“") or top in "”»›":
                role = "close"
            elif not left or left == "\n":
                continue  # each paragraph of a long speech opens anew and only the last one closes
        if role == "open":
            stack.append(mark)
        elif stack:
            first = stack.pop()
            found.matched.append(Quote(first.start, mark.end, first.end, mark.start, balanced=True))
        else:
            found.strays.append((mark.start, mark.end))
    found.opened.extend(stack)


def _match_singles(text: str, singles: list[int], found: _Found) -> None:  # noqa: C901, PLR0912  (one state machine)
    """Pair single marks, leaving apostrophes, feet and words that begin with one ('tis, '90s) alone."""
    openers: list[int] = []
    closers: list[int] = []
    for at in singles:
        left, right = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        if _is_latin(left) and _is_latin(right):
            if left.isdigit() and right.isdigit():
                found.sizes.append((_size_start(text, at), at + 1))
            continue
        if right.strip() and _is_elision(text, at) and _before_open(left):
            continue
        if _before_open(left) and right.strip():
            openers.append(at)
        elif left.strip():
            closers.append(at)
        else:
            found.strays.append((at, at + 1))
    used: set[int] = set()
    position = 0
    previous_end = -1
    for index, opener in enumerate(openers):
        if opener < previous_end:
            continue
        limit = openers[index + 1] if index + 1 < len(openers) else len(text)
        while position < len(closers) and closers[position] < opener:
            position += 1
        candidates: list[int] = []
        while position < len(closers) and closers[position] < limit:
            candidates.append(closers[position])
            position += 1
        spoken = [at for at in candidates if text[at - 1] in _SPOKEN_MARK]
        closer = (spoken or [at for at in candidates if text[at - 1] != "s"] or candidates or [None])[0]
        if closer is None or "\n\n" in text[opener:closer]:
            if text[opener] in "‘‚‛❛":
                found.opened.append(_Mark(opener, opener + 1, "single", "open"))
            else:
                found.strays.append((opener, opener + 1))
        else:
            found.matched.append(Quote(opener, closer + 1, opener + 1, closer, balanced=True))
            previous_end = closer
            used.add(closer)
    # A plural's apostrophe (the guards' swords) stays; one behind a mark is half a quotation.
    found.strays.extend([(at, at + 1) for at in closers if at not in used and not _is_latin(text[at - 1])])


def _outermost(text: str, found: _Found) -> list[Quote]:
    quotes: list[Quote] = []
    end = -1
    starts = sorted(found.matched)
    marks = sorted(found.opened)
    merged: list[Quote | _Mark] = sorted([*starts, *marks], key=lambda item: (item.start, -item.end))
    following = _next_starts(merged)
    for item, limit in zip(merged, following, strict=True):
        if item.start < end:
            continue
        if isinstance(item, Quote):
            quote = item
        else:
            stop = min(sentence_end(text, item.end), limit if limit is not None else len(text))
            if not text[item.end : stop].strip():
                found.strays.append((item.start, item.end))
                continue
            quote = Quote(item.start, stop, item.end, stop, balanced=False)
        quotes.append(quote)
        end = quote.end
    return quotes


def _next_starts(merged: list[Quote | _Mark]) -> list[int | None]:
    following: list[int | None] = []
    upcoming: int | None = None
    for item in reversed(merged):
        following.append(upcoming)
        upcoming = item.start
    return following[::-1]


def sentence_end(text: str, start: int) -> int:
    """Return where the sentence that `start` is in ends, its mark included (2,000 characters at most further on)."""
    match = _SENTENCE_END.search(text, start, start + 2000)
    if not match:
        return min(len(text), start + 2000)
    return match.start() if match[0] == "\n" else match.end()


def _size_start(text: str, mark: int) -> int:
    start = mark
    while start and mark - start < _SIZE_MOST and (text[start - 1].isdigit() or text[start - 1] in "'’′."):
        start -= 1
    return start


def _is_space(character: str) -> bool:
    return not character or character.isspace()


def _before_open(left: str) -> bool:
    return _is_space(left) or left in '([{（【:：,，—–-/。！？；“"「『…' or "\u3400" <= left <= "\u9fff"


def _is_closing(left: str, right: str) -> bool:
    return not _is_space(left) and (_is_space(right) or not right.isalnum())


def _is_latin(character: str) -> bool:
    return character.isalnum() and not "\u3400" <= character <= "\u9fff"


def _is_elision(text: str, at: int) -> bool:
    word = re.match(r"[a-z0-9]+", fold(text[at + 1 : at + 9]))
    return bool(word) and (word[0] in words("en", "dialogue", "elisions") or word[0][0].isdigit())
