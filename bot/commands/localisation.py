"""Names and descriptions of commands, options and choices, from the catalogues.

`command-shot = shot` is a command's (or option's) name, its attribute `.about` the description. English is what Discord
registers; the translator adds every other language when the commands are synced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import discord
from discord import app_commands
from discord.app_commands import locale_str
from fluent.runtime.types import fluent_number

from bot.i18n import ENGLISH, bundle, language_of, speak

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.client import TwohanderClient

LOCALES = (discord.Locale.chinese, discord.Locale.taiwan_chinese)
"""The Discord locales that get names of their own; every other one sees the English ones."""

ABOUT = "about"

T = TypeVar("T")


P = ParamSpec("P")

Callback: TypeAlias = "Callable[Concatenate[discord.Interaction[TwohanderClient], P], Coroutine[Any, Any, None]]"


def command(
    key: str, parent: app_commands.Group | None = None
) -> Callable[[Callback[P]], app_commands.Command[Any, P, None]]:
    """Make the decorated function the command `key` (of `parent`); `extras["key"]` leads back to the key."""
    make = parent.command if parent else app_commands.command
    return make(name=said(key), description=about(key), extras={"key": key})


def group(key: str) -> app_commands.Group:
    """Return an empty group of commands for servers only, named `key`."""
    return app_commands.Group(name=said(key), description=about(key), extras={"key": key}, guild_only=True)


def said(key: str, **arguments: float) -> locale_str:
    """Return the message `key` for Discord to show in each member's language."""
    plain = {name: fluent_number(value, useGrouping=False) for name, value in arguments.items()}
    return locale_str(speak(ENGLISH)(key, **plain), key=key, arguments=plain)


def about(key: str) -> locale_str:
    """Return the description that belongs to the name `key`."""
    return locale_str(description(ENGLISH, key), key=key, attribute=ABOUT)


def description(language: str, key: str) -> str:
    """Return the description that belongs to the name `key`, in `language`."""
    catalogue = bundle(language)
    text, errors = catalogue.format_pattern(catalogue.get_message(key).attributes[ABOUT], {})
    if errors:
        raise ValueError(f"{language}: {key}: {errors}")
    return str(text)


def options(**keys: str) -> Callable[[T], T]:
    """Name and describe a command's parameters: `options(words="option-prompt")`."""

    def decorate(function: T) -> T:
        app_commands.rename(**{parameter: said(key) for parameter, key in keys.items()})(function)
        return app_commands.describe(**{parameter: about(key) for parameter, key in keys.items()})(function)

    return decorate


class CatalogueTranslator(app_commands.Translator):
    """Tells Discord what `said` and `about` marked, in the languages of the catalogues."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - the key says it all
    ) -> str | None:
        """Return the text in `locale`, or None for a locale that sees English."""
        if locale not in LOCALES:
            return None
        key: str = string.extras["key"]
        if "attribute" in string.extras:
            return description(language_of(locale.value), key)
        return speak(locale.value)(key, **string.extras["arguments"])
