"""Edits of an episode's writing: who changed what, version by version."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiosqlite import Connection

What = Literal["changed", "added", "removed", "moved"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an edit did.

    Attributes:
        what: was done.
        part: what members call the part (`2`, `2.1`), after the edit unless it removed it; empty for the episode.
        fields: what of it was changed, by the names of `db.writing`.
    """

    what: What
    part: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that led to `version`."""

    version: int
    member_id: int
    changes: tuple[Change, ...]


async def record(writer: Connection, episode_id: int, version: int, member_id: int, changes: Sequence[Change]) -> None:
    """Record the edit that led to `version`."""
    await writer.execute(
        "INSERT INTO edits (episode_id, version, member_id, changes, edited_at) VALUES (?, ?, ?, ?, ?)",
        (episode_id, version, member_id, json.dumps([asdict(change) for change in changes]), time.time()),
    )


async def since(reader: Connection, episode_id: int, version: int) -> list[Edit]:
    """Return the edits that were made of what was read as `version`, oldest first."""
    rows = await reader.execute_fetchall(
        "SELECT version, member_id, changes FROM edits WHERE episode_id = ? AND version > ? ORDER BY version",
        (episode_id, version),
    )
    return [
        Edit(
            row["version"],
            row["member_id"],
            tuple(
                Change(change["what"], change["part"], tuple(change["fields"])) for change in json.loads(row["changes"])
            ),
        )
        for row in rows
    ]
