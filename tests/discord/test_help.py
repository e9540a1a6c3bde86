from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.i18n import speak
from tests.discord.conftest import CHINESE, ENGLISH

if TYPE_CHECKING:
    from bot.client import TwohanderClient
    from tests.discord.conftest import Stage


@pytest.mark.parametrize(
    ("locale", "begins", "commands"),
    [
        (
            ENGLISH,
            "**I render short dramas.**",
            ["`/shot`: Describe a shot", "`/character` add · list", "`/episode` new · ", "`/cancel`", "`/help`"],
        ),
        (
            CHINESE,
            "**我能渲染短剧。**",
            ["`/镜头`：描述一个镜头", "`/角色` 添加 · 列表", "`/剧集` 新建 · ", "`/取消`", "`/帮助`"],
        ),
    ],
)
async def test_help_lists_every_command(
    stage: Stage, client: TwohanderClient, locale: str, begins: str, commands: list[str]
) -> None:
    stage.locale = locale
    text = await stage.slash(stage.bob, "help")
    assert text.startswith(begins)
    assert not [command for command in commands if command not in text]
    assert len([line for line in text.splitlines() if line.startswith("- `/")]) == len(client.tree.get_commands())
    for group in client.tree.get_commands():
        for verb in getattr(group, "commands", ()):
            assert speak(locale)(verb.extras["key"]) in text
    assert len(text) <= 2000
