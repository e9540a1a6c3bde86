from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db import drafts, guilds, members
from tests.rows import ALICE, BOB, GUILD, OTHER_GUILD

if TYPE_CHECKING:
    from db.connection import Database


async def keep(database: Database, shot_order: str = "{}") -> int:
    async with database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        return await drafts.add(writer, guild_id=GUILD, member_id=ALICE, shot_order=shot_order)


async def test_a_draft_is_kept_and_changed(database: Database) -> None:
    draft_id = await keep(database, '{"words": "one"}')
    async with database.writing() as writer:
        await drafts.change(writer, draft_id, '{"words": "two"}')
    row = await drafts.get(database.reading(), draft_id)
    assert row == drafts.DraftRow(draft_id, GUILD, ALICE, '{"words": "two"}', queued=False)
    assert await drafts.get(database.reading(), draft_id + 1) is None


async def test_a_draft_is_queued_once(database: Database) -> None:
    draft_id = await keep(database)
    async with database.writing() as writer:
        await drafts.queue(writer, draft_id)
    row = await drafts.get(database.reading(), draft_id)
    assert row is not None
    assert row.queued
    with pytest.raises(drafts.AlreadyQueuedError):
        async with database.writing() as writer:
            await drafts.queue(writer, draft_id)
    with pytest.raises(drafts.AlreadyQueuedError):
        async with database.writing() as writer:
            await drafts.change(writer, draft_id, "{}")


async def test_what_was_undone_can_be_queued_again(database: Database) -> None:
    draft_id = await keep(database)

    async def queue_and_fail() -> None:
        async with database.writing() as writer:
            await drafts.queue(writer, draft_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await queue_and_fail()
    async with database.writing() as writer:
        await drafts.queue(writer, draft_id)


async def test_a_draft_never_gets_the_number_of_one_that_is_gone(database: Database) -> None:
    first = await keep(database)
    async with database.writing() as writer:
        await drafts.forget_older_than(writer, -1)
    assert await keep(database) > first


async def test_old_drafts_are_forgotten(database: Database) -> None:
    draft_id = await keep(database)
    async with database.writing() as writer:
        await drafts.forget_older_than(writer, 60)
    assert await drafts.get(database.reading(), draft_id) is not None
    async with database.writing() as writer:
        await writer.execute("UPDATE drafts SET created_at = created_at - 61")
        await drafts.forget_older_than(writer, 60)
    assert await drafts.get(database.reading(), draft_id) is None


async def test_what_a_member_prefers_is_theirs_and_the_servers(database: Database) -> None:
    async with database.writing() as writer:
        await guilds.remember(writer, GUILD, "en-US")
        await members.set_skip_clean_reports(writer, GUILD, ALICE, skip=True)
    reader = database.reading()
    assert await members.skips_clean_reports(reader, GUILD, ALICE)
    assert not await members.skips_clean_reports(reader, GUILD, BOB)
    assert not await members.skips_clean_reports(reader, OTHER_GUILD, ALICE)
    async with database.writing() as writer:
        await members.set_skip_clean_reports(writer, GUILD, ALICE, skip=False)
    assert not await members.skips_clean_reports(database.reading(), GUILD, ALICE)
