"""A bot as a process of its own, which a test may kill -9."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Died(Exception):
    """The bot ended although nobody asked it to; the message ends with the last of its output."""


class BotProcess:
    """One run of the bot."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._expected = False

    @classmethod
    async def start(cls, base: str, module: str, *arguments: str, log: Path, env: Mapping[str, str]) -> "BotProcess":
        """Starts `python -m MODULE ARGUMENTS` against the stand-in at `base`; its output is added to the file `log`."""
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.standin.launch",
                base,
                module,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **env},
                start_new_session=True,  # so that what it leaves behind can be found by its process group
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def output(self) -> str:
        """Everything that it and the runs before it wrote to the log."""
        return self._log.read_text(errors="replace")

    def check(self) -> None:
        """Raises Died if it ended on its own."""
        if not self.running and not self._expected:
            raise Died(f"the bot ended with status {self._process.returncode}:\n{self.output()[-4000:]}")

    async def kill(self) -> None:
        """Kills the bot alone, as `kill -9 PID` does, and returns when it is dead. Its children are its own affair."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Asks it to end (SIGTERM) and returns its exit status."""
        await self._end(signal.SIGTERM)
        return await self._process.wait()

    async def wait(self) -> int:
        """Waits for it to end by itself and returns its exit status."""
        self._expected = True
        return await self._process.wait()

    async def sweep(self) -> None:
        """Kills it together with whatever is left of its process group: no test leaves a process behind."""
        await self.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        self._expected = True
        if self.running:
            self._process.send_signal(number)
            await self._process.wait()
