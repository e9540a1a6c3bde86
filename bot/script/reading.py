"""Reads a script: TOML to `Script`, or every problem with its line and its key's path."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot.script.locating import line_of, lines_of
from bot.script.problems import Location, Problem, ScriptError, path_of
from bot.script.schema import MAX_SHOTS, TABLES, Script
from db.models import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

MAX_BYTES = 500_000
"""Larger scripts are refused unread: an episode of a hundred shots has less than 100 kB."""

_LINE = re.compile(r"\(at line (\d+), column \d+\)$")  # before Python 3.14, tomllib tells the line in its text only

Found = tuple[Location, str, dict[str, Any]]
"""Where, the catalogue's key, its arguments."""

_TYPES = {
    "string_type": "script-text",
    "int_type": "script-whole-number",
    "int_from_float": "script-whole-number",
    "float_type": "script-number",
    "bool_type": "script-flag",
    "tuple_type": "script-list",
    "path_type": "script-text",
    "model_type": "script-table",
    "model_attributes_type": "script-table",
    "missing": "script-missing",
}
"""What pydantic's types of errors are called in the catalogues."""


def load(path: Path) -> Script:
    """Read the script at `path`; pictures are looked for beside it.

    Raises:
        ScriptError: the file cannot be read, is no TOML, or holds something that cannot be.
    """
    return parse(read(path), path.parent, str(path))


def read(path: Path) -> bytes:
    """Return the script at `path` as it lies there, or a little more than `parse` takes of one that is too large.

    Raises:
        ScriptError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem("", "script-unreadable", {"reason": error.strerror or str(error)})
        raise ScriptError(str(path), [problem]) from None


def parse(
    data: bytes | str, directory: Path | None = None, source: str = "script", styles: Sequence[str] | None = None
) -> Script:
    """Return the script that `data` holds.

    Args:
        data: the file.
        directory: where its pictures are. None: they are not looked for, a cast may name whom the script does not, and
            there may be nothing to render yet.
        source: its name in problems.
        styles: names of the style LoRAs that there are. None: any name is taken.

    Raises:
        ScriptError: it is no TOML, or holds something that cannot be.
    """
    text = _decoded(data, source)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        problem = Problem("", "script-no-toml", {"reason": str(error)}, int(line[1]) if line else None)
        raise ScriptError(source, [problem]) from None
    except RecursionError:
        raise ScriptError(source, [Problem("", "script-too-deep")]) from None
    script = check(table, directory, styles)
    if isinstance(script, Script):
        return script
    raise ScriptError(source, located(text, script))


def check(
    table: Mapping[str, Any], directory: Path | None = None, styles: Sequence[str] | None = None
) -> Script | list[Found]:
    """Return the script that the parsed TOML `table` is, or all that is wrong with it. The rest is as for `parse`."""
    try:
        script = Script.model_validate(table, context={"directory": directory, "styles": styles})
    except ValidationError as error:
        return [_told(detail) for detail in error.errors(include_input=False, include_url=False)]
    found = list(_contradictions(script, closed=directory is not None))
    if directory is not None:
        found += _nothing(script)
    return found or script


def located(text: str, found: Iterable[Found]) -> list[Problem]:
    """Return what was found in `text`, which is good TOML, as problems with their lines."""
    lines = lines_of(text)
    return [Problem(path_of(location), key, arguments, line_of(lines, location)) for location, key, arguments in found]


def _decoded(data: bytes | str, source: str) -> str:
    if len(data) > MAX_BYTES:
        raise ScriptError(source, [Problem("", "script-too-large", {"most": MAX_BYTES / 1000})])
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScriptError(source, [Problem("", "script-not-utf8")]) from None


def _contradictions(script: Script, *, closed: bool) -> Iterator[Found]:
    """Yield what no table can see alone: names given twice or by nobody, and too many shots."""
    if len(script.shots) > MAX_SHOTS:
        yield ("scenes",), "script-too-many", {"count": len(script.shots), "most": MAX_SHOTS}
    names: dict[str, str] = {}
    for index, character in enumerate(script.characters):
        if name_key(character.name) in names:
            yield ("characters", index, "name"), "script-named-twice", {"name": character.name}
        names[name_key(character.name)] = character.name
    for scene_index, scene in enumerate(script.scenes):
        for shot_index, shot in enumerate(scene.shots):
            location = ("scenes", scene_index, "shots", shot_index, "cast")
            for name, times in Counter(map(name_key, shot.cast)).items():
                written = names.get(name) or next(each for each in shot.cast if name_key(each) == name)
                if times > 1:
                    yield location, "script-named-twice", {"name": written}
                elif closed and name not in names:
                    known = ", ".join(names.values()) or "–"
                    yield location, "script-unknown-character", {"name": written, "known": known}


def _nothing(script: Script) -> Iterator[Found]:
    """Yield what there must be to render anything."""
    if not script.scenes:
        yield ("scenes",), "script-none", {}
    for index, scene in enumerate(script.scenes):
        if not scene.shots:
            yield ("scenes", index, "shots"), "script-none", {}


def _told(detail: ErrorDetails) -> Found:
    """Return what is wrong with one value, and what is allowed."""
    location, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    if kind.startswith("script-"):
        return location, kind, {name: value for name, value in context.items() if name != "key"}
    if kind == "literal_error":
        return location, "script-one-of", {"allowed": context["expected"].replace(" or ", ", ")}
    if kind == "extra_forbidden":
        *_, table = ["", *(part for part in location[:-1] if isinstance(part, str))]
        known = list(TABLES[table].model_fields)
        close = difflib.get_close_matches(str(location[-1]), known, n=1)
        if close:
            return location, "script-unknown-key-close", {"close": close[0]}
        return location, "script-unknown-key", {"known": ", ".join(known)}
    return location, _TYPES.get(kind, "script-other"), {}
