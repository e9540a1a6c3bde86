"""ffmpeg as a child: nice, and dead when what asked for it is."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from typing import TYPE_CHECKING

import psutil
import pytest

from bot.cutting import CutError, run_ffmpeg
from bot.cutting.leash import NICE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDLESS = ("-re", "-f", "lavfi", "-i", "color=black:size=64x64", "-f", "null", "-")


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not what():
            await asyncio.sleep(0.02)


def ffmpegs(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if "ffmpeg" in child.name()]


def is_dead(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it may go between two questions
        return True


async def test_it_is_nice_and_ends_with_its_task() -> None:
    us = psutil.Process()
    task = asyncio.create_task(run_ffmpeg(ENDLESS))
    await until(lambda: bool(ffmpegs(us)))
    (child,) = ffmpegs(us)
    assert child.nice() == min(19, us.nice() + NICE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ffmpegs(us) == []


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells a child that its parent has died")
async def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(f"""
            import asyncio
            from bot.cutting import run_ffmpeg
            asyncio.run(run_ffmpeg({ENDLESS!r}))
        """)
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, str(script), env={"PYTHONPATH": ":".join(sys.path)})
    try:
        watched = psutil.Process(parent.pid)
        await until(lambda: bool(ffmpegs(watched)))
        (child,) = ffmpegs(watched)
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: is_dead(child))


async def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(CutError, match="nowhere"):
        await run_ffmpeg(("-version",), ffmpeg="/nowhere/ffmpeg")
