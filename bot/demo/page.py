"""The page: the channel as a member would see it, in one HTML file with its media beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.demo import machine
from bot.demo.markup import markup
from bot.demo.media import Clip, Media
from bot.demo.record import Button, Command, Message, Post
from bot.demo.stage import CHANNEL, SERVER

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from markupsafe import Markup

    from bot.demo.backstage import Take
    from bot.demo.record import Person, Record

BOT = "Twohander"
TEMPLATE = "page.html"


@dataclass(frozen=True, slots=True)
class Evening:
    """All that the page tells.

    Attributes:
        acts: title and number of shots of each scene.
        cast: name, outfit and reference picture of each character.
        engine: the engine's name, and why it was taken.
        wall_s: seconds from the opening of the database to the last post.
    """

    title: str
    acts: tuple[tuple[str, int], ...]
    record: Record
    people: tuple[Person, ...]
    takes: list[Take]
    cast: tuple[tuple[str, str, Path], ...]
    engine: tuple[str, str]
    started: datetime
    wall_s: float


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
    pressed: str
    written: str


@dataclass(frozen=True, slots=True)
class ShownCommand:
    """A command as it was typed, with its answers."""

    at: datetime
    author: Person
    name: str
    options: tuple[tuple[str, str], ...]
    answers: tuple[ShownAnswer, ...]


@dataclass(frozen=True, slots=True)
class ShownTake:
    """What is behind a clip; `pins` are frame and address."""

    take: Take
    pins: tuple[tuple[int, str], ...]
    statuses: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post of the bot, with its clip where it has one."""

    at: datetime
    text: Markup
    clip: Clip | None
    behind: ShownTake | None


@dataclass(slots=True)
class _Builder:
    evening: Evening
    media: Media
    names: dict[int, str] = field(default_factory=dict[int, str])

    def entries(self) -> list[ShownCommand | ShownPost]:
        """Return what the channel holds at the end; deleted status messages stand behind their clips."""
        shown: list[ShownCommand | ShownPost] = []
        for entry in self.evening.record.entries:
            if isinstance(entry, Command):
                shown.append(self._command(entry))
            elif not entry.gone:
                shown.append(self._post(entry))
        return shown

    def html(self, text: str) -> Markup:
        return markup(text, self.names)

    def _command(self, command: Command) -> ShownCommand:
        answers = tuple(self._answer(answer) for answer in command.answers)
        return ShownCommand(command.at, command.author, command.name, command.options, answers)

    def _answer(self, answer: Message) -> ShownAnswer:
        kept = {each.name: self.media.keep(each.name, each.data) for each in answer.files}
        embeds = tuple(
            ShownEmbed(
                embed.title or "",
                self.html(embed.description or ""),
                tuple((each.name or "", self.html(each.value or "")) for each in embed.fields),
                embed.footer.text or "",
                _attached(embed.thumbnail.url, kept),
                _attached(embed.image.url, kept),
            )
            for embed in answer.embeds
        )
        text = self.html(answer.text) if answer.text else None
        return ShownAnswer(text, embeds, answer.buttons, answer.pressed, answer.written)

    def _post(self, post: Post) -> ShownPost:
        clip = next((self.media.clip(each.name, each.data) for each in post.files), None)
        take = next((take for take in self.evening.takes if take.message_id == post.id), None)
        return ShownPost(post.at, self.html(post.text), clip, self._behind(take) if take else None)

    def _behind(self, take: Take) -> ShownTake:
        pins = tuple(
            (frame, self.media.keep(f"pin-{take.number:04}-{frame}{path.suffix}", path.read_bytes()))
            for frame, path in take.pins
        )
        status = (post for post in self.evening.record.posts if post.text.startswith(take.status_mark))
        versions = tuple(self.html(text) for post in status for text in post.versions)
        return ShownTake(take, pins, versions)


def _attached(url: str | None, kept: dict[str, str]) -> str:
    """Return the address of the uploaded file that an embed's picture shows."""
    return kept.get((url or "").rpartition("/")[2].partition("?")[0], "")


def write_page(evening: Evening, out: Path) -> Path:
    """Write `out/index.html` and `out/media/`, and return the page's path. Blocking."""
    media = Media(out)
    builder = _Builder(evening, media, {person.id: person.name for person in evening.people})
    entries = builder.entries()
    clips = [entry for entry in entries if isinstance(entry, ShownPost) and entry.clip and entry.behind]
    clips.sort(key=lambda entry: entry.behind.take.number if entry.behind else 0)
    film_s = sum(take.film_s for take in evening.takes)
    environment = Environment(
        loader=PackageLoader("bot.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template(TEMPLATE).render(
        evening=evening,
        entries=entries,
        acts=_by_act(evening, clips),
        cast=[
            (name, outfit, media.keep(f"cast-{path.name}", path.read_bytes())) for name, outfit, path in evening.cast
        ],
        server=SERVER,
        channel=CHANNEL,
        bot=BOT,
        engine=evening.engine[0],
        reason=evening.engine[1],
        facts=_facts(evening, len(clips), film_s),
    )
    page = out / "index.html"
    page.write_text(html, "utf-8")
    return page


def _by_act(evening: Evening, clips: list[ShownPost]) -> list[tuple[str, list[ShownPost]]]:
    """Return the clips under their scenes' titles; shots count through all scenes from 1."""
    acts: list[tuple[str, list[ShownPost]]] = []
    first = 1
    for title, count in evening.acts:
        numbers = range(first, first + count)
        acts.append((title, [clip for clip in clips if clip.behind and clip.behind.take.number in numbers]))
        first += count
    return acts


def _facts(evening: Evening, clips: int, film_s: float) -> list[tuple[str, str]]:
    return [
        ("Engine", evening.engine[0]),
        ("Film", f"{clips} clips, {film_s:.1f} s"),
        ("Wall time", f"{evening.wall_s:.1f} s, from the start of the bot to the last clip"),
        ("Machine", ", ".join(part for part in (machine.processor(), machine.memory()) if part)),
        ("System", machine.system()),
        (
            "Software",
            f"Twohander {version('twohander')}, discord.py {version('discord.py')}, simcord {version('simcord')}",
        ),
        ("Played", f"{evening.started:%Y-%m-%d %H:%M %Z}"),
    ]
