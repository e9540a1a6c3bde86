"""One fake for each way of dying, and the respawn after it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from bot.renderer_client import Backoff, RendererClient, RendererDied, Timeouts
from renderer.protocol import Settings
from tests.renderer_fakes.listeners import Steps, pid, until
from tests.renderer_fakes.support import alive, part, shot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.renderer_fakes.listeners import Sleeps, Start


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
    client = start("stuck", timeouts=Timeouts(ready_s=3))
    with pytest.raises(RendererDied, match="not ready within 3 s") as death:
        await client.start()
    assert death.value.code == 0  # a thread of its own heeds SIGTERM, whatever the main thread is caught in


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
