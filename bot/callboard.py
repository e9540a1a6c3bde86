"""Posts storyboards, once: their sheets in the channel, then a thread with one message a shot (`bot.delivery`)."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError
from discord.utils import escape_markdown
from PIL import Image

from bot import dialogue, storyboard
from bot.delivery import Delivery
from bot.i18n import Speaker, speak
from bot.poster import ChannelClosed, ClipUnusable, FileTooLarge, Unavailable, WordsBlocked
from bot.proofs import Who, order_for
from bot.refusal import Refused
from bot.storyboard import PER_PAGE, Panel
from bot.subtitles import Lettering
from db import boards, bulletins, episodes, guilds, shots, votes
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

    async def owes(self) -> bool:
        """Return whether anything of a storyboard is still to be posted."""
        return bool(await boards.owed(self._database.reading()))

    async def sweep(self) -> None:
        """Post what is owed, in order: a thread needs its sheet."""
        await self._each(await boards.owed(self._database.reading()), self._post)

    async def refresh(self) -> None:
        """Nothing changes with time."""

    async def _post(self, bulletin: Bulletin) -> None:
        reader = self._database.reading()
        episode = await episodes.get(reader, bulletin.episode_id)
        words = speak(await guilds.locale_of(reader, episode.guild_id))
        try:
            message_id = await self._posted(bulletin, episode, words)
        except (ChannelClosed, ClipUnusable, FileTooLarge, WordsBlocked) as error:
            log.warning("[episode %d] its storyboard, part %d, is not shown: %s", episode.id, bulletin.part, error)
            message_id = None
        async with self._database.writing() as writer:
            await bulletins.sent(writer, bulletin, message_id)

    async def _posted(self, bulletin: Bulletin, episode: Episode, words: Speaker) -> int | None:
        """Find or send a message. Raises a PostError."""
        of_shot = bulletin.part > SHOTS_FROM
        numbered = list(episode.numbered())
        first = (bulletin.part - SHOTS_FROM - 1) if of_shot else (bulletin.part - 1) * PER_PAGE
        if first >= max(1, len(numbered)):
            return None  # removed since
        sheets = storyboard.pages(len(numbered))
        mark = (
            f"🎬 **{numbered[first][0]}**"
            if of_shot
            else f"🎞️ **E{episode.number}** {bulletin.part}/{sheets} `{bulletin.nonce[:TOKEN]}`"
        )
        if bulletin.channel_id != NOWHERE:
            message_id = await self._found(bulletin, mark)
            if message_id is not None:
                return message_id
        else:
            target = await self._thread(episode) if of_shot else episode.channel_id
            if target is None:
                return None
            async with self._database.writing() as writer:
                bulletin = await bulletins.aim(writer, bulletin, target)
        if of_shot:
            text = _about(words, mark, *numbered[first][1:])
            return await self._poster.send(bulletin.channel_id, text, nonce=bulletin.nonce)
        return await self._send_sheet(bulletin, episode, words, mark, first)

    async def _send_sheet(self, bulletin: Bulletin, episode: Episode, words: Speaker, mark: str, first: int) -> int:
        panels = [
            Panel(
                label,
                words("post-length", seconds=str(shot.seconds)),
                shot.cast,
                dialogue.typed(shot.lines[:1]),
                await self._frame(episode, scene, shot),
            )
            for label, scene, shot in list(episode.numbered())[first : first + PER_PAGE]
        ]
        text = f"{mark} {_plain(episode.title)}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"storyboard-{episode.number}-{bulletin.part}.jpg"
            await asyncio.to_thread(self._draw, path, f"E{episode.number} · {episode.title}", panels)
            return await self._poster.send(bulletin.channel_id, text, nonce=bulletin.nonce, files=(path,))

    def _draw(self, path: Path, heading: str, panels: list[Panel]) -> None:
        storyboard.draw(heading, panels, self._lettering).save(path, "JPEG", quality=QUALITY)

    async def _thread(self, episode: Episode) -> int | None:
        """Return the thread beneath the first sheet, made where there is none; None: there can be none.

        Raises:
            Unavailable: the sheet is still to be posted.
        """
        sheet = await boards.first_sheet(self._database.reading(), episode.id)
        if sheet is not None and sheet.posted_at is None:
            raise Unavailable("its sheet is not posted yet")
        if sheet is None or sheet.message_id is None:
            return None
        # Discord gives a message's thread the message's id: one that was made before a crash is known, too.
        if episode.thread_id != sheet.message_id:
            thread = await self._poster.thread(sheet.channel_id, sheet.message_id, f"E{episode.number} {episode.title}")
            async with self._database.writing() as writer:
                await episodes.set_thread(writer, episode.id, thread)
        return sheet.message_id

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
