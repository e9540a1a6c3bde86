"""An episode taken apart: which of its shots still need a take, and what rendering those would cost.

Nothing is written here; the guards' word and the rows decide.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import editing
from bot.proofs import order_for
from bot.refusal import Refused
from db import cuts, jobs, shots, votes
from db.cuts import CutStatus
from db.models import Status

if TYPE_CHECKING:
    from bot.config import Config
    from bot.estimates import Forecast
    from bot.intake import Intake
    from bot.orders import Prepared
    from bot.proofs import Who
    from db.connection import Database
    from db.writing import Episode, Scene, SceneShot

BYTES_A_MEGAPIXEL = {"ltx": 40_000.0, "animatic": 9_000.0}
"""What a rendered megapixel takes on disk before this machine has rendered any; crf 18."""


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


class Breakdown:
    """Tells what episodes need.

    Args:
        database: what is written, queued and rendered.
        config: how clips are trimmed and cuts wait, and where clips lie.
        intake: what a shot would be queued as, and the queue's times.
    """

    def __init__(self, database: Database, config: Config, intake: Intake) -> None:
        self._database = database
        self._config = config
        self._intake = intake

    async def quote(self, episode: Episode, who: Who) -> Quote:
        """Return what rendering the episode would take; nothing is queued.

        Raises:
            Refused: it has no shots, a shot is refused as `/shot` would refuse it, or all is done already.
        """
        needed = await self.needed(episode, who)
        if not needed and await self.is_current(episode):
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

    async def is_current(self, episode: Episode) -> bool:
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
                with suppress(OSError):  # it is gone, or its disk is away: no estimate keeps a shot from being queued
                    total += clip.stat().st_size
                    megapixels += each
            return total, megapixels

        total, megapixels = await asyncio.to_thread(measure)
        return total / megapixels if megapixels else BYTES_A_MEGAPIXEL[engine]
