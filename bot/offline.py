"""`twohander render SCRIPT -o DIR`: the same intake, guards, queue and renderer, without Discord."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import script as scripts
from bot import styles
from bot.app import House, open_house, working
from bot.config import Data, Queue
from bot.i18n import speak
from bot.orders import ShotOrder
from bot.poster import ChannelClosed
from bot.refusal import Refused
from bot.renderer_client import RendererDied
from bot.roster import Sheet
from db import jobs, shots
from db.models import Job, Shot, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.poster import Button
    from renderer.protocol import Progress

NOBODY = 0
"""Guild, channel and member of a shot that no Discord server asked for."""

UNLIMITED = 2**62
MANY = 1000
LOCALE = "en-US"


class FolderPoster:
    """Takes clips into a folder, and lets every other message pass."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids = itertools.count(1)

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        """Copy the clip, under its own name."""
        del channel_id, text, nonce, buttons
        for file in files:
            try:
                await asyncio.to_thread(shutil.copyfile, file, self._folder / file.name)
            except OSError as error:
                raise ChannelClosed(error) from error
        return next(self._ids)

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        """Find nothing: a copy that is made twice is the same copy."""
        del channel_id, mark, after

    async def edit(self, channel_id: int, message_id: int, text: str) -> None:
        """Show nothing: progress is printed as it comes."""

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Take nothing back."""

    async def direct(self, member_id: int) -> int:
        """Write to nobody."""
        del member_id
        return NOBODY

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        """Make no thread."""
        del channel_id, name
        return message_id

    async def limit(self, channel_id: int) -> int:
        """Take clips of any size."""
        del channel_id
        return UNLIMITED


class Reporter:
    """Prints one line a stage, as text or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._stage: dict[int, str] = {}

    def job_changed(self, job: Job) -> None:
        """Nothing: what matters is printed by stage and at the end."""

    def job_progress(self, job: Job, shot: Shot, progress: Progress) -> None:
        """Print the stage when it begins."""
        if self._stage.get(job.id) != progress.stage:
            self._stage[job.id] = progress.stage
            self.line("stage", f"shot {shot.number}: {progress.stage}", shot=shot.number, stage=progress.stage)

    def line(self, event: str, text: str, **data: Any) -> None:
        """Print one event."""
        print(json.dumps({"event": event, **data}, ensure_ascii=False) if self._as_json else text, flush=True)


async def render(config: Config, path: Path, out: Path, *, as_json: bool) -> int:
    """Render the script at `path` into `out`; returns the exit code."""
    try:
        script = await asyncio.to_thread(scripts.load, path, list(config.loras.styles))
        # A queue of its own: the server's database is not touched, and may be in use.
        with await asyncio.to_thread(_scratch_in, out) as scratch:
            async with open_house(_private(config, scratch)) as house:
                return await _render(house, script, out, Reporter(as_json=as_json))
    except scripts.ScriptError as error:
        print(error, file=sys.stderr)
        return 2
    except Refused as error:
        print(f"{path}: {error.said_in(speak('en'))}", file=sys.stderr)
        return 2
    except RendererDied as error:
        print(f"the renderer does not start: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or out}: {error.strerror}", file=sys.stderr)
        return 1


def _scratch_in(out: Path) -> tempfile.TemporaryDirectory[str]:
    out.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".twohander-", dir=out)


def _private(config: Config, directory: str) -> Config:
    """Return `config` for a house that one person has alone: limits that share a server do not hold."""
    return config.model_copy(
        update={
            "data": Data(directory=directory),
            "queue": Queue(per_member=MANY, per_guild=MANY, attempts=config.queue.attempts),
        }
    )


async def _render(house: House, script: scripts.Script, out: Path, report: Reporter) -> int:
    engine = await house.renderer.start()
    told = engine.model_dump(mode="json", exclude={"type"})
    report.line("engine", f"engine {engine.engine}: {engine.reason}", **told)
    await _take_in(house, script)
    house.worker.listen(report)
    async with working(house, FolderPoster(out)) as outbox:
        await outbox.quiet()
    return await _sum_up(house, out, report)


async def _take_in(house: House, script: scripts.Script) -> None:
    """Add the script's characters and queue its shots, all of them or none."""
    for character in script.characters:
        sheet = Sheet(
            name=character.name,
            description=character.description,
            outfit=character.outfit,
            picture=await asyncio.to_thread(Path(character.picture).read_bytes),
        )
        await house.roster.add(NOBODY, LOCALE, NOBODY, sheet)
    orders = [
        ShotOrder(
            guild_id=NOBODY,
            channel_id=NOBODY,
            member_id=NOBODY,
            locale=LOCALE,
            words=shot.words,
            cast=tuple(shot.cast),
            seconds=shot.seconds,
            quality=script.quality,
            seed=scene.seed if shot.seed is None else shot.seed,
            lora_strength=shot.lora_strength,
            pin_strength=shot.pin_strength,
            staggered=shot.staggered,
            scene=scene.scaffolding,
            style=script.style,
            style_lora=styles.innermost(shot.style_lora, scene.style_lora, script.style_lora),
        )
        for scene in script.scenes
        for shot in scene.shots
    ]
    prepared = [await house.intake.prepare(order) for order in orders]
    await house.intake.accept(*prepared)


async def _sum_up(house: House, out: Path, report: Reporter) -> int:
    """Print what became of each shot; returns the exit code."""
    words = speak("en")
    reader = house.database.reading()
    failed = 0
    for job in await jobs.with_status(reader, *Status):
        shot = await shots.get(reader, job.shot_id)
        if job.status is Status.POSTED and job.clip_path is not None:
            clip = out / Path(job.clip_path).name
            text = f"shot {shot.number}: {clip} ({job.engine}, seed {job.seed}, {job.clip_frames} frames)"
            report.line("clip", text, shot=shot.number, path=str(clip), seed=job.seed, stages=job.stages)
        else:
            failed += 1
            text = words(job.failure) if job.failure else str(job.status)
            if job.failure == "failure-channel-closed":  # said of Discord; here it is the folder
                text = f"the clip could not be written into {out}"
            report.line("failed", f"shot {shot.number}: {text}", shot=shot.number, reason=job.failure)
    return 1 if failed else 0
