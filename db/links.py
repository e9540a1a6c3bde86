"""Films served by link: under which name each lies in the published folder, and which of them nobody needs any more."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.leftovers import LIVE_CUT

if TYPE_CHECKING:
    import sqlite3

    from aiosqlite import Connection

NAME_BYTES = 20
"""Of chance in a name, which is all that keeps others from a film."""


@dataclass(frozen=True, slots=True)
class Link:
    """A row of `links`."""

    id: int
    folder: str
    name: str

    @classmethod
    def of(cls, row: sqlite3.Row) -> Link:
        """Build from a row of `links`."""
        return cls(**{key: row[key] for key in cls.__slots__})


async def of_cut(writer: Connection, cut_id: int, folder: str) -> Link:
    """Return under which name the cut's film lies in `folder`; the first call chooses it, later ones find it."""
    # Of another folder: what lies there is left to the sweep.
    await writer.execute("UPDATE links SET cut_id = NULL WHERE cut_id = ? AND folder != ?", (cut_id, folder))
    rows = await writer.execute_fetchall(
        "INSERT INTO links (cut_id, folder, name, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (cut_id) DO UPDATE SET idle_since = NULL RETURNING *",
        (cut_id, folder, f"{secrets.token_hex(NAME_BYTES)}.mp4", time.time()),
    )
    return Link.of(next(iter(rows)))


async def idle(writer: Connection, now: float, before: float) -> list[Link]:
    """Return the links that no cut has needed since `before`; from now on it is known since when each is idle.

    A cut needs its link while it is made or owed, and until another one is posted after it.
    """
    needed = f"SELECT id FROM cuts WHERE {LIVE_CUT}"
    await writer.execute(f"UPDATE links SET idle_since = NULL WHERE cut_id IN ({needed})")
    await writer.execute(
        f"UPDATE links SET idle_since = ? WHERE idle_since IS NULL AND (cut_id IS NULL OR cut_id NOT IN ({needed}))",
        (now,),
    )
    rows = await writer.execute_fetchall("SELECT * FROM links WHERE idle_since < ? ORDER BY id", (before,))
    return [Link.of(row) for row in rows]


async def forget(writer: Connection, link: Link) -> None:
    """Drop the row of a film that is no longer published."""
    await writer.execute("DELETE FROM links WHERE id = ?", (link.id,))
