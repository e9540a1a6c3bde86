"""The page: the evening as members saw it, in one HTML file with its media beside it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.demo import machine
from bot.demo.media import Media
from bot.demo.showing import Showing
from bot.demo.shown import ShownPost
from bot.demo.stage import CHANNEL, SERVER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.demo.backstage import Take
    from bot.demo.record import Person, Record
    from bot.demo.shown import ShownChapter

BOT = "Twohander"
TEMPLATE = "page.html"


@dataclass(frozen=True, slots=True)
class Evening:
    """All that the page tells.

    Attributes:
        films: how many cuts were posted, and `film_s` how long the last one is, in seconds.
        cast: name, outfit and reference picture of each character.
        engine: the engine's name, and why it was taken.
        wall_s: seconds from the opening of the database to the last post.
    """

    title: str
    record: Record
    people: tuple[Person, ...]
    takes: list[Take]
    films: int
    film_s: float
    cast: tuple[tuple[str, str, Path], ...]
    engine: tuple[str, str]
    started: datetime
    wall_s: float


def write_page(evening: Evening, out: Path) -> Path:
    """Write `out/index.html` and `out/media/`, and return the page's path. Blocking."""
    media = Media(out)
    places = {entry.place.id: entry.place.name for chapter in evening.record.chapters for entry in chapter.entries}
    names = places | {person.id: person.name for person in evening.people}
    chapters = Showing(evening.record, evening.takes, names, media).chapters()
    environment = Environment(
        loader=PackageLoader("bot.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["size"] = _size
    environment.filters["clock"] = _clock
    html = environment.get_template(TEMPLATE).render(
        evening=evening,
        chapters=chapters,
        film=_last_film(chapters),
        covers=_covers(chapters),
        cast=[
            (name, outfit, media.picture(f"cast-{path.name}", path.read_bytes())) for name, outfit, path in evening.cast
        ],
        server=SERVER,
        channel=CHANNEL,
        bot=BOT,
        engine=evening.engine[0],
        reason=evening.engine[1],
        facts=_facts(evening),
    )
    page = out / "index.html"
    page.write_text(html, "utf-8")
    return page


def _posts(chapters: Sequence[ShownChapter]) -> list[ShownPost]:
    scenes = (scene for chapter in chapters for scene in chapter.scenes)
    return [entry for scene in scenes for entry in scene.entries if isinstance(entry, ShownPost)]


def _last_film(chapters: Sequence[ShownChapter]) -> ShownPost | None:
    """Return the newest cut: a clip that is no take."""
    return next((post for post in reversed(_posts(chapters)) if post.clip and not post.behind), None)


def _covers(chapters: Sequence[ShownChapter]) -> dict[str, list[str]]:
    """Return the addresses of a few pictures of each chapter."""
    found: dict[str, list[str]] = {}
    for chapter in chapters:
        posts = _posts([chapter])
        pictures = [picture.address for post in posts for picture in post.pictures]
        found[chapter.key] = pictures + [post.clip.poster for post in posts if post.clip]
    return found


def _facts(evening: Evening) -> list[tuple[str, str]]:
    return [
        ("Engine", evening.engine[0]),
        ("Made", f"{len(evening.takes)} takes, {evening.films} cuts; the film is {_clock(evening.film_s)} long"),
        ("Took", f"{evening.wall_s:.0f} s, from the start of the bot to the last cut"),
        ("Machine", ", ".join(part for part in (machine.processor(), machine.memory()) if part)),
        ("System", machine.system()),
        (
            "Software",
            f"Twohander {version('twohander')}, discord.py {version('discord.py')}, simcord {version('simcord')}",
        ),
        ("Played", f"{evening.started:%Y-%m-%d %H:%M %Z}"),
    ]


def _size(count: int) -> str:
    """Return bytes as Discord says them."""
    return f"{count / 1e6:.2f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB" if count >= 1e3 else f"{count} bytes"  # noqa: PLR2004 - units


def _clock(seconds: float) -> str:
    """Return a length as a player shows it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
