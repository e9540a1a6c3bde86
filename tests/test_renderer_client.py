"""The parent's side of the pipes: real child processes, one fake for each way of dying."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot import config
from bot.renderer_client import (
    Backoff,
    Rejected,
    RenderCancelled,
    RendererClient,
    RendererDied,
    RenderFailed,
    Timeouts,
)
from renderer.protocol import Cancel, Progress, Settings
from tests.renderer_fakes.support import HERE, alive, is_gone, part, shot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Start = Callable[..., RendererClient]

PATIENT = Timeouts(ready_s=60, silence_s=60, job_s=60, grace_s=10)
HASTY = Timeouts(ready_s=60, silence_s=60, job_s=60, grace_s=0.3)  # the fake does not heed SIGTERM


class Sleeps(list[float]):
    """Records the back-off's sleeps and takes no time."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
async def start(sleeps: Sleeps) -> AsyncIterator[Start]:
    """Make a client of a fake (`scripted.py` unless another is named); closed at the end."""
    async with AsyncExitStack() as stack:

        def make(*arguments: str, fake: str = "scripted.py", timeouts: Timeouts = PATIENT) -> RendererClient:
            client = RendererClient(
                Settings(heartbeat_s=0.1),
                timeouts=timeouts,
                command=(sys.executable, str(HERE / fake), *(arguments or ("ready",))),
                sleep=sleeps,
            )
            stack.push_async_callback(client.close)
            return client

        yield make


