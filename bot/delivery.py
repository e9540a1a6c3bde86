"""How anything reaches a channel once: find it or send it, make its file fit, wait out troubles of Discord and disks.

What is owed is read from the database each time, so that a restart owes exactly what was not yet posted. A message's
row is committed before it is sent and completed after; a row left open is first looked for in the channel (Discord's
nonce only holds for a few minutes). The outbox (`bot.outbox`) owes what became of jobs, the premiere
(`bot.premiere`) what became of episodes.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from bot import footage
from bot.poster import ChannelClosed, ClipAway, ClipUnusable, FileTooLarge, Unavailable, WordsBlocked
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from bot.poster import Button, Poster
    from db.connection import Database
    from db.models import Letter

T = TypeVar("T")

log = logging.getLogger(__name__)

EDIT_EVERY_S = 3.0
"""Discord slows down whoever edits more often."""

RETRY_AFTER_S = (2.0, 5.0, 15.0, 60.0)
CLOCK_MARGIN_S = 600.0
"""How far this machine's clock may be off Discord's when a message is looked for."""

REFITS = 3


TROUBLES = 3
"""Messages in a row that Discord does not take: then it is not the messages, and the rest waits too."""


class Delivery(ABC):
    """Posts what is owed, until cancelled.

    Args:
        database: where it is written what is owed.
        poster: where messages go.
        fit: re-encodes a clip to a size in bytes.
    """

    def __init__(self, database: Database, poster: Poster, fit: Callable[[Path, int], Awaitable[Path]]) -> None:
        self._database = database
        self._poster = poster
        self._fit = fit
        self._wake = asyncio.Event()
        self._swept = asyncio.Event()
        self._trouble = 0
        self._away: ClipAway | None = None

    @abstractmethod
    async def owes(self) -> bool:
        """Return whether anything is owed now, or will be when work that is under way ends."""

    @abstractmethod
    async def sweep(self) -> None:
        """Post all that is owed. Raises Unavailable or DiskUnusable: the sweep is made again later."""

    @abstractmethod
    async def refresh(self) -> None:
        """Bring what changes with time up to date; called every `EDIT_EVERY_S`. Swallows a PostError.

        Raises:
            DiskUnusable: the next call does it.
        """

    async def run(self) -> None:
        """Post and edit until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver())
            tasks.create_task(self._keep_fresh())

    def wake(self) -> None:
        """Look again at what is owed."""
        self._wake.set()

    async def quiet(self) -> None:
        """Wait until nothing is owed."""
        while True:
            swept = self._swept
            if not await self.owes():
                return
            await swept.wait()

    async def _deliver(self) -> None:
        while True:
            self._wake.clear()
            trouble: Unavailable | ClipAway | None = None
            try:
                await self.sweep()
            except DiskUnusable as error:  # nothing is sent of which a row cannot say so first
                await self._database.disk.wait(error, self._trouble)
                self._trouble += 1
                continue
            except Unavailable as error:
                trouble = error
            away, self._away = self._away, None
            trouble = trouble or away
            if trouble is not None:
                pause = RETRY_AFTER_S[min(self._trouble, len(RETRY_AFTER_S) - 1)]
                self._trouble += 1
                whose = "Discord is unavailable" if isinstance(trouble, Unavailable) else "a file is out of reach"
                log.warning("%s, trying again in %.0f s: %s", whose, pause, trouble)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                continue
            self._trouble = 0
            # A new event for the next sweep: each waiter holds the one that it saw.
            swept, self._swept = self._swept, asyncio.Event()
            swept.set()
            await self._wake.wait()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(EDIT_EVERY_S)
            with suppress(DiskUnusable):
                await self.refresh()

    async def _each(self, owed: Sequence[T], post: Callable[[T], Awaitable[None]]) -> None:
        """Post each; a message that cannot be posted must not hold up the others.

        One whose clip is away, or whose files the disk does not take, is still due when the sweep is over.

        Raises:
            Unavailable: something is still due, because Discord did not take it.
            DiskUnusable: it cannot be written down what is posted.
        """
        trouble: Unavailable | None = None
        in_a_row = 0
        for one in owed:
            try:
                await post(one)
            except Unavailable as error:
                trouble = error
                in_a_row += 1
                if in_a_row == TROUBLES:
                    raise
            except ClipAway as error:
                self._away = error
            except DiskUnusable:
                raise
            except Exception as error:
                if (fault := footage.mendable(error)) is not None:
                    self._away = ClipAway(str(fault))
                else:
                    log.exception("%s could not be posted", one)
            else:
                in_a_row = 0
        if trouble is not None:
            raise trouble

    async def _found(self, letter: Letter, mark: str) -> int | None:
        """Return the message of a row of which nobody knows whether it was sent."""
        try:
            return await self._poster.find(letter.channel_id, mark, letter.created_at - CLOCK_MARGIN_S)
        except ChannelClosed as error:
            # Better said twice (within minutes the nonce prevents it) than never.
            log.warning("channel %d cannot be searched: %s", letter.channel_id, error)
            return None

    async def _erase(self, letter: Letter, mark: str) -> None:
        """Delete a message whose time is over; where the channel is closed, it stays."""
        message_id = letter.message_id
        try:
            if message_id is None and not letter.posted_at:
                message_id = await self._found(letter, mark)
            if message_id is not None:
                await self._poster.delete(letter.channel_id, message_id)
        except ChannelClosed as error:
            log.info("message %s in channel %d stays: %s", message_id, letter.channel_id, error)

    async def _send_clip(
        self,
        letter: Letter,
        whole: Path,
        texts: Sequence[str],
        *,
        beside: Sequence[Path] = (),
        buttons: Sequence[Button] = (),
    ) -> int:
        """Post a clip, re-encoded where the channel takes less.

        Args:
            letter: its row: channel and nonce.
            whole: the clip.
            texts: what it comes with; each for where AutoMod refuses the one before.
            beside: small files (subtitles) that go with it.
            buttons: what stands beneath it.

        Raises:
            ClipUnusable: it is gone, or cannot be made small enough.
            ClipAway: it cannot be read, or made smaller, now.
            WordsBlocked: AutoMod refuses the last text too.
        """
        limit = await self._poster.limit(letter.channel_id)
        for _ in range(REFITS):
            clip = await self._sized(whole, limit)
            try:
                return await self._send_files(letter, texts, (clip, *beside), buttons)
            except FileTooLarge:
                # The limit that Discord shows is not always the one that it applies.
                limit = min(limit, await self._size_of(clip)) * 2 // 3
            finally:
                if clip != whole:
                    await asyncio.to_thread(clip.unlink, missing_ok=True)
        raise ClipUnusable(f"the channel takes no file of {limit} bytes")

    async def _send_files(
        self, letter: Letter, texts: Sequence[str], files: Sequence[Path], buttons: Sequence[Button] = ()
    ) -> int:
        """Post files as they are; the arguments are those of `_send_clip`, whose errors it raises, and FileTooLarge."""
        *others, last = texts
        for text in others:
            with suppress(WordsBlocked):
                return await self._poster.send(
                    letter.channel_id, text, nonce=letter.nonce, files=files, buttons=buttons
                )
        return await self._poster.send(letter.channel_id, last, nonce=letter.nonce, files=files, buttons=buttons)

    async def _size_of(self, file: Path) -> int:
        """Return a file's size in bytes.

        Raises:
            ClipUnusable: it is gone.
            ClipAway: nobody can tell, for its folder is not there, or not to be read.
        """
        try:
            if await asyncio.to_thread(footage.is_gone, file):
                raise ClipUnusable(f"{file} is gone")
            return (await asyncio.to_thread(file.stat)).st_size
        except OSError as error:
            raise ClipAway(str(error)) from error

    async def _sized(self, whole: Path, limit: int) -> Path:
        """Return the clip, or a smaller one beside it where it is over `limit` bytes.

        Raises:
            ClipUnusable: it is gone, or cannot be made that small.
            ClipAway: it cannot be read, or made smaller, now.
        """
        if await self._size_of(whole) <= limit:
            return whole
        try:
            log.info("%s is over %d bytes: re-encoding", whole.name, limit)
            return await self._fit(whole, limit)
        except Exception as error:
            if (fault := footage.mendable(error)) is not None:
                raise ClipAway(str(fault)) from error
            await self._size_of(whole)  # it may have gone away meanwhile
            raise ClipUnusable(str(error)) from error  # whatever it was, it would be the same the next time
