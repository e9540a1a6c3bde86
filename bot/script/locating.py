"""On which line of a TOML file a table or key stands: tomllib tells no lines."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.script.problems import Location

MAX_STATEMENT_LINES = 200
"""A longer value is not searched to its end; problems after it are told without their line."""


def line_of(lines: dict[Location, int], location: Location) -> int | None:
    """Return the line of what is at `location`, or of the innermost table or key around it."""
    return next((lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in lines), None)


def lines_of(text: str) -> dict[Location, int]:
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
