"""What was said: commands with their answers, presses, votes and the bot's posts, each with its time and place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import discord


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the server."""

    id: int
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said: the channel, a thread of it, or the private messages of the member named."""

    id: int
    kind: Literal["channel", "thread", "direct"]
    name: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as Discord holds it."""

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
    """A slash command as it was typed, what was uploaded with it, and the private answers to it.

    Attributes:
        answers: one for each state that the member saw.
    """

    at: datetime
    place: Place
    author: Person
    name: str
    options: tuple[tuple[str, str], ...]
    uploads: tuple[Upload, ...]
    answers: list[Message]


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button below one of the bot's posts, and the private answers to it."""

    at: datetime
    place: Place
    author: Person
    label: str
    post: Post
    answers: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """A reaction that a member put under one of the bot's posts."""

    at: datetime
    place: Place
    author: Person
    sign: str
    post: Post


@dataclass(slots=True, eq=False)
class Post:
    """An ordinary message of the bot.

    Attributes:
        versions: its texts, from the first to the last edit.
        reactions: how often each emoji stands under it, the bot's own included.
        gone: whether it was deleted, as a status is once there is nothing more to tell.
    """

    id: int
    at: datetime
    place: Place
    versions: list[str]
    files: tuple[Upload, ...] = ()
    buttons: tuple[Button, ...] = ()
    reactions: dict[str, int] = field(default_factory=dict[str, int])
    gone: bool = False

    @property
    def text(self) -> str:
        """The text as it reads now."""
        return self.versions[-1]


Entry = Command | Press | Vote | Post


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the evening, and what happened in it, in order."""

    key: str
    entries: list[Entry] = field(default_factory=list[Entry])


@dataclass(slots=True)
class Record:
    """Everything, in the order in which it happened."""

    chapters: list[Chapter] = field(default_factory=list[Chapter])

    def begin(self, key: str) -> None:
        """Begin a chapter: what happens from now on belongs to it."""
        self.chapters.append(Chapter(key))

    def add(self, entry: Entry) -> None:
        """Write down what happened."""
        self.chapters[-1].entries.append(entry)

    @property
    def posts(self) -> list[Post]:
        """The bot's posts."""
        return [entry for chapter in self.chapters for entry in chapter.entries if isinstance(entry, Post)]

    @property
    def votes(self) -> list[Vote]:
        """The members' votes."""
        return [entry for chapter in self.chapters for entry in chapter.entries if isinstance(entry, Vote)]


def now() -> datetime:
    """Return the time of day here."""
    return datetime.now().astimezone()
