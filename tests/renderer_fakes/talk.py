"""A renderer process, and what is said with it: the child's side of the pipes, and no client."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

from renderer.protocol import EVENT, Heartbeat, Message, encode

if TYPE_CHECKING:
    from renderer.protocol import Settings

M = TypeVar("M", bound=Message)


class Talk:
    """A child and what is said with it."""

    def __init__(self, program: tuple[str, ...], settings: Settings) -> None:
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, *program, "--settings", settings.model_dump_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._errors: list[str] = []

    def say(self, *messages: Message) -> None:
        self.write(b"".join(encode(message) for message in messages))

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self, kind: type[M]) -> M:
        """Return the next message of `kind`, skipping others."""
        assert self.process.stdout
        for line in self.process.stdout:
            event = EVENT.validate_json(line)
            if isinstance(event, kind):
                return event
        raise AssertionError(f"no {kind.__name__}; {self.finish()}")

    def until(self, line: str) -> None:
        """Wait for a line on its stderr."""
        assert self.process.stderr
        while self._errors[-1:] != [f"{line}\n"]:
            self._errors.append(self.process.stderr.readline().decode())

    def finish(self) -> tuple[int, list[Message], str]:
        """Wait for the end; return the exit code, what else it said (without heartbeats), and its stderr."""
        assert self.process.stdout
        assert self.process.stderr
        events = [EVENT.validate_json(line) for line in self.process.stdout]
        errors = "".join(self._errors) + self.process.stderr.read().decode()
        return self.process.wait(), [event for event in events if not isinstance(event, Heartbeat)], errors

    def close(self) -> None:
        self.process.kill()
        with self.process:
            pass
