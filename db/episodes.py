"""Episodes: stored whole, on the version that was read.

An edit is a changed copy of what `get` returned: `edit` stores it if nobody else has edited meanwhile, and otherwise
raises with what is current. What rendering adds (`shot_id`, status, thread) is no writing: it has setters of its own,
changes no version, and no edit overwrites it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Literal

from db.writing import NEW, Episode, EpisodeStatus, Heading, Line, Scene, SceneShot, Subtitles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiosqlite import Connection

ASIDE = 1_000_000
"""Added to positions while they are dealt anew: each is UNIQUE at every moment."""


class StaleVersionError(Exception):
    """The episode was edited since it was read. `current` is what it is now."""

    def __init__(self, current: Episode) -> None:
        super().__init__(f"episode {current.id} is at version {current.version}")
        self.current = current


class StaleEpisodeError(Exception):
    """The episode is no longer in a status from which it was to be moved."""


async def add(
    writer: Connection,
    *,
    guild_id: int,
    channel_id: int,
    owner_id: int,
    title: str,
    style: str = "",
    style_lora: str = "",
    quality: Literal["preview", "full"] = "full",
    subtitles: Subtitles = "both",
) -> Episode:
    """Add an empty episode under the guild's next number and return it. The guild's row must exist."""
    numbers = await writer.execute_fetchall(
        "UPDATE guilds SET next_episode = next_episode + 1 WHERE id = ? RETURNING next_episode - 1 AS number",
        (guild_id,),
    )
    now = time.time()
    rows = await writer.execute_fetchall(
        "INSERT INTO episodes (guild_id, channel_id, owner_id, number, title, style, style_lora, quality, subtitles,"
        " created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            *(guild_id, channel_id, owner_id, next(iter(numbers))["number"]),
            *(title, style, style_lora, quality, subtitles, now, now),
        ),
    )
    return Episode.of(next(iter(rows)), frozenset(), frozenset(), ())


async def get(reader: Connection, episode_id: int) -> Episode:
    """Return the episode.

    Raises:
        LookupError: there is none of that id.
    """
    for row in await reader.execute_fetchall("SELECT * FROM episodes WHERE id = ?", (episode_id,)):
        members = await reader.execute_fetchall(
            "SELECT member_id, role FROM episode_members WHERE episode_id = ?", (episode_id,)
        )
        editors, viewers = (
            frozenset(member["member_id"] for member in members if member["role"] == role)
            for role in ("editor", "viewer")
        )
        return Episode.of(row, editors, viewers, await _scenes(reader, episode_id))
    raise LookupError(episode_id)


async def by_number(reader: Connection, guild_id: int, number: int) -> Episode | None:
    """Return the guild's episode of that number, or None."""
    rows = await reader.execute_fetchall(
        "SELECT id FROM episodes WHERE guild_id = ? AND number = ?", (guild_id, number)
    )
    for row in rows:
        return await get(reader, row["id"])
    return None


async def with_status(reader: Connection, status: EpisodeStatus) -> list[int]:
    """Return the ids of the episodes in that status."""
    rows = await reader.execute_fetchall("SELECT id FROM episodes WHERE status = ? ORDER BY id", (status,))
    return [row["id"] for row in rows]


async def holding(reader: Connection, shot_id: int) -> Episode | None:
    """Return the episode of which the queued shot is the newest state of a written one, or None."""
    rows = await reader.execute_fetchall(
        "SELECT scenes.episode_id FROM scene_shots JOIN scenes ON scenes.id = scene_shots.scene_id"
        " WHERE scene_shots.shot_id = ?",
        (shot_id,),
    )
    for row in rows:
        return await get(reader, row["episode_id"])
    return None


async def visible_to(reader: Connection, guild_id: int, member_id: int, *, everything: bool = False) -> list[Heading]:
    """Return the guild's episodes in which the member has a part, or all of them, newest first."""
    rows = await reader.execute_fetchall(
        "SELECT episodes.id, number, title, owner_id, status,"
        " CASE WHEN owner_id = ? THEN 'owner' ELSE role END AS role,"
        " (SELECT count(*) FROM scene_shots JOIN scenes ON scenes.id = scene_shots.scene_id"
        "  WHERE scenes.episode_id = episodes.id) AS shots"
        " FROM episodes LEFT JOIN episode_members ON episode_id = episodes.id AND member_id = ?"
        " WHERE guild_id = ? AND (? OR owner_id = ? OR role IS NOT NULL) ORDER BY number DESC",
        (member_id, member_id, guild_id, everything, member_id),
    )
    return [
        Heading(
            *(row["id"], row["number"], row["title"], row["owner_id"]),
            *(EpisodeStatus(row["status"]), row["role"], row["shots"]),
        )
        for row in rows
    ]


