"""Rule 7: the server's blocklist, and how long a text may be."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from bot.guards.model import Draft, Finding
from bot.guards.reading import fold

TEXT_MOST = 2000
"""Characters of a prompt."""
NAME_MOST = 80
LOOK_MOST = 1000

# Letters of other scripts that look like Latin ones, after casefolding. The usual tricks, not all of Unicode's
# confusables: those would make Russian and Greek words match English ones more often than they would catch anything.
_ALIKE = str.maketrans(
    "абвгеёзийкмнорстухьыіјѕԁԛԝһӏαβγεηικνορτυχωϲϳıɑɡɩʟᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢʙɢʜɪɴʀ",
    "abbreeзuukmhopctyxbbijsdqwhlabyenikvoptuxwcjiagilacdejkmoptuvwzbghinr",
)
_LEET = str.maketrans("013457@$!|", "oieastasil")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LATIN = r"^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # in a class: any letter or digit but the CJK ones
_SPACED = re.compile(r"(?<!\w)(?:\w[\s.\-_*·•/|,]{1,3}){2,}\w(?!\w)")
_NOT_WORD = re.compile(r"[\W_]+")


def safety(draft: Draft) -> list[Finding]:
    """Refuse what is too long, and what names a word of the server's blocklist.

    Rule: length caps, and the blocklist on prompt, names, looks, scene, style and camera (dialogue stands in the
    prompt). Source: the server's settings; MODEL_FACTS has no rule here.

    Limits: see `blocked`. The span is the whole text where a trick hid the word.
    """
    findings: list[Finding] = []
    if len(draft.text) > TEXT_MOST:
        findings.append(_refusal(draft.text[:40], "guard-safety-long", (0, len(draft.text)), str(TEXT_MOST)))
    findings += [
        _refusal(look.name[:40], "guard-safety-long-character", (0, 0), str(LOOK_MOST))
        for look in draft.cast
        if len(look.name) > NAME_MOST or len(look.look) > LOOK_MOST
    ]
    if findings or not draft.blocklist:
        return findings
    entries = tuple(draft.blocklist)
    word = blocked(draft.text, entries)
    if word is not None:
        findings.append(_refusal(word, "guard-safety-blocked", _where(draft.text, word), ""))
    others = [draft.scene, draft.style, draft.camera]
    others += [part for look in draft.cast for part in (look.name, look.look)]
    for other in others:
        word = blocked(other, entries) if other else None
        if word is not None:
            findings.append(_refusal(word, "guard-safety-blocked-elsewhere", (0, 0), ""))
            break
    return findings


def blocked(text: str, blocklist: tuple[str, ...]) -> str | None:
    """Return the first entry of `blocklist` that `text` names, or None.

    Latin entries match whole words ("dam" is not in "madam"), several words across any spaces and marks between them;
    entries with Chinese, Japanese or Korean letters match anywhere. Undone first: compatibility forms (NFKC), case,
    accents and combining marks, invisible characters, look-alike letters, digits for letters, letters spaced out, and
    traditional characters.

    Limits: misspellings and look-alikes beyond the common Cyrillic, Greek and small-capital ones.
    """
    entries = _entries(blocklist)
    if not entries or not text:
        return None
    readings, runs, squeezed = _readings(text)
    for entry, pattern, tight in entries:
        if pattern is None:
            if tight in squeezed:
                return entry
        elif any(pattern.search(reading) for reading in readings) or any(tight in run for run in runs):
            return entry
    return None


def normalise(text: str) -> str:
    """Return `text` with every trick undone but digits and spacing: NFKC, casefolded, unaccented, simplified."""
    if text.isascii():
        return text.lower()
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(c for c in opened if unicodedata.category(c) not in {"Mn", "Me", "Cf", "Cc"} or c in "\n\t")
    return fold(unicodedata.normalize("NFC", kept).replace("\u115f", "").replace("\u3164", ""))


def _readings(text: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the readings of `text`, its runs of spaced letters joined, and all of it without any space or mark.

    The readings are: as it is, with look-alikes undone, and with digits as letters.
    """
    plain = normalise(text)
    alike = plain.translate(_ALIKE)
    leet = alike.translate(_LEET)
    runs = [_NOT_WORD.sub("", match[0]) for reading in (alike, leet) for match in _SPACED.finditer(reading)]
    return tuple(dict.fromkeys((plain, alike, leet))), tuple(runs), _NOT_WORD.sub("", plain)


@lru_cache(maxsize=64)
def _entries(blocklist: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str] | None, str], ...]:
    return tuple((entry, *_compiled(entry)) for entry in blocklist if normalise(entry).strip())


@cache
def _compiled(entry: str) -> tuple[re.Pattern[str] | None, str]:
    """Return a Latin entry's pattern (None for a CJK one, which matches anywhere), and the entry without spaces."""
    plain = normalise(entry).strip()
    tight = _NOT_WORD.sub("", plain)
    if _CJK.search(plain):
        return None, tight
    parts = [part for part in _NOT_WORD.split(plain) if part]
    body = r"[\W_]+".join(re.escape(part) for part in parts) or re.escape(plain)
    before = rf"(?<![{_LATIN}])" if plain[0].isalnum() else ""
    after = rf"(?![{_LATIN}])" if plain[-1].isalnum() else ""
    return re.compile(before + body + after), tight or plain


def _where(text: str, word: str) -> tuple[int, int]:
    at = fold(text).find(fold(word))
    return (at, at + len(word)) if at >= 0 else (0, len(text))


def _refusal(word: str, reason: str, span: tuple[int, int], most: str) -> Finding:
    args = (("word", word), ("most", most)) if most else (("word", word),)
    return Finding("safety", "refused", span, word, "", reason, args)
