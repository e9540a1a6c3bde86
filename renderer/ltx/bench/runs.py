"""Shots timed, from request to finished file: through a renderer process, through an engine in this one, with stock."""

from __future__ import annotations

import logging
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol, Self, TypeVar, cast

from renderer.ltx.bench import child, footage
from renderer.ltx.bench.case import NEW
from renderer.ltx.engine import LtxEngine
from renderer.protocol import AHEAD, EVENT, Done, Failed, Free, Message, Prepare, Progress, Ready, Shutdown, encode

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from renderer.ltx.bench.load import Load, LoadMeter
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", Ready, Done)


@dataclass(slots=True)
class Runs:
    """One way of rendering, timed.

    Attributes:
        name: what was run.
        ready: seconds until it could take its first shot; None where it starts anew for every shot.
        seconds: wall time of each shot, prompt to finished file.
        stages: seconds by stage of each shot.
        peak_memory: bytes of device memory at the highest peak (resident size on a CPU).
        plan: the memory plan that rendered the last shot; empty for stock.
        load: clock and power by stage, in the last shot; only for stages of several steps.
        first: seconds by stage, and in `total`, of the first shot after READY, which is not among the timed ones.
        changed: the same of a shot after them whose LoRA strength is another; in a renderer that has shown no footage
            before, its `decode` holds the drawing of it.
    """

    name: str
    ready: float | None = None
    seconds: list[float] = field(default_factory=list[float])
    stages: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    peak_memory: int = 0
    plan: str = ""
    load: dict[str, Load] = field(default_factory=dict[str, "Load"])
    first: dict[str, float] | None = None
    changed: dict[str, float] | None = None

    @property
    def median(self) -> float:
        """The median shot, in seconds."""
        return statistics.median(self.seconds)

    def median_stages(self) -> dict[str, float]:
        """The median of each stage that every shot has, in seconds."""
        if not self.stages:
            return {}
        common = [stage for stage in self.stages[0] if all(stage in stages for stages in self.stages)]
        return {stage: statistics.median(stages[stage] for stages in self.stages) for stage in common}

    def once(self, renderer: Renderer, shot: Render, meter: LoadMeter | None = None) -> dict[str, float]:
        """Render `shot`; return seconds by stage, and in `total`."""
        watch = StageTimes()
        start = time.perf_counter()
        done = renderer.render(shot, watch)
        total = round(time.perf_counter() - start, 3)
        self.peak_memory, self.plan = max(self.peak_memory, done.peak_memory), done.plan
        if meter is not None:
            self.load = watch.load(meter)
        log.info("%s: %.3f s, %s", self.name, total, done.stages)
        return {**done.stages, "total": total}

    def repeat(self, renderer: Renderer, shot: Render, count: int, meter: LoadMeter) -> None:
        """Render `shot` `count` times, each time with a prompt that no cache knows, and note the times."""
        for number in range(count):
            new = shot.model_copy(update={"prompt": f"{shot.prompt} Take {number}, {self.name}, {NEW}."})
            stages = self.once(renderer, new, meter)
            self.seconds.append(stages.pop("total"))
            self.stages.append(stages)


