"""`twohander doctor`: what this machine has, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import discord
import imageio_ffmpeg

from bot.config import TOKEN_VARIABLE
from bot.renderer_client import RendererClient, RendererDied, Timeouts
from db.connection import Database, DatabaseTooNewError, MigrationChangedError

if TYPE_CHECKING:
    from bot.config import Config


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. A warning keeps nothing from working."""

    name: str
    state: str  # "ok", "warning" or "problem"
    text: str


async def doctor(config: Config, *, as_json: bool) -> int:
    """Look at everything and print it; returns 0 where nothing is wrong, else 1."""
    checks = [
        Check("python", "ok", f"{sys.version.split()[0]}, discord.py {discord.__version__}"),
        _token(config),
        await _database(config),
        await asyncio.to_thread(_ffmpeg),
        *_weights(config),
        await _engine(config),
    ]
    if as_json:
        print(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
    else:
        for check in checks:
            print(f"{check.state:8} {check.name:10} {check.text}")
    return 1 if any(check.state == "problem" for check in checks) else 0


def _token(config: Config) -> Check:
    if config.token is None:
        return Check("token", "warning", f"none: `run` needs {TOKEN_VARIABLE} or discord.token_file; the rest does not")
    return Check("token", "ok", "there is one (it is not tried here)")


async def _database(config: Config) -> Check:
    path = config.directory / "twohander.sqlite3"
    if not await asyncio.to_thread(path.is_file):
        return Check("database", "ok", f"{path} is made at the first start")
    try:
        database = await Database.open(path)
        rows = await database.reading().execute_fetchall("PRAGMA quick_check(1)")
        await database.close()
    except (DatabaseTooNewError, MigrationChangedError, sqlite3.Error) as error:
        return Check("database", "problem", f"{path}: {error}")
    answer = next(iter(rows))[0]
    return Check("database", "ok" if answer == "ok" else "problem", f"{path}: {answer}")


def _ffmpeg() -> Check:
    try:
        return Check("ffmpeg", "ok", f"{imageio_ffmpeg.get_ffmpeg_version()}, {imageio_ffmpeg.get_ffmpeg_exe()}")
    except (RuntimeError, OSError) as error:
        return Check("ffmpeg", "problem", f"not found: {error}")


def _weights(config: Config) -> list[Check]:
    paths: dict[str, str] = config.renderer.weights.model_dump()
    if not any(paths.values()):
        return [
            Check("weights", "warning", "none are set in [renderer.weights]: the animatic engine draws storyboards")
        ]
    return [
        Check(name, "ok", path) if Path(path).exists() else Check(name, "problem", f"{path} is not there")
        for name, path in paths.items()
    ]


async def _engine(config: Config) -> Check:
    """Start the renderer process for real: what it says is what `run` will get."""
    deadlines = config.renderer.deadlines
    client = RendererClient(config.renderer_settings(), timeouts=Timeouts(ready_s=deadlines.ready_s))
    try:
        ready = await client.start()
    except RendererDied as error:
        return Check("engine", "problem", str(error))
    finally:
        await client.close()
    memory = f", {ready.device_memory / 2**30:.0f} GiB" if ready.device_memory else ""
    return Check("engine", "ok", f"{ready.engine} on {ready.device}{memory}: {ready.reason}")
