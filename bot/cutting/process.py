"""Running ffmpeg as a child that dies with the task that waits for it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

import imageio_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")

LEASH = Path(__file__).with_name("leash.py")


class CutError(Exception):
    """ffmpeg did not do what it was asked. The message ends with what it printed last; for the log."""


class CannotFitError(CutError):
    """The clip cannot be made that small."""


async def run_ffmpeg(
    arguments: Sequence[str], *, ffmpeg: str = "", folder: Path | None = None, loglevel: str = "error"
) -> str:
    """Run ffmpeg; killed if the awaiting task is cancelled or this process dies, and nice to everything else.

    Args:
        arguments: what comes after the name of the program.
        ffmpeg: the program; empty takes the one that imageio-ffmpeg ships.
        folder: where it runs. Filters name files relative to it, so that no path of the machine's gets into a filter.
        loglevel: `info` for filters that print what they measured.

    Returns:
        What it printed.

    Raises:
        CutError: it could not be started or ended with an error.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            # -S -E: no site packages and no environment; it is there in 15 ms.
            *(sys.executable, "-S", "-E", str(LEASH), ffmpeg or imageio_ffmpeg.get_ffmpeg_exe()),
            *("-nostdin", "-hide_banner", "-nostats", "-loglevel", loglevel, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
        )
    except OSError as error:
        raise CutError(f"ffmpeg could not be started: {error}") from error
    try:
        _, printed = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.wait()
        raise
    text = printed.decode(errors="replace")
    if process.returncode:
        raise CutError(f"ffmpeg ended with {process.returncode}: {text[-2000:]}")
    return text


async def in_thread(function: Callable[[Event], Result]) -> Result:
    """Run `function` in a thread; if the awaiting task is cancelled, set its event and wait until it has stopped.

    So nothing writes into a folder after the cut that asked for it is over.
    """
    stop = Event()
    running = asyncio.ensure_future(asyncio.to_thread(function, stop))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([running])
        raise
