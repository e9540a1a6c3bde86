"""Discord waits three seconds: every command promises an answer before it asks the database for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from db.connection import Database
from tests import rows
from tests.discord.conftest import png

if TYPE_CHECKING:
    from tests.discord.conftest import Stage

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("character add", {"name": "Ada", "picture": ("p.png", png())}),
    ("character list", {}),
    ("character show", {"name": "沈月华"}),
    ("character edit", {"name": "沈月华", "outfit": "silk"}),
    ("character remove", {"name": "沈月华"}),
    ("shot", {"prompt": "A lake at dawn, wide shot."}),
    ("queue", {}),
    ("settings", {"review": "changes"}),
    ("vote off", {"shot": 1}),
    ("vote on", {"shot": 1}),
    ("cancel", {"shot": 1}),
    ("episode new", {"title": "Tea"}),
    ("episode scene", {"episode": 1}),
    ("episode add", {"episode": 1, "prompt": "A lake at dawn, wide shot."}),
    ("episode edit", {"episode": 1, "title": "Tea"}),
    ("episode move", {"episode": 1, "part": "1", "to": "2"}),
    ("episode remove", {"episode": 1, "part": "1"}),
    ("episode show", {"episode": 1}),
    ("episode script", {"episode": 1}),
    ("episode delete", {"episode": 1}),
    *((f"episode {verb}", {"episode": 1}) for verb in ("render", "preview", "status", "cut", "cancel")),
]
OTHERS = {"help", "episode share"}
"""The one asks for nothing, the other takes a member, and is promised by the same words."""


@pytest.mark.parametrize(("command", "options"), COMMANDS, ids=[command for command, _ in COMMANDS])
async def test_the_answer_is_promised_before_the_database_is_asked(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch, command: str, options: dict[str, Any]
) -> None:
    await rows.add_character(database, guild=stage.guild.id, owner=stage.alice.id)
    await rows.queue_shot(database, guild=stage.guild.id, author=stage.alice.id)
    await stage.env.settle()
    before = len(stage.env.http_requests)
    asked: list[int] = []
    for access in ("reading", "writing"):
        plain = getattr(Database, access)

        def watched(self: Database, plain: Any = plain) -> Any:
            asked.append(len(stage.env.http_requests) - before)
            return plain(self)

        monkeypatch.setattr(Database, access, watched)
    await stage.command(stage.alice, command, **options)
    assert asked
    assert min(asked) == 1  # the promise, and nothing else, was sent


def test_no_command_is_forgotten(stage: Stage) -> None:
    tried = {command for command, _ in COMMANDS}
    assert set(stage.alice.available_commands(stage.channel)) == tried | OTHERS
