"""An episode's way from paper to screen: what it would cost, rendering it, where it stands, stopping it.

Each written shot becomes an order with its scene's words and seed, and is queued like any other shot; only those that
have no take of what is written now. All of an episode's shots are queued in one transaction, or none.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot import editing
from bot.intake import Stopped
from bot.proofs import Who, order_for
from bot.refusal import Refused
from db import bulletins, cuts, episodes, jobs, members, shots, votes
from db.cuts import CutStatus
from db.models import Job, Status
from db.writing import EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.config import Config
    from bot.estimates import Forecast
    from bot.intake import Intake
    from bot.orders import Accepted, Prepared
    from db.connection import Database
    from db.models import Shot
    from db.writing import Episode, Scene, SceneShot

BYTES_A_MEGAPIXEL = {"ltx": 40_000.0, "animatic": 9_000.0}
"""What a rendered megapixel takes on disk before this machine has rendered any; crf 18."""

RENDERABLE = frozenset(EpisodeStatus)


class Follower(Protocol):
    """Who puts episodes together once their shots have takes."""

    def changed(self, episode_id: int) -> None:
        """Look at the episode again; its rows are committed."""
        ...


@dataclass(frozen=True, slots=True)
class Needed:
    """A written shot that has no take of what is written now."""

    written: SceneShot
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Quote:
    """What rendering an episode would take.

    Attributes:
        needed: the shots that would be queued; the others have takes, or wait already.
        forecast: place, seconds of rendering, and when the last would be done.
        film_s: length of the film in seconds, without cards.
        size: bytes of the film, about.
        done_s: until it would be cut, with the quiet period and what cutting took here so far.
    """

    episode: Episode
    needed: tuple[Needed, ...]
    forecast: Forecast
    film_s: float
    size: float
    done_s: float


class Production:
    """Renders episodes.

    Args:
        database: where everything is written.
        config: limits and defaults.
        intake: takes the shots.
        follower: hears of every change.
    """

    def __init__(self, database: Database, config: Config, intake: Intake, follower: Follower) -> None:
        self._database = database
        self._config = config
        self._intake = intake
        self._follower = follower

    async def quote(self, episode: Episode, who: Who) -> Quote:
        """Return what rendering the episode would take; nothing is queued.

        Raises:
            Refused: it has no shots, a shot is refused as `/shot` would refuse it, or all is done already.
        """
        needed = await self.needed(episode, who)
        if not needed and await self._is_current(episode):
            raise Refused("refused-cut-already", number=episode.number)
        prepared = [one.prepared for one in needed]
        everything = [await self.prepared(episode, scene, shot, who) for _, scene, shot in episode.numbered()]
        megapixels = sum(one.frames * one.size[0] * one.size[1] / 1e6 for one in everything)
        frames = sum(one.frames - self._config.clip.trim_frames for one in everything)
        forecast = await self._intake.estimates.forecast(prepared, episode.id)
        film_s = (frames - sum(shot.crossfade for shot in episode.shots[:-1])) / 24
        cut_s = await cuts.pace(self._database.reading()) * film_s
        return Quote(
            episode,
            tuple(needed),
            forecast,
            film_s,
            megapixels * await self._bytes_a_megapixel(),
            forecast.eta_s + self._config.episodes.quiet_s + cut_s,
        )

    async def render(self, episode_id: int, version: int, who: Who) -> list[Accepted]:
        """Queue the shots that need it, all or none; an episode that needs none is cut.

        Raises:
            Refused: the member may not edit it (any more), it was edited since `version`, or queued by somebody else
                meanwhile; as for `quote` and `Intake.accept`.
        """
        try:
            episode = await episodes.get(self._database.reading(), episode_id)
        except LookupError:
            raise Refused("refused-episode-changed") from None
        _check_may_edit(episode, who)
        if episode.version != version:
            raise Refused("refused-episode-changed")
        needed = await self.needed(episode, who)
        if not needed and await self._is_current(episode):
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
        prepared = await self.prepared(after, scene, written, who)

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

    async def needed(self, episode: Episode, who: Who) -> list[Needed]:
        """Return the shots that have no take of what is written now, and none under way.

        Raises:
            Refused: the episode has no shots, or a shot is refused.
        """
        if not episode.shots:
            raise Refused("refused-empty-episode", number=episode.number)
        found: list[Needed] = []
        reader = self._database.reading()
        for _, scene, written in episode.numbered():
            prepared = await self.prepared(episode, scene, written, who)
            if written.shot_id is not None:
                shot = await shots.get(reader, written.shot_id)
                takes = await jobs.takes(reader, shot.id)
                alive = any(take.status in {Status.QUEUED, Status.RENDERING} for take in takes)
                usable = alive or await votes.chosen_take(reader, shot.id) is not None
                if usable and await self._intake.is_as_queued(prepared, shot):
                    continue
            found.append(Needed(written, prepared))
        return found

    async def prepared(self, episode: Episode, scene: Scene, written: SceneShot, who: Who) -> Prepared:
        """Return a written shot as the guards leave it. Raises Refused."""
        order = order_for(episode, scene, written, who)
        return await self._intake.prepare(
            replace(
                order,
                channel_id=episode.thread_id or episode.channel_id,
                # Of the same seed every time: its takes stay takes of it.
                seed=zlib.crc32(b"scene %d" % scene.id) if order.seed is None else order.seed,
            )
        )

    async def _is_current(self, episode: Episode) -> bool:
        """Return whether the newest cut is, or will be, what the rows say now."""
        reader = self._database.reading()
        newest = await cuts.newest(reader, episode.id)
        plan = await editing.planned(reader, episode, settled=False)
        if newest is None or newest.status is CutStatus.FAILED or plan is None:
            return False
        return newest.plan_hash == plan.dumped()[1]

    async def _bytes_a_megapixel(self) -> float:
        """Return what a rendered megapixel takes on disk, by the newest clips here."""
        engine = self._intake.estimates.engine
        clips = await jobs.newest_clips(self._database.reading(), engine)

        def measure() -> tuple[int, float]:
            total, megapixels = 0, 0.0
            for path, each in clips:
                clip = self._config.directory / path
                if clip.is_file():
                    total += clip.stat().st_size
                    megapixels += each
            return total, megapixels

        total, megapixels = await asyncio.to_thread(measure)
        return total / megapixels if megapixels else BYTES_A_MEGAPIXEL[engine]


def _check_may_edit(episode: Episode, who: Who) -> None:
    """Raise Refused unless the member may edit the episode: a button outlives the role of who pressed it."""
    may_edit = who.may_manage or episode.role_of(who.member_id) in {"owner", "editor"}
    if who.guild_id != episode.guild_id or not may_edit:
        raise Refused("refused-not-your-episode", number=episode.number)
