"""How anything reaches a channel once: find it or send it, make its file fit, wait out Discord's troubles.

What is owed is read from the database each time, so that a restart owes exactly what was not yet posted. A message's
row is committed before it is sent and completed after; a row left open is first looked for in the channel (Discord's
nonce only holds for a few minutes). The outbox (`bot.outbox`) owes what became of jobs, the premiere
(`bot.premiere`) what became of episodes.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from db.connection import Database
    from db.models import Letter

log = logging.getLogger(__name__)

EDIT_EVERY_S = 3.0
"""Discord slows down whoever edits more often."""

RETRY_AFTER_S = (2.0, 5.0, 15.0, 60.0)
CLOCK_MARGIN_S = 600.0
"""How far this machine's clock may be off Discord's when a message is looked for."""

REFITS = 3


class PostError(Exception):
    """A message was not posted.

    PostError
    ├── ChannelClosed    gone or forbidden: try a DM
    ├── FileTooLarge     make the clip smaller
    ├── WordsBlocked     AutoMod objects: post the bare facts
    └── Unavailable      network or server trouble: try again later
    """


class ChannelClosed(PostError):
    """The channel is gone, or the bot may not write there (or the DM is closed)."""


class FileTooLarge(PostError):
    """The file is over the channel's limit."""


class WordsBlocked(PostError):
    """The server's AutoMod refuses the words."""


class Unavailable(PostError):
    """Discord does not answer, or answers with an error of its own."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button beneath a message; whoever knows `custom_id` answers it."""

    custom_id: str
    label: str


class Poster(Protocol):
    """Where messages go: Discord, or a folder."""

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        """Post, and return the message's id. Raises a PostError."""
        ...

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        """Return the id of our message that begins with `mark` and is younger than `after` (Unix seconds), or None.

        Raises a PostError.
        """
        ...

    async def edit(self, channel_id: int, message_id: int, text: str) -> None:
        """Replace a message's text; its buttons stay. Raises a PostError."""
        ...

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message; it may be gone already. Raises a PostError."""
        ...

    async def direct(self, member_id: int) -> int:
        """Return the id of the DM channel with a member. Raises ChannelClosed."""
        ...

    async def limit(self, channel_id: int) -> int:
        """Return the largest file that the channel takes, in bytes."""
        ...


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

    @abstractmethod
    async def owes(self) -> bool:
        """Return whether anything is owed now, or will be when work that is under way ends."""

    @abstractmethod
    async def sweep(self) -> None:
        """Post all that is owed. Raises Unavailable: the sweep is made again later."""

    @abstractmethod
    async def refresh(self) -> None:
        """Bring what changes with time up to date; called every `EDIT_EVERY_S`. Swallows a PostError."""

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
            try:
                await self.sweep()
            except Unavailable as error:
                pause = RETRY_AFTER_S[min(self._trouble, len(RETRY_AFTER_S) - 1)]
                self._trouble += 1
                log.warning("Discord is unavailable, trying again in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
                continue
            self._trouble = 0
            # A new event for the next sweep: each waiter holds the one that it saw.
            swept, self._swept = self._swept, asyncio.Event()
            swept.set()
            await self._wake.wait()

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(EDIT_EVERY_S)
            await self.refresh()

    async def _found(self, letter: Letter, mark: str) -> int | None:
        """Return the message of a row of which nobody knows whether it was sent."""
        return await self._poster.find(letter.channel_id, mark, letter.created_at - CLOCK_MARGIN_S)

    async def _erase(self, letter: Letter, mark: str) -> None:
        """Delete a message whose time is over; where the channel is closed, it stays."""
        message_id = letter.message_id
        try:
            if message_id is None and letter.posted_at is None:
                message_id = await self._found(letter, mark)
            if message_id is not None:
                await self._poster.delete(letter.channel_id, message_id)
        except ChannelClosed as error:
            log.info("message %s in channel %d stays: %s", message_id, letter.channel_id, error)

    async def _send_clip(
        self, letter: Letter, whole: Path, text: str, bare: str, *, beside: Sequence[Path] = ()
    ) -> int:
        """Post a clip, re-encoded where the channel takes less; `bare` is the text where AutoMod refuses `text`.

        Args:
            letter: its row: channel and nonce.
            whole: the clip.
            text: what it comes with.
            bare: the same without names.
            beside: small files (subtitles) that go with it.
        """
        channel_id = letter.channel_id
        limit = await self._poster.limit(channel_id)
        for _ in range(REFITS):
            clip = whole
            if (await asyncio.to_thread(whole.stat)).st_size > limit:
                log.info("%s is over %d bytes: re-encoding", whole.name, limit)
                clip = await self._fit(whole, limit)
            try:
                return await self._poster.send(channel_id, text, nonce=letter.nonce, files=(clip, *beside))
            except FileTooLarge:
                # The limit that Discord shows is not always the one that it applies.
                limit = min(limit, (await asyncio.to_thread(clip.stat)).st_size) * 2 // 3
            except WordsBlocked:
                text = bare
            finally:
                if clip != whole:
                    await asyncio.to_thread(clip.unlink, missing_ok=True)
        raise ChannelClosed(f"the channel takes no file of {limit} bytes")
