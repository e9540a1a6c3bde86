"""The options of `/episode edit` that were filled in, and what they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot import arranging
from bot.refusal import Refused

if TYPE_CHECKING:
    from db.writing import Episode, Line


class Given:
    """What is to be changed; None (of lines: none) is no change. Which options fit depends on what is edited.

    Args:
        of_shot: fields of `SceneShot`.
        of_scene: fields of `Scene`.
        of_episode: fields of `Episode`.
        title: of a scene or the episode.
        seed: of a shot or a scene.
        style_lora: of any of the three.
        lines: of a shot.
    """

    def __init__(
        self,
        of_shot: dict[str, Any],
        of_scene: dict[str, Any],
        of_episode: dict[str, Any],
        *,
        title: str | None,
        seed: int | None,
        style_lora: str | None,
        lines: tuple[Line, ...],
    ) -> None:
        given = {
            "shot": of_shot | {"seed": seed, "style_lora": style_lora, "lines": lines or None},
            "scene": of_scene | {"title": title, "seed": seed, "style_lora": style_lora},
            "episode": of_episode | {"title": title, "style_lora": style_lora},
        }
        self._of = {
            kind: {key: value for key, value in values.items() if value is not None} for kind, values in given.items()
        }

    @property
    def nothing(self) -> bool:
        """Whether no option was filled in."""
        return not any(self._of.values())

    def applied(self, before: Episode, part: str | None) -> Episode:
        """Return the changed episode.

        Raises:
            Refused: there is no such part, or an option is about another kind of part.
        """
        kind = "episode" if part is None else "scene" if arranging.place_of(part)[1] is None else "shot"
        values = self._of[kind]
        if {key for named in self._of.values() for key in named} - values.keys():
            raise Refused("refused-option-of-other-part")
        if part is None:
            return replace(before, **values)
        change = arranging.changed_shot if kind == "shot" else arranging.changed_scene
        return change(before, part, **values)