class Steps(list[Progress]):
    """Records progress, and lets a test wait for the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.first = asyncio.Event()

    def __call__(self, progress: Progress) -> None:
        self.append(progress)
        self.first.set()


def pid(client: RendererClient) -> int:
    assert client._child
    return client._child._process.pid


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


async def begin(client: RendererClient, folder: Path, prompt: str, job: int = 1) -> tuple[asyncio.Task[object], Steps]:
    """Start a render in a task and wait for its first step."""
    steps = Steps()
    task: asyncio.Task[object] = asyncio.create_task(client.render(shot(folder, prompt, job), steps))
    await steps.first.wait()
    return task, steps


async def test_start_says_what_the_renderer_is_and_render_gives_the_clip(start: Start, tmp_path: Path) -> None:
    client = start()
    assert client.ready is None
    ready = await client.start()
    assert client.ready == ready
    assert ready.reason == "A test plays."
    child = pid(client)
    assert await client.start() == ready
    steps = Steps()
    done = await client.render(shot(tmp_path), steps)
    assert pid(client) == child
    assert (done.job, done.path) == (1, str(tmp_path / "clip-1.mp4"))
    assert [(step.stage, step.step, step.steps) for step in steps] == [("draw", n, 3) for n in (1, 2, 3)]
    await client.close()
    assert not alive(child)
    assert client.ready is None


async def test_calls_of_several_tasks_are_served_in_order_by_one_child(start: Start, tmp_path: Path) -> None:
    client = start()
    steps = Steps()
    done = await asyncio.gather(*(client.render(shot(tmp_path, job=job), steps) for job in range(1, 6)))
    assert [answer.job for answer in done] == [1, 2, 3, 4, 5]
    assert [step.job for step in steps] == [job for job in range(1, 6) for _ in range(3)]


async def test_a_job_in_work_is_not_taken_twice(start: Start, tmp_path: Path) -> None:
    client = start()
    task, _ = await begin(client, tmp_path, "draw_for_ever")
    with pytest.raises(ValueError, match="job 1 is in work"):
        await client.render(shot(tmp_path), Steps())
    client.cancel(1)
    with pytest.raises(RenderCancelled):
        await task


async def test_failures_are_named_by_what_happens_next(start: Start, tmp_path: Path) -> None:
    client = start()
    await client.start()
    child = pid(client)
    with pytest.raises(Rejected, match="portrait"):
        await client.render(shot(tmp_path, "reject"), Steps())
    with pytest.raises(RenderFailed, match="device is full") as memory:
        await client.render(shot(tmp_path, "run_out_of_memory"), Steps())
    assert (memory.value.kind, memory.value.retryable) == ("out_of_memory", True)
    with pytest.raises(RenderFailed, match="ValueError: unexpected noise") as failed:
        await client.render(shot(tmp_path, "stumble"), Steps())
    assert (failed.value.kind, failed.value.retryable) == ("failed", True)
    assert pid(client) == child


async def test_a_listener_that_fails_does_not_fail_the_render(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def listener(_progress: Progress) -> None:
        raise TimeoutError("Discord is slow")

    assert (await start().render(shot(tmp_path), listener)).job == 1
    assert "[job 1] Progress could not be shown." in caplog.text


# Ways of dying


async def test_exit_at_start_tells_code_and_last_words(start: Start) -> None:
    client = start(fake="exits_at_start.py")
    with pytest.raises(RendererDied) as death:
        await client.start()
    assert death.value.code == 7
    assert death.value.stderr == ("libsomething.so.7: cannot open shared object file",)
    assert "exit code 7" in str(death.value)
    assert "cannot open shared object file" in str(death.value)
    assert client.ready is None


async def test_a_program_that_is_not_there(sleeps: Sleeps) -> None:
    client = RendererClient(Settings(), command=("/nowhere/python",), sleep=sleeps)
    for _ in range(3):
        with pytest.raises(RendererDied, match="could not be started") as death:
            await client.start()
        assert death.value.code is None
    assert sleeps == [1, 2]
    await client.close()


async def test_a_startup_failure_tells_the_engines_reason(start: Start) -> None:
    with pytest.raises(RendererDied, match="could not start: FileNotFoundError: no weights here") as death:
        await start("fail").start()
    assert death.value.code == 3


async def test_hanging_before_ready(start: Start) -> None:
    client = start("stuck", timeouts=Timeouts(ready_s=3, grace_s=0.3))
    with pytest.raises(RendererDied, match="not ready within 3 s") as death:
        await client.start()
    assert death.value.code == -signal.SIGKILL


async def test_death_in_mid_job_and_respawn(start: Start, sleeps: Sleeps, tmp_path: Path) -> None:
    client = start()
    await client.start()
    first = pid(client)
    steps = Steps()
    bad = shot(tmp_path, "kill_itself")
    with pytest.raises(RendererDied, match="the renderer ended") as death:
        await client.render(bad, steps)
    assert death.value.code == -signal.SIGKILL
    assert "killed by SIGKILL" in str(death.value)
    assert "about to be killed" in death.value.stderr
    assert len(steps) == 1
    assert not part(bad).exists()
    assert client.ready is None
    assert (await client.render(shot(tmp_path, job=1), steps)).job == 1
    assert pid(client) != first
    assert sleeps == [1]


async def test_death_while_idle_costs_no_job(start: Start, tmp_path: Path) -> None:
    client = start()
    await client.start()
    os.kill(pid(client), signal.SIGKILL)
    await until(lambda: client.ready is None)
    assert (await client.render(shot(tmp_path), Steps())).job == 1


async def test_silence(start: Start, tmp_path: Path) -> None:
    client = start(timeouts=Timeouts(silence_s=4, grace_s=0.3))
    await client.start()
    frozen = pid(client)
    bad = shot(tmp_path, "freeze")
    with pytest.raises(RendererDied, match="silent for 4 s") as death:
        await client.render(bad, Steps())
    assert death.value.code == -signal.SIGKILL  # SIGTERM waits for a stopped process to go on
    assert not alive(frozen)
    assert not part(bad).exists()


async def test_the_deadline_of_a_whole_job(start: Start, tmp_path: Path) -> None:
    client = start(timeouts=Timeouts(job_s=0.5, grace_s=10))
    await client.start()
    child = pid(client)
    bad = shot(tmp_path, "draw_for_ever", job=8)
    with pytest.raises(RendererDied, match=r"job 8 was not done within 0\.5 s") as death:
        await client.render(bad, Steps())
    assert death.value.code == 0
    assert not alive(child)
    assert not part(bad).exists()


@pytest.mark.parametrize("answer", ["text", "unknown", "endless"])
async def test_an_answer_that_is_not_the_protocol(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: str
) -> None:
    client = start(answer, fake="breaks_protocol.py")
    with pytest.raises(RendererDied, match="protocol") as death:
        await client.render(shot(tmp_path), Steps())
    assert death.value.code == -signal.SIGTERM
    assert len(str(death.value)) < 1000
    assert ("Loading checkpoint shards" in caplog.text) is (answer == "text")


@pytest.mark.parametrize("attempt", range(5))
async def test_done_is_not_lost_when_the_child_is_dead_already(start: Start, tmp_path: Path, attempt: int) -> None:
    client = start(str(tmp_path / "starts"), fake="done_and_gone.py")
    steps = Steps()
    for job in (1, 2):
        assert (await client.render(shot(tmp_path, job=job), steps)).job == job
        await until(lambda: client.ready is None)
    assert len(steps) == 400
    assert (tmp_path / "starts").read_text().count("started") == 2


async def test_backoff_doubles_and_is_reset_by_a_finished_job(start: Start, sleeps: Sleeps, tmp_path: Path) -> None:
    counter = tmp_path / "deaths"
    counter.write_text("4")
    client = start("die", str(counter))
    for _ in range(4):
        with pytest.raises(RendererDied):
            await client.start()
    await client.render(shot(tmp_path), Steps())
    assert sleeps == [1, 2, 4, 8]
    with pytest.raises(RendererDied):
        await client.render(shot(tmp_path, "kill_itself"), Steps())
    await client.render(shot(tmp_path), Steps())
    assert sleeps == [1, 2, 4, 8, 1]


def test_backoff_is_capped_however_many_deaths() -> None:
    backoff = Backoff(first_s=0.5, cap_s=10)
    assert [backoff.delay(deaths) for deaths in (1, 2, 5, 6, 7, 100_000)] == [0.5, 1, 8, 10, 10, 10]


# What the child writes


async def test_a_flood_on_stderr_neither_blocks_nor_fills_the_log(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    assert (await client.render(shot(tmp_path, "flood_stderr", job=12), Steps())).job == 12
    await client.close()  # the rest of stderr is read by then
    (warning,) = [record for record in caplog.records if "the water rises" in record.getMessage()]
    assert (warning.levelname, warning.__dict__["job"]) == ("WARNING", 12)
    assert warning.getMessage() == "[job 12] WARNING flood: the water rises"
    assert any("more lines, left out" in record.getMessage() for record in caplog.records)
    assert max(len(record.getMessage()) for record in caplog.records) < 10_000


async def test_a_traceback_is_logged_with_its_job(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    with pytest.raises(RenderFailed):
        await client.render(shot(tmp_path, "stumble", job=9), Steps())
    await client.close()
    assert "[job 9] Traceback (most recent call last):" in caplog.messages
    assert "[job 9] ValueError: unexpected noise" in caplog.messages


async def test_what_is_printed_is_logged_with_the_job_and_does_not_disturb(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    await client.render(shot(tmp_path, "print_everywhere", job=3), Steps())
    await client.render(shot(tmp_path, job=4), Steps())
    for text in ("printed by Python", "written to fd 1", "printed by C", "printed by a program"):
        assert f"[job 3] {text}" in caplog.messages


async def test_the_token_is_not_handed_down(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.TOKEN_VARIABLE, "a.very.secret")
    monkeypatch.setenv("TWOHANDER_TEST", "handed down")
    done = await start().render(shot(tmp_path, "write_environment"), Steps())
    names = (tmp_path / "clip-1.mp4").read_text().splitlines()
    assert done.job == 1
    assert "TWOHANDER_TEST" in names
    assert config.TOKEN_VARIABLE not in names


# Cancelling and closing


async def test_cancel_between_steps_keeps_the_child(start: Start, tmp_path: Path) -> None:
    client = start()
    task, _ = await begin(client, tmp_path, "draw_for_ever")
    child = pid(client)
    client.cancel(1)
    client.cancel(1)
    with pytest.raises(RenderCancelled):
        await task
    client.cancel(1)  # too late: does nothing
    assert (await client.render(shot(tmp_path, job=1), Steps())).job == 1
    assert pid(client) == child


async def test_cancel_before_it_was_sent(start: Start, tmp_path: Path) -> None:
    client = start()
    running, _ = await begin(client, tmp_path, "draw_for_ever", job=1)
    waiting = asyncio.create_task(client.render(shot(tmp_path, job=2), Steps()))
    await asyncio.sleep(0)
    client.cancel(2)
    with pytest.raises(RenderCancelled, match="before it was sent"):
        await waiting
    assert not running.done()
    client.cancel(1)
    with pytest.raises(RenderCancelled):
        await running


async def test_cancel_while_the_engine_is_built_does_not_stop_the_building(start: Start, tmp_path: Path) -> None:
    client = start("hang")
    task = asyncio.create_task(client.render(shot(tmp_path), Steps()))
    await until(lambda: client._child is not None)
    client.cancel(1)
    with pytest.raises(RenderCancelled):
        await task
    assert alive(pid(client))


async def test_cancel_right_behind_the_job(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = start()
    await client.start()
    assert client._child
    send = client._child.send

    def send_and_cancel(message: object) -> None:
        send(message)  # type: ignore[arg-type]
        if not isinstance(message, Cancel):
            asyncio.get_running_loop().call_soon(client.cancel, 1)

    monkeypatch.setattr(client._child, "send", send_and_cancel)
    with pytest.raises(RenderCancelled):
        await client.render(shot(tmp_path, "draw_for_ever"), Steps())


async def test_when_the_awaiting_task_is_cancelled_the_job_is_too(start: Start, tmp_path: Path) -> None:
    client = start()
    task, steps = await begin(client, tmp_path, "draw_for_ever", job=1)
    child = pid(client)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    shown = len(steps)
    assert (await client.render(shot(tmp_path, job=2), Steps())).job == 2
    assert len(steps) == shown
    assert pid(client) == child
    assert not part(shot(tmp_path, job=1)).exists()


async def test_close_in_mid_job_is_no_cancel(start: Start, tmp_path: Path) -> None:
    client = start()
    task, _ = await begin(client, tmp_path, "draw_for_ever", job=1)
    child = pid(client)
    waiting = asyncio.create_task(client.render(shot(tmp_path, job=2), Steps()))
    await asyncio.sleep(0)
    await client.close()
    for pending in (task, waiting):
        with pytest.raises(RendererDied, match="closed"):
            await pending
    assert not alive(child)
    with pytest.raises(RendererDied, match="closed"):
        await client.start()
    await client.close()


async def test_close_while_the_engine_is_built(start: Start) -> None:
    client = start("hang")
    starting = asyncio.create_task(client.start())
    await until(lambda: client._child is not None)
    child = pid(client)
    await client.close()
    with pytest.raises(RendererDied, match="closed"):
        await starting
    assert not alive(child)


async def test_close_kills_a_child_that_heeds_nothing(start: Start, tmp_path: Path) -> None:
    client = start(timeouts=HASTY)
    task, _ = await begin(client, tmp_path, "freeze")
    child = pid(client)
    await client.close()
    assert not alive(child)
    with pytest.raises(RendererDied):
        await task


# Parent and child


async def test_ctrl_c_in_the_terminal_does_not_reach_the_child(start: Start) -> None:
    client = start()
    await client.start()
    assert os.getpgid(pid(client)) == pid(client) != os.getpgrp()
    assert os.getsid(pid(client)) != os.getsid(0)


@pytest.mark.parametrize("prompt", ["", "draw_for_ever", "sleep"])
def test_the_child_does_not_outlive_a_killed_parent(tmp_path: Path, prompt: str) -> None:
    with subprocess.Popen(
        [sys.executable, str(HERE / "parent.py"), prompt, str(tmp_path / "clip.mp4")], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        if prompt:
            assert parent.stdout.readline() == b"step\n"
        assert alive(child)
        parent.kill()
        assert is_gone(child)
