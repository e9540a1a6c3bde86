"""Style LoRAs: the operator's list of them, which of them holds for a shot, and what it brings. No Discord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from bot.refusal import Refused
from bot.sections import Section, Text
from db.models import name_key

NONE = "none"
"""Written where a scene or a shot shall have no style LoRA though what is around it has one."""

AS_AROUND = "-"
"""Typed to take a style LoRA, or that word, back."""

MAX_STYLE_NAME = 100
"""Characters: Discord suggests no longer ones."""


def _safetensors(file: str) -> str:
    if not file.endswith(".safetensors"):
        raise ValueError(f"{file} is no .safetensors file, and nothing else is ever loaded")
    return file


class Style(Section):
    """`[loras.styles.NAME]`: a LoRA that is fused beside the Dual-Character LoRA."""

    file: Annotated[Text, AfterValidator(_safetensors)]
    strength: float = Field(default=0.8, gt=0, le=2)
    words: Annotated[str, Field(max_length=300)] = ""


class Loras(Section):
    """`[loras]`: the style LoRAs, by the names that members call them."""

    styles: dict[str, Style] = Field(default_factory=dict[str, Style])

    @field_validator("styles")
    @classmethod
    def _names(cls, styles: dict[str, Style]) -> dict[str, Style]:
        keys: dict[str, str] = {}
        for name in styles:
            key = name_key(name)
            if not any(map(str.isalnum, name)) or len(name) > MAX_STYLE_NAME or name != " ".join(name.split()):
                raise ValueError(f"{name!r} is no name: letters, and {MAX_STYLE_NAME} characters at most")
            if key == NONE:
                raise ValueError(f"{name!r} means none at all; choose another name")
            if key in keys:
                raise ValueError(f"{keys[key]!r} and {name!r} are the same name")
            keys[key] = name
        return styles

    def find(self, name: str) -> tuple[str, Style] | None:
        """Return name and entry of the style that members call `name` in any writing (NFKC, any case), or None."""
        return next(((known, style) for known, style in self.styles.items() if name_key(known) == name_key(name)), None)


@dataclass(frozen=True, slots=True)
class ChosenStyle:
    """A style LoRA as a shot has it.

    Attributes:
        name: as the operator wrote it; empty for none.
        strength: what it is fused at.
        words: its trigger words, which stand in the prompt.
    """

    name: str = ""
    strength: float = 0.0
    words: str = ""


def innermost(*named: str) -> str:
    """Return the style LoRA that holds, of those named by a shot, its scene and its episode; "" for none."""
    name = next((name for name in named if name), "")
    return "" if name_key(name) == NONE else name


def chosen(name: str, loras: Loras) -> ChosenStyle:
    """Return the style LoRA called `name`, which may be empty.

    Raises:
        Refused: the operator has none of that name.
    """
    if not name:
        return ChosenStyle()
    found = loras.find(name)
    if found is None:
        raise Refused("refused-unknown-style", name=name, known=", ".join(loras.styles) or "–")
    written, style = found
    return ChosenStyle(written, style.strength, style.words)
