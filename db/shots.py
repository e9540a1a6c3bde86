"""Shots: what was asked for, with who plays in it and what is pinned."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from db.models import CastMember, Shot, ShotPin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiosqlite import Connection


LOOK_BACK = 120
"""Rows of the cast to look through for how the same people stood before: at least 40 shots."""


RECENT = 100
"""Shots to suggest from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A shot as its member asked for it."""

    number: int
    words: str


async def add(
    writer: Connection,
    *,
    guild_id: int,
    channel_id: int,
    author_id: int,
    words: str,
    prompt: str,
    report: dict[str, Any],
    frames: int,
    size: tuple[int, int],
    seed: int,
    lora_strength: float,
    pin_strength: float,
    cast: Sequence[CastMember],
    pins: Sequence[ShotPin],
    style_lora: str = "",
    style_strength: float = 0.0,
) -> Shot:
    """Add a shot under the guild's next number and return it. The guild's row must exist."""
    numbers = await writer.execute_fetchall(
        "UPDATE guilds SET next_shot = next_shot + 1 WHERE id = ? RETURNING next_shot - 1 AS number", (guild_id,)
    )
    rows = await writer.execute_fetchall(
        "INSERT INTO shots (guild_id, channel_id, author_id, number, words, prompt, report, frames, width, height,"
        " seed, lora_strength, pin_strength, style_lora, style_strength, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            *(guild_id, channel_id, author_id, next(iter(numbers))["number"], words, prompt),
            *(json.dumps(report, ensure_ascii=False), frames, *size, seed, lora_strength, pin_strength),
            *(style_lora, style_strength, time.time()),
        ),
    )
    shot = Shot.of(next(iter(rows)), tuple(cast), tuple(pins))
    await writer.executemany(
        "INSERT INTO shot_cast (shot_id, position, character_id, name, look) VALUES (?, ?, ?, ?, ?)",
        [(shot.id, position, who.character_id, who.name, who.look) for position, who in enumerate(cast)],
    )
    await writer.executemany(
        "INSERT INTO shot_pins (shot_id, frame, path) VALUES (?, ?, ?)",
        [(shot.id, pin.frame, pin.path) for pin in pins],
    )
    return shot


async def get(reader: Connection, shot_id: int) -> Shot:
    """Return the shot.

    Raises:
        LookupError: there is none of that id.
    """
    rows = list(await reader.execute_fetchall("SELECT * FROM shots WHERE id = ?", (shot_id,)))
    if not rows:
        raise LookupError(shot_id)
    cast = await reader.execute_fetchall(
        "SELECT name, look, character_id FROM shot_cast WHERE shot_id = ? ORDER BY position", (shot_id,)
    )
    pins = await reader.execute_fetchall(
        "SELECT frame, path FROM shot_pins WHERE shot_id = ? ORDER BY frame", (shot_id,)
    )
    return Shot.of(
        rows[0],
        tuple(CastMember(row["name"], row["look"], row["character_id"]) for row in cast),
        tuple(ShotPin(row["frame"], row["path"]) for row in pins),
    )


async def prompts(reader: Connection, shot_ids: Sequence[int]) -> list[str]:
    """Return the prompts of those shots, in their order; what is gone is left out."""
    marks = ", ".join("?" * len(shot_ids))
    rows = await reader.execute_fetchall(f"SELECT id, prompt FROM shots WHERE id IN ({marks})", tuple(shot_ids))
    found: dict[int, str] = {row["id"]: row["prompt"] for row in rows}
    return [found[shot_id] for shot_id in shot_ids if shot_id in found]


async def recent(reader: Connection, guild_id: int, author_id: int | None, most: int = RECENT) -> list[Asked]:
    """Return the guild's `most` youngest shots, youngest first; only one member's where `author_id` names them."""
    rows = await reader.execute_fetchall(
        "SELECT number, words FROM shots WHERE guild_id = ? AND (? IS NULL OR author_id = ?)"
        " ORDER BY number DESC LIMIT ?",
        (guild_id, author_id, author_id, most),
    )
    return [Asked(row["number"], row["words"]) for row in rows]


async def last_cast(reader: Connection, guild_id: int, channel_id: int, character_ids: frozenset[int]) -> list[int]:
    """Return the ids of exactly this cast from left to right, as in its last shot in the channel; empty if none."""
    rows = await reader.execute_fetchall(
        "SELECT shots.id, shot_cast.character_id FROM shots JOIN shot_cast ON shot_cast.shot_id = shots.id"
        " WHERE shots.guild_id = ? AND shots.channel_id = ? ORDER BY shots.id DESC, shot_cast.position LIMIT ?",
        (guild_id, channel_id, LOOK_BACK),
    )
    casts: dict[int, list[int]] = {}
    for row in rows:
        casts.setdefault(row["id"], []).append(row["character_id"])
    for cast in casts.values():
        if frozenset(cast) == character_ids:
            return cast
    return []
