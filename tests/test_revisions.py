"""What is told of an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import arranging, revisions
from db import edits, episodes
from db.edits import Change, Edit
from db.writing import Scene, SceneShot
from tests.rows import ALICE, BOB
from tests.stories import write_episode

if TYPE_CHECKING:
    from db.connection import Database


async def test_an_edit_is_told_part_by_part(database: Database) -> None:
    episode = await write_episode(database, shots=3)
    changed = arranging.changed_shot(
        replace(episode, title="Other"), "1.1", words="A bridge.", seconds=8, style_lora="none"
    )
    changed = arranging.with_scene(changed, Scene(title="Two", shots=(SceneShot("A lake."),)))
    changed = arranging.moved(arranging.without(changed, "1.2"), "1.2", "2.1")
    async with database.writing() as writer:
        after = await episodes.edit(writer, changed)
        found = revisions.changes(episode, after)
        await edits.record(writer, episode.id, after.version, BOB, found)
        await edits.record(writer, episode.id, after.version + 1, ALICE, ())
    assert found == [
        Change("changed", "", ("title",)),
        Change("added", "2"),
        Change("removed", "1.2"),
        Change("changed", "1.1", ("words", "seconds", "style_lora")),
        Change("moved", "2.1"),
    ]
    told = await edits.since(database.reading(), episode.id, episode.version)
    assert told == [Edit(after.version, BOB, tuple(found)), Edit(after.version + 1, ALICE, ())]
    assert await edits.since(database.reading(), episode.id, after.version) == told[1:]
    assert revisions.changes(after, arranging.without(after, "2")) == [Change("removed", "2")]
