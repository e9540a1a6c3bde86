"""Rule 1: speakers' labels (SHEN: …; 甲：…) and the lines of a screenplay below a name in capitals."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bot.guards.inflection import verb_forms
from bot.guards.quotes import Quote, has_marks
from bot.guards.reading import Edit
from bot.guards.speech import Decision, Scene, is_chinese_at
from bot.guards.spoken import is_said, speech_end
from bot.guards.tables import kinds, phrase, words

if TYPE_CHECKING:
    from bot.guards.reading import Token

_LABEL_MOST = 4  # words (characters in Chinese) of a speaker's label
_CALL = 2  # characters of a label that is a form of address and a family name (小李)
_LINE = re.compile(
    r"^[ \t]*(?P<name>[A-Z][A-Z.\'’ -]{1,30}?)[ \t]*(?:\([^()\n]{1,40}\))?[ \t]*\n"
    r"(?=(?:[ \t]*\([^()\n]{1,60}\)[ \t]*\n)?[ \t]*(?P<said>[^\s(][^\n]*))",
    re.MULTILINE,
)
_CAPITALS = re.compile(r"[A-Z][A-Z .\'’-]*$")
_NEXT_LABEL = re.compile(
    r"(?:(?<=[.!?…]\s)|(?<=[。！？…]))\s*(?:[A-Z][\w\'-]*(?: [A-Z][\w\'-]*)?|[\u3400-\u9fff]{1,4})\s*[:：]"
)
_VOICES = frozenset(
    {
        "narrator",
        "voiceover",
        "voice-over",
        "announcer",
        "旁白",
        "画外音",
        "独白",
        "内心独白",
        "解说",
        "台词",
        "对白",
        "对话",
    }
)


def has_lines(text: str) -> bool:
    """Return whether `text` has a line in capitals with another below it."""
    return "\n" in text and _LINE.search(text) is not None


def is_label(scene: Scene, before: list[Token], start: int, end: int) -> bool:  # noqa: PLR0911  (one question after the other)
    """Return whether the tokens before a colon are a speaker's label, and the words `start`–`end` are spoken."""
    said = scene.folded[start:end]
    aside = next((index for index, token in enumerate(before) if token.text == "("), len(before))
    label = before[:aside]  # HALE (quietly): …
    if not label or len(label) > _LABEL_MOST or not scene.is_fresh(label[0].start):
        return False
    first, last = label[0], label[-1]
    name = scene.folded[first.start : last.end]
    if name in words("en", "dialogue", "labels") | words("zh", "dialogue", "labels"):
        return False
    if name in _VOICES:
        return True
    capitals = _is_capitals(scene.text[first.start : last.end])
    if not is_said(said, strict=True):
        return capitals and not is_chinese_at(name) and _is_line(scene, label, start, end)
    named = scene.named(first.start, last.end)
    if named and named[0].start == first.start:
        return True
    if is_chinese_at(name):
        return _is_called(name)
    return all(scene.text[token.start].isupper() for token in label if token.kind == "word")


def _is_called(name: str) -> bool:
    """Return whether a Chinese label calls somebody: a family name, a title, 小李, 甲."""
    if len(name) > _LABEL_MOST:
        return False
    surnames, people = words("zh", "grammar", "surnames"), words("zh", "grammar", "people")
    if name[:1] in surnames or name[:2] in surnames or any(name.endswith(word) for word in people):
        return True
    return (len(name) == _CALL and name[0] in "小老阿") or name in {*"甲乙丙丁男女他她佢", "旁白", "众人", "画外音"}


def _is_capitals(text: str) -> bool:
    return _CAPITALS.match(text) is not None and len(text) > 1


def _is_line(scene: Scene, label: list[Token], start: int, end: int) -> bool:
    """Return whether what follows a label in capitals is a spoken sentence, not a camera note or a description."""
    if any(token.text in _technical() for token in label):
        return False
    said = scene.text[start:end].rstrip()
    found = re.findall(r"[a-z]+", said.lower())
    if not found or not said[0].isupper() or found[0] in {"a", "an"} or not _is_closed(scene, said, end):
        return False
    described = words("en", "dark_clothes", "people") | kinds("en", "dark_clothes", "garments").keys()
    return not any(word in described for word in found) and not any(word in _deeds() for word in found[:2])


def _is_closed(scene: Scene, said: str, end: int) -> bool:
    """Return whether the words end like a sentence; the last one's mark is put in with the final prompt."""
    return said[-1] in ".!?…—-" or not scene.text[end:].strip()


def label_end(scene: Scene, start: int) -> int:
    """Return where the words of a label end: with their line, or before the next label in it."""
    end = scene.folded.find("\n", start)
    end = speech_end(scene, start) if end < 0 else end
    following = _NEXT_LABEL.search(scene.text, start, end)
    return following.start() if following else end


def lines(scene: Scene) -> list[tuple[Quote, Decision | None]]:
    """Return what stands below a speaker's name in capitals (a screenplay's dialogue)."""
    found: list[tuple[Quote, Decision | None]] = []
    if "\n" not in scene.text:
        return found
    for match in _LINE.finditer(scene.text):
        name = match["name"].strip()
        said = match["said"].rstrip()
        tokens = set(re.findall(r"[a-z]+", name.lower()))
        if tokens & _technical() or name.lower() in words("en", "dialogue", "labels") or has_marks(said[:1]):
            continue
        if _is_capitals(said) or not _is_closed(scene, said, match.end("said")) or not tokens:
            continue
        label_end = match.start("name") + len(name)
        start, end = match.start("said"), match.start("said") + len(said)
        mention = scene.named(match.start("name"), label_end)
        speaker = mention[0].name if mention else name
        spoken = " " + phrase("en", "dialogue", "sentence").format(name="").strip()
        edit = Edit(label_end, end, spoken)
        found.append((Quote(start, end, start, end, balanced=False), Decision("spoken", (edit,), speaker)))
    return found


@cache
def _technical() -> frozenset[str]:
    """Return the words of a line or a label in capitals that is no speaker's (SLOW MOTION, INT. DINER, WIDE SHOT)."""
    listed = words("en", "scaffolding", "camera") | words("en", "scaffolding", "scene")
    parts = {word for entry in listed | words("en", "dialogue", "labels") for word in entry.split()}
    return frozenset(parts) | words("en", "scaffolding", "camera_alone") | words("en", "dialogue", "headings")


@cache
def _deeds() -> frozenset[str]:
    """Return the verbs in -s that begin a description of what somebody does (HALE: Walks in)."""
    large, small = words("en", "complexity", "large"), words("en", "complexity", "small")
    forms = verb_forms(tuple(sorted(large | small)))
    return frozenset(form for form, verb in forms.items() if verb.form in {"s", "ing"})
