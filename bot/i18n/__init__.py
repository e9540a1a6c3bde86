"""Every sentence that a member sees, from Fluent catalogues (https://projectfluent.org), English and zh-CN.

A sentence is a key and arguments until the moment it is shown: `words = speak("zh-CN"); words("queue-empty")`.
"""

from __future__ import annotations

import functools
import logging
from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

log = logging.getLogger(__name__)

ENGLISH = "en"
CHINESE = "zh-CN"
LANGUAGES = (ENGLISH, CHINESE)


class Speaker:
    """Says sentences in one language. English stands in for what the language lacks; a test keeps it from happening."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._bundles = [bundle(tag) for tag in dict.fromkeys((language, ENGLISH))]

    def __call__(self, key: str, /, **arguments: Any) -> str:
        """Return the sentence `key` with `arguments` filled in.

        Raises:
            KeyError: no catalogue has the key.
        """
        for catalogue in self._bundles:
            if catalogue.has_message(key):
                message = catalogue.get_message(key)
                if message.value is None:
                    continue
                text, errors = catalogue.format_pattern(message.value, arguments)
                for error in errors:
                    log.error("catalogue %s, %s: %s", catalogue.locales[0], key, error)
                return str(text)
        raise KeyError(key)


def language_of(locale: str) -> str:
    """Return the catalogue for a Discord locale: every Chinese reads zh-CN, everybody else English."""
    return CHINESE if locale.lower().startswith("zh") else ENGLISH


def speak(locale: str) -> Speaker:
    """Return the speaker for a Discord locale such as `zh-TW` or `en-GB`."""
    return _speaker(language_of(locale))


@functools.cache
def _speaker(language: str) -> Speaker:
    return Speaker(language)


@functools.cache
def bundle(language: str) -> FluentBundle:
    """Return the catalogue of `language`, all its `.ftl` files together."""
    # No isolation marks: Discord shows them as boxes in some fonts, and both languages run left to right.
    catalogue = FluentBundle([language], use_isolating=False)
    folder = resources.files("bot.i18n").joinpath(language)
    for entry in sorted(folder.iterdir(), key=lambda file: file.name):
        if entry.name.endswith(".ftl"):
            catalogue.add_resource(FluentResource(entry.read_text("utf-8")))
    return catalogue
