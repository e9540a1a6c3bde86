"""What members prefer, and which language they read, server by server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiosqlite import Connection


async def skips_clean_reports(reader: Connection, guild_id: int, member_id: int) -> bool:
    """Return whether the member wants no page where the guards changed nothing."""
    rows = await reader.execute_fetchall(
        "SELECT skip_clean FROM members WHERE guild_id = ? AND member_id = ?", (guild_id, member_id)
    )
    return any(row["skip_clean"] for row in rows)


async def set_skip_clean_reports(writer: Connection, guild_id: int, member_id: int, *, skip: bool) -> None:
    """Store that preference. The guild's row must exist."""
    await writer.execute(
        "INSERT INTO members (guild_id, member_id, skip_clean) VALUES (?, ?, ?)"
        " ON CONFLICT (guild_id, member_id) DO UPDATE SET skip_clean = excluded.skip_clean",
        (guild_id, member_id, int(skip)),
    )


async def notices_off(reader: Connection, guild_id: int, member_id: int) -> bool:
    """Return whether the member wants no private notice when an episode is done."""
    rows = await reader.execute_fetchall(
        "SELECT notices_off FROM members WHERE guild_id = ? AND member_id = ?", (guild_id, member_id)
    )
    return any(row["notices_off"] for row in rows)


async def set_notices_off(writer: Connection, guild_id: int, member_id: int, *, off: bool) -> None:
    """Store that preference. The guild's row must exist."""
    await writer.execute(
        "INSERT INTO members (guild_id, member_id, notices_off) VALUES (?, ?, ?)"
        " ON CONFLICT (guild_id, member_id) DO UPDATE SET notices_off = excluded.notices_off",
        (guild_id, member_id, int(off)),
    )


async def locale_of(reader: Connection, guild_id: int, member_id: int) -> str | None:
    """Return the language of the member's Discord (`zh-CN`) as it was last heard, or None."""
    rows = await reader.execute_fetchall(
        "SELECT locale FROM members WHERE guild_id = ? AND member_id = ?", (guild_id, member_id)
    )
    return next((row["locale"] for row in rows if row["locale"]), None)


async def set_locale(writer: Connection, guild_id: int, member_id: int, locale: str) -> None:
    """Store that language. The guild's row must exist."""
    await writer.execute(
        "INSERT INTO members (guild_id, member_id, locale) VALUES (?, ?, ?)"
        " ON CONFLICT (guild_id, member_id) DO UPDATE SET locale = excluded.locale",
        (guild_id, member_id, locale),
    )
