"""A bot that only renders: starts the scripted renderer, prints its pid, and plays a prompt.

Arguments: the prompt (empty: it waits) and the clip's path. It is there to be killed.
"""

import asyncio
import sys
from pathlib import Path

import psutil

from bot.renderer_client import RendererClient
from renderer.protocol import Progress, Render, Settings, Slate


def report(progress: Progress) -> None:
    if progress.step == 1:
        sys.stdout.write("step\n")
        sys.stdout.flush()


async def main(prompt: str, output: str) -> None:
    scripted = Path(__file__).with_name("scripted.py")
    client = RendererClient(Settings(), command=(sys.executable, str(scripted), "ready"))
    await client.start()
    sys.stdout.write(f"{psutil.Process().children()[0].pid}\n")
    sys.stdout.flush()
    if prompt:
        shot = Render(job=1, prompt=prompt, seed=1, width=64, height=64, frames=9, output=output, slate=Slate(number=1))
        await client.render(shot, report)
    await asyncio.sleep(100)


asyncio.run(main(sys.argv[1], sys.argv[2]))
