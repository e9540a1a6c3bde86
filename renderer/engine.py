"""The small interface that the engines share, and what an engine is handed while it works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from renderer.protocol import Done

if TYPE_CHECKING:
    from renderer.protocol import Ready, Render

Finish = Callable[[], Done]
"""The second half of a shot: what may go on beside the next one, on another thread.

It raises what `Engine.begin` raises. One is called at a time.
"""


class Cancelled(Exception):
    """The job was cancelled between two steps."""


class Rejected(Exception):
    """The request can never be rendered as it stands (a size, a frame count, an unreadable reference)."""


class Broken(Exception):
    """The engine can render nothing any more (a device error that only a new process gets over)."""


class Watch(Protocol):
    """How an engine tells of its progress and learns of a cancel."""

    def progress(self, stage: str, step: int, steps: int) -> None:
        """Report `step` of `steps` of `stage` as done.

        Raises:
            Cancelled: the job was cancelled; engines let it pass through.
        """
        ...


class Engine(Protocol):
    """A thing that renders shots, on the thread that it was built on; there, one call at a time."""

    ready: Ready

    def begin(self, shot: Render, watch: Watch) -> Finish:
        """Do what no other shot may go on beside; return the rest of the work, which leads to `shot.output`.

        Raises:
            Cancelled: through `watch`.
            Rejected: the request cannot be rendered as it stands.
            MemoryError: too little memory is left, perhaps only because another shot is being finished.
            Broken: nothing can be rendered any more.
        """
        ...

    def render(self, shot: Render, watch: Watch) -> Done:
        """Render the whole `shot` while no other is in work, in less memory where it must be.

        Raises:
            Exception: as `begin`; MemoryError means that there is no way.
        """
        ...

    def prepare(self, prompts: Sequence[str]) -> bool:
        """Do a part of what can be done ahead of shots with these prompts; return whether more is left to do."""
        ...

    def close(self) -> None:
        """Give back what the engine holds; no shot is in work."""
        ...
