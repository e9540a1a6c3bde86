"""A slash command as its author's Discord shows it: names and choices in their language, as the bot registered them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from discord import Locale
from discord.app_commands import AppCommand, AppCommandGroup, Argument

from bot.demo.record import Person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Localised(Protocol):
    """What has a name, and that name in other languages."""

    name: str
    name_localizations: dict[Locale, str]


def typed(
    registered: Sequence[AppCommand], locale: str, path: str, options: Mapping[str, Any]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the command's name, and name and value of each option, as a member with `locale` sees them.

    Args:
        registered: the commands that Discord knows.
        locale: the member's Discord locale.
        path: the command's English name, such as "character add".
        options: value by English name; of a file, given as (name, bytes), the name is shown, and of a member too.
    """
    first, *rest = path.split()
    command: AppCommand | AppCommandGroup = next(each for each in registered if each.name == first)
    names = [_name(command, locale)]
    for part in rest:
        command = next(each for each in command.options if isinstance(each, AppCommandGroup) and each.name == part)
        names.append(_name(command, locale))
    arguments = {each.name: each for each in command.options if isinstance(each, Argument)}
    return " ".join(names), tuple(
        (_name(arguments[key], locale), _value(arguments[key], locale, value)) for key, value in options.items()
    )


def _value(argument: Argument, locale: str, value: str | float | tuple[str, bytes] | Person) -> str:
    if isinstance(value, tuple):
        return value[0]
    if isinstance(value, Person):
        return f"@{value.name}"
    choice = next((each for each in argument.choices if each.value == value), None)
    return str(value) if choice is None else _name(choice, locale)


def _name(thing: Localised, locale: str) -> str:
    return thing.name_localizations.get(Locale(locale), thing.name)
