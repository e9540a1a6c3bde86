"""What who directs a shot may do with its takes: have it rendered again, pick one, switch voting."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.limits import check_shots
from bot.orders import FRAMES, SEED_BITS, SIZES, ShotOrder
from bot.proofs import Who
from bot.refusal import Refused
from db import episodes, guilds, jobs, shots, votes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.config import Config
    from bot.guards import Report
    from bot.intake import Intake
    from bot.voting import Voting
    from db.connection import Database
    from db.models import Job, Shot


@dataclass(frozen=True, slots=True)
class Wish:
    """How a shot shall be rendered again; None: a new seed, the pin strength as it was.

    `version` is that of the episode whose words the member read.
    """

    words: str
    seed: int | None = None
    pin_strength: float | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Directions:
    """What there is to change of a shot.

    Attributes:
        words: what happens in it; of an episode's, as it is written now.
        pin_strength: None where nothing is pinned.
        version: of the episode; None for a shot by itself.
        part_id: the written shot in the episode.
    """

    words: str
    pin_strength: float | None
    version: int | None = None
    part_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A queued take: its rows are committed. `report` is what the guards found where the words were read anew."""

    shot: Shot
    job: Job
    report: Report | None
    place: int
    eta_s: float


class Rewriter(Protocol):
    """Who changes a shot where it is written, in an episode."""

    async def __call__(
        self, shot: Shot, wish: Wish, who: Who, another: Callable[[Connection], Awaitable[Job]]
    ) -> Ordered | Job:
        """Change it and queue it, or where it would be rendered as it was, change it and add `another` take of it.

        Raises:
            Refused: nothing is changed then.
        """
        ...


async def may_direct(reader: Connection, member_id: int, shot: Shot) -> bool:
    """Return whether the member directs the shot: who asked for it, or owner and editors of its episode."""
    if member_id == shot.author_id:
        return True
    episode = await episodes.holding(reader, shot.id)
    return episode is not None and episode.role_of(member_id) in {"owner", "editor"}


