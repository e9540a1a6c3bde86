"""What an episode is cut from: the chosen takes in order, what is said in them, and the cards around them.

A plan is a value that is stored as JSON: the same plan is cut once, and a restart cuts what was planned.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from bot import cutting, subtitles
from db import bulletins, jobs, shots, votes
from db.models import Job, Status
from db.writing import Line  # noqa: TC001 - pydantic reads the fields
from db.writing import Subtitles as Track  # noqa: TC001 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiosqlite import Connection

    from bot.config import Config
    from db.models import Shot
    from db.writing import Episode

ENDED = frozenset({Status.RENDERED, Status.POSTED, Status.CANCELLED, Status.FAILED})

EPISODE_FOLDER = "episode-"
"""What the folder of an episode's cuts is called, before its id."""

MODELS = {"ltx": "LTX-2.3 · Dual-Character LoRA", "animatic": "Animatic"}
"""What an engine is called where it is credited."""

SLATE = 0.285
"""Share of the height that the animatic's slate takes at most, a margin included."""


def credited(rendered: Iterable[tuple[Job, Shot]]) -> list[str]:
    """Return the models that rendered these takes, each once; style LoRAs behind the model that used them."""
    styles: dict[str, dict[str, None]] = {}
    for job, shot in rendered:
        used = styles.setdefault(job.engine or "", {})
        if job.engine == "ltx" and shot.style_lora:
            used[shot.style_lora] = None
    return [
        " · ".join([MODELS.get(engine, engine), *([f"Style LoRA: {', '.join(used)}"] if used else ())])
        for engine, used in styles.items()
    ]


@dataclass(frozen=True, slots=True)
class PlannedTake:
    """A chosen take as it is to be seen; `path` is relative to the data directory."""

    job_id: int
    path: str
    frames: int
    fade: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an episode is cut from.

    Attributes:
        takes: in order.
        title: on the opening card.
        track: which languages are burned in.
        names: put the speaker before the words.
        opening: whether there is an opening card.
        ending: rows of the end card: who plays, which model; empty for none.
        writers: whom it names as such, by id: their names are looked up when it is cut.
        voters: likewise.
        slated: takes are the animatic's: subtitles stand above its slate.
    """

    takes: tuple[PlannedTake, ...]
    title: str
    track: Track = "both"
    names: bool = False
    opening: bool = True
    ending: tuple[str, ...] = ()
    slated: bool = False
    writers: tuple[int, ...] = ()
    voters: tuple[int, ...] = ()

    @property
    def job_ids(self) -> tuple[int, ...]:
        """The takes' ids, in order."""
        return tuple(take.job_id for take in self.takes)

    def dumped(self) -> tuple[str, str]:
        """Return the plan as JSON, and the hash by which the same plan is known."""
        text = _PLAN.dump_json(self).decode()
        return text, hashlib.sha256(text.encode()).hexdigest()


_PLAN = TypeAdapter(Plan)


def loaded(text: str) -> Plan:
    """Return the plan that `Plan.dumped` made the text of."""
    return _PLAN.validate_json(text)


async def planned(reader: Connection, episode: Episode, *, settled: bool) -> Plan | None:
    """Return what the episode is cut from as its rows stand, or None while a shot has no take.

    Args:
        reader: the database.
        episode: what is written.
        settled: also None while a take is still queued or rendered: a cut now would not be the last.
    """
    takes: list[PlannedTake] = []
    cast: dict[str, None] = {}
    rendered: list[tuple[Job, Shot]] = []
    for written in episode.shots:
        if written.shot_id is None:
            return None
        chosen = await votes.chosen_take(reader, written.shot_id)
        if chosen is None or chosen.clip_path is None:
            return None
        shot = await shots.get(reader, written.shot_id)
        if settled and any(job.status not in ENDED for job in await jobs.takes(reader, shot.id)):
            return None
        # Cross-fades need their frames more than a smeared end needs to go.
        whole, faded = chosen.clip_frames or shot.frames, (takes[-1].fade if takes else 0) + written.crossfade
        frames = max(whole - trimmed(chosen), min(whole, faded))
        takes.append(PlannedTake(chosen.id, chosen.clip_path, frames, written.crossfade, written.lines))
        cast |= dict.fromkeys(member.name for member in shot.cast)
        rendered.append((chosen, shot))
    if not takes:
        return None
    return Plan(
        takes=tuple(takes),
        title=episode.title,
        track=episode.subtitles,
        names=episode.speaker_names,
        opening=episode.title_card,
        ending=billed(cast, credited(rendered)) if episode.end_card else (),
        slated=any(take.engine == "animatic" for take, _ in rendered),
        writers=(episode.owner_id, *sorted(episode.editors)) if episode.end_card else (),
        voters=tuple(await bulletins.voters(reader, episode.id)) if episode.end_card else (),
    )


def billed(cast: Iterable[str], models: Iterable[str]) -> tuple[str, ...]:
    """Return the rows of an end card: who plays, and what rendered it."""
    return tuple(row for row in (" · ".join(cast), *models) if row)


def trimmed(take: Job) -> int:
    """Return how many frames more the look at the take would leave away at its end."""
    return int(take.inspection.get("trim", 0))


def film(plan: Plan, config: Config, people: tuple[str, ...] = ()) -> cutting.Cut:
    """Return the plan as the cutter takes it; the end card, if there is one, begins with the rows `people`.

    Raises:
        ValueError: its lengths or cross-fades cannot be.
    """
    return cutting.Cut(
        takes=tuple(
            cutting.Take(
                config.directory / take.path,
                take.frames,
                tuple(subtitles.Line(zh=line.zh, en=line.en, speaker=line.speaker) for line in take.lines),
                take.fade,
            )
            for take in plan.takes
        ),
        opening=cutting.Card((plan.title,)) if plan.opening else None,
        ending=cutting.Card((plan.title,), (*people, *plan.ending)) if plan.ending else None,
        subtitles=_subtitles(plan, config.episodes.subtitle_font),
        encoding=cutting.Encoding(
            crf=config.clip.crf,
            preset=config.clip.preset,
            max_rate=config.clip.max_rate,
            audio_bitrate=config.clip.audio_bitrate,
            ffmpeg=config.clip.ffmpeg,
        ),
    )


def _subtitles(plan: Plan, font: str) -> cutting.Subtitles:
    burn = None if plan.track == "none" else plan.track
    look = cutting.Subtitles(burn=burn, names=plan.names, font=Path(font) if font else None)
    return replace(look, bottom=SLATE) if plan.slated else look
