"""Tells the channel what became of each job, once (`bot.delivery` has how).

A clip's message id and the move to POSTED are one transaction.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import announcements
from bot.delivery import Delivery
from bot.i18n import speak
from bot.poster import ChannelClosed, ClipUnusable, PostError, WordsBlocked
from db import episodes, guilds, jobs, messages, shots
from db.models import ACTIVE, Job, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiosqlite import Connection

    from bot.i18n import Speaker
    from bot.poster import Poster
    from bot.scheduling import Place
    from db.connection import Database
    from db.messages import Owed
    from db.models import Posted, Shot
    from renderer.protocol import Progress

log = logging.getLogger(__name__)


class Outbox(Delivery):
    """Posts what became of jobs.

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
        super().__init__(database, poster, fit)
        self._directory = directory
        self._place_of = place_of
        self._latest: dict[int, tuple[Job, Shot, Progress]] = {}
        self._shown: dict[int, str] = {}
        self._listeners: list[Callable[[Job], None]] = []

    def listen(self, listener: Callable[[Job], None]) -> None:
        """Let `listener` hear of each job whose clip was posted, or could not be; its row is committed."""
        self._listeners.append(listener)

    def job_changed(self, job: Job) -> None:
        """Look again at what is owed."""
        if job.status is not Status.RENDERING:
            self._latest.pop(job.id, None)
        self._wake.set()

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Remember the newest progress; it is shown at the next edit."""
        self._latest[job.id] = (job, shot, progress)

    async def owes(self) -> bool:
        """Return whether a job is active, or a message owed."""
        reader = self._database.reading()
        return bool(
            await jobs.with_status(reader, *ACTIVE)
            or await messages.owed(reader)
            or await messages.outdated_status(reader)
        )

    async def sweep(self) -> None:
        """Post what is owed, and take back the status of what has ended."""
        reader = self._database.reading()
        await self._each(await messages.owed(reader), self._post)
        for posted in await messages.outdated_status(reader):
            await self._clear(posted)

    async def _post(self, owed: Owed) -> None:
        reader = self._database.reading()
        job = await jobs.get(reader, owed.job_id)
        shot = await shots.get(reader, job.shot_id)
        words = speak(await guilds.locale_of(reader, shot.guild_id))
        if owed.purpose == "clip" and job.clip_path is not None:
            with suppress(ClipUnusable):  # its message may be in the channel all the same
                await self._size_of(self._directory / job.clip_path)  # one that waits is not intended, nor looked for
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
                if job.clip_path is None:
                    raise LookupError(f"job {job.id} is {job.status} without a clip")
                voted_on, part = await self._voted_on(job), await self._part_of(shot)
                texts = [
                    announcements.clip_text(words, shot, job, part=part, voted_on=voted_on, with_names=named)
                    for named in (True, False)
                ]
                # Nobody directs a shot from a DM.
                buttons = announcements.take_buttons(words, job) if posted.channel_id == shot.channel_id else ()
                return await self._send_clip(posted, self._directory / job.clip_path, texts, buttons=buttons)

    async def _part_of(self, shot: Shot) -> str:
        """Return what a shot of an episode is called there (`E1 · 2.1`), or nothing."""
        episode = await episodes.holding(self._database.reading(), shot.id)
        if episode is None:
            return ""
        labels = [label for label, _, written in episode.numbered() if written.shot_id == shot.id]
        return " · ".join([f"E{episode.number}", *labels])

    async def _voted_on(self, job: Job) -> int | None:
        if job.cause != "votes" or job.again_of is None:
            return None
        return (await jobs.get(self._database.reading(), job.again_of)).take

    async def _record(self, job: Job, posted: Posted, message_id: int | None) -> None:
        async def record(writer: Connection) -> Job:
            await messages.sent(writer, posted, message_id)
            if posted.purpose != "clip":
                return job
            if message_id is None:
                return await jobs.fail(writer, job.id, "failure-channel-closed")
            return await jobs.posted(writer, job.id)

        # It is sent: a sweep that were made again would have to look for it.
        moved = await self._database.record(record)
        if posted.purpose == "clip":
            log.info("[job %d] %s, message %s", job.id, moved.status, message_id)
            self._latest.pop(job.id, None)
            if moved.status is Status.FAILED:
                self._wake.set()  # the failure is owed now
            for listener in self._listeners:
                listener(moved)

    async def _clear(self, posted: Posted) -> None:
        """Delete the status message of a job that has ended."""
        reader = self._database.reading()
        job = await jobs.get(reader, posted.job_id)
        await self._erase(posted, announcements.mark(await shots.get(reader, job.shot_id), job, "status"))
        async with self._database.writing() as writer:
            await messages.forget(writer, posted)

    async def refresh(self) -> None:
        """Show the newest progress of what renders, where it changed."""
        for job_id in self._shown.keys() - self._latest.keys():
            del self._shown[job_id]
        for job, shot, progress in list(self._latest.values()):
            if (await jobs.get(self._database.reading(), job.id)).status is not Status.RENDERING:
                self._latest.pop(job.id, None)  # a step that was told after the end
                continue
            words = speak(await guilds.locale_of(self._database.reading(), shot.guild_id))
            text = announcements.progress_text(words, shot, job, progress)
            posted = await messages.get(self._database.reading(), job.id, "status")
            if posted is None or posted.message_id is None or self._shown.get(job.id) == text:
                continue
            try:
                await self._poster.edit(posted.channel_id, posted.message_id, text)
            except PostError as error:
                log.info("[job %d] its progress is not shown: %s", job.id, error)
            self._shown[job.id] = text
