"""Changes of an episode's scenes and shots, as pure functions. Members name a scene `2`, its first shot `2.1`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.refusal import Refused
from db.writing import Scene

if TYPE_CHECKING:
    from db.writing import Episode, SceneShot

_LABEL = re.compile(r"\s*(?P<scene>[0-9]{1,4})(?:\s*[.．。]\s*(?P<shot>[0-9]{1,4}))?\s*")


def place_of(label: str) -> tuple[int, int | None]:
    """Return scene and shot (None: the scene itself) of a label, counted from 0.

    Raises:
        Refused: it is no label.
    """
    match = _LABEL.fullmatch(label)
    if match is None or int(match["scene"]) == 0 or match["shot"] in {"0", "00"}:
        raise Refused("refused-no-such-part", part=label)
    return int(match["scene"]) - 1, int(match["shot"]) - 1 if match["shot"] else None


def scene_at(episode: Episode, label: str) -> Scene:
    """Return the scene of a label; a shot's label leads to its scene.

    Raises:
        Refused: there is none.
    """
    scene, _ = place_of(label)
    if scene >= len(episode.scenes):
        raise Refused("refused-no-such-part", part=label)
    return episode.scenes[scene]


def shot_at(episode: Episode, label: str) -> SceneShot:
    """Return the shot of a label.

    Raises:
        Refused: there is none.
    """
    shots = scene_at(episode, label).shots
    _, shot = place_of(label)
    if shot is None or shot >= len(shots):
        raise Refused("refused-no-such-part", part=label)
    return shots[shot]


def label_of(episode: Episode, part_id: int, *, scene: bool = False) -> str | None:
    """Return the label of the shot (or scene) with that id, or None where it is gone."""
    if scene:
        return next((str(number) for number, one in enumerate(episode.scenes, 1) if one.id == part_id), None)
    return next((label for label, _, shot in episode.numbered() if shot.id == part_id), None)


def with_scene(episode: Episode, scene: Scene, at: int | None = None) -> Episode:
    """Return the episode with a new scene, as number `at` (None or too many: the last)."""
    scenes = list(episode.scenes)
    scenes.insert(len(scenes) if at is None else at - 1, scene)
    return episode.with_scenes(tuple(scenes))


def with_shot(episode: Episode, shot: SceneShot, scene: int | None = None, at: int | None = None) -> Episode:
    """Return the episode with a new shot in a scene (None: the last), as number `at` of it (None: the last).

    An episode without scenes gets one.

    Raises:
        Refused: there is no such scene.
    """
    if scene is None and not episode.scenes:
        return episode.with_scenes((Scene(shots=(shot,)),))
    number = len(episode.scenes) if scene is None else scene
    target = scene_at(episode, str(number))
    shots = list(target.shots)
    shots.insert(len(shots) if at is None else at - 1, shot)
    return _with(episode, number - 1, replace(target, shots=tuple(shots)))


def changed_scene(episode: Episode, label: str, **values: Any) -> Episode:
    """Return the episode with these fields of a scene changed. Raises Refused where there is none."""
    return _with(episode, place_of(label)[0], replace(scene_at(episode, label), **values))


def changed_shot(episode: Episode, label: str, **values: Any) -> Episode:
    """Return the episode with these fields of a shot changed. Raises Refused where there is none."""
    shot_at(episode, label)
    scene, shot = place_of(label)
    target = episode.scenes[scene]
    shots = tuple(replace(one, **values) if index == shot else one for index, one in enumerate(target.shots))
    return _with(episode, scene, replace(target, shots=shots))


def without(episode: Episode, label: str) -> Episode:
    """Return the episode without a shot, or without a scene and its shots. Raises Refused where there is none."""
    scene, shot = place_of(label)
    if shot is None:
        scene_at(episode, label)
        return episode.with_scenes(tuple(one for index, one in enumerate(episode.scenes) if index != scene))
    shot_at(episode, label)
    target = episode.scenes[scene]
    kept = tuple(one for index, one in enumerate(target.shots) if index != shot)
    return _with(episode, scene, replace(target, shots=kept))


def moved(episode: Episode, label: str, to: str) -> Episode:
    """Return the episode with a scene or a shot in another place: afterwards it is called `to`.

    A shot can also go to a scene (`3`): it becomes its last. Places past the end are the end.

    Raises:
        Refused: there is no such part or scene, or a scene was to go into a scene.
    """
    to_scene, to_shot = place_of(to)
    if place_of(label)[1] is None:
        if to_shot is not None:
            raise Refused("refused-scene-into-scene", part=label)
        return with_scene(without(episode, label), scene_at(episode, label), to_scene + 1)
    scene_at(episode, to)
    shot = shot_at(episode, label)
    rest = without(episode, label)
    return with_shot(rest, shot, to_scene + 1, None if to_shot is None else to_shot + 1)


def _with(episode: Episode, index: int, scene: Scene) -> Episode:
    return episode.with_scenes(tuple(scene if place == index else one for place, one in enumerate(episode.scenes)))
