"""What an edit did to an episode, as a pure function of before and after."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from db.edits import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from db.writing import Episode, Scene, SceneShot

    Labelled = Mapping[int, tuple[str, "Scene | SceneShot"]]

EPISODE = ("title", "style", "style_lora", "quality", "subtitles", "speaker_names", "title_card", "end_card")
SCENE = ("title", "place", "light", "words", "style_lora", "seed")
SHOT = (
    *("words", "cast", "lines", "seconds", "seed", "lora_strength", "pin_strength"),
    *("style_lora", "staggered", "crossfade"),
)


def changes(before: Episode, after: Episode) -> list[Change]:
    """Return what led from `before` to `after`, both as stored; a scene that comes or goes stands for its shots."""
    of_episode = _fields(before, after, EPISODE)
    found = [Change("changed", "", of_episode)] if of_episode else []
    found += _parts(_scenes(before), _scenes(after), SCENE)
    whole = {(change.what, change.part) for change in found if change.what in {"added", "removed"}}
    of_shots = _parts(_shots(before), _shots(after), SHOT)
    return found + [change for change in of_shots if (change.what, change.part.split(".")[0]) not in whole]


def _scenes(episode: Episode) -> dict[int, tuple[str, Scene]]:
    return {scene.id: (str(number), scene) for number, scene in enumerate(episode.scenes, 1)}


def _shots(episode: Episode) -> dict[int, tuple[str, SceneShot]]:
    return {shot.id: (label, shot) for label, _, shot in episode.numbered()}


def _parts(before: Labelled, after: Labelled, fields: tuple[str, ...]) -> Iterator[Change]:
    for part_id, (label, _) in before.items():
        if part_id not in after:
            yield Change("removed", label)
    moved = _moved(before, after)
    for part_id, (label, part) in after.items():
        if part_id not in before:
            yield Change("added", label)
            continue
        if part_id in moved:
            yield Change("moved", label)
        if changed := _fields(before[part_id][1], part, fields):
            yield Change("changed", label, changed)


def _moved(before: Labelled, after: Labelled) -> set[int]:
    """Return what stands in another scene, or in another order among what was there before."""
    old, new = [key for key in before if key in after], [key for key in after if key in before]
    matching = SequenceMatcher(None, old, new).get_matching_blocks()
    kept = {key for block in matching for key in old[block.a : block.a + block.size]}
    return {key for key in new if key not in kept or _home(before[key][1]) != _home(after[key][1])}


def _home(part: Scene | SceneShot) -> int:
    """Return what the part stands in."""
    return getattr(part, "scene_id", 0)


def _fields(before: object, after: object, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
