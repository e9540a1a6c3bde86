"""What the channel does not show of each take: the prompt as sent, the pinned pictures, the time by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import announcements
from db import jobs, messages, shots
from db.models import Status
from renderer.protocol import FPS

if TYPE_CHECKING:
    from pathlib import Path

    from db.connection import Database


@dataclass(frozen=True, slots=True)
class Take:
    """One take of one shot.

    Attributes:
        name: what its message calls it: `#5.2`.
        message_id: the message that holds the clip, or None where there is none.
        status_mark: the words that its status message began with.
        prompt: what the model was given.
        pins: frame and picture of each pin.
        stages: seconds by stage, in order.
        film_s: length of the clip in seconds, 0 where there is none.
    """

    name: str
    names: tuple[str, ...]
    status: Status
    failure: str | None
    message_id: int | None
    status_mark: str
    size: tuple[int, int]
    prompt: str
    pins: tuple[tuple[int, Path], ...]
    pin_strength: float
    lora_strength: float
    stages: dict[str, float]
    film_s: float


async def takes_of(database: Database, directory: Path) -> list[Take]:
    """Return every take, in the order in which they were queued; `directory` is the data directory."""
    reader = database.reading()
    takes: list[Take] = []
    for job in await jobs.with_status(reader, *Status):
        shot = await shots.get(reader, job.shot_id)
        posted = await messages.get(reader, job.id, "clip")
        takes.append(
            Take(
                name=f"#{shot.number}.{job.take}",
                names=tuple(member.name for member in shot.cast),
                status=job.status,
                failure=job.failure,
                message_id=posted.message_id if posted else None,
                status_mark=announcements.mark(shot, job, "status"),
                size=(shot.width, shot.height),
                prompt=shot.prompt,
                pins=tuple((pin.frame, directory / pin.path) for pin in shot.pins),
                pin_strength=shot.pin_strength,
                lora_strength=shot.lora_strength,
                stages=job.stages,
                film_s=(job.clip_frames or 0) / FPS,
            )
        )
    return takes
