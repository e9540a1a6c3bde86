"""The guards' tables: one commented TOML file a language, read once, at first use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, cast


@cache
def table(language: str, section: str) -> dict[str, Any]:
    """Return `section` of `language`'s table (`en` or `zh`).

    Raises:
        KeyError: there is no such section.
    """
    return cast("dict[str, Any]", _read(language)[section])


@cache
def words(language: str, section: str, key: str) -> frozenset[str]:
    """Return the list `key` of a section as a set."""
    return frozenset(cast("list[str]", table(language, section)[key]))


@cache
def kinds(language: str, section: str, key: str) -> dict[str, str]:
    """Return a table of lists the other way round: word → the name of the list that it is in."""
    lists = cast("dict[str, list[str]]", table(language, section)[key])
    return {word: kind for kind, members in lists.items() for word in members}


def phrase(language: str, section: str, key: str) -> str:
    """Return the text `key` of a section."""
    return cast("str", table(language, section)[key])


def strings(value: object) -> list[str]:
    """Return every string in `value` at any depth, the keys of tables included (the Chinese vocabulary)."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        return [*entries, *(word for inner in entries.values() for word in strings(inner))]
    if isinstance(value, list):
        return [word for inner in cast("list[object]", value) for word in strings(inner)]
    return []


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__name__).joinpath(f"{language}.toml").read_text("utf-8"))