async def edit(writer: Connection, episode: Episode) -> Episode:
    """Store the writing (title, style, choices, scenes, shots, lines), and return the episode as stored.

    Positions are dealt anew by order. Scenes and shots with the id `NEW` are added, those that are not there any more
    are removed; a shot that moves keeps its takes.

    Raises:
        StaleVersionError: somebody edited it since; nothing is stored.
        LookupError: it was removed meanwhile.
    """
    rows = await writer.execute_fetchall(
        "UPDATE episodes SET title = ?, style = ?, style_lora = ?, quality = ?, subtitles = ?, speaker_names = ?,"
        " title_card = ?, end_card = ?, version = version + 1, updated_at = ? WHERE id = ? AND version = ?"
        " RETURNING id",
        (
            *(episode.title, episode.style, episode.style_lora, episode.quality, episode.subtitles),
            *(episode.speaker_names, episode.title_card, episode.end_card, time.time(), episode.id, episode.version),
        ),
    )
    if not list(rows):
        raise StaleVersionError(await get(writer, episode.id))
    await _put_aside(writer, episode)
    for number, scene in enumerate(episode.scenes, 1):
        scene_id = await _store_scene(writer, episode.id, number, scene)
        for place, shot in enumerate(scene.shots, 1):
            await _store_shot(writer, scene_id, place, shot)
    # Only now: a shot that moved out of a scene that is removed has its new scene already.
    await writer.execute("DELETE FROM scenes WHERE episode_id = ? AND position > ?", (episode.id, ASIDE))
    return await get(writer, episode.id)


async def share(writer: Connection, episode_id: int, member_id: int, role: Literal["editor", "viewer"] | None) -> None:
    """Make the member an editor or a viewer, or (None) neither. No writing: the version stays."""
    await writer.execute("DELETE FROM episode_members WHERE episode_id = ? AND member_id = ?", (episode_id, member_id))
    if role is not None:
        await writer.execute("INSERT INTO episode_members VALUES (?, ?, ?)", (episode_id, member_id, role))


async def script_of(reader: Connection, episode_id: int) -> str:
    """Return the file as it was last given, or "" where none was: no part of `Episode`, for it may be long."""
    rows = await reader.execute_fetchall("SELECT script FROM episodes WHERE id = ?", (episode_id,))
    return next((row["script"] for row in rows), "")


async def set_script(writer: Connection, episode_id: int, script: str) -> None:
    """Keep the file as it was given, for its comments; the rows say what holds."""
    await writer.execute("UPDATE episodes SET script = ? WHERE id = ?", (script, episode_id))


async def remove(writer: Connection, episode_id: int) -> None:
    """Remove the episode with its cuts; what was rendered of it stays among the guild's shots."""
    await writer.execute("DELETE FROM episode_messages WHERE episode_id = ?", (episode_id,))
    await writer.execute("DELETE FROM cuts WHERE episode_id = ?", (episode_id,))
    await writer.execute("DELETE FROM episodes WHERE id = ?", (episode_id,))


async def move_on(
    writer: Connection, episode_id: int, before: Iterable[EpisodeStatus], after: EpisodeStatus
) -> Episode:
    """Move the episode from any of `before` to `after`, and return it.

    Raises:
        StaleEpisodeError: it is in none of `before`.
    """
    sources = sorted(before)
    cursor = await writer.execute(
        f"UPDATE episodes SET status = ? WHERE id = ? AND status IN ({', '.join('?' * len(sources))})",
        (after, episode_id, *sources),
    )
    if cursor.rowcount == 0:
        raise StaleEpisodeError(f"episode {episode_id} is not {' or '.join(sources)}: not moved to {after}")
    return await get(writer, episode_id)


async def set_thread(writer: Connection, episode_id: int, thread_id: int | None) -> None:
    """Record the thread that has one message a shot."""
    await writer.execute("UPDATE episodes SET thread_id = ? WHERE id = ?", (thread_id, episode_id))


