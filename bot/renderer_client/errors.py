"""How a render can end other than with a clip.

RendererError
├── Rejected          the request can never be rendered: tell the user
├── RenderFailed      this job failed, the renderer lives: fail the job, or try again where `retryable`
├── RendererDied      the process is gone: the next call respawns it, try again
└── RenderCancelled   somebody called `cancel`: nothing to do

Their texts are for the log, not for members.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.protocol import FailureKind


class RendererError(Exception):
    """Base of everything that `RendererClient` raises about a job."""


class Rejected(RendererError):
    """The renderer will never take this request as it stands."""


class RenderFailed(RendererError):
    """The job failed in a renderer that still lives.

    Attributes:
        kind: `failed`, `out_of_memory` or `disk`.
        retryable: whether another attempt may succeed.
    """

    def __init__(self, message: str, *, kind: FailureKind, retryable: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable


class RendererDied(RendererError):
    """The renderer process is gone, or was killed because it missed a deadline or broke the protocol.

    Attributes:
        reason: what happened, as seen from here.
        code: the exit code, negative for a signal; None where there was no process.
        stderr: the last lines that it wrote.
        jobs: what it had in work: any of them may be why.
    """

    def __init__(
        self, reason: str, *, code: int | None = None, stderr: Sequence[str] = (), jobs: Sequence[int] = ()
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.stderr = tuple(stderr)
        self.jobs = tuple(jobs)

    def __str__(self) -> str:
        text = self.reason
        if self.code is not None:
            text += f" ({_ending(self.code)})"
        if self.stderr:
            text += "; its last words:\n" + "\n".join(f"    {line}" for line in self.stderr)
        return text


class RenderCancelled(RendererError):
    """The job was cancelled before it was finished."""


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal has no name
        return f"killed by signal {-code}"
