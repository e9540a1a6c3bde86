"""An episode as a TOML file: characters, scenes and their shots. Reads files; knows no Discord and no database.

    title = "玉佩定情"

    [[characters]]
    name = "沈月华"
    picture = "palace/shen-yuehua.webp"     # beside the script
    outfit = "white silk hanfu"

    [[scenes]]
    title = "御花园"

    [[scenes.shots]]
    words = "中景,御花园清晨……"
    cast = ["沈月华"]
    seconds = 8

What a shot does not say, the configuration's `[defaults]` decide. Every problem is told with its line and its key's
path; in a path, scenes and shots count from 1: `scenes[2].shots[1].cast`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from db.models import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

MAX_BYTES = 500_000
"""Larger scripts are refused unread: an episode of a hundred shots has less than 100 kB."""

MAX_CAST = 3
"""Characters that the model holds together in one frame (the card's limit)."""

MAX_STATEMENT_LINES = 200
"""A longer value is not searched to its end; problems after it are told without their line."""

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`line` from 1, or None where unknown) and what is allowed."""

    path: str
    message: str
    line: int | None = None


class ScriptError(Exception):
    """The script cannot be used. The message has one line a problem: `file:line: key's path: what is allowed`.

    Attributes:
        problems: all that was found, in the order of the file.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(_told(source, problem) for problem in problems))
        self.problems = tuple(problems)


def _picture(path: Path, info: ValidationInfo) -> Path:
    directory: Path = info.context["directory"] if info.context else Path()
    found = directory / path
    if not found.is_file():
        raise ValueError(f"there is no picture {found}; the path is relative to the script")
    return found


def _few(cast: tuple[str, ...]) -> tuple[str, ...]:
    if len(cast) > MAX_CAST:
        raise ValueError(f"{len(cast)} characters; one frame holds at most {MAX_CAST}")
    return cast


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _some(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    # Not `min_length`: pydantic counts the good ones only, and one bad shot would be told as none at all, too.
    if not parts:
        raise ValueError("at least one is needed")
    return parts


def _from(low: float, high: float) -> AfterValidator:
    def check(value: float) -> float:
        if not low <= value <= high:
            raise ValueError(f"{value} is out of range; {low} to {high} is allowed")
        return value

    return AfterValidator(check)


Said = Annotated[str, AfterValidator(_said)]


class Part(BaseModel):
    """Base of every table: frozen, strict about types, closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Character(Part):
    """`[[characters]]`: what `/character add` takes. `picture` is resolved against the script's folder."""

    name: Said
    picture: Annotated[Path, Field(strict=False), AfterValidator(_picture)]
    description: str = ""
    outfit: str = ""
    sharing: Literal["server", "owner"] = "server"


class Shot(Part):
    """`[[scenes.shots]]`: what `/shot` takes. None leaves a choice to the configuration, or to chance for the seed."""

    words: Said
    cast: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_few)] = ()
    seconds: Literal[5, 8, 10, 15] | None = None
    quality: Literal["preview", "full"] | None = None
    seed: Annotated[int, _from(0, 2**32 - 1)] | None = None
    lora_strength: Annotated[float, _from(0.3, 1.0)] | None = None
    pin_strength: Annotated[float, _from(0.7, 0.95)] | None = None
    staggered: bool = False


class Scene(Part):
    """`[[scenes]]`: shots that are seen one after the other."""

    title: str = ""
    shots: Annotated[tuple[Shot, ...], Field(strict=False), AfterValidator(_some)]


class Script(Part):
    """The whole episode."""

    title: Said
    characters: Annotated[tuple[Character, ...], Field(strict=False)] = ()
    scenes: Annotated[tuple[Scene, ...], Field(strict=False), AfterValidator(_some)]

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All shots, in order."""
        return tuple(shot for scene in self.scenes for shot in scene.shots)


_TABLES: dict[str, type[Part]] = {"": Script, "characters": Character, "scenes": Scene, "shots": Shot}


def load(path: Path) -> Script:
    """Read the script at `path`; pictures are looked for beside it.

    Raises:
        ScriptError: the file cannot be read, is no TOML, or holds something that cannot be.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ScriptError(str(path), [Problem("", f"more than {MAX_BYTES} bytes")])
        text = data.decode("utf-8")
    except OSError as error:
        raise ScriptError(str(path), [Problem("", error.strerror or str(error))]) from None
    except UnicodeDecodeError as error:
        raise ScriptError(str(path), [Problem("", f"not UTF-8 text: {error}")]) from None
    return parse(text, path.parent, str(path))


