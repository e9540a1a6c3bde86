"""Posts storyboards, once: their sheets in the channel, then a thread with one message a shot (`bot.delivery`).

An episode has one board and one thread. Shown again, its messages are edited; what was deleted is posted anew.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import av
from av.error import FFmpegError
from discord.utils import escape_markdown
from PIL import Image

from bot import dialogue, storyboard
from bot.delivery import Delivery
from bot.i18n import Speaker, speak
from bot.poster import ChannelClosed, ClipUnusable, FileTooLarge, Gone, Unavailable, WordsBlocked
from bot.proofs import Who, order_for
from bot.refusal import Refused
from bot.storyboard import PER_PAGE, Panel
from bot.subtitles import Lettering
from db import boards, episodes, guilds, shots, votes
from db.boards import SHOTS_FROM
from db.bulletins import NOWHERE, Bulletin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.intake import Intake
    from bot.poster import Poster
    from db.connection import Database
    from db.writing import Episode, Scene, SceneShot

log = logging.getLogger(__name__)

QUALITY = 88
"""Of the sheets' JPEG."""

TOKEN = 6
"""Characters of a sheet's nonce that it shows: what tells it from another sheet of the same episode."""

MOST = 1900
"""Characters of a shot's message."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a storyboard a message stands.

    Attributes:
        mark: the words that it begins with.
        heading: all of a sheet's words.
        sheet: which sheet it is, from 1; 0 for a shot's message.
        shots: what it is about, with their labels and scenes; none where they were removed.
    """

    mark: str
    heading: str
    sheet: int
    shots: list[tuple[str, Scene, SceneShot]]

    @property
    def of_shot(self) -> bool:
        """Whether it is the message of one shot, in the thread."""
        return not self.sheet

    @classmethod
    def of(cls, bulletin: Bulletin, episode: Episode) -> Self:
        """Return the place of a row."""
        numbered = list(episode.numbered())
        if bulletin.part > SHOTS_FROM:
            index = bulletin.part - SHOTS_FROM - 1
            shots = numbered[index : index + 1]
            return cls(f"🎬 **{shots[0][0]}**" if shots else "", "", 0, shots)
        # Nothing that an edit changes is in the mark: by it, the message is found again.
        mark = f"🗂️ **E{episode.number}** `{bulletin.nonce[:TOKEN]}`"
        heading = f"{mark} {bulletin.part}/{storyboard.pages(len(numbered))} {_plain(episode.title)}"
        first = (bulletin.part - 1) * PER_PAGE
        return cls(mark, heading, bulletin.part, numbered[first : first + PER_PAGE])


