"""Reads the configuration: one TOML file and the environment become a `Config`, or sentences that say why not.

Unknown keys are errors, and each error names the key's path and what is allowed. The Discord token is never in the
file: it comes from `TWOHANDER_TOKEN` or from the file that `discord.token_file` names, and shows as `**********`
wherever the model is printed.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from bot.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from bot.config import Discord

TOKEN_VARIABLE = "TWOHANDER_TOKEN"  # noqa: S105 - the variable's name, not a token

TOKEN_CHARACTERS = re.compile(r"[!#-&(-~]+")  # what can stand in a header, without spaces and quotes
TOKEN_LIKE = re.compile(r"[\w-]{18,}\.[\w-]{4,}\.[\w-]{18,}", re.ASCII)


class ConfigError(Exception):
    """The configuration cannot be used. The message has one line a problem, each with the key's path."""


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read `path` (None: every default) and the token.

    Raises:
        ConfigError: the file is missing, is no TOML, or holds something that cannot be, such as the path of a font
            that is not there.
    """
    table: dict[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such file; copy config.example.toml there and edit it") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
    if "token" in table:
        raise ConfigError(f"{path}: token: never in this file; set {TOKEN_VARIABLE} or discord.token_file")
    try:
        # By way of JSON: in pydantic's strict mode only its arrays become tuples.
        config = Config.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        # `from None`: pydantic's text repeats the input.
        problems = "\n".join(f"{path}: {_sentence(detail)}" for detail in error.errors(include_input=False))
        raise ConfigError(problems) from None
    if config.episodes.subtitle_font:
        _check_subtitle_font(config.episodes.subtitle_font)
    return config.model_copy(update={"token": _token(config.discord, environment)})


def _check_subtitle_font(path: str) -> None:
    """Look at the file now: later, a film would wait for it."""
    from bot.subtitles import Face, UnusableFont  # noqa: PLC0415 - reads fonts, which are seldom chosen

    try:
        Face.for_chinese(Path(path))
    except UnusableFont as error:
        raise ConfigError(f"episodes.subtitle_font: {error}") from None


def _token(discord: Discord, environment: Mapping[str, str]) -> SecretStr | None:
    text = environment.get(TOKEN_VARIABLE, "")
    if not text and discord.token_file:
        try:
            text = Path(discord.token_file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            if TOKEN_LIKE.fullmatch(discord.token_file):
                raise ConfigError("discord.token_file: names a file; the token itself does not belong here") from None
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigError(f"discord.token_file: {discord.token_file} cannot be read: {reason}") from None
    text = text.strip()
    if text and not TOKEN_CHARACTERS.fullmatch(text):
        source = TOKEN_VARIABLE if environment.get(TOKEN_VARIABLE) else "discord.token_file"
        raise ConfigError(f"{source}: not a token alone: no spaces, quotes or prefix belong to it")
    return SecretStr(text) if text else None


def _sentence(detail: ErrorDetails) -> str:
    """Return one problem as `path.to.key: what is allowed`."""
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = _keys_beside(detail["loc"])
        close = difflib.get_close_matches(str(detail["loc"][-1]), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
        return f"{path}: unknown key; {hint}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{path}: {message}" if path else message


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the table holding the unknown one knows."""
    model: type[BaseModel] = Config
    for part in location[:-1]:
        if part not in model.model_fields:  # a name that the operator gave a table
            continue
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *get_args(annotation)]
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return [key for key in model.model_fields if key != "token"]
