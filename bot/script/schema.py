"""The tables of a script as pydantic models; docs/scripts.md says the same in prose, and a test compares them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from bot.styles import NONE
from db.models import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CAST = 3
"""Characters that the model holds together in one frame (the card's limit)."""

MAX_TITLE = 100
"""Of an episode or a scene. Discord's threads take no longer names."""

MAX_WORDS = 2000
"""Of a shot: what `/episode add` takes."""

MAX_PHRASE = 300
"""Of style, place and light."""

MAX_SCAFFOLDING = 600
"""Of a scene's words, which every prompt of the scene repeats."""

MAX_LINE = 200
"""Of one line of dialogue in one language: more is not read in a shot."""

MAX_LINES = 12
"""Of one shot."""

MAX_SPEAKER = 40
"""Of a speaker's name: as of a character's."""

MAX_SHOTS = 120
"""Of an episode."""

MAX_CROSSFADE = 48
"""Frames, two seconds."""


def _wrong(key: str, **arguments: Any) -> PydanticCustomError:
    # The type is the catalogue's key; pydantic's own text is not shown.
    return PydanticCustomError(key, "{key}", {"key": key} | arguments)  # pyright: ignore[reportArgumentType] - it wants a literal


def _picture(path: Path, info: ValidationInfo) -> Path:
    directory: Path | None = info.context["directory"] if info.context else None
    if directory is None:
        return path
    found = directory / path
    if not found.is_file():
        raise _wrong("script-no-picture", picture=str(found))
    return found


def _style(name: str, info: ValidationInfo) -> str:
    """Return the style as it is listed, where there is a list; empty and `none` need not be on it."""
    known: Sequence[str] | None = info.context.get("styles") if info.context else None
    if known is None or not name or name_key(name) == NONE:
        return name
    for listed in known:
        if name_key(listed) == name_key(name):
            return listed
    raise _wrong("script-unknown-style", name=name, known=", ".join(known) or "–")


def _few(cast: tuple[str, ...]) -> tuple[str, ...]:
    if len(cast) > MAX_CAST:
        raise _wrong("script-cast", count=len(cast), most=MAX_CAST)
    return cast


def _short(lines: tuple[Part, ...]) -> tuple[Part, ...]:
    if len(lines) > MAX_LINES:
        raise _wrong("script-too-many", count=len(lines), most=MAX_LINES)
    return lines


def _from(low: float, high: float) -> AfterValidator:
    def check(value: float) -> float:
        if not low <= value <= high:
            raise _wrong("script-range", value=str(value), low=str(low), high=str(high))
        return value

    return AfterValidator(check)


def _text(most: int, *, empty: bool = True, lines: bool = False) -> AfterValidator:
    def check(text: str) -> str:
        stripped = text.strip() if lines else " ".join(text.split())
        if not stripped and not empty:
            raise _wrong("script-empty")
        if len(stripped) > most:
            raise _wrong("script-too-long", count=len(stripped), most=most)
        return stripped

    return AfterValidator(check)


SEED = _from(0, 2**32 - 1)
StyleName = Annotated[str, _text(MAX_TITLE), AfterValidator(_style)]


class Part(BaseModel):
    """Base of every table: frozen, strict about types, closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Character(Part):
    """`[[characters]]`: what `/character add` takes. `picture` is resolved against the script's folder."""

    name: Annotated[str, _text(MAX_SPEAKER, empty=False)]
    picture: Annotated[Path, Field(strict=False), AfterValidator(_picture)]
    description: str = ""
    outfit: str = ""
    sharing: Literal["server", "owner"] = "server"


class Line(Part):
    """`[[scenes.shots.lines]]`: a subtitle in Chinese, English or both."""

    speaker: Annotated[str, _text(MAX_SPEAKER)] = ""
    zh: Annotated[str, _text(MAX_LINE)] = ""
    en: Annotated[str, _text(MAX_LINE)] = ""

    @model_validator(mode="after")
    def _said(self) -> Self:
        if not self.zh and not self.en:
            raise _wrong("script-silent")
        return self


class Shot(Part):
    """`[[scenes.shots]]`: what `/episode add` takes. None leaves a choice to the scene, or to the configuration."""

    words: Annotated[str, _text(MAX_WORDS, empty=False, lines=True)]
    cast: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_few)] = ()
    seconds: Literal[5, 8, 10, 15] | None = None
    seed: Annotated[int, SEED] | None = None
    lora_strength: Annotated[float, _from(0.3, 1.0)] | None = None
    pin_strength: Annotated[float, _from(0.7, 0.95)] | None = None
    style_lora: StyleName = ""
    staggered: bool = False
    crossfade: Annotated[int, _from(0, MAX_CROSSFADE)] = 0
    lines: Annotated[tuple[Line, ...], Field(strict=False), AfterValidator(_short)] = ()


class Scene(Part):
    """`[[scenes]]`: shots that are seen one after the other. Place, light and words stand in the prompt of each."""

    title: Annotated[str, _text(MAX_TITLE)] = ""
    place: Annotated[str, _text(MAX_PHRASE)] = ""
    light: Annotated[str, _text(MAX_PHRASE)] = ""
    words: Annotated[str, _text(MAX_SCAFFOLDING, lines=True)] = ""
    style_lora: StyleName = ""
    seed: Annotated[int, SEED] | None = None
    shots: Annotated[tuple[Shot, ...], Field(strict=False)] = ()

    @property
    def scaffolding(self) -> str:
        """Place, light and words as one phrase: the same in every prompt of the scene."""
        return ", ".join(part for part in (self.place, self.light, self.words) if part)


class Script(Part):
    """The whole episode. `version` is what it was written out at: a stale one is not taken back."""

    title: Annotated[str, _text(MAX_TITLE, empty=False)]
    version: Annotated[int, _from(1, 2**31)] | None = None
    style: Annotated[str, _text(MAX_PHRASE)] = ""
    style_lora: StyleName = ""
    quality: Literal["preview", "full"] | None = None
    subtitles: Literal["none", "zh", "en", "both"] = "both"
    speaker_names: bool = False
    title_card: bool = True
    end_card: bool = True
    characters: Annotated[tuple[Character, ...], Field(strict=False)] = ()
    scenes: Annotated[tuple[Scene, ...], Field(strict=False)] = ()

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All shots, in order."""
        return tuple(shot for scene in self.scenes for shot in scene.shots)


TABLES: dict[str, type[Part]] = {
    "": Script,
    "characters": Character,
    "scenes": Scene,
    "shots": Shot,
    "lines": Line,
}
"""The model of each table, by the last name in its header."""