class Callboard(Delivery):
    """Posts storyboards.

    Args:
        database: where episodes and messages are.
        directory: the data directory, which paths are relative to.
        poster: where messages go.
        fit: as for `Delivery`.
        intake: composes the pictures of shots that were never queued.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        poster: Poster,
        fit: Callable[[Path, int], Awaitable[Path]],
        intake: Intake,
    ) -> None:
        super().__init__(database, poster, fit)
        self._directory = directory
        self._intake = intake
        self._lettering = Lettering()
        self._threads: dict[int, int] = {}
        """By episode: those that were made or opened in this sweep."""

    async def owes(self) -> bool:
        """Return whether anything of a storyboard is still to be posted."""
        return bool(await boards.owed(self._database.reading()))

    async def sweep(self) -> None:
        """Post what is owed, in order: a thread needs its sheet."""
        self._threads.clear()
        await self._each(await boards.owed(self._database.reading()), self._post)

    async def refresh(self) -> None:
        """Nothing changes with time."""

    async def _post(self, bulletin: Bulletin) -> None:
        async with self._database.writing() as writer:
            await boards.take_up(writer, bulletin)
        episode = await episodes.get(self._database.reading(), bulletin.episode_id)
        place = _Place.of(bulletin, episode)
        if place.shots:
            message_id = await self._shown(bulletin, place, episode)
            await self._database.record(lambda writer: boards.shown(writer, bulletin, message_id))
            return
        # The shots that were here are gone. A message that is known by neither id nor mark stays.
        if bulletin.message_id is not None or (place.sheet and bulletin.channel_id != NOWHERE):
            await self._erase(bulletin, place.mark)
        async with self._database.writing() as writer:
            await boards.taken_down(writer, bulletin)

    async def _shown(self, bulletin: Bulletin, place: _Place, episode: Episode) -> int | None:
        """Bring a message up to date, or post it; returns its id, None where it cannot be shown. Raises Unavailable."""
        words = speak(await guilds.locale_of(self._database.reading(), episode.guild_id))
        message_id = bulletin.message_id
        try:
            if message_id is None and bulletin.channel_id != NOWHERE:
                message_id = await self._found(bulletin, place.mark)
            with tempfile.TemporaryDirectory() as folder:
                if place.of_shot:
                    files, text = [], _about(words, place.mark, *place.shots[0][1:])
                else:
                    files, text = [await self._sheet(Path(folder), episode, place, words)], place.heading
                if message_id is not None:
                    with suppress(Gone):
                        await self._open(episode, bulletin)
                        await self._poster.edit(bulletin.channel_id, message_id, text, files=files)
                        return message_id
                return await self._sent(bulletin, place, episode, text, files)
        except (ChannelClosed, ClipUnusable, FileTooLarge, WordsBlocked) as error:
            log.warning("[episode %d] its storyboard, part %d, is not shown: %s", episode.id, bulletin.part, error)
            return message_id

    async def _sent(
        self, bulletin: Bulletin, place: _Place, episode: Episode, text: str, files: list[Path]
    ) -> int | None:
        target = await self._thread(episode) if place.of_shot else episode.channel_id
        if target is None:
            return None
        async with self._database.writing() as writer:
            aimed = await boards.aim(writer, bulletin, target)
        # The mark of a sheet shows the nonce.
        text = text.replace(place.mark, _Place.of(aimed, episode).mark, 1)
        return await self._poster.send(aimed.channel_id, text, nonce=aimed.nonce, files=files)

    async def _sheet(self, folder: Path, episode: Episode, place: _Place, words: Speaker) -> Path:
        """Draw a sheet into `folder`."""
        panels = [
            Panel(
                label,
                words("post-length", seconds=str(shot.seconds)),
                shot.cast,
                dialogue.typed(shot.lines[:1]),
                await self._frame(episode, scene, shot),
            )
            for label, scene, shot in place.shots
        ]
        path = folder / f"storyboard-{episode.number}-{place.sheet}.jpg"
        await asyncio.to_thread(self._draw, path, f"E{episode.number} · {episode.title}", panels)
        return path

    def _draw(self, path: Path, heading: str, panels: list[Panel]) -> None:
        storyboard.draw(heading, panels, self._lettering).save(path, "JPEG", quality=QUALITY)

    async def _open(self, episode: Episode, bulletin: Bulletin) -> None:
        """Open the thread again in which a message is to be edited: Discord puts threads away."""
        if bulletin.channel_id == episode.thread_id:
            await self._thread(episode)

    async def _thread(self, episode: Episode) -> int | None:
        """Return the episode's thread, made beneath the first sheet where there is none; None: there can be none.

        Raises:
            Unavailable: the sheet is still to be posted.
        """
        if episode.id in self._threads:
            return self._threads[episode.id]
        sheet = await boards.first_sheet(self._database.reading(), episode.id)
        if sheet is None or sheet.message_id is None:
            if sheet is not None and not sheet.posted_at:
                raise Unavailable("its sheet is not posted yet")
            return None
        name = f"E{episode.number} {episode.title}"
        try:
            # The one that there is may hang beneath an earlier sheet, and hold the clips.
            thread = await self._poster.thread(sheet.channel_id, episode.thread_id or sheet.message_id, name)
        except Gone:
            thread = await self._poster.thread(sheet.channel_id, sheet.message_id, name)
        if thread != episode.thread_id:
            async with self._database.writing() as writer:
                await episodes.set_thread(writer, episode.id, thread)
        self._threads[episode.id] = thread
        return thread

    async def _frame(self, episode: Episode, scene: Scene, shot: SceneShot) -> Image.Image | None:
        """Return a frame of the take that stands for the shot, else its pinned picture, else None."""
        reader = self._database.reading()
        path: str | None = None
        if shot.shot_id is not None:
            take = await votes.chosen_take(reader, shot.shot_id)
            if take is not None and take.clip_path is not None:
                found = await asyncio.to_thread(_middle, self._directory / take.clip_path)
                if found is not None:
                    return found
            pins = (await shots.get(reader, shot.shot_id)).pins
            path = pins[0].path if pins else None
        if path is None:
            who = Who(episode.guild_id, episode.channel_id, episode.owner_id, "")
            try:
                pins = await self._intake.pins(await self._intake.prepare(order_for(episode, scene, shot, who)))
            except Refused as refused:
                log.info("[episode %d] shot %d has no picture: %s", episode.id, shot.id, refused)
                return None
            path = pins[0].path if pins else None
        return None if path is None else await asyncio.to_thread(_opened, self._directory / path)


def _about(words: Speaker, mark: str, scene: Scene, shot: SceneShot) -> str:
    """Return what the thread says of a shot."""
    facts = [words("post-length", seconds=str(shot.seconds)), *map(_plain, shot.cast)]
    lines = [f"💬 {_plain(line)}" for line in dialogue.typed(shot.lines).splitlines()]
    where = [f"*{_plain(scene.scaffolding)}*"] if scene.scaffolding else []
    text = "\n".join([f"{mark} · {' · '.join(facts)}", *where, _plain(shot.words), *lines])
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _plain(text: str) -> str:
    """Return members' words on one line, as they were written."""
    return escape_markdown(" ".join(text.split()))


def _opened(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except OSError as error:
        log.warning("%s cannot be shown: %s", path, error)
    return None


def _middle(path: Path) -> Image.Image | None:
    """Return a frame from the middle of a clip, or None where it cannot be read."""
    try:
        with av.open(path) as clip:
            stream = clip.streams.video[0]
            clip.seek((clip.duration or 0) // 2)
            for frame in clip.decode(stream):
                return Image.fromarray(frame.to_ndarray(format="rgb24"))
    except (OSError, FFmpegError, IndexError) as error:
        log.warning("%s cannot be shown: %s", path, error)
    return None
