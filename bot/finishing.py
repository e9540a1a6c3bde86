"""From a plan to the files that are posted: the film is cut, and made to fit its channel, split, or published."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from bot import cutting, editing, end_credits, footage, subtitles
from bot.cutting import FPS, CannotFitError, CutError
from bot.i18n import speak
from bot.publishing import Publisher
from db import cuts, episodes, guilds, leftovers
from db.cuts import Piece

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.config import Config
    from bot.end_credits import NameOf
    from db.connection import Database
    from db.cuts import CutRow

    Limit = Callable[[int], Awaitable[int]]

log = logging.getLogger(__name__)


class Finishing:
    """Makes films.

    Args:
        database: episodes, and where they are published.
        config: how films are encoded, and where they go.
        limit: tells how many bytes a file in a channel may have.
        name_of: tells members' names for the end card; None: nobody is named there.
    """

    def __init__(self, database: Database, config: Config, limit: Limit, name_of: NameOf | None) -> None:
        self._database = database
        self._config = config
        self._limit = limit
        self._name_of = name_of
        self._publisher = Publisher(database, config.link) if config.link.folder else None

    async def make(self, row: CutRow) -> tuple[list[Piece], float]:
        """Cut a film and make it fit its channel; returns what is to be posted and the film's length in seconds.

        Raises:
            ClipsGoneError: takes have no clip any more.
            PlaceError, AwayError: the folder of the films, or of the clips, cannot be used now.
            CannotFitError: no part of it can be made small enough.
            CutError, OSError: whatever else went wrong.
        """
        reader = self._database.reading()
        episode = await episodes.get(reader, row.episode_id)
        films = self._config.directory / "cuts"
        folder = films / f"{editing.EPISODE_FOLDER}{row.episode_id}"
        film = folder / f"E{episode.number}-cut{await cuts.ordinal(reader, row)}.mp4"
        planned = editing.loaded(row.plan)
        await asyncio.to_thread(footage.check, planned, self._config.directory)
        await footage.claim(films, partial(leftovers.names_films, reader))
        people = await self._people(planned, episode.guild_id)
        try:
            async with cutting.writing_into(folder):
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                cut = await cutting.cut(editing.film(planned, self._config, people), film, folder / "work")
                most = await self._limit(episode.channel_id)
                if row.most_bytes is not None:  # Discord has said that it is less
                    most = min(most, row.most_bytes)
                return await self._fitted(row, cut, most), cut.seconds
        except (CutError, OSError):
            await asyncio.to_thread(footage.check, planned, self._config.directory)  # they may have gone meanwhile
            raise

    async def _people(self, plan: editing.Plan, guild_id: int) -> tuple[str, ...]:
        """Return what the end card says of who made it; nothing where nobody knows names."""
        if self._name_of is None:
            return ()
        words = speak(await guilds.locale_of(self._database.reading(), guild_id))
        return await end_credits.rows_of(plan, guild_id, words, self._name_of, self._config.guards.blocklist)

    async def _fitted(self, row: CutRow, film: cutting.Finished, most: int) -> list[Piece]:
        """Return what is posted of a film where a file may have `most` bytes: the film, its parts, or its address."""
        if self._publisher is None:
            return await self._in_parts(film, most)
        try:
            return await self._in_parts(film, most, split=False)
        except CannotFitError as error:
            log.info("[cut %d] goes by link: %s", row.id, error)
        try:
            url = await self._publisher.publish(film.path, row.id)
        except OSError:
            log.exception("[cut %d] the folder in [link] cannot be used: it is split instead", row.id)
            return await self._in_parts(film, most)
        return [Piece(self._relative(film.path), tuple(map(self._relative, film.srt.values())), url)]

    async def _in_parts(self, film: cutting.Finished, most: int, *, split: bool = True) -> list[Piece]:
        program = self._config.clip.ffmpeg
        parts = await cutting.fit_episode(film.path, most, film.boundaries, split=split, ffmpeg_program=program)
        srt = [await asyncio.to_thread(_srt_of, film, part, whole=len(parts) == 1) for part in parts]
        return [
            Piece(self._relative(part.path), tuple(map(self._relative, beside)))
            for part, beside in zip(parts, srt, strict=True)
        ]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._config.directory).as_posix()


def _srt_of(film: cutting.Finished, part: cutting.Part, *, whole: bool) -> list[Path]:
    """Return the subtitle files of a part of the film, which are written where it is not the whole."""
    if whole:
        return list(film.srt.values())
    found: list[Path] = []
    for language, path in film.srt.items():
        own = part.path.with_suffix(f".{language}.srt")
        own.write_text(subtitles.excerpt(path.read_text("utf-8"), part.first, part.end, FPS), "utf-8")
        found.append(own)
    return found
