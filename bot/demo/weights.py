"""The synthetic tiny weights of `--engine ltx-tiny`, written once below .cache by the renderer's own code."""

from __future__ import annotations

import asyncio
import sys

from bot.config import WeightFiles
from bot.demo import DemoError
from renderer.protocol import Weights


async def tiny() -> WeightFiles:
    """Return where the tiny weight files lie; writes them first where they are not there (0.2 GB).

    Raises:
        DemoError: they could not be written, most likely for want of torch.
    """
    # A process of its own: the bot never imports torch.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "renderer.ltx.synthetic", "--scale", "tiny"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, complaints = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        last = complaints.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise DemoError(
            f"the tiny weights could not be written: {last[0]}\n"
            "They need torch and ltx-core: pip install -e '.[ltx]', or let `make demo ENGINE=ltx-tiny` do it."
        )
    return WeightFiles(**Weights.model_validate_json(printed).model_dump())
