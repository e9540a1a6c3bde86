"""Cuts and bulletins as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db import bulletins, cuts, episodes, members
from db.cuts import CutStatus, Piece, StaleCutError
from tests.rows import ALICE, BOB, CHANNEL, GUILD
from tests.stories import write_episode

if TYPE_CHECKING:
    from db.connection import Database
    from db.cuts import CutRow


async def want(database: Database, plan: str, *, not_before: float = 0.0) -> CutRow:
    async with database.writing() as writer:
        return await cuts.want(writer, 1, plan=plan, plan_hash=plan, not_before=not_before)


async def made(database: Database, cut_id: int) -> CutRow:
    async with database.writing() as writer:
        await cuts.start(writer, cut_id)
        return await cuts.finished(writer, cut_id, pieces=[Piece("a.mp4", ("a.zh.srt",))], seconds=12.5)


async def statuses(database: Database) -> list[str]:
    rows = await cuts.with_status(database.reading(), *CutStatus)
    return [row.status for row in sorted(rows, key=lambda row: row.id)]


async def test_a_newer_plan_leaves_the_older_that_waits(database: Database) -> None:
    await write_episode(database)
    first = await want(database, "a", not_before=5.0)
    assert await want(database, "a", not_before=9.0) == first
    second = await want(database, "b")
    assert await statuses(database) == ["STALE", "QUEUED"]
    assert await cuts.newest(database.reading(), 1) == second
    assert [await cuts.ordinal(database.reading(), row) for row in (first, second)] == [1, 2]


async def test_a_finished_cut_keeps_its_pieces(database: Database) -> None:
    await write_episode(database)
    done = await made(database, (await want(database, "a")).id)
    assert done.pieces == (Piece("a.mp4", ("a.zh.srt",)),)
    assert (done.status, done.seconds, done.attempts) == (CutStatus.CUT, 12.5, 1)
    # What is made already is not made again; a newer plan does not take it back.
    assert await want(database, "a") == done
    await want(database, "b")
    assert await statuses(database) == ["CUT", "QUEUED"]


async def test_an_earlier_plan_that_is_wanted_again_is_the_newest(database: Database) -> None:
    await write_episode(database)
    first = await made(database, (await want(database, "a")).id)
    async with database.writing() as writer:
        await bulletins.owe(writer, 1, "cut", cut_id=first.id)
        await cuts.posted(writer, first.id)
    await made(database, (await want(database, "b")).id)
    again = await want(database, "a")
    assert (again.id, again.status, again.attempts, again.pieces) == (first.id, CutStatus.QUEUED, 0, ())
    assert await cuts.newest(database.reading(), 1) == again
    assert await bulletins.of_cut(database.reading(), first.id) == []


async def test_every_move_is_checked(database: Database) -> None:
    await write_episode(database)
    row = await want(database, "a")
    async with database.writing() as writer:
        for move in (cuts.requeue, cuts.release, cuts.posted):
            with pytest.raises(StaleCutError):
                await move(writer, row.id)
        with pytest.raises(StaleCutError):
            await cuts.fail(writer, row.id, "failure-cut")
        await cuts.start(writer, row.id)
        with pytest.raises(StaleCutError):
            await cuts.start(writer, row.id)
        await cuts.abandon(writer, 1)
        with pytest.raises(StaleCutError):
            await cuts.finished(writer, row.id, pieces=[], seconds=1.0)
    with pytest.raises(LookupError):
        await cuts.get(database.reading(), row.id + 1)


async def test_a_message_is_owed_once(database: Database) -> None:
    await write_episode(database)
    row = await want(database, "a")
    async with database.writing() as writer:
        for _ in range(2):
            await bulletins.owe(writer, 1, "cut", cut_id=row.id, part=2)
            await bulletins.owe(writer, 1, "cut", cut_id=row.id, part=1)
            await bulletins.owe(writer, 1, "status")
    first, second, status = await bulletins.owed(database.reading())
    assert [(one.purpose, one.part, one.channel_id) for one in (first, second, status)] == [
        ("cut", 1, bulletins.NOWHERE),
        ("cut", 2, bulletins.NOWHERE),
        ("status", 1, bulletins.NOWHERE),
    ]
    async with database.writing() as writer:
        aimed = await bulletins.aim(writer, first, CHANNEL)
        await bulletins.sent(writer, aimed, 77)
        await bulletins.sent(writer, second, None)
    assert [one.purpose for one in await bulletins.owed(database.reading())] == ["status"]
    assert [(one.message_id, one.channel_id) for one in await bulletins.of_cut(database.reading(), row.id)] == [
        (77, CHANNEL),
        (None, bulletins.NOWHERE),
    ]


async def test_notices_go_to_who_asked_and_not_to_who_wants_none(database: Database) -> None:
    episode = await write_episode(database)
    row = await want(database, "a")
    async with database.writing() as writer:
        for member in (BOB, 55, BOB):
            await bulletins.subscribe(writer, episode.id, member)
        await members.set_notices_off(writer, GUILD, 55, off=True)
        await bulletins.owe_notices(writer, episode.id, row.id)
        await bulletins.owe_notices(writer, episode.id, row.id)
    owed = await bulletins.owed(database.reading())
    assert [(one.purpose, one.member_id, one.cut_id) for one in owed] == [
        ("notice", ALICE, row.id),
        ("notice", BOB, row.id),
    ]
    async with database.writing() as writer:
        await bulletins.forget_notices(writer, episode.id)
    assert await bulletins.owed(database.reading()) == []


async def test_an_episode_that_is_removed_takes_all_along(database: Database) -> None:
    episode = await write_episode(database)
    row = await want(database, "a")
    async with database.writing() as writer:
        await bulletins.owe(writer, episode.id, "cut", cut_id=row.id)
        await bulletins.subscribe(writer, episode.id, BOB)
        await episodes.remove(writer, episode.id)
    assert await statuses(database) == []
    assert await bulletins.owed(database.reading()) == []
