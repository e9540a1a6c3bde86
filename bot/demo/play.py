"""The play: the real bot on the stand-in, four members who make the palace drama, and the page of it."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot import script as scripts
from bot.app import open_house, working
from bot.client import Services, TwohanderClient
from bot.config import Config, Data, Episodes, Renderer
from bot.demo import DemoError
from bot.demo.backstage import Take, takes_of
from bot.demo.page import Evening, write_page
from bot.demo.performance import Performance
from bot.demo.record import now
from bot.demo.stage import on_stage, watching
from bot.demo.weights import tiny
from bot.posting import DiscordPoster
from bot.reactions import DiscordBallots
from bot.renderer_client import RendererDied
from db import cuts
from db.cuts import CutStatus
from db.models import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.script import Script
    from db.cuts import CutRow
    from renderer.protocol import Ready

log = logging.getLogger(__name__)

PALACE = Path(__file__).parents[2] / "examples" / "palace.toml"
TINY_ENGINE = "ltx-tiny"
NOISE_CRF = 40
"""Noise does not compress: with the usual quality each film would be over Discord's limit and encoded twice more."""

QUIET_S = 2.0
"""Between the last choice and the cut: members of the demo do not change their minds for a minute."""

FILMS = 2
"""The first cut, and the one after the votes."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What came of it.

    Attributes:
        page: the page that was written.
        engine: which engine rendered.
        clips: how many takes were posted.
        films: how many cuts of the episode were posted.
        film_s: how long the last of them is, in seconds.
        wall_s: how long it took, from the opening of the database to the page.
        missing: what was not made, with the reason; empty if all went well.
    """

    page: Path
    engine: str
    clips: int
    films: int
    film_s: float
    wall_s: float
    missing: tuple[str, ...] = ()


async def play(
    config: Config, out: Path, engine: str, script: Path = PALACE, tell: Callable[[str], None] = log.info
) -> DemoResult:
    """Play `script` with `engine` ("auto", "animatic", "ltx" or "ltx-tiny") and write `out/index.html`.

    Args:
        config: the operator's: which weights, how clips are encoded.
        out: a folder, made where it is not there.
        engine: which engine renders.
        script: what is played.
        tell: hears what is played now, in a few words.

    Raises:
        DemoError: the script cannot be used, `out` is no folder, the renderer does not start, or the tiny weights
            cannot be written.
    """
    drama, text = await _read(script, shortened=engine == TINY_ENGINE)
    house_config = await _config_for(config, engine)
    try:
        await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(f"--out {out}: {error.strerror}") from error
    started, clock = now(), time.monotonic()
    # A house of its own, gone afterwards: the demo is the same each time, and touches no server's data.
    with tempfile.TemporaryDirectory(prefix=".twohander-", dir=out) as scratch:
        async with open_house(house_config.model_copy(update={"data": Data(directory=scratch)})) as house:
            try:
                ready = await house.renderer.start()
            except RendererDied as error:
                raise DemoError(f"the renderer does not start: {error}") from error
            client = TwohanderClient(Services.of(house))
            reader = house.database.reading()
            async with on_stage(client) as stage, working(house, DiscordPoster(client), DiscordBallots(client)):
                performance = Performance(stage, drama, (script.name, text.encode()), reader, tell)
                await watching(stage, performance.play())
            takes = await takes_of(house.database, house.config.directory)
            films = await cuts.with_status(reader, CutStatus.POSTED)
            evening = Evening(
                title=drama.title,
                record=stage.record,
                people=stage.members,
                takes=takes,
                films=len(films),
                film_s=films[-1].seconds or 0.0 if films else 0.0,
                cast=tuple((who.name, who.outfit, who.picture) for who in drama.characters),
                engine=_engine_told(engine, ready),
                started=started,
                wall_s=time.monotonic() - clock,
            )
            page = await asyncio.to_thread(write_page, evening, out)
    # The episode's shots, the single one before it, and the one that is voted for.
    return _result(page, takes, films, ready, time.monotonic() - clock, takes_wanted=len(drama.shots) + 2)


async def _read(script: Path, *, shortened: bool) -> tuple[Script, str]:
    """Return a script, and the file of it that a member uploads.

    Raises:
        DemoError: it is not there, or cannot be used.
    """
    if script == PALACE and not await asyncio.to_thread(script.is_file):
        raise DemoError("the drama lies in the repository, not in the installed package: clone it and `make demo`")
    try:
        drama = await asyncio.to_thread(scripts.load, script)
    except scripts.ScriptError as error:
        raise DemoError(str(error)) from error
    if not drama.characters or not drama.shots:
        raise DemoError(f"{script}: the demo needs a character and a shot")
    text = await asyncio.to_thread(script.read_text, "utf-8")
    if shortened:
        drama = _shortened(drama)
        text = scripts.write(drama, text)
    return drama, text


async def _config_for(config: Config, engine: str) -> Config:
    """Return the configuration of the demo's house: the operator's renderer and clips, else every default."""
    settings, clip = config.renderer.model_dump(), config.clip
    if engine == TINY_ENGINE:
        settings |= {"engine": "ltx", "device": "cpu", "weights": (await tiny()).model_dump()}
        clip = clip.model_copy(update={"crf": NOISE_CRF})
    else:
        settings["engine"] = engine
    try:
        renderer = Renderer.model_validate(settings)
    except ValidationError as error:
        reasons = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
        raise DemoError(f"--engine {engine}: {reasons}") from error
    return Config(renderer=renderer, clip=clip, episodes=Episodes(quiet_s=QUIET_S), log=config.log)


def _shortened(drama: Script) -> Script:
    """Return the first shot of each scene, as short and small as a shot may be: a CPU renders each frame of it."""
    scenes = [
        scene.model_copy(update={"shots": tuple(shot.model_copy(update={"seconds": 5}) for shot in scene.shots[:1])})
        for scene in drama.scenes
    ]
    return drama.model_copy(update={"scenes": tuple(scenes), "quality": "preview"})


def _engine_told(asked: str, ready: Ready) -> tuple[str, str]:
    """Return the engine's name and a sentence on why it renders."""
    if asked == TINY_ENGINE:
        return asked, (
            "The real LTX engine on synthetic tiny weights: every step of the pipeline runs, but the weights are "
            "random numbers, and so the pictures are noise. One shot of each scene is rendered, 5 s long and at "
            "preview size, for it is a CPU that renders it. " + ready.reason
        )
    return ready.engine, ready.reason


def _result(
    page: Path, takes: list[Take], films: list[CutRow], ready: Ready, wall_s: float, *, takes_wanted: int
) -> DemoResult:
    made = [take for take in takes if take.status is Status.POSTED]
    missing = [f"take {take.name} ({take.failure or take.status})" for take in takes if take not in made]
    if len(takes) < takes_wanted:  # refused, say: the page shows the answers
        missing.append(f"{takes_wanted - len(takes)} of {takes_wanted} takes were never queued")
    if len(films) < FILMS:
        missing.append(f"{FILMS - len(films)} of {FILMS} films were never posted")
    return DemoResult(
        page=page,
        engine=ready.engine,
        clips=len(made),
        films=len(films),
        film_s=films[-1].seconds or 0.0 if films else 0.0,
        wall_s=wall_s,
        missing=tuple(missing),
    )