class Directing:
    """Acts for members who direct a shot.

    Args:
        database: where shots and jobs are.
        settings: how much may wait.
        intake: reads changed words.
        voting: told of choices and switches.
        queued: told of each job that is put into the queue, once its row is committed.
        allowed: says who directs a shot. Who manages the server directs every shot of it.
        rewrite: changes an episode's shot where it is written.
    """

    def __init__(
        self,
        database: Database,
        settings: Config,
        intake: Intake,
        voting: Voting,
        queued: Callable[[Job], None],
        *,
        rewrite: Rewriter,
        allowed: Callable[[Connection, int, Shot], Awaitable[bool]] = may_direct,
    ) -> None:
        self._database = database
        self._config = settings
        self._intake = intake
        self._voting = voting
        self._queued = queued
        self._allowed = allowed
        self._rewrite = rewrite

    async def look(self, job_id: int, guild_id: int, member_id: int, *, may_manage: bool) -> tuple[Shot, Job]:
        """Return a take and its shot, for somebody who directs it.

        Raises:
            Refused: it is unknown here, or the member does not direct it.
        """
        reader = self._database.reading()
        try:
            job = await jobs.get(reader, job_id)
            shot = await shots.get(reader, job.shot_id)
        except LookupError:
            raise Refused("refused-take-gone") from None
        if shot.guild_id != guild_id:
            raise Refused("refused-take-gone")
        await self._check(reader, member_id, shot, may_manage=may_manage)
        return shot, job

    async def read(self, job_id: int, guild_id: int, member_id: int, *, may_manage: bool) -> Directions:
        """Return what there is to change of a take's shot.

        Raises:
            Refused: as for `look`.
        """
        shot, _ = await self.look(job_id, guild_id, member_id, may_manage=may_manage)
        pin = shot.pin_strength if shot.pins else None
        episode = await episodes.holding(self._database.reading(), shot.id)
        if episode is None:
            return Directions(shot.words, pin)
        written = next(one for one in episode.shots if one.shot_id == shot.id)
        return Directions(written.words, pin, episode.version, written.id)

    async def again(self, job_id: int, guild_id: int, member_id: int, wish: Wish, *, may_manage: bool) -> Ordered:
        """Queue the shot once more: a new take, or a new shot where its words or its pin change.

        Raises:
            StaleEdit: its episode was edited since the wish's version.
            Refused: as for `look`; or the guards refuse, a limit is reached, or nothing would be different.
        """
        shot, job = await self.look(job_id, guild_id, member_id, may_manage=may_manage)
        pin = shot.pin_strength if wish.pin_strength is None else wish.pin_strength
        written = (await self.read(job_id, guild_id, member_id, may_manage=may_manage)).words

        async def another(writer: Connection) -> Job:
            if wish.seed == job.seed and job.swept_at is None:
                raise Refused("refused-same-take")
            check_shots(await jobs.waiting(writer), self._config.queue, guild_id, member_id)
            before = await votes.standing(writer, job.id)
            return await jobs.add(
                writer,
                shot_id=shot.id,
                take=await jobs.last_take(writer, shot.id) + 1,
                seed=secrets.randbits(SEED_BITS) if wish.seed is None else wish.seed,
                requested_by=member_id,
                overrides=job.overrides,
                # A take leads to one other at most; who asks again does so on their own account.
                again_of=None if before.spent else job.id,
                cause="direction",
            )

        # Of an episode, what is written may differ from what was queued, and the wish from either.
        if {wish.words, written} != {shot.words} or pin != shot.pin_strength:
            who = Who(guild_id, shot.channel_id, member_id, await self._locale(guild_id), may_manage)
            made = await self._changed(shot, job, replace(wish, pin_strength=pin), who, another)
            if isinstance(made, Ordered):
                return made
        else:
            async with self._database.writing() as writer:
                made = await another(writer)
        self._queued(made)
        place = await self._intake.estimates.place_of(made.id)
        return Ordered(shot, made, None, place.place if place else 0, place.eta_s if place else 0.0)

    async def pick(self, job_id: int, guild_id: int, member_id: int, *, may_manage: bool) -> tuple[Shot, Job]:
        """Pick a take for its shot, whatever the votes say.

        Raises:
            Refused: as for `look`, or it has no clip.
        """
        shot, job = await self.look(job_id, guild_id, member_id, may_manage=may_manage)
        if job.status not in votes.FINISHED:
            raise Refused("refused-take-gone")
        if job.swept_at is not None:
            raise Refused("refused-take-swept", seed=str(job.seed))
        await self._pick(shot, job.id)
        return shot, job

    async def let_votes_choose(self, job_id: int, guild_id: int, member_id: int, *, may_manage: bool) -> Shot:
        """Take a pick back.

        Raises:
            Refused: as for `look`.
        """
        shot, _ = await self.look(job_id, guild_id, member_id, may_manage=may_manage)
        await self._pick(shot, None)
        return shot

    async def switch(self, guild_id: int, number: int, member_id: int, *, off: bool, may_manage: bool) -> None:
        """Switch voting for the guild's shot `number`.

        Raises:
            Refused: there is no such shot, or the member does not direct it.
        """
        reader = self._database.reading()
        takes = await jobs.of_shot(reader, guild_id, number)
        if not takes:
            raise Refused("refused-no-such-shot", number=number)
        shot = await shots.get(reader, takes[0].shot_id)
        await self._check(reader, member_id, shot, may_manage=may_manage)
        await self._voting.switch(shot.id, off=off)

    async def _check(self, reader: Connection, member_id: int, shot: Shot, *, may_manage: bool) -> None:
        if not may_manage and not await self._allowed(reader, member_id, shot):
            raise Refused("refused-not-your-take", number=shot.number)

    async def _pick(self, shot: Shot, job_id: int | None) -> None:
        async with self._database.writing() as writer:
            await votes.pick(writer, shot.id, job_id)
        self._voting.choice_changed(shot.id)

    async def _changed(
        self, shot: Shot, job: Job, wish: Wish, who: Who, another: Callable[[Connection], Awaitable[Job]]
    ) -> Ordered | Job:
        if await episodes.holding(self._database.reading(), shot.id) is not None:
            return await self._rewrite(shot, wish, who, another)
        prepared = await self._intake.prepare(_order(shot, job, wish, who))
        (accepted,) = await self._intake.accept(prepared)
        return Ordered(accepted.shot, accepted.job, accepted.report, accepted.place, accepted.eta_s)

    async def _locale(self, guild_id: int) -> str:
        return await guilds.locale_of(self._database.reading(), guild_id)


def _order(shot: Shot, job: Job, wish: Wish, who: Who) -> ShotOrder:
    """Return what was asked for, with the wish in it."""
    return ShotOrder(
        guild_id=shot.guild_id,
        channel_id=shot.channel_id,
        member_id=who.member_id,
        locale=who.locale,
        words=wish.words,
        cast=tuple(member.name for member in shot.cast),
        seconds=next((seconds for seconds, frames in FRAMES.items() if frames == shot.frames), None),
        quality=next((quality for quality, size in SIZES.items() if size == (shot.width, shot.height)), None),
        seed=wish.seed,
        lora_strength=shot.lora_strength,
        pin_strength=wish.pin_strength if shot.pins else None,
        staggered=len(shot.pins) > 1,
        style_lora=shot.style_lora,
        # What was overridden was about the words as they stood.
        keep=job.overrides if wish.words == shot.words else (),
    )
