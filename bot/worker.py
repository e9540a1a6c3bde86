"""The one consumer of the queue: takes the next job, has it rendered, and records what became of it.

A job is claimed when the renderer has room for it, not before: one is denoised while another is encoded and a third
looked at. The database is the queue; `changed` only spares it the polling. The row decides: a job that was cancelled
while it rendered is found CANCELLED when it is done, and its clip is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot import scheduling
from bot.dailies import unseen
from bot.renderer_client import Rejected, RenderCancelled, RendererDied, RenderFailed
from db import jobs, shots
from db.models import Job, Shot, Status
from renderer import protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiosqlite import Connection

    from bot.config import Config
    from bot.dailies import Looking
    from db.connection import Database

log = logging.getLogger(__name__)


SEED_BITS = 32

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


class Listener(Protocol):
    """Who wants to hear of the work: the outbox, or the command line."""

    def job_changed(self, job: Job) -> None:
        """A job has moved; its row is committed."""
        ...

    def job_progress(self, job: Job, shot: Shot, progress: protocol.Progress) -> None:
        """A step of a rendering job is done."""
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
        self._listeners: list[Listener] = []
        self._wake = asyncio.Event()
        self._under_way: dict[int, Job] = {}
        self._stopped: set[int] = set()  # of those under way
        self._handed_over = asyncio.Event()  # the renderer knows of all of them, and so whether it has room
        self._handed_over.set()
        self._handing: int | None = None  # the job that was claimed last
        self._alone: set[int] = set()
        self._looking: set[asyncio.Task[None]] = set()
        self.engine: protocol.EngineName = "animatic" if config.renderer.engine == "animatic" else "ltx"

    @property
    def clips(self) -> Path:
        """The folder of the finished clips."""
        return self._config.directory / "clips"

    def listen(self, listener: Listener) -> None:
        """Let `listener` hear of every move and step from now on."""
        self._listeners.append(listener)

    def changed(self, job: Job) -> None:
        """Look at the queue again: `job` was queued or cancelled, and its row is committed."""
        self._tell(job)
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
            if job.clip_path is None or not await asyncio.to_thread((self._config.directory / job.clip_path).is_file):
                log.warning("[job %d] its clip is gone: rendering it again", job.id)
                await self._move(job, lambda writer, job=job: jobs.requeue(writer, job.id))

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            ExceptionGroup: it cannot go on: the database's sqlite3.Error, or RendererDied where it is not patient.
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
                    await self._release(self._under_way.pop(job_id))
            except sqlite3.Error:  # `recover` finds them; why the bot stops must not be hidden by this
                log.exception("jobs could not be released")

    async def take_next(self) -> Job | None:
        """Claim the next job as soon as there is room for it; return None where nothing is queued.

        Raises:
            RendererDied: the renderer does not start; no job was touched.
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
            job = await self._move(first, lambda writer, job_id=first.job_id: jobs.start(writer, job_id))
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
        return len(self._under_way) < UNDER_WAY and self._alone.isdisjoint((job_id, *self._under_way))

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
            rendering = asyncio.ensure_future(self._hand_over(job, shot))
            self._handed_over.set()
            done = await rendering
        except RenderCancelled:
            log.info("[job %d] stopped", job.id)
        except Rejected as error:
            log.warning("[job %d] rejected: %s", job.id, error)
            await self._fail(job, "failure-rejected")
        except RenderFailed as error:
            log.warning("[job %d] failed: %s", job.id, error)
            failure = "failure-memory" if error.kind == "out_of_memory" else "failure-render"
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
            self._request(job, shot), lambda progress: self._tell_progress(job, shot, progress)
        )

    async def _after_end(self, job: Job, beside: int) -> None:
        """Queue a job again whose renderer, or bot, ended. With others `beside` it, nobody knows which of them did it.

        None is charged with an attempt then, and each gets the renderer to itself the next time.
        """
        if beside > 0:
            self._alone.add(job.id)
            await self._release(job)
        else:
            await self._again_or_fail(job, "failure-renderer-died")

    def _request(self, job: Job, shot: Shot) -> protocol.Render:
        self.clips.mkdir(parents=True, exist_ok=True)
        return protocol.Render(
            job=job.id,
            prompt=shot.prompt,
            seed=job.seed,
            width=shot.width,
            height=shot.height,
            frames=shot.frames,
            pins=tuple(
                protocol.Pin(path=str(self._config.directory / pin.path), frame=pin.frame, strength=shot.pin_strength)
                for pin in shot.pins
            ),
            lora_strength=shot.lora_strength,
            styles=self._styles(shot),
            trim=self._config.clip.trim_frames,
            output=str(self.clips / f"shot-{shot.number:04}-take-{job.take}-job-{job.id}.mp4"),
            slate=protocol.Slate(
                number=shot.number,
                take=job.take,
                names=tuple(member.name for member in shot.cast),
                description=shot.words,
            ),
        )

    def _styles(self, shot: Shot) -> tuple[protocol.StyleLora, ...]:
        found = self._config.loras.find(shot.style_lora)
        return (protocol.StyleLora(path=found[1].file, strength=shot.style_strength),) if found else ()

    async def _rendered(self, job: Job, done: protocol.Done, engine: protocol.EngineName) -> None:
        self._alone.discard(job.id)
        path = Path(done.path)
        look = await self._look(path, engine)
        again: list[Job] = []

        async def move(writer: Connection) -> Job:
            moved = await jobs.rendered(
                writer,
                job.id,
                engine=engine,
                clip_path=path.relative_to(self._config.directory).as_posix(),
                frames=done.frames,
                stages=done.stages,
                inspection=look.as_dict(),
            )
            # Once: where the second try is flawed too, its words are, and its message says so.
            if look.faults and job.cause != "inspection":
                again.append(await self._add_again(writer, job))
            return moved

        if look.faults:
            log.warning("[job %d] its take is flawed: %s", job.id, ", ".join(look.faults))
        if await self._move(job, move) is None:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        else:
            for extra in again:
                self.changed(extra)

    async def _add_again(self, writer: Connection, job: Job) -> Job:
        return await jobs.add(
            writer,
            shot_id=job.shot_id,
            take=await jobs.last_take(writer, job.shot_id) + 1,
            seed=secrets.randbits(SEED_BITS),
            requested_by=job.requested_by,
            overrides=job.overrides,
            again_of=job.id,
            cause="inspection",
        )

    async def _again_or_fail(self, job: Job, failure: str) -> None:
        """Queue the job again, or fail it when it was tried often enough: one that kills the renderer must not loop."""
        if job.attempts >= self._config.queue.attempts:
            await self._fail(job, failure)
        else:
            await self._move(job, lambda writer: jobs.requeue(writer, job.id))

    async def _release(self, job: Job) -> None:
        await self._move(job, lambda writer: jobs.release(writer, job.id))

    async def _fail(self, job: Job, failure: str) -> None:
        self._alone.discard(job.id)
        await self._move(job, lambda writer: jobs.fail(writer, job.id, failure))

    async def _move(self, job: Job | jobs.Waiting, move: Callable[[Connection], Awaitable[Job]]) -> Job | None:
        """Make one checked move in a transaction of its own; None where the row was moved by someone else meanwhile."""
        try:
            async with self._database.writing() as writer:
                moved = await move(writer)
        except jobs.StaleMoveError as error:
            log.info("%s (%s)", error, job)
            return None
        self._tell(moved)
        return moved

    def _tell(self, job: Job) -> None:
        for listener in self._listeners:
            listener.job_changed(job)

    def _tell_progress(self, job: Job, shot: Shot, progress: protocol.Progress) -> None:
        for listener in self._listeners:
            listener.job_progress(job, shot, progress)
