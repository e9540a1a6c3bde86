"""`twohander render SCRIPT -o DIR`: an episode from its file to a film by the bot's own parts, without Discord.

What was made lies below `DIR/.twohander`, as in a bot's data folder. So a run that was stopped goes on where it was,
and one after an edit of the script renders only the shots that say something else now.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot import callsheet
from bot import script as scripts
from bot.app import DataFolderError, House, alone, open_house
from bot.config import Data, Queue
from bot.handover import Folder, chosen_takes
from bot.i18n import speak
from bot.refusal import Refused
from bot.renderer_client import RendererDied
from bot.reporting import Reporter
from bot.reviewing import spoken_here
from bot.taking_in import WHO, take_in
from db import episodes, jobs
from db.connection import DatabaseTooNewError, MigrationChangedError
from db.cuts import CutStatus
from db.disk import DiskUnusable
from db.models import Status
from db.writing import EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from aiosqlite import Connection

    from bot.callsheet import CallSheet
    from bot.config import Config
    from bot.i18n import Speaker
    from bot.script import Script
    from db.writing import Episode
    from renderer.protocol import EngineName

STATE = ".twohander"
UNLIMITED = 2**62
MANY = 1000
OK, FAILED, USAGE = 0, 1, 2

EXPECTED = (
    scripts.ScriptError,
    Refused,
    RendererDied,
    DataFolderError,
    DatabaseTooNewError,
    MigrationChangedError,
    sqlite3.Error,
    DiskUnusable,
    OSError,
)
"""What ends the command with a sentence. Anything else is a fault of ours and shows where it happened."""

CUT = frozenset({CutStatus.CUT, CutStatus.POSTED, CutStatus.FAILED})
"""Statuses of a cut with which nothing more will come of it."""


async def render(config: Config, path: Path, out: Path, *, language: str | None = None, as_json: bool = False) -> int:
    """Render and cut the script at `path`; returns the exit code.

    Args:
        config: as for the bot; limits that share a server among its members do not hold.
        path: the script.
        out: the folder that gets the film, its subtitle files and each shot's clip; made where it is absent.
        language: of the sentences, `en` or `zh-CN`; None takes the environment's.
        as_json: print one JSON object a line instead of text.
    """
    words = speak(language or spoken_here())
    state = out / STATE / path.stem
    try:
        data = await asyncio.to_thread(scripts.read, path)
        script = scripts.parse(data, path.parent, str(path), list(config.loras.styles))
        await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
        async with open_house(_private(config, state), patient=False) as house:
            report = Reporter(words, as_json=as_json)
            return await _Run(house, path, data.decode("utf-8-sig"), Folder(out, path.stem), report).all(script)
    except EXPECTED as error:
        print(_why(error, words, path, state).replace("**", ""), file=sys.stderr)
        return USAGE if isinstance(error, (scripts.ScriptError, Refused)) else FAILED


def _why(error: Exception, words: Speaker, path: Path, state: Path) -> str:
    """Return why there is no film, and what to do where that is plain."""
    match error:
        case scripts.ScriptError():
            return "\n".join(error.told(words))
        case Refused():
            return f"{path}: {error.said_in(words)}"
        case RendererDied():
            return words("render-no-engine", reason=str(error))
        case OSError() | sqlite3.OperationalError():  # of the database's a full disk, most of all
            return f"{getattr(error, 'filename', None) or state}: {getattr(error, 'strerror', None) or error}"
        case sqlite3.Error() | DatabaseTooNewError() | MigrationChangedError():
            return words("render-no-state", folder=str(state), reason=str(error))
        case _:
            return str(error)


def _private(config: Config, state: Path) -> Config:
    """Return `config` for a house that one person has alone: limits that share a server do not hold."""
    return config.model_copy(
        update={
            "data": Data(directory=str(state)),
            "queue": Queue(per_member=MANY, per_guild=MANY, attempts=config.queue.attempts),
            "episodes": config.episodes.model_copy(update={"quiet_s": 0.0}),
        }
    )


class _Run:
    """One script's way from its file to a film.

    Args:
        house: everything that is open; nobody else works in it.
        path: the script.
        text: what it holds.
        folder: where the results go.
        report: prints what happens.
    """

    def __init__(self, house: House, path: Path, text: str, folder: Folder, report: Reporter) -> None:
        self._house = house
        self._path = path
        self._text = text
        self._folder = folder
        self._report = report
        self._places: dict[str, str] = {}

    async def all(self, script: Script) -> int:
        """Take the script in, render and cut what is needed, and hand it over; returns the exit code."""
        episode, self._places = await take_in(self._house, script, self._text, self._path, self._report)
        ready = await self._house.renderer.start()
        self._report.engine(ready)
        await self._house.worker.recover()
        await self._house.room.recover()
        await self._leave_takes_of_others(episode, ready.engine)
        try:
            await self._queued(episode)
            async with self._working():
                sheet = await self._settled(episode.id)
        except asyncio.CancelledError:
            clips = await self._put_clips(await episodes.get(self._reader, episode.id))
            self._report.stopped(len(clips), len(episode.shots))
            raise
        return await self._handed_over(sheet)

    @property
    def _reader(self) -> Connection:
        return self._house.database.reading()

    async def _leave_takes_of_others(self, episode: Episode, engine: EngineName) -> None:
        """Let shots whose takes another engine rendered be rendered again: a storyboard is no take of the model's."""
        async with self._house.database.writing() as writer:
            for label, take in (await chosen_takes(writer, episode)).items():
                if take.engine == engine:
                    continue
                for other in await jobs.takes(writer, take.shot_id):
                    if other.status is Status.QUEUED:
                        await jobs.cancel(writer, other.id)
                written = next(shot for each, _, shot in episode.numbered() if each == label)
                await episodes.set_queued(writer, written.id, None)

    @asynccontextmanager
    async def _working(self) -> AsyncGenerator[None]:
        """Render and cut until the block ends. Nobody is told, so no poster is needed."""
        house = self._house
        for listener in (house.room, self._report):
            house.worker.listen(listener)
        house.room.listen(self._report.news.set)
        with alone():
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(work) for work in (house.worker.run(), house.room.run(_unlimited))]
                try:
                    yield
                finally:
                    for task in running:
                        task.cancel()

    async def _queued(self, episode: Episode) -> None:
        """Queue what has no take yet, unless it waits from an earlier run."""
        try:
            await self._house.production.render(episode.id, episode.version, WHO)
        except Refused as refused:
            if refused.key != "refused-cut-already":
                raise
        sheet = await self._sheet(episode.id)
        labels = {shot.shot_id: label for label, _, shot in sheet.episode.numbered() if shot.shot_id is not None}
        self._report.begins(labels, len(sheet.calls) - sheet.done)

    async def _settled(self, episode_id: int) -> CallSheet:
        """Wait until nothing more will come, and return where the episode stands then."""
        while True:
            self._report.news.clear()
            sheet = await self._sheet(episode_id)
            if not any(call.standing in {"waiting", "rendering"} for call in sheet.calls):
                planned = sheet.episode.status is not EpisodeStatus.RENDERING
                if sheet.done < len(sheet.calls) or (planned and sheet.cut and sheet.cut.status in CUT):
                    return sheet
            await self._report.news.wait()

    async def _sheet(self, episode_id: int) -> CallSheet:
        return await callsheet.sheet_of(self._reader, episode_id, self._house.intake.estimates.line)

    async def _put_clips(self, episode: Episode) -> dict[str, Path]:
        takes = await chosen_takes(self._reader, episode)
        put = await asyncio.to_thread(self._folder.put_clips, takes, self._house.config.directory)
        for label, path in put.items():
            self._report.clip(label, takes[label], path)
        return put

    async def _handed_over(self, sheet: CallSheet) -> int:
        """Put the results into the folder; returns the exit code."""
        await self._put_clips(sheet.episode)
        failed = [call for call in sheet.calls if call.standing != "done"]
        for call in failed:
            self._report.failed(call.label, call.failure, self._places[call.label])
        if failed or sheet.cut is None or sheet.cut.status is CutStatus.FAILED:
            self._report.no_film(None if failed or sheet.cut is None else sheet.cut.failure)
            return FAILED
        film, subtitles = await asyncio.to_thread(self._folder.put_film, sheet.cut, self._house.config.directory)
        self._report.film(film, subtitles, sheet.cut.seconds or 0.0)
        return OK


async def _unlimited(channel_id: int) -> int:
    """Take a film of any size."""
    del channel_id
    return UNLIMITED
