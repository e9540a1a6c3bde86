"""Cancelling, closing, and what becomes of the child when its parent goes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.renderer_client import RenderCancelled, RendererDied, Timeouts
from renderer.protocol import Cancel, Message
from tests.renderer_fakes.listeners import Steps, begin, pid, until
from tests.renderer_fakes.support import HERE, alive, go_on, is_gone, part, shot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.renderer_fakes.listeners import Start


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

    def send_and_cancel(message: Message) -> None:
        send(message)
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


async def test_close_while_a_job_is_finished(start: Start, tmp_path: Path) -> None:
    client = start()
    finishing, _ = await begin(client, tmp_path, "wait then wait", job=1)
    room = asyncio.create_task(client.start())
    go_on(shot(tmp_path, job=1))
    await room
    child = pid(client)
    await client.close()
    with pytest.raises(RendererDied, match="closed"):
        await finishing
    assert not alive(child)


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
    client = start(timeouts=Timeouts(grace_s=0.3))
    task, _ = await begin(client, tmp_path, "freeze")
    child = pid(client)
    await client.close()
    assert not alive(child)
    with pytest.raises(RendererDied):
        await task


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