def parse(text: str, directory: Path, source: str = "script") -> Script:
    """Return the script that `text` holds; `directory` is where its pictures are, `source` names it in problems.

    Raises:
        ScriptError: it is no TOML, or holds something that cannot be.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(source, [Problem("", str(error))]) from None
    except RecursionError:
        raise ScriptError(source, [Problem("", "nested too deeply")]) from None
    try:
        script = Script.model_validate(table, context={"directory": directory})
    except ValidationError as error:
        found = [(detail["loc"], _sentence(detail)) for detail in error.errors(include_input=False, include_url=False)]
    else:
        found = list(_contradictions(script))
        if not found:
            return script
    lines = _lines(text)
    problems = [Problem(_path(location), message, _line(lines, location)) for location, message in found]
    raise ScriptError(source, sorted(problems, key=lambda problem: problem.line or 0))


def _contradictions(script: Script) -> Iterator[tuple[Location, str]]:
    """Yield what no table can see alone: names given twice, and names in a cast that nobody has."""
    names: dict[str, str] = {}
    for index, character in enumerate(script.characters):
        if name_key(character.name) in names:
            yield ("characters", index, "name"), f"{character.name} is named twice"
        names[name_key(character.name)] = character.name
    for scene_index, scene in enumerate(script.scenes):
        for shot_index, shot in enumerate(scene.shots):
            location = ("scenes", scene_index, "shots", shot_index, "cast")
            for name, times in Counter(map(name_key, shot.cast)).items():
                if name not in names:
                    written = next(each for each in shot.cast if name_key(each) == name)
                    yield location, f"unknown character {written}; known: {', '.join(names.values()) or 'none'}"
                elif times > 1:
                    yield location, f"{names[name]} is named twice"


def _sentence(detail: ErrorDetails) -> str:
    """Return what is wrong with one value, and what is allowed."""
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "extra_forbidden":
        *_, table = ["", *(part for part in detail["loc"][:-1] if isinstance(part, str))]
        known = list(_TABLES[table].model_fields)
        close = difflib.get_close_matches(str(detail["loc"][-1]), known, n=1)
        return f"unknown key; did you mean {close[0]}?" if close else f"unknown key; known here: {', '.join(known)}"
    return detail["msg"].removeprefix("Value error, ")


def _path(location: Location) -> str:
    """Return `scenes[2].shots[1].cast` for `("scenes", 1, "shots", 0, "cast")`."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _told(source: str, problem: Problem) -> str:
    place = f"{source}:{problem.line}" if problem.line else source
    return ": ".join(part for part in (place, problem.path, problem.message) if part)


def _line(lines: dict[Location, int], location: Location) -> int | None:
    """Return the line of what is at `location`, or of the innermost table or key around it."""
    return next((lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in lines), None)


def _lines(text: str) -> dict[Location, int]:
    """Return the line (from 1) of every table header and every key in `text`, which is known to be good TOML.

    tomllib tells no lines. But a statement of TOML ends with a line, and no beginning of one is good TOML by itself,
    so lines are gathered until tomllib takes them: that is one statement. Its keys, inline tables and their keys
    stand where it begins.
    """
    lines: dict[Location, int] = {}
    counts: Counter[Location] = Counter()  # tables seen in each array of tables
    table: Location = ()
    gathered: list[str] = []
    # Not splitlines: what else it takes for a line break may stand in a string.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        gathered.append(line)
        if len(gathered) > MAX_STATEMENT_LINES:
            break
        try:
            statement = tomllib.loads("\n".join(gathered))
        except tomllib.TOMLDecodeError:
            continue
        first = number - len(gathered) + 1
        header = gathered[0].lstrip()
        gathered.clear()
        if not header.startswith("["):
            lines.update(dict.fromkeys((table + inner for inner in _within(statement)), first))
            continue
        table = ()
        names = [name for name in max(_within(statement), key=len) if isinstance(name, str)]
        for depth, name in enumerate(names, 1):
            table += (name,)
            counts[table] += depth == len(names) and header.startswith("[[")
            if counts[table]:
                table += (counts[table] - 1,)
        lines[table] = first
    return lines


def _within(value: Any, location: Location = ()) -> Iterator[Location]:
    """Yield the location of everything inside a TOML value."""
    inner: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inner = list(value.items())  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - a TOML value
    elif isinstance(value, list):
        inner = list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - a TOML value
    for key, each in inner:
        yield (*location, key)
        yield from _within(each, (*location, key))
