"""From what a member asked for to rows in the queue: cast, guards, pins, one transaction, and only then "queued"."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from bot import casting, scheduling
from bot.guards import Draft, Look, Report, review
from bot.refusal import Refused
from db import characters, guilds, jobs, shots
from db.models import CastMember, Character, Job, Shot, ShotPin, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiosqlite import Connection

    from bot.config import Config, Queue
    from db.connection import Database

log = logging.getLogger(__name__)

Quality = Literal["preview", "full"]
Seconds = Literal[5, 8, 10, 15]

SIZES: dict[Quality, tuple[int, int]] = {"preview": (960, 544), "full": (1280, 704)}
"""Delivered width and height, in pixels."""

FRAMES: dict[Seconds, int] = {5: 121, 8: 193, 10: 241, 15: 361}
"""Rendered frames at 24 a second, 8k+1."""

MAX_CAST = 3
LEFT_TO_RIGHT: tuple[casting.Position, ...] = ("left", "centre", "right")
SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class ShotOrder:
    """A shot as a member asks for it; None leaves a choice to the configuration.

    Attributes:
        locale: the guild's, as Discord gives it.
        keep: soft rules of the guards that the member overrode with "use my words".
        repaired: the text after a repair that the member chose; empty where the words stand as they are.
        parts: the texts of the shots into which the member split it; empty for one shot.
        scene: words that every shot of its scene shares; they stand in the prompt only.
        style: the episode's style, likewise.
    """

    guild_id: int
    channel_id: int
    member_id: int
    locale: str
    words: str
    cast: tuple[str, ...] = ()
    seconds: Seconds | None = None
    quality: Quality | None = None
    seed: int | None = None
    lora_strength: float | None = None
    pin_strength: float | None = None
    staggered: bool = False
    keep: tuple[str, ...] = ()
    repaired: str = ""
    parts: tuple[str, ...] = ()
    scene: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shot that the guards have seen, ready to be queued. `cast` runs from left to right, `sides` beside it."""

    order: ShotOrder
    cast: tuple[Character, ...]
    sides: tuple[casting.Position, ...]
    report: Report
    frames: int
    size: tuple[int, int]
    pin_frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A queued shot: its rows are committed."""

    shot: Shot
    job: Job
    report: Report
    place: int
    eta_s: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What queueing shots now would mean.

    Attributes:
        place: of the first, 1 is next.
        seconds: of rendering, for all of them.
        eta_s: until the last is done.
    """

    place: int
    seconds: float
    eta_s: float


class Consumer(Protocol):
    """The other end of the queue."""

    def changed(self, job: Job) -> None:
        """A job was queued or cancelled; its row is committed."""
        ...

    def stop(self, job_id: int) -> None:
        """Stop rendering a job that was cancelled."""
        ...


