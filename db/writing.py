"""What an episode is made of, as frozen rows: episode, scenes, shots, lines of dialogue."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Role = Literal["owner", "editor", "viewer"]
Subtitles = Literal["none", "zh", "en", "both"]

NEW = 0
"""Id of a scene or shot that has no row yet."""


class EpisodeStatus(StrEnum):
    """Where an episode stands."""

    WRITING = "WRITING"
    RENDERING = "RENDERING"
    CUTTING = "CUTTING"
    POSTED = "POSTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of dialogue in one language or both; an empty speaker is a voice that nobody is seen to have."""

    speaker: str = ""
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class SceneShot:
    """A shot as it is written.

    Attributes:
        cast: names of characters, as written.
        crossfade: frames into the next shot; 0 is a cut.
        style_lora: a name, `none` for none, or empty for what the scene says.
        shot_id: what was last queued of it (a row of `shots`), or None.
    """

    words: str
    cast: tuple[str, ...] = ()
    seconds: int = 5
    seed: int | None = None
    lora_strength: float | None = None
    pin_strength: float | None = None
    staggered: bool = False
    crossfade: int = 0
    lines: tuple[Line, ...] = ()
    style_lora: str = ""
    id: int = NEW
    scene_id: int = NEW
    position: int = 1
    shot_id: int | None = None

    @classmethod
    def of(cls, row: sqlite3.Row, lines: tuple[Line, ...]) -> SceneShot:
        """Build from a row of `scene_shots` and its lines."""
        columns = {key: row[key] for key in cls.__slots__ if key not in {"cast", "lines", "staggered"}}
        return cls(
            **columns,
            cast=tuple(json.loads(row["cast_names"])),
            lines=lines,
            staggered=bool(row["staggered"]),
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """Shots that are seen one after the other; `words` stand in the prompt of each.

    `style_lora` is a name, `none` for none, or empty for what the episode says.
    """

    title: str = ""
    place: str = ""
    light: str = ""
    words: str = ""
    seed: int | None = None
    shots: tuple[SceneShot, ...] = ()
    style_lora: str = ""
    id: int = NEW
    episode_id: int = NEW
    position: int = 1

    @property
    def scaffolding(self) -> str:
        """Place, light and words as one phrase: the same in every prompt of the scene."""
        return ", ".join(part for part in (self.place, self.light, self.words) if part)

    @classmethod
    def of(cls, row: sqlite3.Row, shots: tuple[SceneShot, ...]) -> Scene:
        """Build from a row of `scenes` and its shots."""
        return cls(**{key: row[key] for key in cls.__slots__ if key != "shots"}, shots=shots)


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode with all that is written of it. `number` counts within the guild and is what members say."""

    id: int
    guild_id: int
    channel_id: int
    thread_id: int | None
    owner_id: int
    number: int
    title: str
    style: str
    style_lora: str
    quality: Literal["preview", "full"]
    subtitles: Subtitles
    speaker_names: bool
    title_card: bool
    end_card: bool
    version: int
    status: EpisodeStatus
    created_at: float
    updated_at: float
    editors: frozenset[int] = frozenset()
    viewers: frozenset[int] = frozenset()
    scenes: tuple[Scene, ...] = ()

    @classmethod
    def of(
        cls, row: sqlite3.Row, editors: frozenset[int], viewers: frozenset[int], scenes: tuple[Scene, ...]
    ) -> Episode:
        """Build from a row of `episodes` and its parts."""
        parsed: dict[str, Any] = {key: bool(row[key]) for key in ("speaker_names", "title_card", "end_card")}
        parsed |= {"status": EpisodeStatus(row["status"]), "editors": editors, "viewers": viewers, "scenes": scenes}
        return cls(**parsed, **{key: row[key] for key in cls.__slots__ if key not in parsed})

    @property
    def shots(self) -> tuple[SceneShot, ...]:
        """All shots, in order."""
        return tuple(shot for scene in self.scenes for shot in scene.shots)

    def numbered(self) -> Iterator[tuple[str, Scene, SceneShot]]:
        """Yield each shot in order with its scene and the label that members say: `2.1`, the first of the second."""
        for number, scene in enumerate(self.scenes, 1):
            for place, shot in enumerate(scene.shots, 1):
                yield f"{number}.{place}", scene, shot

    def role_of(self, member_id: int) -> Role | None:
        """Return what the member is to the episode, or None for a stranger."""
        if member_id == self.owner_id:
            return "owner"
        if member_id in self.editors:
            return "editor"
        return "viewer" if member_id in self.viewers else None

    def with_scenes(self, scenes: tuple[Scene, ...]) -> Episode:
        """Return the episode with these scenes, and every position counted anew from 1."""
        return replace(
            self,
            scenes=tuple(
                replace(
                    scene,
                    position=number,
                    shots=tuple(replace(shot, position=place) for place, shot in enumerate(scene.shots, 1)),
                )
                for number, scene in enumerate(scenes, 1)
            ),
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """What a list shows of an episode."""

    id: int
    number: int
    title: str
    owner_id: int
    status: EpisodeStatus
    role: Role | None
    shots: int
