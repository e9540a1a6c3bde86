"""Whose shot is next, and how long it will take.

Round-robin over members at shot level: the member whose last shot started longest ago goes first, so that twelve shots
of one member yield to the single shot of another. What a member asks for by itself goes before the shots of their
episodes, however many those are. The order is worked out from rows alone and so survives a restart.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.jobs import Waiting

# Seconds a rendered megapixel before this machine has rendered anything: 29.8 s and 13.2 s for 121 frames of 1280×704
# (one H200, stock and resident) lie on either side; the animatic draws faster than real time on two cores.
FIRST_GUESS = {"ltx": 0.15, "animatic": 0.03}


@dataclass(frozen=True, slots=True)
class Place:
    """A waiting job's place (1 is next) and the seconds until it should be done.

    `owed`: the queue's limits leave no room for it yet (`bot.limits`).
    """

    job: Waiting
    place: int
    eta_s: float
    owed: bool = False


def order(waiting: Sequence[Waiting], last_started: Mapping[int, float]) -> list[Waiting]:
    """Return the queued jobs in the order in which they will start.

    Args:
        waiting: queued and rendering jobs; rendering ones are left out of the result.
        last_started: when a job of each member last started, Unix seconds.
    """
    lines: defaultdict[int, deque[Waiting]] = defaultdict(deque)
    queued = (job for job in waiting if job.status is Status.QUEUED)
    for job in sorted(queued, key=lambda job: (job.episode_id is not None, job.job_id)):
        lines[job.member_id].append(job)
    # Members who never had a turn come first; ties go to the older job.
    turns = [(last_started.get(member, 0.0), line[0].job_id, member) for member, line in lines.items()]
    heapq.heapify(turns)
    latest = max(last_started.values(), default=0.0)
    ordered: list[Waiting] = []
    while turns:
        _, _, member = heapq.heappop(turns)
        line = lines[member]
        ordered.append(line.popleft())
        if line:
            # As if it had started after everything so far: behind every member who still waits for a first turn.
            heapq.heappush(turns, (latest + len(ordered), line[0].job_id, member))
    return ordered


def places(
    waiting: Sequence[Waiting], last_started: Mapping[int, float], speed: float, elapsed_s: float = 0.0
) -> list[Place]:
    """Return every queued job with its place and estimate.

    Args:
        waiting: queued and rendering jobs.
        last_started: as for `order`.
        speed: seconds a megapixel rendered, as measured here.
        elapsed_s: how long the rendering jobs have been at it: the one that was begun first.
    """
    rendering = sum(duration(job, speed) for job in waiting if job.status is Status.RENDERING)
    eta = max(0.0, rendering - elapsed_s)
    found: list[Place] = []
    for place, job in enumerate(order(waiting, last_started), start=1):
        eta += duration(job, speed)
        found.append(Place(job, place, eta))
    return found


def duration(job: Waiting, speed: float) -> float:
    """Return the seconds that `job` should take."""
    return job.frames * job.pixels / 1e6 * speed
