"""Writes a script back: into the file as it was last given, so that its comments and layout stay.

tomlkit keeps the comments of every table that stays; a comment above a table's header belongs to the table before it,
and so stays there when tables change places. Where tomlkit cannot make the change (scenes written as inline tables),
the file is written anew, without comments.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (tomlkit's containers do not say what they hold)

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from bot.script.matching import pair
from bot.script.problems import ScriptError
from bot.script.reading import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tomlkit import TOMLDocument

    from bot.script.schema import Script

log = logging.getLogger(__name__)

Plain = dict[str, Any]

LISTS = {"scenes": "shots", "shots": ""}
"""The arrays of tables that are merged table by table, and which of them each holds."""

LONG = 80
"""Characters of a text from which on it is written in lines of its own."""


def write(script: Script, base: str = "") -> str:
    """Return `script` as TOML; `base` is an earlier file, whose comments and characters stay where they can.

    The characters of `script` are not written: on a server they are no part of an episode.
    """
    wanted = _plain(script)
    shown: Plain = script.model_dump(mode="json", exclude={"characters"}, exclude_defaults=True)
    if base:
        try:
            document = tomlkit.parse(base)
            _merge(document, wanted, shown)
            text = tomlkit.dumps(document)
            if _plain(parse(text)) == wanted:
                return text
        except (TOMLKitError, ScriptError, LookupError, TypeError, ValueError, AttributeError) as error:
            log.info("a script's comments are lost: %r", error)
    return tomlkit.dumps(_fresh(shown, tomlkit.document()))


def _plain(script: Script) -> Plain:
    """Return everything that is written, defaults too."""
    return script.model_dump(mode="json", exclude={"characters"})


def _merge(table: Table | TOMLDocument, wanted: Plain, shown: Plain) -> None:
    """Bring `table` to say `wanted`; what says so already is not touched."""
    for key, value in wanted.items():
        present = table.get(key)
        if key in LISTS and value and present is not None:
            _merge_list(table, key, value, shown[key])
        elif present is None:
            if key in shown:
                table[key] = _fresh(shown, tomlkit.table())[key] if key in LISTS else _item(key, shown[key])
        elif _read(present) != value:
            if value is None or value == []:
                del table[key]
            else:
                table[key] = _item(key, shown.get(key, value))


def _merge_list(table: Table | TOMLDocument, key: str, wanted: Sequence[Plain], shown: Sequence[Plain]) -> None:
    tables = table[key]
    if not isinstance(tables, AoT):
        raise TypeError(f"{key} is no array of tables")
    old: list[Table] = list(tables.body)
    order = pair(wanted, [one.unwrap() for one in old], _same)
    merged = [
        _fresh(said, tomlkit.table()) if index is None else old[index] for index, said in zip(order, shown, strict=True)
    ]
    if order != list(range(len(old))):
        _arrange(tables, order, merged)
    for index, one, each, said in zip(order, merged, wanted, shown, strict=True):
        if index is not None:
            _merge(one, each, said)


def _arrange(tables: AoT, order: Sequence[int | None], merged: Sequence[Table]) -> None:
    """Let `tables` hold `merged`; `order` says where each stood before."""
    kept = [index for index in order if index is not None]
    # What keeps its order stays where it is: taken out and put back, a table can lose what stands above it.
    in_order = kept == sorted(kept)
    for index in reversed(range(len(tables))):
        if not in_order or index not in kept:
            del tables[index]
    for place, (index, one) in enumerate(zip(order, merged, strict=True)):
        if index is None or not in_order:
            tables.insert(place, one)


def _same(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Return whether two scenes or two shots are the same one."""
    if "shots" in new:
        return bool(new["title"]) and new["title"] == str(old.get("title", "")).strip()
    return new["words"] == str(old.get("words", "")).strip()


def _read(item: Any) -> Any:
    """Return a value of the file as `_plain` would give it."""
    value = item.unwrap() if isinstance(item, Item) else item
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        return [{"speaker": "", "zh": "", "en": ""} | part if isinstance(part, dict) else part for part in parts]
    return value


def _fresh(shown: Plain, table: Any) -> Any:
    """Fill an empty table (or document)."""
    for key, value in shown.items():
        if key not in LISTS:
            table.add(key, _item(key, value))
    for key, value in shown.items():
        if key in LISTS:
            tables = tomlkit.aot()
            for one in value:
                tables.append(_fresh(one, tomlkit.table()))
            table.add(tomlkit.nl())
            table.add(key, tables)
    return table


def _item(key: str, value: Any) -> Any:
    """Return a value in the layout in which people write it."""
    if key == "lines":
        lines = tomlkit.array()
        for line in value:
            inline = tomlkit.inline_table()
            inline.update(line)
            lines.append(inline)
        return lines.multiline(multiline=True)
    if isinstance(value, str) and (len(value) > LONG or "\n" in value):
        return tomlkit.string(f"\n{value}", multiline=True)
    return tomlkit.item(value)
