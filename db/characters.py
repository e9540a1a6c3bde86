"""Characters of a guild. Every query names the guild: no guild sees another's rows."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, NoReturn

from db.models import ACTIVE, Character, Sharing, name_key

if TYPE_CHECKING:
    from aiosqlite import Connection


class NameTakenError(Exception):
    """Another character of the guild has this name."""


class CharacterInUseError(Exception):
    """Shots that are not finished need the character. `shots` are their numbers."""

    def __init__(self, shots: tuple[int, ...]) -> None:
        super().__init__(f"needed by shots {shots}")
        self.shots = shots


async def add(
    writer: Connection,
    *,
    guild_id: int,
    owner_id: int,
    name: str,
    description: str,
    outfit: str,
    sharing: Sharing,
    picture_path: str,
    picture_sha256: str,
    picture_size: tuple[int, int],
) -> Character:
    """Add a character and return it.

    Raises:
        NameTakenError: the guild has one whose name is the same after NFKC and casefolding.
    """
    now = time.time()
    try:
        rows = await writer.execute_fetchall(
            "INSERT INTO characters (guild_id, owner_id, name, name_key, description, outfit, sharing, picture_path,"
            " picture_sha256, picture_width, picture_height, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (
                *(guild_id, owner_id, name, name_key(name), description, outfit, sharing),
                *(picture_path, picture_sha256, *picture_size, now, now),
            ),
        )
    except sqlite3.IntegrityError as error:
        _raise_name_taken(error, name)
    return Character.of(next(iter(rows)))


async def edit(writer: Connection, character: Character) -> Character:
    """Store `character`'s name, description, outfit, sharing and picture, and return it as stored.

    Raises:
        NameTakenError: another character of the guild has the new name.
        LookupError: it was removed meanwhile.
    """
    try:
        rows = await writer.execute_fetchall(
            "UPDATE characters SET name = ?, name_key = ?, description = ?, outfit = ?, sharing = ?, picture_path = ?,"
            " picture_sha256 = ?, picture_width = ?, picture_height = ?, updated_at = ?"
            " WHERE id = ? AND guild_id = ? RETURNING *",
            (
                *(character.name, name_key(character.name), character.description, character.outfit),
                *(character.sharing, character.picture_path, character.picture_sha256),
                *(character.picture_width, character.picture_height, time.time(), character.id, character.guild_id),
            ),
        )
    except sqlite3.IntegrityError as error:
        _raise_name_taken(error, character.name)
    for row in rows:
        return Character.of(row)
    raise LookupError(character.id)


def _raise_name_taken(error: sqlite3.IntegrityError, name: str) -> NoReturn:
    if "characters.name_key" in str(error):
        raise NameTakenError(name) from error
    raise error


async def remove(writer: Connection, character: Character) -> None:
    """Remove a character; its finished shots keep its name and look.

    Raises:
        CharacterInUseError: shots that are not finished need it.
    """
    shots = await needed_by(writer, character.id)
    if shots:
        raise CharacterInUseError(shots)
    await writer.execute("DELETE FROM characters WHERE id = ? AND guild_id = ?", (character.id, character.guild_id))


async def have_picture(reader: Connection, picture_path: str) -> bool:
    """Return whether any character, of any guild, has the picture."""
    rows = await reader.execute_fetchall("SELECT 1 FROM characters WHERE picture_path = ? LIMIT 1", (picture_path,))
    return bool(list(rows))


async def needed_by(reader: Connection, character_id: int) -> tuple[int, ...]:
    """Return the numbers of the unfinished shots in which the character plays."""
    marks = ", ".join("?" * len(ACTIVE))
    rows = await reader.execute_fetchall(
        "SELECT DISTINCT shots.number FROM shot_cast"
        " JOIN shots ON shots.id = shot_cast.shot_id JOIN jobs ON jobs.shot_id = shots.id"
        f" WHERE shot_cast.character_id = ? AND jobs.status IN ({marks}) ORDER BY shots.number",
        (character_id, *sorted(ACTIVE)),
    )
    return tuple(row["number"] for row in rows)


async def named(reader: Connection, guild_id: int, name: str) -> Character | None:
    """Return the guild's character of that name (NFKC, case and spaces do not matter), or None."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM characters WHERE guild_id = ? AND name_key = ?", (guild_id, name_key(name))
    )
    return next((Character.of(row) for row in rows), None)


async def visible_to(reader: Connection, guild_id: int, member_id: int) -> list[Character]:
    """Return the guild's characters that the member may cast: shared ones and their own, by name."""
    rows = await reader.execute_fetchall(
        "SELECT * FROM characters WHERE guild_id = ? AND (sharing = 'server' OR owner_id = ?) ORDER BY name_key",
        (guild_id, member_id),
    )
    return [Character.of(row) for row in rows]


async def count(reader: Connection, guild_id: int) -> int:
    """Return how many characters the guild has."""
    rows = await reader.execute_fetchall("SELECT count(*) FROM characters WHERE guild_id = ?", (guild_id,))
    return next(iter(rows))[0]
