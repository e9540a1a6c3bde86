"""From what a member asked for to rows in the queue: cast, guards, pins, one transaction, and only then "queued"."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot import casting, styles
from bot.estimates import Estimates
from bot.guards import Draft, Look, review
from bot.limits import check_episode, check_shots
from bot.orders import FRAMES, MAX_CAST, SEED_BITS, SIZES, Accepted, Prepared, ShotOrder
from bot.pinning import Pinning, are_there
from bot.refusal import Refused
from db import characters, guilds, jobs, shots
from db.models import CastMember, Character, Job, Shot, ShotPin, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiosqlite import Connection

    from bot.config import Config
    from db.connection import Database

LEFT_TO_RIGHT: tuple[casting.Position, ...] = ("left", "centre", "right")


class Consumer(Protocol):
    """The other end of the queue."""

    def changed(self, job: Job) -> None:
        """A job was queued or cancelled; its row is committed."""
        ...

    def stop(self, job_id: int) -> None:
        """Stop rendering a job that was cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a cancel stopped, and what it came too late for: that is still posted.

    Attributes:
        takes: what waited or rendered.
        clips: how many finished takes are not posted yet.
        film: whether a film of the episode is on its way to its channel.
    """

    takes: tuple[Job, ...]
    clips: int
    film: bool = False


class Intake:
    """Takes orders for shots. `engine` names the engine that renders now, for the estimates."""

    def __init__(self, database: Database, config: Config, consumer: Consumer, engine: Callable[[], str]) -> None:
        self._database = database
        self._config = config
        self._consumer = consumer
        self._pinning = Pinning(config.directory)
        self.estimates = Estimates(database, engine, config.queue)

    async def prepare(self, order: ShotOrder, text: str | None = None) -> Prepared:
        """Resolve the cast and run the guards; changes nothing.

        Args:
            order: what was asked for. Who stands where always comes from its words.
            text: to be rendered instead of the words: what a repair made of them.

        Raises:
            Refused: nothing is said, a character or the style LoRA is unknown, there are too many, or a guard refuses.
        """
        if not any(character.isalnum() for character in order.words):
            raise Refused("refused-prompt-empty")
        style = styles.chosen(order.style_lora, self._config.loras)
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
            style=", ".join(words for words in (order.style, style.words) if words),
            style_lora=bool(style.name),
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
        return Prepared(order, cast, sides, report, frames, size, pin_frames, style)

    async def accept(
        self,
        *prepared: Prepared,
        claim: Callable[[Connection], Awaitable[None]] | None = None,
        settle: Callable[[Connection, list[Shot]], Awaitable[None]] | None = None,
        episode_id: int | None = None,
    ) -> list[Accepted]:
        """Queue the shots, all or none; when this returns, their rows are committed.

        Args:
            prepared: the shots of one member, in order.
            claim: runs first in the same transaction; what it raises undoes everything.
            settle: runs last in it, with the new shots in the same order.
            episode_id: whose shots they are, as `settle` records: they are taken however many they are.

        Raises:
            Refused: a limit is reached, or a character was removed meanwhile.
        """
        for shot in prepared:  # and again in the transaction; a removed character's picture is gone
            await self._check_cast(self._database.reading(), shot)
        pins = [await self.pins(shot) for shot in prepared]
        async with self._database.writing() as writer:
            if claim is not None:
                await claim(writer)
            if prepared:
                await self._check_limits(writer, prepared, episode_id)
            for index, own in enumerate(pins):  # old ones may have been thrown away meanwhile
                if not await asyncio.to_thread(are_there, own, self._config.directory):
                    pins[index] = await self.pins(prepared[index])
            queued = [await self._add(writer, shot, own) for shot, own in zip(prepared, pins, strict=True)]
            if settle is not None:
                await settle(writer, [shot for shot, _ in queued])
        for _, job in queued:
            self._consumer.changed(job)
        line = {place.job.job_id: place for place in await self.estimates.line()}
        accepted: list[Accepted] = []
        for (shot, job), one in zip(queued, prepared, strict=True):
            place = line.get(job.id)
            accepted.append(Accepted(shot, job, one.report, place.place if place else 0, place.eta_s if place else 0.0))
        return accepted

    async def _check_limits(self, writer: Connection, prepared: Sequence[Prepared], episode_id: int | None) -> None:
        order, waiting = prepared[0].order, await jobs.waiting(writer)
        if episode_id is None:
            check_shots(waiting, self._config.queue, order.guild_id, order.member_id, len(prepared))
        else:
            check_episode(waiting, self._config.queue, order.member_id, episode_id)

    async def _add(self, writer: Connection, prepared: Prepared, pins: list[ShotPin]) -> tuple[Shot, Job]:
        order, report = prepared.order, prepared.report
        await guilds.remember(writer, order.guild_id, order.locale)
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
            style_lora=prepared.style.name,
            style_strength=prepared.style.strength,
        )
        job = await jobs.add(
            writer, shot_id=shot.id, take=1, seed=seed, requested_by=order.member_id, overrides=order.keep
        )
        return shot, job

    async def cancel(self, guild_id: int, number: int, member_id: int, *, may_manage: bool) -> Stopped:
        """Cancel what is queued or rendering of the guild's shot `number`.

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
            clips = sum(job.status is Status.RENDERED for job in takes)
            if not open_takes:
                raise Refused("refused-cancel-posting" if clips else "refused-too-late-to-cancel", number=number)
            cancelled = [await jobs.cancel(writer, job.id) for job in open_takes]
        self.stop(cancelled)
        return Stopped(tuple(cancelled), clips)

    async def withdraw(self, writer: Connection, shot_id: int) -> list[Job]:
        """Cancel what is queued or rendering of a shot; `stop` that once the transaction is committed."""
        takes = await jobs.takes(writer, shot_id)
        return [
            await jobs.cancel(writer, take.id) for take in takes if take.status in {Status.QUEUED, Status.RENDERING}
        ]

    def stop(self, cancelled: Sequence[Job]) -> None:
        """Stop rendering jobs whose rows were moved to CANCELLED."""
        for job in cancelled:
            self._consumer.changed(job)
            self._consumer.stop(job.id)

    async def is_as_queued(self, prepared: Prepared, shot: Shot) -> bool:
        """Return whether queueing `prepared` would render what `shot` is: its takes are takes of this, too."""
        report = prepared.report
        wanted = (report.prompt, prepared.frames, prepared.size, report.lora_strength, report.pin_strength)
        was = (shot.prompt, shot.frames, (shot.width, shot.height), shot.lora_strength, shot.pin_strength)
        if (prepared.style.name, prepared.style.strength) != (shot.style_lora, shot.style_strength):
            return False
        if wanted != was or prepared.order.seed not in {None, shot.seed}:
            return False
        # Pictures are named by what they hold.
        return tuple(await self.pins(prepared)) == shot.pins

    async def pins(self, prepared: Prepared) -> list[ShotPin]:
        """Compose and store the pinned pictures.

        Raises:
            Refused: a character's picture is gone.
        """
        return await asyncio.to_thread(self._pinning.make, prepared)

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

        Where the words do not say, they stand as the same people did in their last shot in this channel, if the order
        wants that remembered.
        """
        before: Sequence[int] | None = None
        if order.remembered:
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
