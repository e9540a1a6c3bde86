"""`RendererClient`: keeps one renderer process, and hands it the next shot as soon as it has room."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.renderer_client.child import Child, Timeouts
from bot.renderer_client.errors import Rejected, RenderCancelled, RendererDied, RenderFailed
from renderer.protocol import AHEAD, Cancel, Done, Failed, Prepare, Progress, Ready, Render, Settings, Shutdown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

log = logging.getLogger(__name__)

T = TypeVar("T")

COMMAND = (sys.executable, "-m", "renderer")
SECRETS = ("TWOHANDER_TOKEN",)
"""Environment variables that the renderer has no business with."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to wait before a respawn: doubled with each death in a row, without jitter, up to a cap."""

    first_s: float = 1.0
    cap_s: float = 60.0

    def delay(self, deaths: int) -> float:
        """Return the wait after `deaths` deaths (1 or more) since the last finished job."""
        return min(self.cap_s, self.first_s * 2 ** min(deaths - 1, 30))


@dataclass(slots=True, eq=False)
class _Job:
    report: Callable[[Progress], None]
    child: Child | None = None  # that it was sent to
    cancelled: bool = False
    task: asyncio.Task[Done] | None = None


class RendererClient:
    """A renderer that is respawned when it dies.

    Calls of `render` from several tasks are served in order. Two jobs at most are in work: while one is finished
    (decoded, encoded), the next is begun.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        backoff: Backoff | None = None,
        command: Sequence[str] = COMMAND,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Describe the renderer; nothing is started yet.

        Args:
            settings: what the process is started with.
            timeouts: the deadlines.
            backoff: the wait before a respawn.
            command: the program; `--settings JSON` is added to it.
            sleep: waits for the back-off.
        """
        self._command = (*command, "--settings", settings.model_dump_json())
        self._timeouts = timeouts or Timeouts()
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._child: Child | None = None
        self._deaths = 0  # since the last finished job
        self._closed = False
        self._turn = asyncio.Lock()  # held from when a shot may be sent until there is room for another
        self._prepared: tuple[Child | None, tuple[str, ...]] = (None, ())
        self._jobs: dict[int, _Job] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def ready(self) -> Ready | None:
        """What the living renderer said about itself, or None where there is none."""
        return None if self._child is None or self._child.gone else self._child.ready

    async def start(self) -> Ready:
        """Spawn the renderer, unless it lives, and wait until its engine is built and it has room for a shot.

        Raises:
            RendererDied: it could not be started, or ended, fell silent or took too long before it was ready.
        """
        task = self._launch(self._start())
        try:
            await asyncio.wait((task,))
        finally:
            task.cancel()
        return self._result(task)

    async def render(self, shot: Render, on_progress: Callable[[Progress], None]) -> Done:
        """Render `shot`; spawn the renderer first where there is none.

        If the awaiting task is cancelled, the job is cancelled too; the next call waits until there is room again.

        Args:
            shot: what to render; its `job` must not be in work already.
            on_progress: called on the event loop for each step.

        Raises:
            Rejected: it can never be rendered as it stands.
            RenderFailed: this job failed; the renderer lives.
            RendererDied: the renderer is gone; the next call respawns it.
            RenderCancelled: `cancel` was called in time.
        """
        if shot.job in self._jobs:
            raise ValueError(f"job {shot.job} is in work already")
        job = self._jobs[shot.job] = _Job(on_progress)
        job.task = task = self._launch(self._run(shot, job))
        task.add_done_callback(lambda _: self._jobs.pop(shot.job))
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            job.report = _ignore
            self.cancel(shot.job)
            raise
        if task.cancelled() and job.cancelled:
            raise RenderCancelled(f"job {shot.job} was cancelled before it was sent")
        return self._result(task)

    def cancel(self, job: int) -> None:
        """Cancel `job`: at its next step, or at once where the renderer does not have it yet; else do nothing."""
        known = self._jobs.get(job)
        if known is None or known.cancelled:
            return
        known.cancelled = True
        if known.child is not None:
            known.child.send(Cancel(job=job))
        elif known.task is not None:
            known.task.cancel()

    def prepare(self, prompts: Sequence[str]) -> None:
        """Tell the renderer, where there is one, which prompts may come next, in order; the first few count."""
        told = (self._child, tuple(dict.fromkeys(prompts))[:AHEAD])
        if self._child is not None and self.ready is not None and told != self._prepared:
            self._prepared = told
            self._child.send(Prepare(prompts=told[1]))

    async def close(self) -> None:
        """End the renderer. Calls that still wait raise `RendererDied`, and so does every later one."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        if self._child is not None:
            self._child.send(Shutdown())
            await self._child.end("the client was closed")

    def _launch(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Run `work` in a task of its own: what it does to the child must not stop half-way with its caller."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._landed)
        return task

    def _landed(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # the caller may be gone: mark it as seen

    def _result(self, task: asyncio.Task[T]) -> T:
        if task.cancelled():
            raise RendererDied("the client was closed")
        return task.result()

    async def _start(self) -> Ready:
        async with self._turn:
            return await (await self._living_child()).until_ready()

    async def _run(self, shot: Render, job: _Job) -> Done:
        async with self._turn:
            child = await self._living_child()
            await child.until_ready()
            job.child = child
            assignment = child.begin(shot, lambda progress: job.report(progress))  # noqa: PLW0108 - it may change
            await assignment.room.wait()
        match await asyncio.shield(assignment.end):  # the child decides it though this task is cancelled
            case Done() as done:
                self._deaths = 0
                return done
            case Failed() as failed:
                raise _failure(failed)
            case RendererDied() as died:
                await _remove_part(shot)
                raise died

    async def _living_child(self) -> Child:
        """Return the present child or, after a wait where the last one died, a new one."""
        if self._closed:
            raise RendererDied("the client was closed")
        if self._child is not None and self._child.gone:
            await self._child.end("the renderer ended")  # it has: this waits for the rest of its stderr
            self._child = None
            self._deaths += 1
        if self._child is None:
            if self._deaths:
                await self._sleep(self._backoff.delay(self._deaths))
            try:
                self._child = await Child.spawn(self._command, _environment(), self._timeouts)
            except RendererDied:
                self._deaths += 1
                raise
        return self._child


def _failure(event: Failed) -> Rejected | RenderFailed | RenderCancelled:
    match event.kind:
        case "rejected":
            return Rejected(event.message)
        case "cancelled":
            return RenderCancelled(event.message)
        case _:
            return RenderFailed(event.message, kind=event.kind, retryable=event.retryable)


def _ignore(_progress: Progress) -> None:
    """Show no progress: nobody awaits this job any more."""


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SECRETS}


async def _remove_part(shot: Render) -> None:
    """Remove what a renderer that died left of its clip."""
    await asyncio.to_thread(Path(f"{shot.output}.part").unlink, missing_ok=True)