class StageTimes:
    """A watch that notes when each stage's first and last step was done."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._seen: dict[str, tuple[float, float]] = {}

    def progress(self, stage: str, step: int, steps: int) -> None:
        """Note the time, in stages of several steps."""
        if steps > 1:
            now = time.perf_counter()
            self._seen[stage] = now if step == 1 else self._seen.get(stage, (now, now))[0], now

    def load(self, meter: LoadMeter) -> dict[str, Load]:
        """Return what `meter` read between the first and the last step of each stage."""
        found = {stage: meter.between(start, end) for stage, (start, end) in self._seen.items()}
        return {stage: load for stage, load in found.items() if load is not None}


class Renderer(Protocol):
    """What shots are timed with. `ready` is the seconds that it took to get there."""

    ready: float

    def render(self, shot: Render, watch: StageTimes) -> Done:
        """Render `shot` into its output."""
        ...

    def render_all(self, shots: Sequence[Render]) -> list[Done]:
        """Render `shots`, which wait in a queue."""
        ...


class _Here:
    """An engine in this process."""

    def __init__(self, settings: Settings) -> None:
        start = time.perf_counter()
        self.engine = LtxEngine(settings, "bench")
        self.ready = round(time.perf_counter() - start, 2)

    def render(self, shot: Render, watch: StageTimes) -> Done:
        return self.engine.render(shot, watch)

    def render_all(self, shots: Sequence[Render]) -> list[Done]:
        return [self.engine.render(shot, StageTimes()) for shot in shots]


class _Child:
    """A renderer process, as the bot has it; a context manager.

    Args:
        settings: what it is started with.
        limit_s: seconds after which it is killed; None for never.
    """

    def __init__(self, settings: Settings, limit_s: float | None) -> None:
        self._limit_s = limit_s
        self._killed = threading.Event()
        start = time.perf_counter()
        command = [sys.executable, "-m", child.__name__, "--settings", settings.model_dump_json()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._requests, self._answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._timer = threading.Timer(threading.TIMEOUT_MAX if limit_s is None else limit_s, self._kill)
        self._timer.daemon = True
        self._timer.start()
        try:
            self._answer(Ready, None)
        except BaseException:
            self._end()
            raise
        self.ready = round(time.perf_counter() - start, 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it is gone already, and whoever asked it for something was told
            self._requests.write(encode(Shutdown()))
            self._requests.flush()
        self._end()

    def render(self, shot: Render, watch: StageTimes) -> Done:
        self._send(shot)
        return self._answer(Done, watch)

    def render_all(self, shots: Sequence[Render]) -> list[Done]:
        """Send each shot when there is room for it, with what comes behind it, as the bot does."""
        done: list[Done] = []
        sent, freed = 0, set[int]()
        while len(done) < len(shots):
            if sent < len(shots) and len(freed) == sent:
                self._send(Prepare(prompts=tuple(shot.prompt for shot in shots[sent : sent + AHEAD])), shots[sent])
                sent += 1
            match self._event():
                case Free(job=job):
                    freed.add(job)
                case Done() as answer:
                    done.append(answer)
                    freed.add(answer.job)
                case _:
                    continue
        return done

    def _send(self, *messages: Message) -> None:
        try:
            self._requests.write(b"".join(encode(message) for message in messages))
            self._requests.flush()
        except OSError as error:
            raise self._gone() from error

    def _answer(self, kind: type[Answer], watch: StageTimes | None) -> Answer:
        """Return the next answer of `kind`."""
        while not isinstance(event := self._event(), kind):
            if isinstance(event, Progress) and watch is not None:
                watch.progress(event.stage, event.step, event.steps)
        return event

    def _event(self) -> Message:
        """Return what the process says next.

        Raises:
            RuntimeError: it failed or ended.
            TimeoutError: it was killed.
        """
        line = self._answers.readline()
        if not line:
            raise self._gone()
        event = EVENT.validate_json(line)
        match event:
            case Failed():
                raise RuntimeError(f"{event.kind}: {event.message}")
            case _:
                return event

    def _gone(self) -> Exception:
        if self._killed.is_set():
            return TimeoutError(f"not done in {self._limit_s:.0f} s")
        return RuntimeError("the renderer process ended; its last words are on stderr")

    def _kill(self) -> None:
        self._killed.set()
        self._process.kill()

    def _end(self) -> None:
        """Wait for the end of the process, and read what it still says, lest it wait to be read."""
        with suppress(OSError):
            self._requests.close()
        with self._answers:
            while self._answers.read(1 << 16):
                pass
        self._process.wait()
        self._timer.cancel()


@contextmanager
def opened(settings: Settings, *, here: bool = False, limit_s: float | None = None) -> Generator[Renderer]:
    """Yield a renderer of `settings`: a process of its own, or `here`. Shots of the seed `footage.SEED` show footage.

    Args:
        settings: how it is built.
        here: whether it is an engine in this process.
        limit_s: seconds after which a process is killed.

    Raises:
        RuntimeError: the process failed, in its own words.
        TimeoutError: the process was killed.
    """
    if not here:
        with _Child(settings, limit_s) as renderer:
            yield renderer
        return
    with footage.shown():
        renderer = _Here(settings)
        try:
            yield renderer
        finally:
            renderer.engine.close()
