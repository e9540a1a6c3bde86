"""The other end of the queue, for tests that queue and never render."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.models import Job


class Consumer:
    """The other end of the queue: remembers what it was told."""

    def __init__(self) -> None:
        self.changes: list[Job] = []
        self.stopped: list[int] = []

    def changed(self, job: Job) -> None:
        self.changes.append(job)

    def stop(self, job_id: int) -> None:
        self.stopped.append(job_id)
