"""One renderer process, from its spawning until it is reaped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pydantic import ValidationError

from bot.renderer_client.errors import RendererDied
from bot.renderer_client.stderr import StderrLog
from renderer.protocol import EVENT, Done, Failed, Free, Heartbeat, Message, Progress, Ready, Render, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

log = logging.getLogger(__name__)

LINE_LIMIT = 1_048_576  # bytes of one answer; real ones have a few hundred
TICKS = 4  # see `Child._next`
TRAIL_S = 0.2  # stderr is another pipe: what a job wrote last, its traceback above all, may be read after its answer


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until the renderer is taken for dead.

    Attributes:
        ready_s: from the spawn to READY.
        silence_s: without any message, heartbeats included.
        job_s: for one job, from sending it to its answer.
        grace_s: between SIGTERM and SIGKILL.
    """

    ready_s: float = 180.0
    silence_s: float = 20.0
    job_s: float = 1800.0
    grace_s: float = 5.0


class _Fault(Exception):
    """Why this child is given up. `leaving`: it is ending by itself, so its exit code is worth waiting for."""

    def __init__(self, reason: str, *, leaving: bool = False) -> None:
        super().__init__(reason)
        self.leaving = leaving


class Assignment:
    """A job that a child has.

    Attributes:
        room: set when the child has room for the next job: this one is free or decided, or the child is no more.
        end: what became of the job.
    """

    def __init__(self, report: Callable[[Progress], None], deadline: asyncio.TimerHandle) -> None:
        """Note a job that was just sent.

        Args:
            report: called for each step; what it raises is logged.
            deadline: ends the child when the job takes too long.
        """
        self.room = asyncio.Event()
        self.end: asyncio.Future[Done | Failed | RendererDied] = asyncio.get_running_loop().create_future()
        self._report = report
        self._deadline = deadline

    def report(self, progress: Progress) -> None:
        """Pass a step on."""
        try:
            self._report(progress)
        except Exception:
            log.exception("[job %d] Progress could not be shown.", progress.job)

    def decide(self, end: Done | Failed | RendererDied) -> None:
        """Tell what became of the job."""
        self._deadline.cancel()
        self.end.set_result(end)
        self.room.set()


