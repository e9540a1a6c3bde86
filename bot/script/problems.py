"""What is wrong with a script: where, and a key of the catalogues with its arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.i18n import ENGLISH, speak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.i18n import Speaker

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`line` from 1, or None where unknown), and what is allowed."""

    path: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    line: int | None = None


class ScriptError(Exception):
    """The script cannot be used. The message has one line a problem: `file:line: key's path: what is allowed`.

    Attributes:
        source: the script's name.
        problems: all that was found, in the order of the file.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(self.told(speak(ENGLISH))))

    def told(self, words: Speaker) -> list[str]:
        """Return one line a problem, in the language of `words`."""
        return [
            ": ".join(
                part
                for part in (
                    f"{self.source}:{problem.line}" if problem.line else self.source,
                    problem.path,
                    words(problem.key, **problem.arguments),
                )
                if part
            )
            for problem in self.problems
        ]


def path_of(location: Location) -> str:
    """Return `scenes[2].shots[1].cast` for `("scenes", 1, "shots", 0, "cast")`."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")
