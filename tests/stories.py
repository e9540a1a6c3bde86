"""Episodes for tests: written as rows, in a real database file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.proofs import Who
from db import episodes, guilds
from db.writing import Line, Scene, SceneShot
from tests.rows import ALICE, CHANNEL, GUILD

if TYPE_CHECKING:
    from db.connection import Database
    from db.writing import Episode

WHO = Who(GUILD, CHANNEL, ALICE, "en-US")
PLACES = ("A lake at dawn, wide shot.", "A garden at noon, wide shot.", "A hall at night, wide shot.")


async def write_episode(
    database: Database, *, shots: int = 3, title: str = "The Jade", lines: bool = True, who: Who = WHO, **settings: Any
) -> Episode:
    """Writes an episode of one scene; `settings` are columns of `episodes`."""
    written = tuple(
        SceneShot(
            words=f"{PLACES[number % len(PLACES)]} Picture {number + 1}.",
            lines=(Line("Ada", zh=f"第{number + 1}句。", en=f"Line {number + 1}."),) if lines else (),
        )
        for number in range(shots)
    )
    async with database.writing() as writer:
        await guilds.remember(writer, who.guild_id, who.locale)
        episode = await episodes.add(
            writer,
            guild_id=who.guild_id,
            channel_id=who.channel_id,
            owner_id=who.member_id,
            title=title,
            quality="preview",
        )
        scene = Scene(title="One", place="a palace", light="morning light", words="mist", shots=written)
        return await episodes.edit(writer, replace(episode.with_scenes((scene,)), **settings))


async def reword(database: Database, episode: Episode, label: str, words: str) -> Episode:
    """Changes the words of a shot, as an edit does."""
    changed = tuple(
        replace(
            scene,
            shots=tuple(
                replace(shot, words=words) if f"{number}.{place}" == label else shot
                for place, shot in enumerate(scene.shots, 1)
            ),
        )
        for number, scene in enumerate(episode.scenes, 1)
    )
    async with database.writing() as writer:
        return await episodes.edit(writer, episode.with_scenes(changed))
