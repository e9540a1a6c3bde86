"""The live status of episodes: one message each while something of it is under way, edited as that goes on.

It says what these messages read, when one is begun, and when its time is over; `bot.premiere` posts and deletes them.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from bot import announcements, callsheet, playbill
from bot.i18n import speak
from bot.poster import PostError
from db import bulletins, guilds
from db.disk import DiskUnusable
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.poster import Poster
    from bot.scheduling import Place
    from db.bulletins import Bulletin
    from db.connection import Database
    from db.models import Job
    from renderer.protocol import Progress

log = logging.getLogger(__name__)

REPLACE_AFTER_S = 3600.0
"""A status message that is older has scrolled out of sight: a new one takes its place."""


class LiveStatus:
    """Follows what is under way.

    Args:
        database: where episodes and messages are.
        poster: where messages are edited.
        line: gives the queue, with estimates.
        quiet_s: how long a cut waits for other takes.
    """

    def __init__(
        self, database: Database, poster: Poster, line: Callable[[], Awaitable[list[Place]]], quiet_s: float
    ) -> None:
        self._database = database
        self._poster = poster
        self._line = line
        self._quiet_s = quiet_s
        self._latest: dict[int, float] = {}
        self._shown: dict[int, str] = {}

    def job_changed(self, job: Job) -> None:
        """Forget how far a job was that is not rendered any more."""
        if job.status is not Status.RENDERING:
            self._latest.pop(job.id, None)

    def job_progress(self, job: Job, progress: Progress) -> None:
        """Remember the newest progress; it is shown at the next edit."""
        self._latest[job.id] = announcements.fraction(progress)

    async def begin(self) -> None:
        """Owe a status message for each episode that is under way and has none."""
        reader = self._database.reading()
        known = {status.episode_id for status in await bulletins.statuses(reader)}
        begun = await bulletins.busy(reader) - known
        if begun:
            async with self._database.writing() as writer:
                for episode_id in begun:
                    await bulletins.owe(writer, episode_id, "status")

    async def ended(self) -> list[Bulletin]:
        """Return the status messages whose time is over."""
        reader = self._database.reading()
        busy = await bulletins.busy(reader)
        statuses = await bulletins.statuses(reader)
        newest = {status.episode_id: status.part for status in statuses if status.posted_at is not None}
        return [
            status
            for status in statuses
            if status.episode_id not in busy or status.part < newest.get(status.episode_id, 0)
        ]

    async def refresh(self) -> bool:
        """Show where episodes stand, where that changed.

        Returns:
            Whether a new message is owed in the place of an old one.
        """
        live = {status.episode_id: status for status in await bulletins.statuses(self._database.reading())}
        for message_id in self._shown.keys() - {status.message_id for status in live.values()}:
            del self._shown[message_id]
        owed = False
        for status in live.values():
            if status.message_id is None or status.posted_at is None:
                continue
            try:
                # One that the disk does not take is owed at the next call, and hides no other that it took.
                with suppress(DiskUnusable):
                    owed |= await self._update(status, status.message_id, status.posted_at)
            except (PostError, LookupError) as error:
                log.info("[episode %d] its status is not shown: %s", status.episode_id, error)
        return owed

    async def _update(self, status: Bulletin, message_id: int, posted_at: float) -> bool:
        text = await self.text(status.episode_id)
        if self._shown.get(message_id) == text:
            return False
        if time.time() - posted_at > REPLACE_AFTER_S:
            async with self._database.writing() as writer:
                await bulletins.owe(writer, status.episode_id, "status", part=status.part + 1)
            return True
        self._shown[message_id] = text  # before the edit: one that Discord refuses is not tried again
        await self._poster.edit(status.channel_id, message_id, text)
        return False

    async def text(self, episode_id: int) -> str:
        """Return where the episode stands, in its server's language. Raises LookupError: there is no such episode."""
        reader = self._database.reading()
        sheet = await callsheet.sheet_of(reader, episode_id, self._line, self._quiet_s)
        words = speak(await guilds.locale_of(reader, sheet.episode.guild_id))
        progress = [self._latest.get(call.job_id or 0, 0.0) for call in sheet.calls if call.standing == "rendering"]
        return playbill.status_text(words, sheet, max(progress, default=0.0))