class Intake:
    """Takes orders for shots. `engine` names the engine that renders now, for the estimates."""

    def __init__(self, database: Database, config: Config, consumer: Consumer, engine: Callable[[], str]) -> None:
        self._database = database
        self._config = config
        self._consumer = consumer
        self._engine = engine

    async def prepare(self, order: ShotOrder, text: str | None = None) -> Prepared:
        """Resolve the cast and run the guards; changes nothing.

        Args:
            order: what was asked for. Who stands where always comes from its words.
            text: to be rendered instead of the words: what a repair made of them.

        Raises:
            Refused: nothing is said, a character is unknown, there are too many, or a guard refuses.
        """
        if not any(character.isalnum() for character in order.words):
            raise Refused("refused-prompt-empty")
        cast, sides = await self._placed(order, await self._resolve(order))
        frames = FRAMES[order.seconds or self._config.defaults.seconds]
        size = SIZES[order.quality or self._config.defaults.quality]
        names = [character.name for character in cast]
        # Pattern B: each has a pin of their own; otherwise all are in one picture at frame 0.
        staggered = order.staggered and len(cast) > 1
        pin_frames = casting.stagger(order.words, names, frames) if staggered else (0,) * len(cast)
        draft = Draft(
            text=order.words if text is None else text,
            cast=tuple(Look(character.name, character.look, side) for character, side in zip(cast, sides, strict=True)),
            frames=frames,
            width=size[0],
            height=size[1],
            pin_strength=order.pin_strength,
            pin_frames=pin_frames if staggered else (),
            lora_strength=order.lora_strength,
            scene=order.scene,
            style=order.style,
            usual_pin=self._config.defaults.pin_strength,
            usual_lora=self._config.defaults.lora_strength,
            blocklist=self._config.guards.blocklist,
            keep=frozenset(order.keep),
        )
        # Tenths of a second for 2,000 characters.
        report = await asyncio.to_thread(review, draft)
        for finding in report.findings:
            if finding.level == "refused":
                raise Refused(finding.reason, **dict(finding.args))
        return Prepared(order, cast, sides, report, frames, size, pin_frames)

    async def accept(
        self,
        *prepared: Prepared,
        claim: Callable[[Connection], Awaitable[None]] | None = None,
        settle: Callable[[Connection, list[Shot]], Awaitable[None]] | None = None,
    ) -> list[Accepted]:
        """Queue the shots, all or none; when this returns, their rows are committed.

        Args:
            prepared: the shots, in order.
            claim: runs first in the same transaction; what it raises undoes everything.
            settle: runs last in it, with the new shots in the same order.

        Raises:
            Refused: a limit is reached, or a character was removed meanwhile.
        """
        for shot in prepared:  # and again in the transaction; a removed character's picture is gone
            await self._check_cast(self._database.reading(), shot)
        pins = [await self.pins(shot) for shot in prepared]
        async with self._database.writing() as writer:
            if claim is not None:
                await claim(writer)
            for index, own in enumerate(pins):  # old ones may have been thrown away meanwhile
                if not await asyncio.to_thread(self._are_there, own):
                    pins[index] = await self.pins(prepared[index])
            queued = [await self._add(writer, shot, own) for shot, own in zip(prepared, pins, strict=True)]
            if settle is not None:
                await settle(writer, [shot for shot, _ in queued])
        for _, job in queued:
            self._consumer.changed(job)
        line = {place.job.job_id: place for place in await self.line()}
        accepted: list[Accepted] = []
        for (shot, job), one in zip(queued, prepared, strict=True):
            place = line.get(job.id)
            accepted.append(Accepted(shot, job, one.report, place.place if place else 0, place.eta_s if place else 0.0))
        return accepted

    async def _add(self, writer: Connection, prepared: Prepared, pins: list[ShotPin]) -> tuple[Shot, Job]:
        order, report = prepared.order, prepared.report
        await guilds.remember(writer, order.guild_id, order.locale)
        check_limits(await jobs.waiting(writer), self._config.queue, order.guild_id, order.member_id)
        await self._check_cast(writer, prepared)
        seed = secrets.randbits(SEED_BITS) if order.seed is None else order.seed
        shot = await shots.add(
            writer,
            guild_id=order.guild_id,
            channel_id=order.channel_id,
            author_id=order.member_id,
            words=order.words,
            prompt=report.prompt,
            report=report.as_dict(),
            frames=prepared.frames,
            size=prepared.size,
            seed=seed,
            lora_strength=report.lora_strength,
            pin_strength=report.pin_strength,
            cast=[CastMember(who.name, who.look, who.id) for who in prepared.cast],
            pins=pins,
        )
        job = await jobs.add(
            writer, shot_id=shot.id, take=1, seed=seed, requested_by=order.member_id, overrides=order.keep
        )
        return shot, job

    async def cancel(self, guild_id: int, number: int, member_id: int, *, may_manage: bool) -> list[Job]:
        """Cancel what is queued or rendering of the guild's shot `number`, and return those takes.

        Raises:
            Refused: there is no such shot, it is another member's, or nothing of it can be cancelled any more.
        """
        async with self._database.writing() as writer:
            takes = await jobs.of_shot(writer, guild_id, number)
            if not takes:
                raise Refused("refused-no-such-shot", number=number)
            if not may_manage and all(job.requested_by != member_id for job in takes):
                raise Refused("refused-not-your-shot", number=number)
            open_takes = [
                job
                for job in takes
                if job.status in {Status.QUEUED, Status.RENDERING} and (may_manage or job.requested_by == member_id)
            ]
            if not open_takes:
                raise Refused("refused-too-late-to-cancel", number=number)
            cancelled = [await jobs.cancel(writer, job.id) for job in open_takes]
        for job in cancelled:
            self._consumer.changed(job)
            self._consumer.stop(job.id)
        return cancelled

    async def line(self, guild_id: int | None = None) -> list[scheduling.Place]:
        """Return the queue in order, with estimates; only the guild's own jobs where one is named."""
        everyone, _ = await self._places(())
        return [place for place in everyone if guild_id in {None, place.job.guild_id}]

    @property
    def engine(self) -> str:
        """The engine that renders now, or will when it has started."""
        return self._engine()

    async def forecast(self, prepared: Sequence[Prepared]) -> Forecast:
        """Return what queueing `prepared` now would mean; nothing is queued."""
        extra = [
            jobs.Waiting(
                # Behind every job that there is.
                job_id=sys.maxsize - len(prepared) + number,
                shot_id=0,
                number=0,
                take=1,
                guild_id=shot.order.guild_id,
                member_id=shot.order.member_id,
                frames=shot.frames,
                pixels=shot.size[0] * shot.size[1],
                status=Status.QUEUED,
                words=shot.order.words,
            )
            for number, shot in enumerate(prepared)
        ]
        everyone, speed = await self._places(extra)
        ours = [place for place in everyone if place.job.shot_id == 0]
        return Forecast(
            min((place.place for place in ours), default=0),
            sum(scheduling.duration(job, speed) for job in extra),
            max((place.eta_s for place in ours), default=0.0),
        )

    async def is_as_queued(self, prepared: Prepared, shot: Shot) -> bool:
        """Return whether queueing `prepared` would render what `shot` is: its takes are takes of this, too."""
        report = prepared.report
        wanted = (report.prompt, prepared.frames, prepared.size, report.lora_strength, report.pin_strength)
        was = (shot.prompt, shot.frames, (shot.width, shot.height), shot.lora_strength, shot.pin_strength)
        if wanted != was or prepared.order.seed not in {None, shot.seed}:
            return False
        # Pictures are named by what they hold.
        return tuple(await self.pins(prepared)) == shot.pins

    async def pins(self, prepared: Prepared) -> list[ShotPin]:
        """Compose and store the pinned pictures.

        Raises:
            Refused: a character's picture is gone.
        """
        return await asyncio.to_thread(self._make_pins, prepared)

    async def _places(self, extra: Sequence[jobs.Waiting]) -> tuple[list[scheduling.Place], float]:
        """Return the queue with `extra` jobs in it, and seconds a rendered megapixel."""
        reader = self._database.reading()
        waiting = await jobs.waiting(reader)
        started = await jobs.last_started(reader)
        engine = self._engine()
        speed = await jobs.render_speed(reader, engine) or scheduling.FIRST_GUESS[engine]
        elapsed = 0.0
        if any(job.status is Status.RENDERING for job in waiting):
            elapsed = time.time() - max(started.values(), default=time.time())
        return scheduling.places([*waiting, *extra], started, speed, elapsed), speed

    async def rendering(self, guild_id: int) -> list[jobs.Waiting]:
        """Return the guild's jobs that are being rendered."""
        waiting = await jobs.waiting(self._database.reading())
        return [job for job in waiting if job.status is Status.RENDERING and job.guild_id == guild_id]

    async def _resolve(self, order: ShotOrder) -> tuple[Character, ...]:
        if len(order.cast) > MAX_CAST:
            raise Refused("refused-too-many-characters", most=MAX_CAST)
        cast: list[Character] = []
        for name in order.cast:
            found = await characters.named(self._database.reading(), order.guild_id, name)
            if found is None or (found.sharing == "owner" and found.owner_id != order.member_id):
                raise Refused("refused-unknown-character", name=name)
            if found in cast:
                raise Refused("refused-same-character-twice", name=found.name)
            cast.append(found)
        return tuple(cast)

    async def _placed(
        self, order: ShotOrder, cast: tuple[Character, ...]
    ) -> tuple[tuple[Character, ...], tuple[casting.Position, ...]]:
        """Return the cast from left to right, and where each stands.

        Where the words do not say, they stand as the same people did in their last shot in this channel.
        """
        before = await shots.last_cast(
            self._database.reading(), order.guild_id, order.channel_id, frozenset(who.id for who in cast)
        )
        known = sorted(cast, key=lambda who: before.index(who.id)) if before else list(cast)
        sides = casting.placement(order.words, [character.name for character in known])
        ranked = sorted(zip(known, sides, strict=True), key=lambda pair: LEFT_TO_RIGHT.index(pair[1]))
        return tuple(character for character, _ in ranked), tuple(side for _, side in ranked)

    async def _check_cast(self, reader: Connection, prepared: Prepared) -> None:
        for character in prepared.cast:
            found = await characters.named(reader, prepared.order.guild_id, character.name)
            if found is None or found.id != character.id:
                raise Refused("refused-unknown-character", name=character.name)

    def _are_there(self, pins: Sequence[ShotPin]) -> bool:
        return all((self._config.directory / pin.path).is_file() for pin in pins)

    def _make_pins(self, prepared: Prepared) -> list[ShotPin]:
        """Compose and store the pinned pictures. Blocking: runs in a thread.

        Several characters share one picture at frame 0; staggered, each has a frame of their own.
        """
        order, directory = prepared.order, self._config.directory
        if not prepared.cast:
            return []
        parts: list[casting.Part] = []
        for character, side in zip(prepared.cast, prepared.sides, strict=True):
            try:
                parts.append(casting.Part.read(character.name, directory / character.picture_path, side))
            except OSError as error:
                log.error("picture of character %d: %s", character.id, error)  # noqa: TRY400 - the sentence says it all
                raise Refused("refused-picture-gone", name=character.name) from error
        groups: dict[int, list[casting.Part]] = {}
        for frame, part in zip(prepared.pin_frames, parts, strict=True):
            groups.setdefault(frame, []).append(part)
        pins: list[ShotPin] = []
        for frame, group in sorted(groups.items()):
            picture = casting.compose(group, *prepared.size, scene=order.words)
            path = casting.store(picture, directory / "pins")
            pins.append(ShotPin(frame, path.relative_to(directory).as_posix()))
        return pins


def check_limits(waiting: Sequence[jobs.Waiting], limits: Queue, guild_id: int, member_id: int) -> None:
    """Make sure that one more shot of the member's may wait.

    Raises:
        Refused: the member, or the server, has as many waiting as it may.
    """
    if sum(job.member_id == member_id for job in waiting) >= limits.per_member:
        raise Refused("refused-member-limit", most=limits.per_member)
    if sum(job.guild_id == guild_id for job in waiting) >= limits.per_guild:
        raise Refused("refused-guild-limit", most=limits.per_guild)
