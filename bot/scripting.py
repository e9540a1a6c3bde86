"""An episode as a script, and a script as an episode: the same fields under the same names."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bot.script import Script
from bot.script.matching import pair
from db.writing import Line, Scene, SceneShot

if TYPE_CHECKING:
    from bot import script as scripts
    from bot.orders import Seconds
    from db.writing import Episode

_EPISODE = ("title", "style", "style_lora", "quality", "subtitles", "speaker_names", "title_card", "end_card")
_SCENE = ("title", "place", "light", "words", "style_lora", "seed")
_SHOT = ("words", "cast", "seconds", "seed", "lora_strength", "pin_strength", "style_lora", "staggered", "crossfade")


def as_table(episode: Episode) -> dict[str, Any]:
    """Return the episode as the parsed TOML of its script; it may break the schema's rules."""
    table: dict[str, Any] = {key: getattr(episode, key) for key in _EPISODE}
    table["scenes"] = [
        {key: getattr(scene, key) for key in _SCENE}
        | {
            "shots": [
                {key: getattr(shot, key) for key in _SHOT} | {"lines": [asdict(line) for line in shot.lines]}
                for shot in scene.shots
            ]
        }
        for scene in episode.scenes
    ]
    return table


def as_script(episode: Episode) -> Script:
    """Return the episode as a script, with the version that it has."""
    return Script.model_validate(as_table(episode) | {"version": episode.version}, strict=False)


def with_script(episode: Episode, script: Script, usual: Seconds) -> Episode:
    """Return the episode as `script` says it; what is there already keeps its row, and so its takes.

    Args:
        episode: as it stands.
        script: what it shall be.
        usual: seconds of a shot that says no length.
    """
    left = list(episode.shots)
    new = [shot for scene in script.scenes for shot in scene.shots]
    shots: list[SceneShot] = []
    for index, shot in zip(pair(new, left, lambda one, other: one.words == other.words), new, strict=True):
        shots.append(_shot(shot, left[index] if index is not None else SceneShot(shot.words), usual))
    remaining = iter(shots)
    which = pair(script.scenes, episode.scenes, lambda one, other: bool(one.title) and one.title == other.title)
    scenes = tuple(
        replace(
            episode.scenes[index] if index is not None else Scene(),
            **{key: getattr(scene, key) for key in _SCENE},
            shots=tuple(next(remaining) for _ in scene.shots),
        )
        for index, scene in zip(which, script.scenes, strict=True)
    )
    said = {key: getattr(script, key) for key in _EPISODE if getattr(script, key) is not None}
    return replace(episode, **said).with_scenes(scenes)


def _shot(shot: scripts.Shot, old: SceneShot, usual: Seconds) -> SceneShot:
    said = {key: getattr(shot, key) for key in _SHOT} | {"seconds": shot.seconds or usual}
    return replace(old, **said, lines=tuple(Line(line.speaker, line.zh, line.en) for line in shot.lines))
