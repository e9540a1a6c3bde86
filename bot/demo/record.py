"""What was said in the channel: commands with their answers, and the bot's posts, each with the time of day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import discord


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the server."""

    id: int
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the channel holds it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message; `kind` is Discord's style: primary, secondary, success, danger."""

    label: str
    kind: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Message:
    """Text, embeds, files and buttons of one message.

    Attributes:
        pressed: the button that made the message what it is now; empty where it is the first answer.
        written: what the member wrote in the window that the button opened.
    """

    text: str
    embeds: tuple[discord.Embed, ...] = ()
    files: tuple[Upload, ...] = ()
    buttons: tuple[Button, ...] = ()
    pressed: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command as it was typed, and the private answers to it, one for each state that the member saw."""

    at: datetime
    author: Person
    name: str
    options: tuple[tuple[str, str], ...]
    answers: list[Message]


@dataclass(slots=True)
class Post:
    """An ordinary message of the bot.

    Attributes:
        versions: its texts, from the first to the last edit.
        gone: whether it was deleted, as the status of a shot is once its clip is there.
    """

    id: int
    at: datetime
    versions: list[str]
    files: tuple[Upload, ...] = ()
    gone: bool = False

    @property
    def text(self) -> str:
        """The text as it reads now."""
        return self.versions[-1]


@dataclass(slots=True)
class Record:
    """Everything, in the order in which it happened."""

    entries: list[Command | Post] = field(default_factory=list["Command | Post"])

    @property
    def posts(self) -> list[Post]:
        """The bot's posts."""
        return [entry for entry in self.entries if isinstance(entry, Post)]


def now() -> datetime:
    """Return the time of day here."""
    return datetime.now().astimezone()
