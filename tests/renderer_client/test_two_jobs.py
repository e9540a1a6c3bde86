"""Two jobs in one child: what becomes of the one is no matter to the other, but for the child's death."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.renderer_client import RenderCancelled, RendererDied, RenderFailed, Timeouts
from tests.renderer_fakes.listeners import Steps, begin, until
from tests.renderer_fakes.support import go_on, part, shot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.renderer_fakes.listeners import Start


async def test_the_next_job_begins_when_there_is_room(start: Start, tmp_path: Path) -> None:
    client = start()
    first, _ = await begin(client, tmp_path, "wait then wait", job=1)
    room = asyncio.create_task(client.start())
    go_on(shot(tmp_path, job=1))
    await room
    second, steps = await begin(client, tmp_path, "wait then draw", job=2)
    assert not first.done()
    client.cancel(2)
    with pytest.raises(RenderCancelled):
        await second
    third, _ = await begin(client, tmp_path, "wait then draw", job=3)
    go_on(shot(tmp_path, job=1))
    await first
    go_on(shot(tmp_path, job=3))
    await third
    assert {step.job for step in steps} == {2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip-1.mp4", "clip-3.mp4"]


async def test_a_failure_is_the_job_s_alone(start: Start, tmp_path: Path) -> None:
    client = start()
    first, _ = await begin(client, tmp_path, "draw then wait then stumble", job=1)
    second, _ = await begin(client, tmp_path, "wait then draw", job=2)
    go_on(shot(tmp_path, job=1))
    with pytest.raises(RenderFailed):
        await first
    go_on(shot(tmp_path, job=2))
    await second


@pytest.mark.parametrize("prompt", ["kill_itself", "draw_for_ever"])
async def test_a_death_reaches_both(start: Start, tmp_path: Path, prompt: str) -> None:
    client = start(timeouts=Timeouts(job_s=1.5 if prompt == "draw_for_ever" else 60))
    first, _ = await begin(client, tmp_path, "draw then draw_for_ever", job=1)
    second, _ = await begin(client, tmp_path, prompt, job=2)
    for task in (first, second):
        with pytest.raises(RendererDied) as death:
            await task
        assert death.value.jobs == (1, 2)
    assert not any(part(shot(tmp_path, job=job)).exists() for job in (1, 2))
    await client.render(shot(tmp_path, job=3), Steps())


async def test_what_may_come_is_told_on_change(start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = start()
    client.prepare(["too early"])  # nothing is there that could do anything
    await client.start()
    for _ in range(2):
        client.prepare(["a", "b", "a"])
    await until(lambda: "[renderer] prepared b" in caplog.messages)
    await client.render(shot(tmp_path), Steps())
    assert [text for text in caplog.messages if "prepared" in text] == [
        "[renderer] prepared a",
        "[renderer] prepared b",
    ]
