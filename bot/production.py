"""An episode's way from paper to screen: rendering it, cutting it, stopping it, asking to be told of it.

Each written shot that has no take of what is written now (`bot.breakdown`) becomes an order with its scene's words and
seed, and is queued like any other shot. All of an episode's shots are queued in one transaction, or none.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from bot import editing
from bot.intake import Stopped
from bot.refusal import Refused
from db import bulletins, cuts, episodes, jobs, members, shots
from db.cuts import CutStatus
from db.models import Status
from db.writing import EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.breakdown import Breakdown
    from bot.intake import Intake
    from bot.orders import Accepted
    from bot.proofs import Who
    from db.connection import Database
    from db.models import Job, Shot
    from db.writing import Episode

RENDERABLE = frozenset(EpisodeStatus)


class Follower(Protocol):
    """Who puts episodes together once their shots have takes."""

    def changed(self, episode_id: int) -> None:
        """Look at the episode again; its rows are committed."""
        ...


class Production:
    """Renders episodes.

    Args:
        database: where everything is written.
        intake: takes the shots.
        breakdown: tells which shots those are.
        follower: hears of every change.
    """

    def __init__(self, database: Database, intake: Intake, breakdown: Breakdown, follower: Follower) -> None:
        self._database = database
        self._intake = intake
        self._breakdown = breakdown
        self._follower = follower

    async def render(self, episode_id: int, version: int, who: Who) -> list[Accepted]:
        """Queue the shots that need it, all or none; an episode that needs none is cut.

        Raises:
            Refused: the member may not edit it (any more), it was edited since `version`, or queued by somebody else
                meanwhile; as for `Breakdown.quote` and `Intake.accept`.
        """
        try:
            episode = await episodes.get(self._database.reading(), episode_id)
        except LookupError:
            raise Refused("refused-episode-changed") from None
        _check_may_edit(episode, who)
        if episode.version != version:
            raise Refused("refused-episode-changed")
        needed = await self._breakdown.needed(episode, who)
        if not needed and await self._breakdown.is_current(episode):
            raise Refused("refused-cut-already", number=episode.number)
        replaced: list[Job] = []

        async def claim(writer: Connection) -> None:
            now = await episodes.get(writer, episode.id)
            before = {shot.id: shot.shot_id for shot in episode.shots}
            if now.version != version or {shot.id: shot.shot_id for shot in now.shots} != before:
                raise Refused("refused-episode-changed")
            for one in needed:
                if one.written.shot_id is not None:
                    replaced.extend(await self._intake.withdraw(writer, one.written.shot_id))
            await cuts.abandon(writer, episode.id)
            await bulletins.forget_notices(writer, episode.id)
            await episodes.move_on(writer, episode.id, RENDERABLE, EpisodeStatus.RENDERING)

        async def settle(writer: Connection, queued: list[Shot]) -> None:
            for one, shot in zip(needed, queued, strict=True):
                await episodes.set_queued(writer, one.written.id, shot.id)

        accepted = await self._intake.accept(
            *(one.prepared for one in needed), claim=claim, settle=settle, episode_id=episode.id
        )
        self._intake.stop(replaced)
        self._follower.changed(episode.id)
        return accepted

    async def retake(
        self,
        after: Episode,
        part_id: int,
        who: Who,
        keep: Callable[[Connection], Awaitable[None]],
        another: Callable[[Connection], Awaitable[Job]],
    ) -> Accepted | Job:
        """Store an edit and queue one shot of it, whatever else the episode needs: both or neither.

        Args:
            after: the episode as it is to be.
            part_id: the written shot.
            who: in whose turn it is rendered.
            keep: stores the edit in a transaction; what it raises undoes everything.
            another: adds a take of the shot as it was queued, where it would be rendered so, in the same transaction.

        Returns:
            The new shot, or the other take: nobody was told of that yet.

        Raises:
            Refused: the shot was queued by somebody else meanwhile; as for `Intake.accept` and `another`.
        """
        scene, written = next((scene, shot) for _, scene, shot in after.numbered() if shot.id == part_id)
        prepared = await self._breakdown.prepared(after, scene, written, who)

        async def store(writer: Connection) -> None:
            try:
                now = await episodes.get(writer, after.id)
            except LookupError:
                raise Refused("refused-episode-gone") from None
            if written.shot_id != next((shot.shot_id for shot in now.shots if shot.id == part_id), None):
                raise Refused("refused-episode-changed")
            await keep(writer)

        if written.shot_id is not None:
            earlier = await shots.get(self._database.reading(), written.shot_id)
            if await self._intake.is_as_queued(prepared, earlier):
                async with self._database.writing() as writer:
                    await store(writer)
                    return await another(writer)
        replaced: list[Job] = []

        async def claim(writer: Connection) -> None:
            await store(writer)
            if written.shot_id is not None:
                replaced.extend(await self._intake.withdraw(writer, written.shot_id))

        async def settle(writer: Connection, queued: list[Shot]) -> None:
            await episodes.set_queued(writer, part_id, queued[0].id)

        (accepted,) = await self._intake.accept(prepared, claim=claim, settle=settle, episode_id=after.id)
        self._intake.stop(replaced)
        return accepted

    async def cut(self, episode: Episode) -> None:
        """Cut the episode now, from the takes that it has.

        Raises:
            Refused: a shot has no take yet, or the cut would be the one that there is.
        """
        async with self._database.writing() as writer:
            plan = await editing.planned(writer, await episodes.get(writer, episode.id), settled=False)
            if plan is None:
                raise Refused("refused-no-takes-yet", number=episode.number)
            text, digest = plan.dumped()
            newest = await cuts.newest(writer, episode.id)
            if newest is not None and newest.plan_hash == digest and newest.status in {CutStatus.CUT, CutStatus.POSTED}:
                raise Refused("refused-cut-already", number=episode.number)
            wanted = await cuts.want(writer, episode.id, plan=text, plan_hash=digest, not_before=time.time())
            await cuts.hasten(writer, wanted.id)
            await episodes.move_on(writer, episode.id, RENDERABLE, EpisodeStatus.CUTTING)
        self._follower.changed(episode.id)

    async def cancel(self, episode: Episode) -> Stopped:
        """Cancel what is queued, rendered or cut of the episode.

        Finished takes, and a film that is on its way to its channel, are posted all the same.

        Raises:
            Refused: nothing of it is under way, or only what is posted all the same.
        """
        cancelled: list[Job] = []
        clips = 0
        async with self._database.writing() as writer:
            busy = episode.id in await bulletins.busy(writer)
            for shot in (await episodes.get(writer, episode.id)).shots:
                if shot.shot_id is not None:
                    clips += sum(take.status is Status.RENDERED for take in await jobs.takes(writer, shot.shot_id))
                    cancelled += await self._intake.withdraw(writer, shot.shot_id)
            if busy:
                await cuts.withdraw(writer, episode.id)
                await episodes.move_on(writer, episode.id, RENDERABLE, EpisodeStatus.CANCELLED)
            film = any(cut.episode_id == episode.id for cut in await cuts.with_status(writer, CutStatus.CUT))
            if not busy:
                raise Refused(
                    "refused-episode-posting" if clips or film else "refused-nothing-to-cancel", number=episode.number
                )
        self._intake.stop(cancelled)
        self._follower.changed(episode.id)
        return Stopped(tuple(cancelled), clips, film)

    async def subscribe(self, episode_id: int, member_id: int) -> Episode:
        """Tell the member when the episode is done.

        Raises:
            Refused: it is gone, or they switched notices off.
        """
        async with self._database.writing() as writer:
            try:
                episode = await episodes.get(writer, episode_id)
            except LookupError:
                raise Refused("refused-episode-gone") from None
            if await members.notices_off(writer, episode.guild_id, member_id):
                raise Refused("refused-notices-off")
            await bulletins.subscribe(writer, episode_id, member_id)
        return episode


def _check_may_edit(episode: Episode, who: Who) -> None:
    """Raise Refused unless the member may edit the episode: a button outlives the role of who pressed it."""
    may_edit = who.may_manage or episode.role_of(who.member_id) in {"owner", "editor"}
    if who.guild_id != episode.guild_id or not may_edit:
        raise Refused("refused-not-your-episode", number=episode.number)
