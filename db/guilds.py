"""Guilds that the bot serves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiosqlite import Connection

DEFAULT_LOCALE = "en-US"


async def remember(writer: Connection, guild_id: int, locale: str) -> None:
    """Add the guild, or bring its locale (Discord's tag, `zh-CN`) up to date."""
    await writer.execute(
        "INSERT INTO guilds (id, locale, created_at) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET locale = excluded.locale",
        (guild_id, locale, time.time()),
    )


async def locale_of(reader: Connection, guild_id: int) -> str:
    """Return the locale in which the guild's channels are written to."""
    rows = list(await reader.execute_fetchall("SELECT locale FROM guilds WHERE id = ?", (guild_id,)))
    return rows[0]["locale"] if rows else DEFAULT_LOCALE
