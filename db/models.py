"""Frozen rows, status enums, and the moves that a job may make."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import sqlite3

Sharing = Literal["server", "owner"]
Purpose = Literal["status", "clip", "failure"]
Cause = Literal["order", "votes", "direction", "inspection"]
"""Why a take is made: asked for, voted for, asked for again by who directs it, or because the last one is flawed."""


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RENDERING = "RENDERING"
    RENDERED = "RENDERED"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


ACTIVE = frozenset({Status.QUEUED, Status.RENDERING, Status.RENDERED})

MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RENDERING, Status.CANCELLED, Status.FAILED}),
    # Back to QUEUED after a restart, or when the renderer died.
    Status.RENDERING: frozenset({Status.RENDERED, Status.QUEUED, Status.CANCELLED, Status.FAILED}),
    Status.RENDERED: frozenset({Status.POSTED, Status.QUEUED, Status.FAILED}),
    Status.POSTED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.FAILED: frozenset(),
}


def name_key(name: str) -> str:
    """Return what makes two names the same: NFKC, white space folded, casefolded."""
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", name).casefold().split()))


@dataclass(frozen=True, slots=True)
class Character:
    """A character with its stored reference picture; `picture_path` is relative to the data directory."""

    id: int
    guild_id: int
    owner_id: int
    name: str
    description: str
    outfit: str
    sharing: Sharing
    picture_path: str
    picture_sha256: str
    picture_width: int
    picture_height: int
    created_at: float
    updated_at: float

    @property
    def look(self) -> str:
        """Description and outfit as one phrase: the same words in every prompt."""
        return ", ".join(part for part in (self.description, self.outfit) if part)

    @classmethod
    def of(cls, row: sqlite3.Row) -> Character:
        """Build from a row of `characters`."""
        return cls(**{key: row[key] for key in cls.__slots__})


@dataclass(frozen=True, slots=True)
class CastMember:
    """A character as it looked when the shot was asked for."""

    name: str
    look: str = ""
    character_id: int | None = None


@dataclass(frozen=True, slots=True)
class ShotPin:
    """A picture pinned at a frame; `path` is relative to the data directory."""

    frame: int
    path: str


@dataclass(frozen=True, slots=True)
class Shot:
    """What was asked for. `number` counts within the guild and is what members say; `style_lora` is a name or empty."""

    id: int
    guild_id: int
    channel_id: int
    author_id: int
    number: int
    words: str
    prompt: str
    report: dict[str, Any]
    frames: int
    width: int
    height: int
    seed: int
    lora_strength: float
    pin_strength: float
    created_at: float
    style_lora: str = ""
    style_strength: float = 0.0
    cast: tuple[CastMember, ...] = ()
    pins: tuple[ShotPin, ...] = ()

    @classmethod
    def of(cls, row: sqlite3.Row, cast: tuple[CastMember, ...], pins: tuple[ShotPin, ...]) -> Shot:
        """Build from a row of `shots` and its parts."""
        columns = {key: row[key] for key in cls.__slots__ if key not in {"report", "cast", "pins"}}
        return cls(**columns, report=json.loads(row["report"]), cast=cast, pins=pins)


@dataclass(frozen=True, slots=True)
class Job:
    """One take of one shot; `clip_path` is relative to the data directory, `again_of` the take that led to it.

    `inspection` is what the look at the finished clip found (`bot.dailies`); empty where nobody looked.
    With a `swept_at`, the clip is gone.
    """

    id: int
    shot_id: int
    take: int
    seed: int
    requested_by: int
    status: Status
    attempts: int
    engine: str | None
    clip_path: str | None
    clip_frames: int | None
    failure: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    again_of: int | None = None
    swept_at: float | None = None
    cause: Cause = "order"
    stages: dict[str, float] = field(default_factory=dict[str, float])
    overrides: tuple[str, ...] = ()
    inspection: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, row: sqlite3.Row) -> Job:
        """Build from a row of `jobs`."""
        parsed = {"status", "stages", "overrides", "inspection"}
        columns = {key: row[key] for key in cls.__slots__ if key not in parsed}
        return cls(
            **columns,
            inspection=json.loads(row["inspection"]),
            status=Status(row["status"]),
            stages=json.loads(row["stages"]),
            overrides=tuple(json.loads(row["overrides"])),
        )


class Letter(Protocol):
    """What every row of a message knows: where it goes, and whether it is there."""

    @property
    def channel_id(self) -> int:
        """The channel; of an episode's message 0 until it is aimed at one."""
        ...

    @property
    def nonce(self) -> str:
        """What Discord knows the message by before it has an id."""
        ...

    @property
    def message_id(self) -> int | None:
        """The id, once Discord has said it."""
        ...

    @property
    def created_at(self) -> float:
        """When the row was made, Unix seconds."""
        ...

    @property
    def posted_at(self) -> float | None:
        """When it was sent, or given up; None before, or 0 while a storyboard's message is in hand."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was sent, is about to be (`posted_at` None), or was given up (`message_id` alone None)."""

    id: int
    job_id: int
    purpose: Purpose
    channel_id: int
    nonce: str
    message_id: int | None
    created_at: float
    posted_at: float | None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Posted:
        """Build from a row of `messages`."""
        return cls(**{key: row[key] for key in cls.__slots__})
