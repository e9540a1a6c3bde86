"""What the channel reads of a clip whose member kept their own words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.announcements import clip_text
from bot.i18n import speak
from tests import rows

if TYPE_CHECKING:
    from db.connection import Database


@pytest.mark.parametrize(("locale", "mark"), [("en-US", ", "), ("zh-CN", "、")])
async def test_own_words_are_said_below_the_facts(database: Database, locale: str, mark: str) -> None:
    shot, job = await rows.queue_shot(database)
    words = speak(locale)
    kept = replace(job, overrides=("dark_clothes", "detaching_objects"))
    names = mark.join([words("guard-rule-dark_clothes"), words("guard-rule-detaching_objects")])
    said = words("post-own-words", rules=names)
    assert clip_text(words, shot, kept).splitlines()[2] == said
    assert clip_text(words, shot, kept).replace(f"\n{said}", "") == clip_text(words, shot, job)
