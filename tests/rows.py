"""Makes rows for tests: real ones, in a real database file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db import characters, guilds, jobs, shots

if TYPE_CHECKING:
    from db.connection import Database
    from db.models import Character, Job, Shot

GUILD = 1001
OTHER_GUILD = 1002
ALICE = 11
BOB = 12
CHANNEL = 501


async def add_character(
    database: Database, name: str = "沈月华", *, guild: int = GUILD, owner: int = ALICE, **columns: Any
) -> Character:
    values: dict[str, Any] = {
        "description": "a young woman",
        "outfit": "a white robe",
        "sharing": "server",
        "picture_path": "/nowhere/picture.webp",
        "picture_sha256": "0" * 64,
        "picture_size": (768, 1024),
    } | columns
    async with database.writing() as writer:
        await guilds.remember(writer, guild, "en-US")
        return await characters.add(writer, guild_id=guild, owner_id=owner, name=name, **values)


async def add_shot(database: Database, *, guild: int = GUILD, author: int = ALICE, **columns: Any) -> Shot:
    values: dict[str, Any] = {
        "channel_id": CHANNEL,
        "words": "She bows.",
        "prompt": "A young woman bows.",
        "report": {},
        "frames": 121,
        "size": (1280, 704),
        "seed": 7,
        "lora_strength": 0.8,
        "pin_strength": 0.9,
        "cast": (),
        "pins": (),
    } | columns
    async with database.writing() as writer:
        await guilds.remember(writer, guild, "en-US")
        return await shots.add(writer, guild_id=guild, author_id=author, **values)


async def add_job(database: Database, shot: Shot, *, take: int = 1, member: int | None = None) -> Job:
    async with database.writing() as writer:
        return await jobs.add(
            writer,
            shot_id=shot.id,
            take=take,
            seed=shot.seed,
            requested_by=shot.author_id if member is None else member,
        )


async def queue_shot(database: Database, **columns: Any) -> tuple[Shot, Job]:
    shot = await add_shot(database, **columns)
    return shot, await add_job(database, shot)


async def move(database: Database, step: Any, job_id: int, **values: Any) -> Job:
    """Makes one of `db.jobs`' moves in a transaction of its own."""
    async with database.writing() as writer:
        return await step(writer, job_id, **values)


RENDERED: dict[str, Any] = {
    "engine": "animatic",
    "clip_path": "/nowhere/clip.mp4",
    "frames": 113,
    "stages": {"draw": 1.5},
}
"""What a finished render records."""
