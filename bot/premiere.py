"""Tells of episodes, once: the live status, the cut in its channel, and whoever asked to be told (`bot.delivery`).

A cut's parts are owed from the transaction that made it; notices and the note in the thread from the one that recorded
its last part. A DM that is closed becomes a line in the channel that mentions nobody.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import editing, footage, playbill
from bot.delivery import Delivery
from bot.i18n import Speaker, speak
from bot.live_status import LiveStatus
from bot.poster import ChannelClosed, ClipAway, ClipUnusable, FileTooLarge, WordsBlocked
from db import bulletins, cuts, episodes, guilds, jobs, members, shots
from db.bulletins import NOWHERE, Bulletin
from db.cuts import CutRow, CutStatus
from db.writing import Episode, EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from aiosqlite import Connection

    from bot.poster import Poster
    from bot.scheduling import Place
    from db.connection import Database
    from db.models import Job, Shot
    from renderer.protocol import Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Story:
    """What a message tells of."""

    episode: Episode
    words: Speaker
    mark: str
    cut: CutRow | None = None
    parts: int = 1


class _TooLargeError(Exception):
    """The channel takes no more than `most_bytes` a file, and nothing of the cut is posted yet."""

    def __init__(self, cut: CutRow, most_bytes: int) -> None:
        super().__init__(cut.id, most_bytes)
        self.cut = cut
        self.most_bytes = most_bytes


class Premiere(Delivery):
    """Posts what became of episodes.

    Args:
        database: where episodes, cuts and messages are.
        directory: the data directory, which paths are relative to.
        poster: where messages go.
        line: gives the queue, with estimates.
        fit: re-encodes a film to a size in bytes, where the channel takes less than it said.
        quiet_s: how long a cut waits for other takes.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        poster: Poster,
        line: Callable[[], Awaitable[list[Place]]],
        fit: Callable[[Path, int], Awaitable[Path]],
        *,
        quiet_s: float = 0.0,
    ) -> None:
        super().__init__(database, poster, fit)
        self._directory = directory
        self._status = LiveStatus(database, poster, line, quiet_s)
        self._listeners: list[Callable[[int], None]] = []

    def listen(self, listener: Callable[[int], None]) -> None:
        """Let `listener` hear of each episode, by its id, whose cut must be made to fit anew; the row is committed."""
        self._listeners.append(listener)

    def job_changed(self, job: Job) -> None:
        """Look again at what is owed: an episode may have begun or ended."""
        self._status.job_changed(job)
        self._wake.set()

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Remember the newest progress; it is shown at the next edit."""
        del shot
        self._status.job_progress(job, progress)

    async def owes(self) -> bool:
        """Return whether a cut is under way, or a message owed."""
        reader = self._database.reading()
        unfinished = await cuts.with_status(reader, CutStatus.QUEUED, CutStatus.CUTTING, CutStatus.CUT)
        return bool(unfinished or await bulletins.owed(reader))

    async def sweep(self) -> None:
        """Post what is owed; begin the status of episodes that are under way, and end that of the others."""
        await self._status.begin()
        await self._each(await bulletins.owed(self._database.reading()), self._post)
        await self._each(await self._status.ended(), self._clear)

    async def refresh(self) -> None:
        """Show where episodes stand, where that changed; an old message is replaced by a new one."""
        if await self._status.refresh():
            self._wake.set()

    async def _clear(self, status: Bulletin) -> None:
        if status.channel_id != NOWHERE:
            episode = await episodes.get(self._database.reading(), status.episode_id)
            await self._erase(status, playbill.status_mark(episode))
        async with self._database.writing() as writer:
            await bulletins.forget(writer, status)

    async def _post(self, bulletin: Bulletin) -> None:
        story = await self._story(bulletin)
        if bulletin.purpose == "cut" and (story.cut is None or story.cut.status is not CutStatus.CUT):
            return  # with an earlier part of it, it went back to the cutting room; or it was cancelled
        if bulletin.purpose == "cut" and story.cut is not None:
            # One that waits is not aimed, so that it can still be cancelled, nor looked for.
            piece = story.cut.pieces[bulletin.part - 1]
            await self._there([*piece.beside] if piece.url else [piece.path, *piece.beside])
        message_id = None
        if bulletin.channel_id == NOWHERE:
            target = await self._target(bulletin, story)
            try:
                bulletin = await self._aim(bulletin, target)
            except LookupError:
                log.info("[episode %d] a %s is not owed any more", bulletin.episode_id, bulletin.purpose)
                return
        else:
            message_id = await self._found(bulletin, story.mark)
        try:
            if message_id is None:
                bulletin, message_id = await self._send(bulletin, story)
        except ClipUnusable as error:
            log.error("[cut %s] cannot be posted: %s", bulletin.cut_id, error)  # noqa: TRY400 - its cause is in the text
            await self._record(bulletin, None, "failure-cut-clip")
        except _TooLargeError as error:
            await self._refit(error.cut, error.most_bytes)
        else:
            await self._record(bulletin, message_id, "failure-cut-channel")

    async def _story(self, bulletin: Bulletin) -> _Story:
        reader = self._database.reading()
        episode = await episodes.get(reader, bulletin.episode_id)
        words = speak(await guilds.locale_of(reader, episode.guild_id))
        if bulletin.cut_id is None:
            return _Story(episode, words, playbill.status_mark(episode))
        cut = await cuts.get(reader, bulletin.cut_id)
        ordinal = await cuts.ordinal(reader, cut)
        if bulletin.purpose == "cut":
            parts = len(cut.pieces)
            return _Story(episode, words, playbill.cut_mark(episode, ordinal, bulletin.part, parts), cut, parts)
        if cut.status is CutStatus.FAILED:
            return _Story(episode, words, playbill.failed_mark(episode, ordinal), cut)
        first = (await bulletins.of_cut(reader, cut.id))[0]
        mark = playbill.link_mark(episode, ordinal, first.channel_id, first.message_id or 0)
        return _Story(episode, words, mark, cut)

    async def _target(self, bulletin: Bulletin, story: _Story) -> int:
        episode = story.episode
        if bulletin.purpose == "note" and story.cut is not None and story.cut.status is not CutStatus.FAILED:
            return episode.thread_id or episode.channel_id
        if bulletin.member_id is None:
            return episode.channel_id
        try:
            return await self._poster.direct(bulletin.member_id)
        except ChannelClosed as error:
            log.info("member %d cannot be written to: %s", bulletin.member_id, error)
            return episode.channel_id

    async def _aim(self, bulletin: Bulletin, channel_id: int) -> Bulletin:
        async with self._database.writing() as writer:
            return await bulletins.aim(writer, bulletin, channel_id)

    async def _send(self, bulletin: Bulletin, story: _Story) -> tuple[Bulletin, int | None]:
        """Send to where it is aimed, or else to where it can still be read; None: nobody can be told."""
        try:
            return bulletin, await self._send_to(bulletin, story)
        except (ChannelClosed, WordsBlocked) as error:
            log.warning("[episode %d] channel %d is closed to us: %s", story.episode.id, bulletin.channel_id, error)
        try:
            if bulletin.purpose == "cut":
                bulletin = await self._aim(bulletin, await self._poster.direct(story.episode.owner_id))
            elif bulletin.purpose == "notice" and bulletin.channel_id != story.episode.channel_id:
                bulletin = await self._aim(bulletin, story.episode.channel_id)
            else:
                return bulletin, None
            return bulletin, await self._send_to(bulletin, story)
        except (ChannelClosed, WordsBlocked) as error:
            log.warning("[episode %d] nor is there another way to tell: %s", story.episode.id, error)
            return bulletin, None

    async def _send_to(self, bulletin: Bulletin, story: _Story) -> int:
        episode, words = story.episode, story.words
        buttons = ()
        match bulletin.purpose:
            case "cut" if story.cut is not None:
                return await self._send_cut(bulletin, story, story.cut)
            case "notice":
                if bulletin.channel_id == episode.channel_id:
                    text = playbill.notice_text(words, episode, story.mark, bulletin.member_id)
                else:
                    text = playbill.notice_text(await self._private_words(bulletin, story), episode, story.mark)
            case "note" if story.cut is not None and story.cut.status is CutStatus.FAILED:
                text = playbill.failed_text(words, episode, story.mark, story.cut)
            case "note":
                text = playbill.note_text(words, story.mark)
            case _:
                text = await self._status.text(episode.id)
                buttons = (playbill.notify_button(words, episode),)
        return await self._poster.send(bulletin.channel_id, text, nonce=bulletin.nonce, buttons=buttons)

    async def _private_words(self, bulletin: Bulletin, story: _Story) -> Speaker:
        """Return who speaks the member's language, or the server's where that was never heard."""
        reader = self._database.reading()
        heard = await members.locale_of(reader, story.episode.guild_id, bulletin.member_id or 0)
        return speak(heard) if heard else story.words

    async def _send_cut(self, bulletin: Bulletin, story: _Story, cut: CutRow) -> int:
        reader = self._database.reading()
        takes = [await jobs.get(reader, job_id) for job_id in editing.loaded(cut.plan).job_ids]
        rendered = [(take, await shots.get(reader, take.shot_id)) for take in takes]
        voters = await bulletins.voters(reader, story.episode.id)
        texts = [
            playbill.cut_text(
                *(story.words, story.episode, cut, story.mark),
                rendered=rendered,
                voters=voters,
                url=cut.pieces[bulletin.part - 1].url,
                with_title=with_title,
            )
            for with_title in (True, False)
        ]
        piece = cut.pieces[bulletin.part - 1]
        beside = await self._there(piece.beside)
        if piece.url:
            return await self._send_files(bulletin, texts, beside)
        path = self._directory / piece.path
        others = [part for part in await bulletins.of_cut(reader, cut.id) if part.id != bulletin.id]
        if any(part.channel_id != NOWHERE for part in others):
            # They are there already, for all that is known: this one can only be made smaller as it is.
            return await self._send_clip(bulletin, path, texts, beside=beside)
        size, limit = await self._size_of(path), await self._poster.limit(bulletin.channel_id)
        if size > limit:
            raise _TooLargeError(cut, limit)
        try:
            return await self._send_files(bulletin, texts, [path, *beside])
        except FileTooLarge as error:
            # The limit that Discord shows is not always the one that it applies.
            raise _TooLargeError(cut, size * 2 // 3) from error

    async def _there(self, paths: Iterable[str]) -> list[Path]:
        """Return those files of a cut that are not lost.

        Raises:
            ClipAway: nobody can tell, for their folder is not there, or not to be read.
        """
        found = [self._directory / path for path in paths]
        try:
            return [path for path in found if not await asyncio.to_thread(footage.is_gone, path)]
        except OSError as error:
            raise ClipAway(str(error)) from error

    async def _refit(self, cut: CutRow, most_bytes: int) -> None:
        """Have a film of which nothing is posted yet encoded smaller, split, or published instead."""
        log.info("[cut %d] its channel takes no more than %d bytes a file", cut.id, most_bytes)
        async with self._database.writing() as writer:
            await cuts.refit(writer, cut.id, most_bytes)
            if (await episodes.get(writer, cut.episode_id)).status is EpisodeStatus.CANCELLED:
                await cuts.abandon(writer, cut.episode_id)  # cancelled on its way, and its channel did not take it
        for listener in self._listeners:
            listener(cut.episode_id)

    async def _record(self, bulletin: Bulletin, message_id: int | None, failure: str) -> None:
        """Record what became of a message, however long the disk takes nothing: it is sent, or given up."""
        ended = await self._database.record(lambda writer: _ended(writer, bulletin, message_id, failure))
        if ended is CutStatus.POSTED:
            log.info("[episode %d] cut %d is posted", bulletin.episode_id, bulletin.cut_id)
        if ended is not None:
            self._wake.set()  # a note or notices are owed now, and the status has ended


async def _ended(writer: Connection, bulletin: Bulletin, message_id: int | None, failure: str) -> CutStatus | None:
    """Record a message and, with the last part of a cut, what became of that; None where it goes on."""
    await bulletins.sent(writer, bulletin, message_id)
    if bulletin.purpose != "cut" or bulletin.cut_id is None:
        return None
    if message_id is None:
        await cuts.fail(writer, bulletin.cut_id, failure)
        for part in await bulletins.of_cut(writer, bulletin.cut_id):
            if part.posted_at is None:
                await bulletins.forget(writer, part)
        await bulletins.owe(writer, bulletin.episode_id, "note", cut_id=bulletin.cut_id)
        return CutStatus.FAILED
    if any(part.posted_at is None for part in await bulletins.of_cut(writer, bulletin.cut_id)):
        return None
    cut = await cuts.posted(writer, bulletin.cut_id)
    episode = await episodes.get(writer, cut.episode_id)
    newest = await cuts.newest(writer, cut.episode_id)
    # Another one may be planned already, or the episode be rendered anew.
    if episode.status is EpisodeStatus.CUTTING and newest is not None and newest.id == cut.id:
        await episodes.move_on(writer, episode.id, {EpisodeStatus.CUTTING}, EpisodeStatus.POSTED)
    if episode.thread_id is not None:
        await bulletins.owe(writer, episode.id, "note", cut_id=cut.id)
    await bulletins.owe_notices(writer, episode.id, cut.id)
    return CutStatus.POSTED
