"""What a member did wrong, or asked for too much of, as a sentence in their language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.i18n import Speaker


class Refused(Exception):
    """Something was not done, and the member can do something about it. Nothing was changed.

    Attributes:
        key: the sentence in the catalogues.
        arguments: what is filled in.
    """

    def __init__(self, key: str, **arguments: Any) -> None:
        super().__init__(key, arguments)
        self.key = key
        self.arguments = arguments

    def said_in(self, words: Speaker) -> str:
        """Return the sentence."""
        return words(self.key, **self.arguments)
