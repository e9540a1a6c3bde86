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


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", "✍️ In the member's own words. Not applied: Dark clothes, Detaching objects."),
        ("zh-CN", "✍️ 按作者的原话，不套用：深色服装、脱离的物件。"),
    ],
)
async def test_own_words_are_said_below_the_facts(database: Database, locale: str, said: str) -> None:
    shot, job = await rows.queue_shot(database)
    words = speak(locale)
    kept = replace(job, overrides=("dark_clothes", "detaching_objects"))
    assert clip_text(words, shot, kept).splitlines()[2] == said
    assert clip_text(words, shot, kept).replace(f"\n{said}", "") == clip_text(words, shot, job)
