"""What is read before an edit of an episode is stored: by the schema, the server's list of words, and the guards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import dialogue, scripting, styles
from bot import script as scripts
from bot.guards import Draft, Look, Report, blocked, review
from bot.orders import FRAMES, ShotOrder
from bot.refusal import Refused
from bot.script import Found, Script
from db import characters
from db.models import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.intake import Intake
    from db.connection import Database
    from db.writing import Episode, Scene, SceneShot

REVIEWED = ("words", "cast", "seconds", "lora_strength", "pin_strength", "staggered", "style_lora")
"""The fields of a shot on which the guards' word depends."""


@dataclass(frozen=True, slots=True)
class Who:
    """The member who asks, and where."""

    guild_id: int
    channel_id: int
    member_id: int
    locale: str
    may_manage: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What the guards make of a shot that was written just now."""

    label: str
    report: Report


class Proofs:
    """Reads what members write before it is stored."""

    def __init__(self, database: Database, config: Config, intake: Intake) -> None:
        self._database = database
        self._config = config
        self._intake = intake

    async def read(
        self, who: Who, before: Episode, after: Episode, *, everything: bool = False
    ) -> tuple[Episode, list[Note], list[Found]]:
        """Return the episode with its lines bound to characters and cues, what the guards say, and what cannot be.

        The guards see the shots that changed, or `everything`.
        """
        found = list(self.objections(after, before))
        if found:
            return after, [], found
        names = {
            name_key(character.name): character.name
            for character in await characters.visible_to(self._database.reading(), who.guild_id, who.member_id)
        }
        old = {shot.id: (scene, shot) for _, scene, shot in before.numbered()}
        notes: list[Note] = []
        scenes: list[Scene] = []
        for scene_index, scene in enumerate(after.scenes):
            shots: list[SceneShot] = []
            for shot_index, shot in enumerate(scene.shots):
                known = old.get(shot.id)
                kept = shot
                if everything or known is None or _differs(*known, scene, shot):
                    try:
                        report = (await self._intake.prepare(order_for(after, scene, shot, who))).report
                    except Refused as refused:
                        location = ("scenes", scene_index, "shots", shot_index, _key_of(refused))
                        found.append((location, refused.key, refused.arguments))
                        continue
                    notes.append(Note(f"{scene_index + 1}.{shot_index + 1}", report))
                    kept = _with_dialogue(shot, report, known[1] if known else None, names)
                shots.append(
                    replace(
                        kept,
                        cast=tuple(names.get(name_key(name), name) for name in kept.cast),
                        lines=dialogue.bound(kept.lines, names),
                    )
                )
            scenes.append(replace(scene, shots=tuple(shots)))
        return after.with_scenes(tuple(scenes)), notes, found

    def objections(self, episode: Episode, before: Episode | None = None) -> Iterator[Found]:
        """Yield what the schema or the server's list of words does not allow, in all but the shots' words.

        (Those are the guards' to judge.) A style LoRA that the operator has no more does not keep an episode that had
        it `before` from being edited, part by part; it cannot be rendered.
        """
        known = [*self._config.loras.styles, *(_styles(before) if before else ())]
        checked = scripts.check(scripting.as_table(episode), styles=known)
        if not isinstance(checked, Script):
            yield from checked
            return
        blocklist = self._config.guards.blocklist
        for location, text in _texts(checked):
            if blocked(text, blocklist):
                yield location, "refused-blocked-word", {}


def order_for(episode: Episode, scene: Scene, shot: SceneShot, who: Who) -> ShotOrder:
    """Return a written shot as `Intake.prepare` takes it."""
    return ShotOrder(
        guild_id=episode.guild_id,
        channel_id=episode.channel_id,
        member_id=who.member_id,
        locale=who.locale,
        words=shot.words,
        cast=shot.cast,
        seconds=next(length for length in FRAMES if length == shot.seconds),
        quality=episode.quality,
        seed=scene.seed if shot.seed is None else shot.seed,
        lora_strength=shot.lora_strength,
        pin_strength=shot.pin_strength,
        staggered=shot.staggered,
        scene=scene.scaffolding,
        style=episode.style,
        style_lora=styles.innermost(shot.style_lora, scene.style_lora, episode.style_lora),
        remembered=False,
    )


def _differs(old_scene: Scene, old: SceneShot, scene: Scene, shot: SceneShot) -> bool:
    around = (old_scene.scaffolding, old_scene.style_lora) != (scene.scaffolding, scene.style_lora)
    return around or any(getattr(old, key) != getattr(shot, key) for key in REVIEWED)


def _with_dialogue(shot: SceneShot, report: Report, old: SceneShot | None, names: Mapping[str, str]) -> SceneShot:
    """Return the shot with the lines that the guards take out of its words, instead of those of its earlier words."""
    before = ()
    if old is not None and old.words != shot.words:
        before = review(Draft(old.words, tuple(Look(name) for name in old.cast))).cues
    lines = dialogue.with_cues(dialogue.bound(shot.lines, names), report.cues, before)
    return replace(shot, lines=lines)


def _key_of(refused: Refused) -> str:
    """Return the key of a shot's table that a refusal is about."""
    if refused.key == "refused-unknown-style":
        return "style_lora"
    about_cast = {"refused-unknown-character", "refused-too-many-characters", "refused-same-character-twice"}
    return "cast" if refused.key in about_cast else "words"


def _styles(episode: Episode) -> Iterator[str]:
    """Yield every style LoRA that is named somewhere in the episode."""
    named = [episode.style_lora, *(part.style_lora for part in (*episode.scenes, *episode.shots))]
    yield from (name for name in named if name)


def _texts(script: Script) -> Iterator[tuple[scripts.Location, str]]:
    """Yield every text but the shots' words, with its place."""
    yield ("title",), script.title
    yield ("style",), script.style
    for scene_index, scene in enumerate(script.scenes):
        at: scripts.Location = ("scenes", scene_index)
        for key in ("title", "place", "light", "words"):
            yield (*at, key), getattr(scene, key)
        for shot_index, shot in enumerate(scene.shots):
            for line_index, line in enumerate(shot.lines):
                for key in ("speaker", "zh", "en"):
                    yield (*at, "shots", shot_index, "lines", line_index, key), getattr(line, key)
