"""Votes on posted takes: counted as they come, read again where the bot was away, and acted on once.

A vote is a row. Discord tells of reactions one by one, and of those that came while the bot was away not at all; so a
message counts only once it was read whole since the bot signed in. The rows decide in the transaction that changes
them: `jobs.again_of` is unique, and the same votes cannot have a shot rendered twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, get_args

from bot.ballots import due_at
from bot.delivery import RETRY_AFTER_S
from bot.limits import guild_is_full
from bot.poster import ChannelClosed, Unavailable
from db import jobs, votes
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosqlite import Connection

    from bot.ballots import Ballots, Vote
    from bot.config import Config
    from db.connection import Database
    from db.models import Job, Posted, Shot
    from db.votes import Ballot, Kind
    from renderer.protocol import Progress

log = logging.getLogger(__name__)

KINDS: tuple[Kind, ...] = get_args(votes.Kind)

RECENT = 200
"""Posted takes that are read again after the bot was away. An older one is read when somebody reacts to it."""

SEED_BITS = 32


class Voting:
    """Counts votes and has shots rendered again.

    Args:
        database: where votes and jobs are.
        settings: the rules, and how much may wait.
        queued: told of each job that votes put into the queue, once its row is committed.
    """

    def __init__(self, database: Database, settings: Config, queued: Callable[[Job], None]) -> None:
        self._database = database
        self._config = settings
        self._queued = queued
        self._listeners: list[Callable[[int], None]] = []
        self._wake = asyncio.Event()
        self._votes: asyncio.Queue[Vote] = asyncio.Queue()
        self._away = True
        self._session = 0
        self._unread: deque[Ballot] = deque()
        self._known: set[int] = set()
        """Jobs whose reactions were read whole since the bot signed in: only these rows are the truth."""
        self._reading: int | None = None
        self._since: list[Vote] = []
        self._next = math.inf

    def count(self, vote: Vote) -> None:
        """Take a vote that Discord told of, in the order in which it did."""
        self._votes.put_nowait(vote)

    def listen(self, listener: Callable[[int], None]) -> None:
        """Let `listener` hear of each shot, by its id, whose chosen take may have changed; the rows are committed."""
        self._listeners.append(listener)

    def choice_changed(self, shot_id: int) -> None:
        """Tell that another take of the shot may be the chosen one now."""
        for listener in self._listeners:
            listener(shot_id)

    def signed_in(self) -> None:
        """Read again what may have changed while the bot was away."""
        self._session += 1
        self._known.clear()
        self._away = True
        self._wake.set()

    def job_changed(self, job: Job) -> None:
        """Look again: a take was posted, or the queue has room again."""
        del job
        self._wake.set()

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Nothing: steps change no vote."""

    async def switch(self, shot_id: int, *, off: bool) -> None:
        """Switch voting for a shot. Reactions that come while it is off count once it is on, if they still stand."""
        async with self._database.writing() as writer:
            await votes.switch(writer, shot_id, off=off)
            ballots = await votes.ballots_of(writer, shot_id)
        self._known -= {ballot.job_id for ballot in ballots}
        self._unread.extendleft(reversed(ballots))
        self._wake.set()

    async def run(self, ballots: Ballots) -> None:
        """Count, read and act until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._count())
            tasks.create_task(self._keep(ballots))

    async def _count(self) -> None:
        while True:
            vote = await self._votes.get()
            try:
                await self._take(vote)
            except Exception:  # one vote that cannot be counted must not stop the others
                log.exception("a vote on message %d was not counted", vote.message_id)

    async def _take(self, vote: Vote) -> None:
        # Most reactions in a server are on other people's messages: those cost one look.
        ballot = await votes.ballot(self._database.reading(), vote.message_id)
        if ballot is None:
            return
        if vote.message_id == self._reading:
            self._since.append(vote)

        async def count(writer: Connection) -> tuple[Ballot, Job | None] | None:
            found = await votes.ballot(writer, vote.message_id)
            if found is None or found.off:
                return None
            await _apply(writer, found.job_id, vote)
            return found, await self._decide(writer, found.job_id)

        # In the order in which they came: later votes wait with one that the disk does not take.
        counted = await self._database.record(count)
        if counted is None:
            return
        ballot, made = counted
        self._tell(made)
        if vote.unsure:
            self._known.discard(ballot.job_id)
        if ballot.job_id not in self._known:
            self._unread.appendleft(ballot)
        elif vote.kind == "like":
            self.choice_changed(ballot.shot_id)
        self._wake.set()

    async def _keep(self, ballots: Ballots) -> None:
        trouble = 0
        while True:
            self._wake.clear()
            try:
                while await self._catch_up(ballots):
                    trouble = 0
                await self._act()
            except Exception as error:  # what is broken with one take must not end the counting
                pause = RETRY_AFTER_S[min(trouble, len(RETRY_AFTER_S) - 1)]
                trouble += 1
                expected = isinstance(error, (Unavailable, DiskUnusable))
                log.warning("trying again in %.0f s: %r", pause, error, exc_info=None if expected else error)
                await asyncio.sleep(pause)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(None if math.isinf(self._next) else max(0.0, self._next - time.time())):
                    await self._wake.wait()

    async def _catch_up(self, ballots: Ballots) -> bool:
        """Open or read one ballot; return False where none is left."""
        reader = self._database.reading()
        if self._away:
            self._away = False
            self._unread.extend(await votes.recent_ballots(reader, RECENT))
        for posted in await votes.to_open(reader):
            await self._open(ballots, posted)
            return True
        if not self._unread:
            return False
        ballot = self._unread.popleft()
        if ballot.job_id not in self._known:
            try:
                await self._read(ballots, ballot)
            except ChannelClosed as error:
                log.info("[job %d] its reactions cannot be read: %s", ballot.job_id, error)
            except (Unavailable, DiskUnusable):
                self._known.discard(ballot.job_id)
                self._unread.appendleft(ballot)
                raise
        return True

    async def _open(self, ballots: Ballots, posted: Posted) -> None:
        if posted.message_id is None:
            raise LookupError(f"message {posted.id} of job {posted.job_id} was not sent")
        possible = True
        try:
            await ballots.open(posted.channel_id, posted.message_id)
        except ChannelClosed as error:
            log.warning("[job %d] it cannot be voted on, reactions are refused: %s", posted.job_id, error)
            possible = False
        async with self._database.writing() as writer:
            await votes.opened(writer, posted, possible=possible)
            # Who was quicker than the row with the message's id is only found by reading.
            ballot = await votes.ballot(writer, posted.message_id)
        if ballot is not None:
            self._unread.appendleft(ballot)

    async def _read(self, ballots: Ballots, ballot: Ballot) -> None:
        """Make the rows what Discord has, with what was told of in the meantime on top."""
        session = self._session
        self._reading, self._since = ballot.message_id, []
        made = None
        try:
            found = await ballots.read(ballot.channel_id, ballot.message_id)
            async with self._database.writing() as writer:
                current = await votes.ballot(writer, ballot.message_id)
                if current is not None and not current.off:
                    for kind in KINDS:
                        await votes.replace(writer, ballot.job_id, kind, found.get(kind, ()))
                    for vote in self._since:
                        await _apply(writer, ballot.job_id, vote)
                    if session == self._session and not any(vote.unsure for vote in self._since):
                        self._known.add(ballot.job_id)
                    made = await self._decide(writer, ballot.job_id)
        finally:
            self._reading = None
        if session != self._session:  # the bot was away in the middle of it
            self._unread.append(ballot)
        self._tell(made)
        self.choice_changed(ballot.shot_id)

    async def _act(self) -> None:
        """Do what became due without a new vote: a cool-down is over, or the queue has room."""
        self._next = math.inf
        reader = self._database.reading()
        for job_id in await votes.open_questions(reader):
            at = due_at(await votes.standing(reader, job_id), self._config.voting)
            if at is None or job_id not in self._known:
                continue
            if at > time.time():
                self._next = min(self._next, at)
                continue
            async with self._database.writing() as writer:
                made = await self._decide(writer, job_id)
            self._tell(made)

    async def _decide(self, writer: Connection, job_id: int) -> Job | None:
        """Queue the shot's next take if the votes say so now; the caller's transaction makes it so."""
        if job_id not in self._known:
            return None
        standing = await votes.standing(writer, job_id)
        at = due_at(standing, self._config.voting)
        if at is None or at > time.time():
            return None
        waiting = await jobs.waiting(writer)
        if guild_is_full(waiting, self._config.queue, standing.guild_id):
            return None
        job = standing.job
        log.info("[job %d] %d of %d want it again", job.id, standing.again, standing.reacted)
        return await jobs.add(
            writer,
            shot_id=job.shot_id,
            take=job.take + 1,
            seed=secrets.randbits(SEED_BITS),
            requested_by=job.requested_by,
            overrides=job.overrides,
            again_of=job.id,
            cause="votes",
        )

    def _tell(self, made: Job | None) -> None:
        if made is not None:
            self._queued(made)


async def _apply(writer: Connection, job_id: int, vote: Vote) -> None:
    if vote.member_id is None:
        await votes.clear(writer, job_id, vote.kind)
    elif vote.given:
        await votes.cast(writer, job_id, vote.member_id, vote.kind)
    else:
        await votes.take_back(writer, job_id, vote.member_id, vote.kind)
