"""What the channel reads of a job: texts only. Names are data: escaped, and never a mention.

Each text begins with a mark that names take and purpose (`🎬 **#12.1**`), by which the outbox finds a message again of
which it does not know whether it was sent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from discord.utils import escape_markdown

from bot.poster import Button
from renderer.protocol import FPS

if TYPE_CHECKING:
    from bot.i18n import Speaker
    from db.models import Job, Purpose, Shot
    from renderer.protocol import Progress

SIGNS: dict[Purpose, str] = {"status": "⏳", "clip": "🎬", "failure": "⚠️"}

BAR = 12
# Share of a shot's time by stage, from the resident engine on one H200 (docs/performance.md); "draw" is the animatic's.
STAGE_ENDS = {
    "text": 0.02,
    "images": 0.03,
    "stage1": 0.31,
    "upsample": 0.32,
    "stage2": 0.82,
    "decode": 0.95,
    "encode": 1.0,
}


def mark(shot: Shot, job: Job, purpose: Purpose) -> str:
    """Return the words that a message of this purpose begins with."""
    return f"{SIGNS[purpose]} **#{shot.number}.{job.take}**"


def status_text(words: Speaker, shot: Shot, job: Job, place: int, eta_s: float) -> str:
    """Return the text for a job that waits; `place` 0 means that it is being rendered."""
    key = "post-queued" if place else "post-rendering"
    return f"{mark(shot, job, 'status')} " + words(
        key, member=f"<@{job.requested_by}>", place=place, eta=duration_text(words, eta_s)
    )


def progress_text(words: Speaker, shot: Shot, job: Job, progress: Progress) -> str:
    """Return the text for a job that is being rendered."""
    done = fraction(progress)
    filled = round(done * BAR)
    return f"{mark(shot, job, 'status')} " + words(
        "post-progress",
        member=f"<@{job.requested_by}>",
        bar="█" * filled + "░" * (BAR - filled),
        percent=round(done * 100),
    )


def fraction(progress: Progress) -> float:
    """Return how much of the shot is done, 0 to 1."""
    within = progress.step / max(1, progress.steps)
    if progress.stage not in STAGE_ENDS:
        return within
    stages = list(STAGE_ENDS)
    before = stages.index(progress.stage)
    start = STAGE_ENDS[stages[before - 1]] if before else 0.0
    return start + (STAGE_ENDS[progress.stage] - start) * within


def clip_text(
    words: Speaker, shot: Shot, job: Job, *, part: str = "", voted_on: int | None = None, with_names: bool = True
) -> str:
    """Return the text that the clip comes with: its facts, and a plain word where it is no render.

    Args:
        words: says sentences in the server's language.
        shot: what was asked for.
        job: the take.
        part: what the shot is of an episode (`E1 · 2.1`), or empty.
        voted_on: the number of the take whose votes led to this one.
        with_names: whether the characters are named.
    """
    cast = ", ".join(escape_markdown(member.name).replace("<", "\\<") for member in shot.cast) if with_names else ""
    frames = job.clip_frames or shot.frames
    facts = words(
        "post-facts",
        cast=cast or words("post-no-cast"),
        seed=str(job.seed),
        size=f"{shot.width}×{shot.height}",
        seconds=f"{frames / FPS:.1f}",
        take=job.take,
    )
    title = f"{mark(shot, job, 'clip')} {words('post-clip', member=f'<@{job.requested_by}>')}"
    lines = [f"{title} · **{part}**" if part else title, facts]
    if voted_on is not None:
        lines.append(words("post-voted", take=voted_on))
    if job.overrides:
        rules = words("review-list-mark").join(words(f"guard-rule-{rule}") for rule in job.overrides)
        lines.append(words("post-own-words", rules=rules))
    faults: list[str] = job.inspection.get("faults", [])
    if faults:
        what = words("review-list-mark").join(words(f"fault-{fault}") for fault in faults)
        lines.append(words("post-flawed-twice" if job.cause == "inspection" else "post-flawed", what=what))
    elif job.cause == "inspection":
        lines.append(words("post-second-try"))
    if job.engine == "animatic":
        lines.append(words("post-animatic"))
    return "\n".join(lines)


def take_buttons(words: Speaker, job: Job) -> tuple[Button, ...]:
    """Return what stands beneath a clip; `bot.views.take` answers."""
    return (
        Button(f"take:{job.id}:again", words("button-again")),
        Button(f"take:{job.id}:pick", words("button-pick")),
    )


def failure_text(words: Speaker, shot: Shot, job: Job) -> str:
    """Return the text for a job that failed: what happened and what can be done."""
    reason = words(job.failure or "failure-render")
    return f"{mark(shot, job, 'failure')} " + words("post-failed", member=f"<@{job.requested_by}>", reason=reason)


def duration_text(words: Speaker, seconds: float) -> str:
    """Return a time to wait, rounded up to what a person would say."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return words("post-seconds", seconds=max(5, math.ceil(seconds / 5) * 5))
    return words("post-minutes", minutes=math.ceil(seconds / 60))
