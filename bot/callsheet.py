"""Where an episode stands, shot by shot: what `/episode status` and the live message show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from db import cuts, episodes, jobs, votes
from db.cuts import CutStatus
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.scheduling import Place
    from db.cuts import CutRow
    from db.models import Job
    from db.writing import Episode, SceneShot

Standing = Literal["unqueued", "waiting", "rendering", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Call:
    """One shot. `label` is what members say (`2.1`), `failure` the key of why there is no take."""

    label: str
    standing: Standing
    failure: str | None = None
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Where an episode stands.

    Attributes:
        scenes: the shots, scene by scene.
        eta_s: until the last shot that waits is rendered, or None where none waits.
        done_s: until the episode is cut, with the quiet period and what cutting took here so far; likewise.
        cut: the newest cut, or None.
    """

    episode: Episode
    scenes: tuple[tuple[Call, ...], ...]
    eta_s: float | None
    done_s: float | None
    cut: CutRow | None

    @property
    def calls(self) -> tuple[Call, ...]:
        """All shots, in order."""
        return tuple(call for scene in self.scenes for call in scene)

    @property
    def done(self) -> int:
        """Shots that have a take and wait for none."""
        return sum(call.standing == "done" for call in self.calls)

    @property
    def cutting(self) -> bool:
        """Whether a cut waits or is made."""
        return self.cut is not None and self.cut.status in {CutStatus.QUEUED, CutStatus.CUTTING, CutStatus.CUT}


async def sheet_of(
    reader: Connection, episode_id: int, line: Callable[[], Awaitable[list[Place]]], quiet_s: float = 0.0
) -> CallSheet:
    """Return where the episode stands.

    Args:
        reader: the database.
        episode_id: which.
        line: gives the queue, with estimates.
        quiet_s: how long a cut waits for other takes.

    Raises:
        LookupError: there is no such episode.
    """
    episode = await episodes.get(reader, episode_id)
    numbered = {shot.id: label for label, _, shot in episode.numbered()}
    scenes = [tuple([await _call(reader, shot, numbered[shot.id]) for shot in scene.shots]) for scene in episode.scenes]
    ours = {call.job_id for scene in scenes for call in scene if call.standing == "waiting"}
    eta = None
    if ours:
        eta = max((place.eta_s for place in await line() if place.job.job_id in ours), default=None)
    done = None
    if eta is not None:
        done = eta + quiet_s + await cuts.pace(reader) * sum(shot.seconds for shot in episode.shots)
    return CallSheet(episode, tuple(scenes), eta, done, await cuts.newest(reader, episode_id))


async def _call(reader: Connection, written: SceneShot, label: str) -> Call:
    if written.shot_id is None:
        return Call(label, "unqueued")
    takes = await jobs.takes(reader, written.shot_id)
    newest: Job | None = takes[-1] if takes else None
    for job in takes:
        if job.status is Status.RENDERING:
            return Call(label, "rendering", job_id=job.id)
    for job in takes:
        if job.status is Status.QUEUED:
            return Call(label, "waiting", job_id=job.id)
    if await votes.chosen_take(reader, written.shot_id) is not None:
        return Call(label, "done")
    if newest is not None and newest.swept_at is not None:
        return Call(label, "failed", "failure-take-gone")
    return Call(label, "failed", newest.failure if newest else None)
