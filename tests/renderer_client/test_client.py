"""One client, one child, jobs that are answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.renderer_client import Rejected, RenderCancelled, RendererClient, RenderFailed
from renderer.protocol import Settings
from tests.renderer_fakes.listeners import Steps, begin, pid
from tests.renderer_fakes.support import alive, shot

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.protocol import Progress
    from tests.renderer_fakes.listeners import Start


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
    for act, why in (("fill_up", "No space left on device"), ("lose_touch", "Transport endpoint is not connected")):
        with pytest.raises(RenderFailed, match=why) as disk:
            await client.render(shot(tmp_path, act), Steps())
        assert (disk.value.kind, disk.value.retryable) == ("disk", True)
    assert pid(client) == child


async def test_a_listener_that_fails_does_not_fail_the_render(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def listener(_progress: Progress) -> None:
        raise TimeoutError("Discord is slow")

    assert (await start().render(shot(tmp_path), listener)).job == 1
    assert "[job 1] Progress could not be shown." in caplog.text


async def test_the_real_renderer_with_the_animatic_engine(tmp_path: Path) -> None:
    client = RendererClient(Settings(engine="animatic"))
    try:
        ready = await client.start()
        assert ready.engine == "animatic"
        garden = shot(tmp_path, "Wide shot of a palace garden.").model_copy(update={"width": 320, "height": 192})
        steps = Steps()
        done = await client.render(garden, steps)
        assert (done.width, done.height, done.frames) == (320, 192, garden.frames - garden.trim)
        assert (tmp_path / "clip-1.mp4").stat().st_size > 0
        assert steps
    finally:
        await client.close()