async def set_queued(writer: Connection, scene_shot_id: int, shot_id: int | None) -> None:
    """Record what was queued of a written shot (None: nothing). Where votes were off before, they stay off."""
    await writer.execute(
        "UPDATE shots SET votes_off = 1 WHERE id = ? AND EXISTS (SELECT 1 FROM scene_shots"
        " JOIN shots AS earlier ON earlier.id = scene_shots.shot_id WHERE scene_shots.id = ? AND earlier.votes_off)",
        (shot_id, scene_shot_id),
    )
    await writer.execute("UPDATE scene_shots SET shot_id = ? WHERE id = ?", (shot_id, scene_shot_id))


async def _scenes(reader: Connection, episode_id: int) -> tuple[Scene, ...]:
    """Return the episode's scenes in order, with their shots and lines: three queries, however many there are."""
    lines: dict[int, list[Line]] = {}
    for row in await reader.execute_fetchall(
        "SELECT lines.* FROM lines JOIN scene_shots ON scene_shots.id = scene_shot_id"
        " JOIN scenes ON scenes.id = scene_id WHERE episode_id = ? ORDER BY lines.position",
        (episode_id,),
    ):
        lines.setdefault(row["scene_shot_id"], []).append(Line(row["speaker"], row["zh"], row["en"]))
    shots: dict[int, list[SceneShot]] = {}
    for row in await reader.execute_fetchall(
        "SELECT scene_shots.* FROM scene_shots JOIN scenes ON scenes.id = scene_id WHERE episode_id = ?"
        " ORDER BY scene_shots.position",
        (episode_id,),
    ):
        shots.setdefault(row["scene_id"], []).append(SceneShot.of(row, tuple(lines.get(row["id"], ()))))
    rows = await reader.execute_fetchall("SELECT * FROM scenes WHERE episode_id = ? ORDER BY position", (episode_id,))
    return tuple(Scene.of(row, tuple(shots.get(row["id"], ()))) for row in rows)


async def _put_aside(writer: Connection, episode: Episode) -> None:
    """Remove the shots that are not there any more, and move every other position out of the way."""
    kept = json.dumps([shot.id for shot in episode.shots])
    scenes = "SELECT id FROM scenes WHERE episode_id = ?"
    await writer.execute(
        f"DELETE FROM scene_shots WHERE scene_id IN ({scenes}) AND id NOT IN (SELECT value FROM json_each(?))",
        (episode.id, kept),
    )
    await writer.execute(
        f"UPDATE scene_shots SET position = position + {ASIDE} WHERE scene_id IN ({scenes})", (episode.id,)
    )
    await writer.execute(f"UPDATE scenes SET position = position + {ASIDE} WHERE episode_id = ?", (episode.id,))


async def _store_scene(writer: Connection, episode_id: int, position: int, scene: Scene) -> int:
    values = (position, scene.title, scene.place, scene.light, scene.words, scene.seed, scene.style_lora)
    if scene.id == NEW:
        rows = await writer.execute_fetchall(
            "INSERT INTO scenes (position, title, place, light, words, seed, style_lora, episode_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (*values, episode_id),
        )
        return next(iter(rows))["id"]
    await writer.execute(
        "UPDATE scenes SET position = ?, title = ?, place = ?, light = ?, words = ?, seed = ?, style_lora = ?"
        " WHERE id = ? AND episode_id = ?",
        (*values, scene.id, episode_id),
    )
    return scene.id


async def _store_shot(writer: Connection, scene_id: int, position: int, shot: SceneShot) -> None:
    columns = {
        "scene_id": scene_id,
        "position": position,
        "words": shot.words,
        "cast_names": json.dumps(shot.cast, ensure_ascii=False),
        "seconds": shot.seconds,
        "seed": shot.seed,
        "lora_strength": shot.lora_strength,
        "pin_strength": shot.pin_strength,
        "staggered": shot.staggered,
        "crossfade": shot.crossfade,
        "style_lora": shot.style_lora,
    }
    shot_id = shot.id
    if shot_id == NEW:
        rows = await writer.execute_fetchall(
            f"INSERT INTO scene_shots ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) RETURNING id",
            tuple(columns.values()),
        )
        shot_id = next(iter(rows))["id"]
    else:
        changes = ", ".join(f"{name} = ?" for name in columns)
        await writer.execute(f"UPDATE scene_shots SET {changes} WHERE id = ?", (*columns.values(), shot_id))
    await writer.execute("DELETE FROM lines WHERE scene_shot_id = ?", (shot_id,))
    await writer.executemany(
        "INSERT INTO lines (scene_shot_id, position, speaker, zh, en) VALUES (?, ?, ?, ?, ?)",
        [(shot_id, number, line.speaker, line.zh, line.en) for number, line in enumerate(shot.lines, 1)],
    )
