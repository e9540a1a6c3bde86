"""What the editor shows of an episode, a scene or a shot, and what the written texts change: no Discord."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from bot import arranging, dialogue
from bot.orders import SEED_BITS
from bot.refusal import Refused
from bot.script.schema import MAX_CAST, MAX_LINES, MAX_PHRASE, MAX_SCAFFOLDING, MAX_TITLE, MAX_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.writing import Episode

Kind = Literal["episode", "scene", "shot"]

SEED_MOST = 2**SEED_BITS - 1

MAX_DIALOGUE = 4000
"""Characters: Discord's limit of an input."""

NAMES = re.compile(r"[,，、;；\n]")
"""What stands between the names of a cast."""


@dataclass(frozen=True, slots=True)
class Input:
    """One text of the editor."""

    label: str
    most: int
    long: bool = False
    needed: bool = False


INPUTS: dict[Kind, dict[str, Input]] = {
    "episode": {
        "title": Input("editor-episode-title", MAX_TITLE, needed=True),
        "style": Input("editor-style", MAX_PHRASE),
        "style_lora": Input("editor-style-lora", MAX_TITLE),
    },
    "scene": {
        "title": Input("editor-scene-title", MAX_TITLE),
        "place": Input("editor-place", MAX_PHRASE),
        "light": Input("editor-light", MAX_PHRASE),
        "words": Input("editor-scaffolding", MAX_SCAFFOLDING, long=True),
        "seed": Input("editor-seed", 10),
    },
    "shot": {
        "words": Input("editor-label", MAX_WORDS, long=True, needed=True),
        "cast": Input("editor-cast", 150),
        "lines": Input("editor-dialogue", MAX_DIALOGUE, long=True),
        "seed": Input("editor-seed", 10),
    },
}


def altered(before: Episode, kind: Kind, part_id: int, written: Mapping[str, str]) -> Episode:
    """Return the episode with what was written in the editor. Raises Refused."""
    values: dict[str, Any] = {key: written.get(key, "").strip() for key in INPUTS[kind]}
    if "seed" in values:
        values["seed"] = _seed(values["seed"])
    if kind == "episode":
        return replace(before, **values)
    label = label_of(before, kind, part_id)
    if kind == "scene":
        return arranging.changed_scene(before, label, **values)
    values["cast"] = tuple(name.strip() for name in NAMES.split(values["cast"]) if name.strip())
    values["lines"] = dialogue.read(values["lines"])
    if len(values["cast"]) > MAX_CAST:
        raise Refused("refused-too-many-characters", most=MAX_CAST)
    if len(values["lines"]) > MAX_LINES:
        raise Refused("refused-too-many-lines", most=MAX_LINES)
    return arranging.changed_shot(before, label, **values)


def texts_of(episode: Episode, kind: Kind, part_id: int) -> dict[str, str] | None:
    """Return the texts of a part as the editor shows them, or None where it is gone."""
    if kind == "episode":
        return {key: getattr(episode, key) for key in INPUTS[kind]}
    label = arranging.label_of(episode, part_id, scene=kind == "scene")
    if label is None:
        return None
    if kind == "scene":
        scene = arranging.scene_at(episode, label)
        shown = {key: getattr(scene, key) for key in ("title", "place", "light", "words")}
        return shown | {"seed": "" if scene.seed is None else str(scene.seed)}
    shot = arranging.shot_at(episode, label)
    return {
        "words": shot.words,
        "cast": "、".join(shot.cast),
        "lines": dialogue.typed(shot.lines),
        "seed": "" if shot.seed is None else str(shot.seed),
    }


def part_of(episode: Episode, part: str | None) -> tuple[Kind, int]:
    """Return kind and id of what `part` names. Raises Refused."""
    if part is None:
        return "episode", 0
    if arranging.place_of(part)[1] is None:
        return "scene", arranging.scene_at(episode, part).id
    return "shot", arranging.shot_at(episode, part).id


def label_of(episode: Episode, kind: Kind, part_id: int) -> str:
    """Return what members call the part. Raises Refused where it is gone."""
    if kind == "episode":
        return ""
    label = arranging.label_of(episode, part_id, scene=kind == "scene")
    if label is None:
        raise Refused("refused-part-gone")
    return label


def kind_of(text: str) -> Kind:
    """Return the kind that an id names."""
    return next(kind for kind in INPUTS if kind == text)


def _seed(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) > SEED_MOST:
        raise Refused("refused-seed", most=SEED_MOST)
    return int(text)
