"""`twohander doctor`: what this machine has, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import cvttf_NotoSansCJK_Medium
import discord
import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageFont

from bot import casting
from bot.config_file import TOKEN_VARIABLE
from bot.renderer_client import RendererClient, RendererDied, Timeouts
from bot.subtitles import Face, UnusableFont
from db.connection import shipped_migrations
from renderer.ltx import lora_files

if TYPE_CHECKING:
    from bot.config import Config, Link
    from bot.styles import Style

FREE_BYTES = 5_000_000_000
"""Less room than this in the data folder is worth a warning: a clip takes a few megabytes, and is kept."""

LINK_S = 10.0
PROBE = b"twohander doctor looks whether this folder is published\n"

FFMPEG_PARTS = frozenset({"ass", "xfade", "loudnorm", "ebur128", "libx264", "aac", "mov_text"})
"""Filters and encoders that cutting needs."""

CHINESE, NO_CHARACTER = "永", "\U0010fffd"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. A warning keeps nothing from working."""

    name: str
    state: str  # "ok", "warning" or "problem"
    text: str


async def doctor(config: Config, source: Path | None, *, as_json: bool) -> int:
    """Look at everything and print it; returns 0 where nothing is wrong, else 1.

    Args:
        config: what is looked at.
        source: the file that it came from; None where every default holds.
        as_json: print one JSON array instead of lines.
    """
    checks = [
        Check("python", "ok", f"{sys.version.split()[0]}, discord.py {discord.__version__}"),
        Check("config", "ok", str(source or "no file: every default")),
        _token(config),
        *await asyncio.to_thread(_looked_at, config),
        *await _link(config.link),
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


def _looked_at(config: Config) -> list[Check]:
    """Do what blocks; runs in a thread."""
    return [
        _folder(config.directory),
        _database(config.directory / "twohander.sqlite3"),
        _ffmpeg(config.clip.ffmpeg),
        _font(config.renderer.font),
        *_subtitle_font(config.episodes.subtitle_font),
        _detector(),
        *_weights(config),
        *(_style(name, style, config.renderer.weights.checkpoint) for name, style in config.loras.styles.items()),
    ]


def _folder(directory: Path) -> Check:
    # What is not there yet is made at the first start, in the nearest folder above that is there.
    there = next(each for each in (directory.absolute(), *directory.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check("data", "problem", f"{directory}: {there} is no folder that can be written to")
    free = shutil.disk_usage(there).free
    state = "ok" if free >= FREE_BYTES else "warning"
    return Check("data", state, f"{directory.absolute()}, {free / 1e9:.0f} GB free")


def _database(path: Path) -> Check:
    """Look without opening it as the bot does, which would bring an older one up to date."""
    if not path.is_file():
        return Check("database", "ok", f"{path} is made at the first start")
    newest = shipped_migrations()[-1].version
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            [(answer,)] = database.execute("PRAGMA quick_check(1)")
            [(version,)] = database.execute("SELECT max(version) FROM schema_migrations")
    except sqlite3.Error as error:
        return Check("database", "problem", f"{path}: {error}")
    if answer != "ok":
        return Check("database", "problem", f"{path}: {answer}")
    if version > newest:
        return Check("database", "problem", f"{path} is at version {version}, this program knows {newest}")
    later = "" if version == newest else f", brought to version {newest} at the next start"
    return Check("database", "ok", f"{path}, version {version}{later}")


def _ffmpeg(configured: str) -> Check:
    """Ask ffmpeg what it can do: one from elsewhere may lack libass or x264."""
    try:
        program = configured or imageio_ffmpeg.get_ffmpeg_exe()
        told = [
            subprocess.run(
                [program, "-hide_banner", option], capture_output=True, text=True, timeout=30, check=True
            ).stdout
            for option in ("-version", "-filters", "-encoders")
        ]
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return Check("ffmpeg", "problem", f"{configured or 'imageio-ffmpeg'} cannot be used: {error}")
    version, *parts = told
    missing = FFMPEG_PARTS - {word for part in parts for word in part.split()}
    if missing:
        return Check("ffmpeg", "problem", f"{program} lacks {', '.join(sorted(missing))}: episodes cannot be cut")
    return Check("ffmpeg", "ok", f"{version.split()[2]}, {program}")


def _font(configured: str) -> Check:
    path = configured or cvttf_NotoSansCJK_Medium.get_TTF_path()
    try:
        font = ImageFont.truetype(path, 24)
    except OSError as error:
        return Check("font", "problem", f"{path}: {error}")
    if _drawn(CHINESE, font) == _drawn(NO_CHARACTER, font):
        return Check("font", "warning", f"{path} has no Chinese characters: the animatic's slate shows boxes for them")
    return Check("font", "ok", f"{path}")


def _subtitle_font(configured: str) -> list[Check]:
    if not configured:
        return []
    try:
        face = Face.for_chinese(Path(configured))
    except UnusableFont as error:
        return [Check("subtitles", "problem", str(error))]
    return [Check("subtitles", "ok", f"{face.family}, {configured}")]


def _drawn(character: str, font: ImageFont.FreeTypeFont) -> bytes:
    canvas = Image.new("L", (48, 48))
    ImageDraw.Draw(canvas).text((8, 8), character, fill=255, font=font)
    return canvas.tobytes()


def _detector() -> Check:
    if casting.detector() is None:
        return Check("detector", "warning", "no face detector here: references are framed by outline or centre")
    return Check("detector", "ok", "finds faces in reference pictures")


async def _link(link: Link) -> list[Check]:
    """Put a file into the published folder, ask for it as a member would, and take it away again."""
    if not link.folder:
        return []
    folder = Path(link.folder)
    probe = folder / f"{secrets.token_hex(20)}.mp4"
    try:
        await asyncio.to_thread(probe.write_bytes, PROBE)
    except OSError as error:
        return [Check("link", "problem", f"{folder} cannot be written to: {error.strerror}; films are split instead")]
    try:
        found, listing = await _asked_for(link.address(probe.name), link.address(""))
    except (aiohttp.ClientError, TimeoutError) as error:
        return [Check("link", "warning", f"{link.url} cannot be reached from here: {error or type(error).__name__}")]
    finally:
        await asyncio.to_thread(probe.unlink, missing_ok=True)
    if found != PROBE:
        return [Check("link", "problem", f"{link.url} does not show what is in {folder}")]
    if probe.name.encode() in listing:
        return [Check("link", "problem", f"{link.url}/ lists its files: names are all that protects a film")]
    return [Check("link", "ok", f"{link.url} shows what is in {folder}")]


async def _asked_for(*addresses: str) -> list[bytes]:
    """Return what each address answers."""
    timeout = aiohttp.ClientTimeout(total=LINK_S)
    answers: list[bytes] = []
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for address in addresses:
            async with session.get(address) as response:
                answers.append(await response.read())
    return answers


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


def _style(name: str, style: Style, checkpoint: str) -> Check:
    """Read the headers of the LoRA and of the checkpoint that it is for; the renderer refuses what is wrong here."""
    try:
        if not checkpoint:
            layers = len(lora_files.layers(Path(style.file)))
            return Check("style", "ok", f"{name}: {style.file}, {layers} layers; no weights to hold it against")
        fit = lora_files.check(Path(style.file), Path(checkpoint))
    except lora_files.UnusableLora as error:
        return Check("style", "problem", f"{name}: {error}")
    text = f"{name}: {style.file}, {fit.layers} layers at strength {style.strength:g}"
    if fit.unused:
        return Check("style", "warning", f"{text}; {fit.unused} tensors in it mean nothing to LTX and are passed over")
    return Check("style", "ok", text)


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
