"""What looks spoken though no marks enclose it: it speaks of I and you, or calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.guards.quotes import has_marks, sentence_end
from bot.guards.speech import is_chinese_at
from bot.guards.tables import words

if TYPE_CHECKING:
    from bot.guards.speech import Scene


def is_said(said: str, *, strict: bool = False) -> bool:
    """Return whether words without marks look spoken: they speak of I and you, or call."""
    found = re.findall(r"[a-z]+(?:'[a-z]+)*", said)
    if found and (
        found[0] in words("en", "grammar", "spoken")
        or (strict and any(w in words("en", "grammar", "spoken") for w in found))
    ):
        return True
    if strict and said.rstrip()[-1:] in "!?！？":
        return True
    return any(word in said[:12] for word in words("zh", "grammar", "spoken")) and is_chinese_at(said)


def speech_end(scene: Scene, start: int) -> int:
    """Return where speech without marks ends: with its sentence, or with the last that speaks of I and you."""
    end = sentence_end(scene.text, start)
    while end < len(scene.text) and scene.text[end - 1] != "\n" and scene.text[end : end + 1] != "\n":
        following = sentence_end(scene.text, end)
        sentence = scene.folded[end:following]
        found = re.findall(r"[a-z]+(?:'[a-z]+)*", sentence)
        spoken = any(word in words("en", "grammar", "spoken") for word in found)
        spoken = spoken or any(mark in sentence for mark in ("我", "你", "您", "咱"))
        if following <= end or not spoken or has_marks(scene.text[end:following].replace("'", "").replace("’", "")):
            break
        end = following
    return end
