"""Tells the channel what became of each job, once.

What is owed is read from the database each time, so that a restart owes exactly what was not yet posted. A message's
row is committed before it is sent and completed after; a row left open is first looked for in the channel (Discord's
nonce only holds for a few minutes). A clip's message id and the move to POSTED are one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import announcements
from bot.i18n import speak
from bot.poster import ChannelClosed, ClipUnusable, FileTooLarge, PostError, Unavailable, WordsBlocked
from db import guilds, jobs, messages, shots
from db.models import ACTIVE, Job, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.i18n import Speaker
    from bot.poster import Poster
    from bot.scheduling import Place
    from db.connection import Database
    from db.messages import Owed
    from db.models import Posted, Shot
    from renderer.protocol import Progress

log = logging.getLogger(__name__)

EDIT_EVERY_S = 3.0
"""Discord slows down whoever edits more often."""

RETRY_AFTER_S = (2.0, 5.0, 15.0, 60.0)
CLOCK_MARGIN_S = 600.0
"""How far this machine's clock may be off Discord's when a message is looked for."""

REFITS = 3

TROUBLES = 3
"""Messages in a row that Discord does not take: then it is not the messages, and the rest waits too."""


class Outbox:
    """Posts what is owed.

    Args:
        database: where jobs and messages are.
        directory: the data directory, which clips' paths are relative to.
        poster: where messages go.
        place_of: gives a waiting job's place.
        fit: re-encodes a clip to a size in bytes.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        poster: Poster,
        place_of: Callable[[int], Awaitable[Place | None]],
        fit: Callable[[Path, int], Awaitable[Path]],
    ) -> None:
        self._database = database
        self._directory = directory
        self._poster = poster
        self._place_of = place_of
        self._fit = fit
        self._wake = asyncio.Event()
        self._swept = asyncio.Event()
        self._trouble = 0
        self._latest: dict[int, tuple[Job, Shot, Progress]] = {}

    def job_changed(self, job: Job) -> None:
        """Look again at what is owed."""
        if job.status is not Status.RENDERING:
            self._latest.pop(job.id, None)
        self._wake.set()

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Remember the newest progress; it is shown at the next edit."""
        self._latest[job.id] = (job, shot, progress)

    async def run(self) -> None:
        """Post and edit until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver())
            tasks.create_task(self._show_progress())

    async def quiet(self) -> None:
        """Wait until no job is active and nothing is owed."""
        reader = self._database.reading()
        while True:
            swept = self._swept
            if (
                not await jobs.with_status(reader, *ACTIVE)
                and not await messages.owed(reader)
                and not await messages.outdated_status(reader)
            ):
                return
            await swept.wait()

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._sweep()
            except Unavailable as error:
                pause = RETRY_AFTER_S[min(self._trouble, len(RETRY_AFTER_S) - 1)]
                self._trouble += 1
                log.warning("Discord is unavailable, trying again in %.0f s: %s", pause, error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                continue
            self._trouble = 0
            # A new event for the next sweep: each waiter holds the one that it saw.
            swept, self._swept = self._swept, asyncio.Event()
            swept.set()
            await self._wake.wait()

    async def _sweep(self) -> None:
        """Post and delete what is due; a message that cannot be posted must not hold up the others.

        Raises:
            Unavailable: something is still due, because Discord did not take it.
        """
        reader = self._database.reading()
        trouble: Unavailable | None = None
        in_a_row = 0
        for owed in await messages.owed(reader):
            try:
                await self._post(owed)
            except Unavailable as error:
                trouble = error
                in_a_row += 1
                if in_a_row == TROUBLES:
                    raise
            except Exception:
                log.exception("[job %d] its %s message could not be posted", owed.job_id, owed.purpose)
            else:
                in_a_row = 0
        for posted in await messages.outdated_status(reader):
            await self._clear(posted)
        if trouble is not None:
            raise trouble

    async def _post(self, owed: Owed) -> None:
        reader = self._database.reading()
        job = await jobs.get(reader, owed.job_id)
        shot = await shots.get(reader, job.shot_id)
        words = speak(await guilds.locale_of(reader, shot.guild_id))
        async with self._database.writing() as writer:
            posted, fresh = await messages.intend(
                writer, job_id=job.id, purpose=owed.purpose, channel_id=shot.channel_id
            )
        mark = announcements.mark(shot, job, owed.purpose)
        message_id = None if fresh else await self._found(posted, mark)
        try:
            if message_id is None:
                message_id = await self._send(words, shot, job, posted)
        except ClipUnusable as error:
            log.error("[job %d] its clip cannot be posted: %s", job.id, error)  # noqa: TRY400 - its cause is in the text
            async with self._database.writing() as writer:
                await jobs.fail(writer, job.id, "failure-clip")
            self._wake.set()  # the failure is owed now
        else:
            await self._record(job, posted, message_id)

    async def _found(self, posted: Posted, mark: str) -> int | None:
        """Look for a message of which we do not know whether it was sent."""
        try:
            return await self._poster.find(posted.channel_id, mark, posted.created_at - CLOCK_MARGIN_S)
        except ChannelClosed as error:
            # Better said twice (within minutes the nonce prevents it) than never.
            log.warning("[job %d] channel %d cannot be searched: %s", posted.job_id, posted.channel_id, error)
            return None

    async def _send(self, words: Speaker, shot: Shot, job: Job, posted: Posted) -> int | None:
        try:
            return await self._send_to(words, shot, job, posted)
        except (ChannelClosed, WordsBlocked) as error:
            log.warning("[job %d] channel %d is closed to us: %s", job.id, posted.channel_id, error)
        if posted.purpose == "status":
            return None
        try:
            channel_id = await self._poster.direct(job.requested_by)
            async with self._database.writing() as writer:
                posted = await messages.redirect(writer, posted, channel_id)
            return await self._send_to(words, shot, job, posted)
        except (ChannelClosed, WordsBlocked) as error:
            log.warning("[job %d] nor can member %d be written to: %s", job.id, job.requested_by, error)
            return None

    async def _send_to(self, words: Speaker, shot: Shot, job: Job, posted: Posted) -> int:
        match posted.purpose:
            case "status":
                place = await self._place_of(job.id)
                text = announcements.status_text(
                    words, shot, job, place.place if place else 0, place.eta_s if place else 0.0
                )
                return await self._poster.send(posted.channel_id, text, nonce=posted.nonce)
            case "failure":
                text = announcements.failure_text(words, shot, job)
                return await self._poster.send(posted.channel_id, text, nonce=posted.nonce)
            case "clip":
                return await self._send_clip(words, shot, job, posted)

    async def _send_clip(self, words: Speaker, shot: Shot, job: Job, posted: Posted) -> int:
        if job.clip_path is None:
            raise LookupError(f"job {job.id} is {job.status} without a clip")
        whole = self._directory / job.clip_path
        limit = await self._poster.limit(posted.channel_id)
        named = True
        for _ in range(REFITS):
            text = announcements.clip_text(words, shot, job, with_names=named)
            clip = await self._sized(whole, limit)
            try:
                return await self._poster.send(posted.channel_id, text, nonce=posted.nonce, file=clip)
            except FileTooLarge:
                # The limit that Discord shows is not always the one that it applies.
                limit = min(limit, (await asyncio.to_thread(clip.stat)).st_size) * 2 // 3
            except WordsBlocked:
                if not named:
                    raise
                named = False
            finally:
                if clip != whole:
                    await asyncio.to_thread(clip.unlink, missing_ok=True)
        raise ClipUnusable(f"the channel takes no file of {limit} bytes")

    async def _sized(self, whole: Path, limit: int) -> Path:
        """Return the clip, or a smaller one beside it where it is over `limit` bytes.

        Raises:
            ClipUnusable: it is gone, or cannot be made that small.
        """
        try:
            if (await asyncio.to_thread(whole.stat)).st_size <= limit:
                return whole
            log.info("%s is over %d bytes: re-encoding", whole.name, limit)
            return await self._fit(whole, limit)
        except Exception as error:  # whatever it was, it would be the same the next time
            raise ClipUnusable(str(error)) from error

    async def _record(self, job: Job, posted: Posted, message_id: int | None) -> None:
        moved = job
        async with self._database.writing() as writer:
            await messages.sent(writer, posted, message_id)
            if posted.purpose == "clip":
                if message_id is None:
                    moved = await jobs.fail(writer, job.id, "failure-channel-closed")
                else:
                    moved = await jobs.posted(writer, job.id)
        if posted.purpose == "clip":
            log.info("[job %d] %s, message %s", job.id, moved.status, message_id)
            self._latest.pop(job.id, None)
            if moved.status is Status.FAILED:
                self._wake.set()  # the failure is owed now

    async def _clear(self, posted: Posted) -> None:
        """Delete the status message of a job that has ended."""
        try:
            message_id = posted.message_id
            if message_id is None and posted.posted_at is None:
                reader = self._database.reading()
                job = await jobs.get(reader, posted.job_id)
                message_id = await self._found(
                    posted, announcements.mark(await shots.get(reader, job.shot_id), job, "status")
                )
            if message_id is not None:
                await self._poster.delete(posted.channel_id, message_id)
        except ChannelClosed as error:
            log.info("[job %d] its status message stays: %s", posted.job_id, error)
        async with self._database.writing() as writer:
            await messages.forget(writer, posted)

    async def _show_progress(self) -> None:
        shown: dict[int, str] = {}
        while True:
            await asyncio.sleep(EDIT_EVERY_S)
            for job_id in shown.keys() - self._latest.keys():
                del shown[job_id]
            for job, shot, progress in list(self._latest.values()):
                if (await jobs.get(self._database.reading(), job.id)).status is not Status.RENDERING:
                    self._latest.pop(job.id, None)  # a step that was told after the end
                    continue
                words = speak(await guilds.locale_of(self._database.reading(), shot.guild_id))
                text = announcements.progress_text(words, shot, job, progress)
                posted = await messages.get(self._database.reading(), job.id, "status")
                if posted is None or posted.message_id is None or shown.get(job.id) == text:
                    continue
                try:
                    await self._poster.edit(posted.channel_id, posted.message_id, text)
                except PostError as error:
                    log.info("[job %d] its progress is not shown: %s", job.id, error)
                shown[job.id] = text
