"""The one consumer of the queue: takes the next job, has it rendered, and records what became of it.

A job is claimed when the renderer has room for it, not before: one is denoised while another is encoded and a third
looked at. The database is the queue; `changed` only spares it the polling. The row decides: a job that was cancelled
while it rendered is found CANCELLED when it is done, and its clip is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot import footage, render_request, scheduling
from bot.dailies import unseen
from bot.ledger import Ledger
from bot.renderer_client import Rejected, RenderCancelled, RendererDied, RenderFailed
from db import jobs, shots
from db.disk import DiskUnusable
from db.models import Job, Shot, Status
from renderer import protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.config import Config
    from bot.dailies import Looking
    from bot.ledger import Listener
    from db.connection import Database

log = logging.getLogger(__name__)

UNDER_WAY = 3
"""Jobs at most that are claimed and not settled: one is begun, one finished by the renderer, and one looked at."""


class Renderer(Protocol):
    """What the worker needs of the renderer process."""

    async def start(self) -> protocol.Ready:
        """Start the process, unless it lives, and wait until it has room for a shot. Raises RendererDied."""
        ...

    async def render(self, shot: protocol.Render, on_progress: Callable[[protocol.Progress], None]) -> protocol.Done:
        """Render one take."""
        ...

    def prepare(self, prompts: Sequence[str]) -> None:
        """Tell which prompts come next."""
        ...

    def cancel(self, job: int) -> None:
        """Stop `job` at its next step."""
        ...


class Worker:
    """Drives jobs through their states.

    Args:
        database: the queue.
        renderer: renders.
        config: limits, and where clips go.
        look: looks at each finished clip; one that is flawed is rendered once more, with another seed.
        patient: wait for a renderer that does not start, however long; else `run` ends with its RendererDied.
    """

    def __init__(
        self,
        database: Database,
        renderer: Renderer,
        config: Config,
        look: Looking = unseen,
        *,
        patient: bool = True,
    ) -> None:
        self._database = database
        self._renderer = renderer
        self._config = config
        self._look = look
        self._patient = patient
        self._ledger = Ledger(database)
        self._wake = asyncio.Event()
        self._under_way: dict[int, Job] = {}
        self._stopped: set[int] = set()  # of those under way
        self._handed_over = asyncio.Event()  # the renderer knows of all of them, and so whether it has room
        self._handed_over.set()
        self._handing: int | None = None  # the job that was claimed last
        self._alone: set[int] = set()
        self._refusals = 0  # clips that the disk did not take, since it took one
        self._looking: set[asyncio.Task[None]] = set()
        self.engine: protocol.EngineName = "animatic" if config.renderer.engine == "animatic" else "ltx"

    @property
    def clips(self) -> Path:
        """The folder of the finished clips."""
        return self._config.directory / "clips"

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear of every move and step from now on."""
        self._ledger.listen(listener)

    def changed(self, job: Job) -> None:
        """Look at the queue again: `job` was queued or cancelled, and its row is committed."""
        self._ledger.tell(job)
        self._wake.set()

    def stop(self, job_id: int) -> None:
        """Stop rendering a job whose row was moved to CANCELLED; does nothing if it is not rendered."""
        if job_id in self._under_way:
            self._stopped.add(job_id)  # the renderer may not have it yet
            self._renderer.cancel(job_id)

    async def recover(self) -> None:
        """Bring what an earlier run left behind to where it can go on. Call once, before `run`."""
        reader = self._database.reading()
        rendering = await jobs.with_status(reader, Status.RENDERING)
        for job in rendering:
            log.info("[job %d] was rendering when the bot stopped", job.id)
            await self._after_end(job, beside=len(rendering) - 1)
        for job in await jobs.with_status(reader, Status.RENDERED):
            try:
                gone = not job.clip_path or await asyncio.to_thread(footage.is_gone, self.clips.parent / job.clip_path)
            except footage.AwayError as error:  # whoever posts it waits, too
                log.error("[job %d] nobody can tell whether its clip is there: %s", job.id, error)  # noqa: TRY400 - as it says
                continue
            if gone:
                log.warning("[job %d] its clip is gone: rendering it again", job.id)
                await self._ledger.requeue(job)

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            ExceptionGroup: it cannot go on: the database's sqlite3.Error; RendererDied, DiskUnusable if nobody waits.
        """
        try:
            async with asyncio.TaskGroup() as works:
                while True:
                    self._wake.clear()
                    try:
                        job = await self.take_next()
                    except RendererDied as error:
                        if not self._patient:
                            raise
                        # The client waits longer before each new try; the queue waits with it.
                        log.error("the renderer does not start: %s", error)  # noqa: TRY400 - its last words are in it
                        continue
                    if job is None:
                        await self._wake.wait()
                    else:
                        works.create_task(self.see_through(job))
        finally:
            if self._looking:
                await asyncio.wait(tuple(self._looking))
            # The bot is told to stop, or cannot go on: that is not the jobs' fault, however often it happens.
            try:
                for job_id in tuple(self._under_way):
                    await self._ledger.release(self._under_way.pop(job_id))
            except (sqlite3.Error, DiskUnusable) as error:  # `recover` finds them; why the bot stops must not be hidden
                log.error("jobs could not be released: %s", error)  # noqa: TRY400 - there is no more to it

    async def take_next(self) -> Job | None:
        """Claim the next job as soon as there is room for it; return None where nothing is queued.

        Raises:
            RendererDied: the renderer does not start; no job was touched.
            DiskUnusable: as for `run`.
        """
        while await self._line():
            await self._handed_over.wait()
            # Before a job is claimed: that the renderer does not start is not the job's fault and costs it no attempt.
            self.engine = (await self._renderer.start()).engine
            first = next(iter(await self._line()), None)
            if first is None:
                break
            if not self._has_room_for(first.job_id):
                self._wake.clear()
                await self._wake.wait()
                continue
            job = await self._ledger.start(first.job_id)
            if job is not None:
                self._under_way[job.id] = job
                self._handing = job.id
                self._handed_over.clear()
                return job
        return None

    async def see_through(self, job: Job) -> None:
        """Have a claimed job rendered and looked at, and record what became of it."""
        try:
            shot = await shots.get(self._database.reading(), job.shot_id)
            await self._prepare(shot)
            await self._render(job, shot)
        except DiskUnusable:
            raise
        except Exception:  # whatever went wrong, the next member's shot must not wait for it
            log.exception("[job %d] broke the worker", job.id)
            await self._fail(job, "failure-render")
        # Not where the bot is told to stop: `run` sees to what is left then.
        del self._under_way[job.id]
        self._stopped.discard(job.id)
        if self._handing == job.id:  # the end of another one says nothing of it
            self._handed_over.set()
        self._wake.set()

    def _has_room_for(self, job_id: int) -> bool:
        """Return whether a job may be claimed: a renderer has died with two in work of those that are to be alone."""
        if not self._under_way:
            return True
        most = 1 if self._refusals else UNDER_WAY  # one at a time tries whether the disk has room
        return len(self._under_way) < most and self._alone.isdisjoint((job_id, *self._under_way))

    async def _prepare(self, shot: Shot) -> None:
        """Tell the renderer what comes at once, and what behind it."""
        behind = [waiting.shot_id for waiting in await self._line()][: protocol.AHEAD - 1]
        self._renderer.prepare([shot.prompt, *await shots.prompts(self._database.reading(), behind)])

    async def _line(self) -> list[jobs.Waiting]:
        reader = self._database.reading()
        return scheduling.order(await jobs.waiting(reader), await jobs.last_started(reader))

    async def _render(self, job: Job, shot: Shot) -> None:
        # An animatic shows no style, so that it needs none.
        if self.engine == "ltx" and shot.style_lora and self._config.loras.find(shot.style_lora) is None:
            log.warning("[job %d] the style LoRA %r is not configured any more", job.id, shot.style_lora)
            await self._fail(job, "failure-style-gone")
            return
        log.info("[job %d] rendering shot %d take %d, attempt %d", job.id, shot.number, job.take, job.attempts)
        engine = self.engine
        try:
            await asyncio.to_thread(footage.make_folder, self.clips)
            rendering = asyncio.ensure_future(self._hand_over(job, shot))
            self._handed_over.set()
            done = await rendering
        except footage.AwayError as error:
            await self._later(job, str(error))
        except RenderCancelled:
            log.info("[job %d] stopped", job.id)
        except Rejected as error:
            log.warning("[job %d] rejected: %s", job.id, error)
            await self._fail(job, "failure-rejected")
        except RenderFailed as error:
            log.warning("[job %d] failed: %s", job.id, error)
            failure = "failure-memory" if error.kind == "out_of_memory" else "failure-render"
            if error.kind == "disk":
                await self._later(job, str(error))
            else:
                await (self._again_or_fail(job, failure) if error.retryable else self._fail(job, failure))
        except RendererDied as error:
            log.warning("[job %d] the renderer died: %s", job.id, error)
            await self._after_end(job, beside=len(error.jobs) - 1)
        else:
            looking = asyncio.create_task(self._rendered(job, done, engine))
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)
            await asyncio.shield(looking)  # what is rendered is not rendered again because the bot stops now

    async def _hand_over(self, job: Job, shot: Shot) -> protocol.Done:
        """Have a job rendered unless it was stopped, in one step: who stops it later finds it with the renderer."""
        if job.id in self._stopped:
            raise RenderCancelled(f"job {job.id} was stopped before it was handed over")
        return await self._renderer.render(
            render_request.of_take(job, shot, self._config, self.clips),
            lambda progress: self._ledger.tell_progress(job, shot, progress),
        )

    async def _after_end(self, job: Job, beside: int) -> None:
        """Queue a job again whose renderer, or bot, ended. With others `beside` it, nobody knows which of them did it.

        None is charged with an attempt then, and each gets the renderer to itself the next time.
        """
        if beside > 0:
            self._alone.add(job.id)
            await self._ledger.release(job)
        else:
            await self._again_or_fail(job, "failure-renderer-died")

    async def _rendered(self, job: Job, done: protocol.Done, engine: protocol.EngineName) -> None:
        self._alone.discard(job.id)
        self._refusals = 0
        path = Path(done.path)
        look = await self._look(path, engine)
        if look.faults:
            log.warning("[job %d] its take is flawed: %s", job.id, ", ".join(look.faults))
        clip = path.relative_to(self._config.directory).as_posix()
        if await self._ledger.rendered(job, done, clip, engine, look) is None:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _later(self, job: Job, why: str) -> None:
        """Queue a job again whose clip the disk did not take, after a pause, as if it had not been claimed."""
        self._refusals += 1
        disk = self._database.disk
        await disk.wait(await disk.refuses(why), self._refusals - 1)
        await self._ledger.release(job)

    async def _again_or_fail(self, job: Job, failure: str) -> None:
        """Queue the job again, or fail it when it was tried often enough: one that kills the renderer must not loop."""
        if job.attempts >= self._config.queue.attempts:
            await self._fail(job, failure)
        else:
            await self._ledger.requeue(job)

    async def _fail(self, job: Job, failure: str) -> None:
        self._alone.discard(job.id)
        await self._ledger.fail(job, failure)
