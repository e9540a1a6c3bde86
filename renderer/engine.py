"""The small interface that the engines share, and what an engine is handed while it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from renderer.protocol import Done, Ready, Render


class Cancelled(Exception):
    """The job was cancelled between two steps."""


class Rejected(Exception):
    """The request can never be rendered as it stands (a size, a frame count, an unreadable reference)."""


class Watch(Protocol):
    """How an engine tells of its progress and learns of a cancel."""

    def progress(self, stage: str, step: int, steps: int) -> None:
        """Report `step` of `steps` of `stage` as done.

        Raises:
            Cancelled: the job was cancelled; engines let it pass through.
        """
        ...


class Engine(Protocol):
    """A thing that renders shots, one at a time, on the thread that it was built on."""

    ready: Ready

    def render(self, shot: Render, watch: Watch) -> Done:
        """Render `shot` into `shot.output`.

        Raises:
            Cancelled: through `watch`.
            Rejected: the request cannot be rendered as it stands.
            MemoryError: the device has too little memory left.
        """
        ...

    def close(self) -> None:
        """Give back what the engine holds."""
        ...
