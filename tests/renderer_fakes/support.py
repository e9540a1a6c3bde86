"""What the tests of both sides of the renderer's pipes share."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from renderer.protocol import Render, Slate

HERE = Path(__file__).parent
SCRIPTED = str(HERE / "scripted.py")


def shot(folder: Path, prompt: str = "draw", job: int = 1) -> Render:
    return Render(
        job=job,
        prompt=prompt,
        seed=1,
        width=64,
        height=64,
        frames=9,
        output=str(folder / f"clip-{job}.mp4"),
        slate=Slate(number=1),
    )


def part(render: Render) -> Path:
    return Path(f"{render.output}.part")


def go_on(render: Render) -> None:
    """Let the scripted engine's `wait` end."""
    Path(f"{render.output}.go").touch()


def alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie that nobody has reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_gone(pid: int, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
