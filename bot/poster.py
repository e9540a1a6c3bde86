"""Where messages go, as deliveries see it: what a poster does, and what each refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class PostError(Exception):
    """A message was not posted.

    PostError
    ├── ChannelClosed    gone or forbidden: try a DM
    │   └── Gone         not forbidden: the message, or all of its channel, was deleted
    ├── FileTooLarge     make the clip smaller
    ├── WordsBlocked     AutoMod objects: post the bare facts
    ├── ClipUnusable     its file is gone, or cannot be made small enough: fail the job
    ├── ClipAway         its folder is not there, or full: try again later
    └── Unavailable      network or server trouble: try again later
    """


class ChannelClosed(PostError):
    """The channel is gone, or the bot may not write there (or the DM is closed)."""


class Gone(ChannelClosed):
    """The message, or its channel, is not there any more."""


class FileTooLarge(PostError):
    """The file is over the channel's limit."""


class WordsBlocked(PostError):
    """The server's AutoMod refuses the words."""


class ClipUnusable(PostError):
    """There is no clip that the channel would take."""


class ClipAway(PostError):
    """The machine does not let the clip be read, or made smaller, now."""


class Unavailable(PostError):
    """Discord does not answer, or answers with an error of its own."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button beneath a message; whoever knows `custom_id` answers it."""

    custom_id: str
    label: str


class Poster(Protocol):
    """Where messages go: Discord, or a folder."""

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        """Post, and return the message's id. Raises a PostError."""
        ...

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        """Return the id of our message that begins with `mark` and is younger than `after` (Unix seconds), or None.

        Raises a PostError.
        """
        ...

    async def edit(self, channel_id: int, message_id: int, text: str, *, files: Sequence[Path] = ()) -> None:
        """Replace a message's text and, where there are any, its files; its buttons stay. Raises a PostError."""
        ...

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message; it may be gone already. Raises a PostError."""
        ...

    async def direct(self, member_id: int) -> int:
        """Return the id of the DM channel with a member. Raises ChannelClosed."""
        ...

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        """Return the id of the thread beneath a message, which is the message's: made, or opened again, first.

        The thread may have outlived its message. Raises a PostError; Gone: there is neither.
        """
        ...

    async def name(self, guild_id: int, member_id: int) -> str:
        """Return what the guild calls a member. Raises a PostError; Gone: there is no such member any more."""
        ...

    async def limit(self, channel_id: int) -> int:
        """Return the largest file that the channel takes, in bytes."""
        ...
