"""The composition root: opens every resource, wires the parts, and closes in reverse."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot import cutting, dailies
from bot.breakdown import Breakdown
from bot.callboard import Callboard
from bot.cutting_room import CuttingRoom
from bot.directing import Directing
from bot.drafting import Drafting
from bot.episodes import Writing
from bot.intake import Intake
from bot.outbox import Outbox
from bot.premiere import Premiere
from bot.production import Production
from bot.rehearsal import Rehearsal
from bot.renderer_client import RendererClient, RendererDied, Timeouts
from bot.retention import Retention
from bot.rewriting import Rewriting
from bot.roster import Roster
from bot.voting import Voting
from bot.worker import Worker
from db.connection import Database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator
    from pathlib import Path

    from bot.ballots import Ballots
    from bot.config import Config
    from bot.poster import Poster

log = logging.getLogger(__name__)


class DataFolderError(Exception):
    """The data directory cannot be used. The message says which and why.

    DataFolderError
    └── AlreadyRunningError    another Twohander works in it
    """


class AlreadyRunningError(DataFolderError):
    """Another Twohander works in this data directory."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that is open."""

    config: Config
    database: Database
    renderer: RendererClient
    worker: Worker
    intake: Intake
    drafting: Drafting
    roster: Roster
    voting: Voting
    directing: Directing
    writing: Writing
    room: CuttingRoom
    breakdown: Breakdown
    production: Production
    rehearsal: Rehearsal


@asynccontextmanager
async def open_house(config: Config, *, patient: bool = True) -> AsyncGenerator[House]:
    """Open the data directory, the database and the (not yet started) renderer.

    Args:
        config: what the operator set.
        patient: whether to wait for a renderer that does not start, and for a disk that takes no writes.

    Raises:
        AlreadyRunningError: another process has the data directory.
        DataFolderError: it cannot be made or written to.
        DatabaseTooNewError, MigrationChangedError, sqlite3.Error: from the database.
    """
    with _only_one(config.directory):
        database = await Database.open(config.directory / "twohander.sqlite3", patient=patient)
        deadlines = config.renderer.deadlines
        renderer = RendererClient(
            config.renderer_settings(),
            timeouts=Timeouts(ready_s=deadlines.ready_s, silence_s=deadlines.silence_s, job_s=deadlines.job_s),
        )
        worker = Worker(database, renderer, config, dailies.look, patient=patient)
        intake = Intake(database, config, worker, lambda: worker.engine)
        voting = Voting(database, config, worker.changed)
        room = CuttingRoom(database, config, patient=patient)
        writing = Writing(database, config, intake, room)
        breakdown = Breakdown(database, config, intake)
        production = Production(database, intake, breakdown, room)
        rewriting = Rewriting(database, writing, production)
        try:
            yield House(
                config,
                database,
                renderer,
                worker,
                intake,
                Drafting(database, intake),
                Roster(database, config),
                voting,
                Directing(database, config, intake, voting, worker.changed, rewrite=rewriting),
                writing,
                room,
                breakdown,
                production,
                Rehearsal(config, intake),
            )
        finally:
            try:
                await renderer.close()
            finally:  # an open database keeps the process alive
                await database.close()


@asynccontextmanager
async def working(house: House, poster: Poster, ballots: Ballots | None = None) -> AsyncGenerator[Outbox]:
    """Recover what an earlier run left, then work, cut, post and count votes until the block ends.

    Args:
        house: what is open.
        poster: where messages go.
        ballots: where votes come from; None: nobody votes.

    What the block or one of the parts raises comes out as it is, not in a group of one.

    Raises:
        ExceptionGroup: several of them broke at once; each handles what is to be expected.
    """
    fit = partial(cutting.fit, ffmpeg_program=house.config.clip.ffmpeg)
    outbox = Outbox(house.database, house.config.directory, poster, house.intake.estimates.place_of, fit)
    premiere = Premiere(
        *(house.database, house.config.directory, poster, house.intake.estimates.line, fit),
        quiet_s=house.config.episodes.quiet_s,
    )
    callboard = Callboard(house.database, house.config.directory, poster, fit, house.intake)
    house.writing.listen(callboard.wake)
    for listener in (outbox, premiere, house.room):
        house.worker.listen(listener)
    # A take counts as one from when it is rendered; that its clip cannot be posted takes it away again.
    outbox.listen(house.room.job_changed)
    house.voting.listen(house.room.choice_changed)
    house.room.listen(premiere.wake)
    premiere.listen(house.room.changed)
    if ballots is not None:
        house.worker.listen(house.voting)
        outbox.listen(house.voting.job_changed)

    async def work() -> None:
        # Here, so that members are answered while recovery waits for a disk that takes no writes.
        await house.worker.recover()
        await house.room.recover()
        async with asyncio.TaskGroup() as loops:
            for loop in (
                *(house.worker.run(), outbox.run(), premiere.run(), callboard.run()),
                *(house.room.run(poster.limit, poster.name), Retention(house.database, house.config).run()),
            ):
                loops.create_task(_or_all_end(loop, house.database))
            if ballots is not None:
                loops.create_task(_or_all_end(house.voting.run(ballots), house.database))

    with alone():
        async with asyncio.TaskGroup() as tasks:
            # Not waited for: shots queue and are told of while the weights load.
            running = [tasks.create_task(each) for each in (work(), _start_renderer(house))]
            try:
                yield outbox
            finally:
                house.database.disk.hurry()
                for task in running:
                    task.cancel()


@contextmanager
def alone() -> Generator[None]:
    """Take an exception out of the groups that hold nothing else."""
    try:
        yield
    except ExceptionGroup as group:
        raise _only(group) from None


def _only(error: Exception) -> Exception:
    """Return what a group of one holds, however deep; else `error` as it is."""
    inside: tuple[Exception, ...] = getattr(error, "exceptions", ())
    return _only(inside[0]) if len(inside) == 1 else error


async def _or_all_end(loop: Awaitable[None], database: Database) -> None:
    """Run a loop; where it breaks, the others end too, and must not wait first for a disk that takes no writes."""
    try:
        await loop
    except Exception:
        database.disk.hurry()
        raise


async def _start_renderer(house: House) -> None:
    try:
        ready = await house.renderer.start()
    except RendererDied as error:
        log.error("the renderer does not start: %s", error)  # noqa: TRY400 - its last words are in the text
    else:
        log.info("engine %s on %s: %s (ready after %.1f s)", ready.engine, ready.device, ready.reason, ready.seconds)


@contextmanager
def _only_one(directory: Path) -> Generator[None]:
    """Hold a lock that dies with the process: two bots on one queue would post everything twice."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "lock").open("w")
    except OSError as error:
        raise DataFolderError(f"the data folder {directory} cannot be used: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"another Twohander works in {directory}; stop it first") from None
        yield
