"""What casting tells a member: sentences by key, never text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


class PictureRefused(Refused):
    """An upload cannot be a reference picture; `key` and `arguments` say why and what to send instead."""


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  read as casting.Warning; Python's own is not used here
    """Something about a picture that the member should know; the picture is used all the same."""

    key: str
    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