class Child:
    """A running renderer.

    Attributes:
        ready: what it said when its engine was built; None before.
        died: why it is no more; None while it lives.
    """

    def __init__(self, process: asyncio.subprocess.Process, timeouts: Timeouts) -> None:
        """Take over `process`, whose three standard streams are pipes."""
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("the process needs three pipes")
        self.ready: Ready | None = None
        self.died: RendererDied | None = None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._stderr = StderrLog(process.stderr, lambda: (*self._decided, *self._assignments))
        self._timeouts = timeouts
        self._assignments: dict[int, Assignment] = {}
        self._decided: list[int] = []  # jobs whose last lines on stderr may still come
        self._settled = asyncio.Event()  # READY or dead
        self._told_to_end: asyncio.Future[_Fault] = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live(), name=f"renderer {process.pid}")

    @classmethod
    async def spawn(cls, command: Sequence[str], environment: Mapping[str, str], timeouts: Timeouts) -> Self:
        """Start `command` in a session of its own, so that Ctrl-C in the terminal does not reach it.

        It asks the kernel to be killed when the thread that started it ends: call this on the main thread's loop.

        Raises:
            RendererDied: the command could not be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                start_new_session=True,
                limit=LINE_LIMIT,
            )
        except OSError as error:
            raise RendererDied(f"the renderer could not be started: {error}") from error
        return cls(process, timeouts)

    @property
    def gone(self) -> bool:
        """Whether the process has ended or is made to; `died` may follow a moment later."""
        return self.died is not None or self._process.returncode is not None or self._told_to_end.done()

    async def until_ready(self) -> Ready:
        """Wait for READY.

        Raises:
            RendererDied: it ended, fell silent or took too long.
        """
        while True:
            if self.died is not None:
                raise self.died
            if self.ready is not None:
                return self.ready
            await self._settled.wait()

    def begin(self, shot: Render, report: Callable[[Progress], None]) -> Assignment:
        """Send `shot`, and pass its steps on to `report`."""
        self._decided.clear()
        seconds = self._timeouts.job_s
        deadline = asyncio.get_running_loop().call_later(
            seconds, self._give_up, f"job {shot.job} was not done within {seconds:g} s"
        )
        assignment = self._assignments[shot.job] = Assignment(report, deadline)
        self.send(shot)
        return assignment

    def send(self, message: Message) -> None:
        """Send `message`. To a child that is dying it is lost, and the job's end tells of the death."""
        if not self._stdin.is_closing():
            self._stdin.write(encode(message))

    async def end(self, reason: str) -> RendererDied:
        """End the process, SIGTERM first and then SIGKILL; return its death."""
        self._give_up(reason)
        await asyncio.wait((self._life,))
        return self._life.result()

    def _give_up(self, reason: str) -> None:
        if not self._told_to_end.done():
            self._told_to_end.set_result(_Fault(reason))

    async def _live(self) -> RendererDied:
        """See to the process until it is reaped; return what became of it."""
        draining = asyncio.create_task(self._stderr.drain())
        listening = asyncio.create_task(self._listen())
        await asyncio.wait((listening, self._told_to_end), return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            level, fault = logging.WARNING, listening.result()
        else:
            level, fault = logging.INFO, self._told_to_end.result()
            listening.cancel()
        code = await self._reap(leaving=fault.leaving)
        # A program that the child started may hold its stderr open for long.
        await asyncio.wait((draining,), timeout=self._timeouts.grace_s)
        draining.cancel()
        died = RendererDied(str(fault), code=code, stderr=self._stderr.tail, jobs=tuple(self._assignments))
        log.log(level, "%s", died)
        self.died = died
        for assignment in self._assignments.values():
            assignment.decide(died)
        self._assignments.clear()
        self._settled.set()
        return died

    async def _listen(self) -> _Fault:
        """Pass messages on until this child must be given up; return why."""
        try:
            async with asyncio.timeout(self._timeouts.ready_s):
                while self.ready is None:
                    self._take(await self._next())
            while True:
                self._take(await self._next())
        except TimeoutError:
            return _Fault(f"the renderer was not ready within {self._timeouts.ready_s:g} s")
        except _Fault as fault:
            return fault
        except OSError as error:
            return _Fault(f"the renderer's answers could not be read: {error}")

    async def _next(self) -> Ready | Progress | Free | Done | Failed | Heartbeat:
        """Return the next message.

        The silence deadline is counted in ticks: where this process was suspended or its loop was held up, one tick is
        lost at most, and what the child wrote meanwhile is read before it is called silent.

        Raises:
            _Fault: the child closed its pipe, broke the protocol, or was silent for too long.
        """
        for _ in range(TICKS):
            try:
                async with asyncio.timeout(self._timeouts.silence_s / TICKS):
                    line = await self._stdout.readline()
                break
            except TimeoutError:
                continue
            except ValueError:  # what readline makes of LimitOverrunError
                raise _Fault(f"the renderer wrote a line of more than {LINE_LIMIT} bytes to its protocol") from None
        else:
            raise _Fault(f"the renderer was silent for {self._timeouts.silence_s:g} s")
        if not line.endswith(b"\n"):
            raise _Fault("the renderer ended", leaving=True)
        try:
            return EVENT.validate_json(line)
        except ValidationError as error:
            log.error("Not a message of the renderer: %.500r", line)  # noqa: TRY400 - the cause is chained
            raise _Fault("the renderer wrote something else than its protocol") from error

    def _take(self, event: Ready | Progress | Free | Done | Failed | Heartbeat) -> None:
        match event:
            case Heartbeat():
                pass
            case Ready():
                self.ready = event
                self._settled.set()
                log.info("Renderer ready after %.1f s: %s. %s", event.seconds, event.engine, event.reason)
            case Progress() | Free() | Done() | Failed():
                if event.job is None:
                    raise _Fault(f"the renderer could not start: {event.message}", leaving=True)
                self._hear(event.job, event)

    def _hear(self, job: int, event: Progress | Free | Done | Failed) -> None:
        """Pass on what is said of `job`."""
        assignment = self._assignments.get(job)
        if assignment is None:
            log.error("The renderer speaks of job %d, which it does not have: %s", job, event)
        elif isinstance(event, Progress):
            assignment.report(event)
        elif isinstance(event, Free):
            assignment.room.set()
        else:
            del self._assignments[job]
            self._decided.append(job)
            asyncio.get_running_loop().call_later(TRAIL_S, self._forget, job)
            assignment.decide(event)

    def _forget(self, job: int) -> None:
        if job in self._decided:
            self._decided.remove(job)

    async def _reap(self, *, leaving: bool) -> int | None:
        """Wait for the process to end, helping as much as needed; return its exit code."""
        if leaving and await self._exited():
            return self._process.returncode
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        if not await self._exited() and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # with whatever it started
            await self._exited()
        return self._process.returncode

    async def _exited(self) -> bool:
        """Wait for the grace period; return whether the process has ended by then."""
        try:
            async with asyncio.timeout(self._timeouts.grace_s):
                await self._process.wait()
        except TimeoutError:
            return False
        return True
