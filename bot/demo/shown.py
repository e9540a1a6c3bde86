"""What the page shows, as its templates take it: the record's entries with HTML for texts and addresses for files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup

    from bot.demo.backstage import Take
    from bot.demo.media import Clip, Picture
    from bot.demo.record import Button, Person, Place


@dataclass(frozen=True, slots=True)
class ShownEmbed:
    """An embed, its texts as HTML; the footer is plain, `thumbnail` and `picture` are addresses or empty."""

    title: str
    text: Markup
    fields: tuple[tuple[str, Markup], ...]
    footer: str
    thumbnail: str
    picture: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """A private answer as it stood after `pressed`."""

    text: Markup | None
    embeds: tuple[ShownEmbed, ...]
    buttons: tuple[Button, ...]
    pressed: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file that is no clip and no picture; `beginning` is what it begins with."""

    name: str
    address: str
    bytes: int
    beginning: str


@dataclass(frozen=True, slots=True)
class ShownCommand:
    """A command as it was typed, with its answers."""

    kind: ClassVar[str] = "command"
    at: datetime
    author: Person
    name: str
    options: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    files: tuple[ShownFile, ...]
    answers: tuple[ShownAnswer, ...]


@dataclass(frozen=True, slots=True)
class ShownPress:
    """A press below a post, with its answers."""

    kind: ClassVar[str] = "press"
    at: datetime
    author: Person
    label: str
    answers: tuple[ShownAnswer, ...]


@dataclass(frozen=True, slots=True)
class ShownVotes:
    """Votes that came one after the other under one take: who, and which sign."""

    kind: ClassVar[str] = "votes"
    at: datetime
    take: str
    message_id: int
    poster: str
    votes: tuple[tuple[Person, str], ...]


@dataclass(frozen=True, slots=True)
class ShownReaction:
    """An emoji below a post: how often, the bot's own included, and which members."""

    sign: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTake:
    """What is behind a clip; `pins` are frame and address, `statuses` what its status said until it came."""

    take: Take
    pins: tuple[tuple[int, str], ...]
    statuses: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post of the bot.

    Attributes:
        versions: its texts, where it was edited.
        gone: whether it was deleted in the end.
        thread: the name of the thread beneath it, or empty.
    """

    kind: ClassVar[str] = "post"
    id: int
    at: datetime
    text: Markup
    clip: Clip | None = None
    pictures: tuple[Picture, ...] = ()
    files: tuple[ShownFile, ...] = ()
    buttons: tuple[Button, ...] = ()
    reactions: tuple[ShownReaction, ...] = ()
    behind: ShownTake | None = None
    versions: tuple[Markup, ...] = ()
    gone: bool = False
    thread: str = ""


Shown = ShownCommand | ShownPress | ShownVotes | ShownPost


@dataclass(frozen=True, slots=True)
class ShownScene:
    """What happened in one place, one thing after the other; `folded` are further messages like them."""

    place: Place
    entries: tuple[Shown, ...]
    folded: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownChapter:
    """A chapter of the evening."""

    key: str
    scenes: tuple[ShownScene, ...]
