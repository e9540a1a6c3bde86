"""The play: the real bot on the stand-in, two members who write the palace drama, and the page of it."""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot import script as scripts
from bot.app import open_house, working
from bot.client import Services, TwohanderClient
from bot.config import Config, Data, Renderer
from bot.demo import DemoError
from bot.demo.backstage import Take, takes_of
from bot.demo.page import Evening, write_page
from bot.demo.record import now
from bot.demo.stage import Stage, on_stage, watching
from bot.demo.weights import tiny
from bot.posting import DiscordPoster
from bot.renderer_client import RendererDied
from db.models import Status

if TYPE_CHECKING:
    from bot.demo.record import Person
    from bot.outbox import Outbox
    from bot.script import Scene, Script, Shot
    from renderer.protocol import Ready

log = logging.getLogger(__name__)

PALACE = Path(__file__).parents[2] / "examples" / "palace.toml"
TINY_ENGINE = "ltx-tiny"
NOISE_CRF = 32

SPARE_SHOT = (
    "Wide shot, static camera, cinematic; rain at night on the courtyard in front of the great hall. A guard in a black"
    " cloak turns his head and his straw hat flies off. He shouts: “Who goes there?”"
)
MISSPELT = "慕容净"
SENTENCE = re.compile(r"[^.。]+[.。]\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What came of it.

    Attributes:
        page: the page that was written.
        engine: which engine rendered.
        clips: how many clips were posted.
        film_s: how long they are together, in seconds.
        wall_s: how long it took, from the opening of the database to the page.
        missing: shots that were not made, with the reason; empty if all went well.
    """

    page: Path
    engine: str
    clips: int
    film_s: float
    wall_s: float
    missing: tuple[str, ...] = ()


async def play(config: Config, out: Path, engine: str, script: Path = PALACE) -> DemoResult:
    """Play `script` with `engine` ("auto", "animatic", "ltx" or "ltx-tiny") and write `out/index.html`.

    Raises:
        DemoError: the script cannot be used, the renderer does not start, or the tiny weights cannot be written.
    """
    drama = await _read(script)
    if engine == TINY_ENGINE:
        drama = _shortened(drama)
    house_config = await _config_for(config, engine)
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    started, clock = now(), time.monotonic()
    # A house of its own, gone afterwards: the demo is the same each time, and touches no server's data.
    with tempfile.TemporaryDirectory(prefix=".twohander-", dir=out) as scratch:
        async with open_house(house_config.model_copy(update={"data": Data(directory=scratch)})) as house:
            try:
                ready = await house.renderer.start()
            except RendererDied as error:
                raise DemoError(f"the renderer does not start: {error}") from error
            client = TwohanderClient(Services.of(house))
            async with on_stage(client) as stage, working(house, DiscordPoster(client)) as outbox:
                await watching(stage, perform(stage, drama, outbox))
            takes = await takes_of(house.database, house.config.directory)
            evening = Evening(
                title=drama.title,
                acts=tuple((scene.title, len(scene.shots)) for scene in drama.scenes),
                record=stage.record,
                people=stage.members,
                takes=takes,
                cast=tuple((who.name, who.outfit, who.picture) for who in drama.characters),
                engine=_engine_told(engine, ready),
                started=started,
                wall_s=time.monotonic() - clock,
            )
            page = await asyncio.to_thread(write_page, evening, out)
    return _result(page, takes, ready, time.monotonic() - clock, shots=len(drama.shots))


async def perform(stage: Stage, drama: Script, outbox: Outbox) -> None:
    """Give every command of the evening, and wait until all is posted."""
    first, second = stage.members
    for index, who in enumerate(drama.characters):
        data = await asyncio.to_thread(who.picture.read_bytes)
        looks = {key: text for key, text in (("description", who.description), ("outfit", who.outfit)) if text}
        author = second if index == len(drama.characters) - 1 else first
        await stage.command(author, "character add", name=who.name, picture=(who.picture.name, data), **looks)
    await stage.command(second, "character list")
    if drama.characters:
        await stage.command(first, "character show", name=drama.characters[0].name)
    # In turns: the queue is fair to members, so the shots of two who wrote an act each would be rendered alternately.
    written = [(scene, shot) for scene in drama.scenes for shot in scene.shots]
    for index, (scene, shot) in enumerate(written):
        await _ask_for(stage, (first, second)[index % 2], drama, scene, shot, edited=index == 1)
    await stage.command(first, "queue")
    await stage.command(second, "shot", prompt=SPARE_SHOT, character1=MISSPELT)
    spare = await stage.command(second, "shot", prompt=SPARE_SHOT)
    await stage.press(spare, "split")
    await stage.press(spare, "render")
    for number in (1, 2):
        await stage.command(second, "cancel", shot=len(drama.shots) + number)
    await outbox.quiet()


async def _ask_for(stage: Stage, author: Person, drama: Script, scene: Scene, shot: Shot, *, edited: bool) -> None:
    """Ask for a shot, read the page and press Render; `edited`, the framing is forgotten first and added then.

    `/shot` knows no scenes: what their shots share is said in the prompt.
    """
    choices: dict[str, Any] = {f"character{place}": name for place, name in enumerate(shot.cast, 1)}
    choices |= {
        "length": shot.seconds,
        "quality": drama.quality,
        "seed": scene.seed if shot.seed is None else shot.seed,
        "lora": shot.lora_strength,
        "pin": shot.pin_strength,
        "staggered": shot.staggered or None,
    }
    said = {name: choice for name, choice in choices.items() if choice is not None}
    shared = [part for part in (scene.scaffolding, drama.style) if part]
    prompt = " ".join([shot.words, *shared])
    framing = SENTENCE.match(shot.words)
    if not edited or framing is None:
        page = await stage.command(author, "shot", prompt=prompt, **said)
    else:
        forgotten = shot.words[framing.end() :].partition("。 ")[0]
        page = await stage.command(author, "shot", prompt=" ".join([forgotten, *shared]), **said)
        await stage.press(page, "edit", prompt)
    await stage.press(page, "render")


async def _read(script: Path) -> Script:
    if script == PALACE and not await asyncio.to_thread(script.is_file):
        raise DemoError("the drama lies in the repository, not in the installed package: clone it and `make demo`")
    try:
        return await asyncio.to_thread(scripts.load, script)
    except scripts.ScriptError as error:
        raise DemoError(str(error)) from error


async def _config_for(config: Config, engine: str) -> Config:
    """Return the configuration of the demo's house: the operator's renderer and clips, else every default."""
    settings, clip = config.renderer.model_dump(), config.clip
    if engine == TINY_ENGINE:
        settings |= {"engine": "ltx", "device": "cpu", "weights": (await tiny()).model_dump()}
        # Noise does not compress: with the usual quality each clip would be over Discord's limit and encoded thrice.
        clip = clip.model_copy(update={"crf": NOISE_CRF})
    else:
        settings["engine"] = engine
    try:
        renderer = Renderer.model_validate(settings)
    except ValidationError as error:
        reasons = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
        raise DemoError(f"--engine {engine}: {reasons}") from error
    return Config(renderer=renderer, clip=clip, log=config.log)


def _shortened(drama: Script) -> Script:
    """Return `drama` with every shot as short and small as `/shot` allows: a CPU renders each frame of it."""
    smallest = {"seconds": 5}
    scenes = [
        scene.model_copy(update={"shots": tuple(shot.model_copy(update=smallest) for shot in scene.shots)})
        for scene in drama.scenes
    ]
    return drama.model_copy(update={"scenes": tuple(scenes), "quality": "preview"})


def _engine_told(asked: str, ready: Ready) -> tuple[str, str]:
    """Return the engine's name and a sentence on why it renders."""
    if asked == TINY_ENGINE:
        return asked, (
            "The real LTX engine on synthetic tiny weights: every step of the pipeline runs, but the weights are "
            "random numbers, and so the pictures are noise. Every shot is 5 s at preview size, for a CPU renders it. "
            + ready.reason
        )
    return ready.engine, ready.reason


def _result(page: Path, takes: list[Take], ready: Ready, wall_s: float, *, shots: int) -> DemoResult:
    made = [take for take in takes if take.status is Status.POSTED]
    lost = [take for take in takes if take.status not in {Status.POSTED, Status.CANCELLED}]
    missing = [f"shot {take.number} ({take.failure or take.status})" for take in lost]
    if len(made) + len(lost) < shots:  # refused, say: the page shows the answers
        missing.append(f"{shots - len(made) - len(lost)} of {shots} shots were never queued")
    return DemoResult(
        page=page,
        engine=ready.engine,
        clips=len(made),
        film_s=sum(take.film_s for take in made),
        wall_s=wall_s,
        missing=tuple(missing),
    )
