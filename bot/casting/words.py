"""The word lists of this package, read once from `words.toml`."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any


@functools.cache
def table() -> dict[str, Any]:
    """Return `words.toml` as parsed."""
    return tomllib.loads(resources.files("bot.casting").joinpath("words.toml").read_text("utf-8"))
