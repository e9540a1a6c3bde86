"""From the record to what the page shows: markdown to HTML, files to addresses, entries to scenes by their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import pysubs2

from bot.demo.markup import markup
from bot.demo.record import Command, Entry, Post, Press, Vote
from bot.demo.shown import (
    Shown,
    ShownAnswer,
    ShownChapter,
    ShownCommand,
    ShownEmbed,
    ShownFile,
    ShownPost,
    ShownPress,
    ShownReaction,
    ShownScene,
    ShownTake,
    ShownVotes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markupsafe import Markup

    from bot.demo.backstage import Take
    from bot.demo.media import Clip, Media, Picture
    from bot.demo.record import Chapter, Message, Record, Upload

CLIPS, PICTURES = (".mp4",), (".jpg", ".jpeg", ".png", ".webp")
PLAIN = 4
"""How many messages without a clip are shown one after the other."""

SCENES = "[[scenes]]"
LINES = 11
"""How many of a file's lines are shown: three captions."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Turns a record into what is shown, and keeps its files.

    Attributes:
        record: what was said.
        takes: what is behind the clips.
        names: people and places that texts may mention, by id.
        media: where files go.
    """

    record: Record
    takes: Sequence[Take]
    names: dict[int, str]
    media: Media
    _clips: dict[int, Clip] = field(default_factory=dict[int, "Clip"])

    def chapters(self) -> tuple[ShownChapter, ...]:
        """Return every chapter, its entries in order, those in one place together as long as nothing is between."""
        return tuple(ShownChapter(chapter.key, tuple(self._scenes(chapter))) for chapter in self.record.chapters)

    def _scenes(self, chapter: Chapter) -> Iterator[ShownScene]:
        visible = [entry for entry in chapter.entries if not isinstance(entry, Post) or self._is_shown(entry)]
        for place, entries in groupby(visible, key=lambda entry: entry.place):
            shown = tuple(self._entries(list(entries)))
            plain = all(isinstance(each, ShownPost) and each.clip is None for each in shown)
            yield ShownScene(place, shown[:PLAIN], shown[PLAIN:]) if plain else ShownScene(place, shown)

    def _is_shown(self, post: Post) -> bool:
        """Of what was deleted only that is shown on which a member pressed a button."""
        pressed = (each.post for chapter in self.record.chapters for each in chapter.entries if isinstance(each, Press))
        return not post.gone or post in pressed

    def _entries(self, entries: Iterable[Entry]) -> Iterator[Shown]:
        for post, together in groupby(entries, key=lambda entry: entry.post if isinstance(entry, Vote) else None):
            if post is not None:
                yield self._votes(post, [vote for vote in together if isinstance(vote, Vote)])
                continue
            for entry in together:
                match entry:
                    case Command():
                        yield ShownCommand(
                            *(entry.at, entry.author, entry.name, entry.options),
                            *(self._pictures(entry.uploads), self._files(entry.uploads)),
                            self._answers(entry.answers),
                        )
                    case Press():
                        yield ShownPress(entry.at, entry.author, entry.label, self._answers(entry.answers))
                    case Post():
                        yield self._post(entry)
                    case Vote():
                        pass  # they are shown together, above

    def _html(self, text: str) -> Markup:
        return markup(text, self.names)

    def _answers(self, answers: Iterable[Message]) -> tuple[ShownAnswer, ...]:
        return tuple(
            ShownAnswer(
                self._html(answer.text) if answer.text else None,
                self._embeds(answer),
                answer.buttons,
                answer.pressed,
                answer.written,
            )
            for answer in answers
        )

    def _embeds(self, answer: Message) -> tuple[ShownEmbed, ...]:
        kept = {each.name: self.media.keep(each.name, each.data) for each in answer.files}
        return tuple(
            ShownEmbed(
                embed.title or "",
                self._html(embed.description or ""),
                tuple((each.name or "", self._html(each.value or "")) for each in embed.fields),
                embed.footer.text or "",
                _attached(embed.thumbnail.url, kept),
                _attached(embed.image.url, kept),
            )
            for embed in answer.embeds
        )

    def _votes(self, post: Post, votes: Sequence[Vote]) -> ShownVotes:
        take = self._take_of(post)
        clip = self._clip(post)
        return ShownVotes(
            votes[0].at,
            take.name if take else "",
            post.id,
            clip.poster if clip else "",
            tuple((vote.author, vote.sign) for vote in votes),
        )

    def _post(self, post: Post) -> ShownPost:
        take = self._take_of(post)
        voters = [vote for vote in self.record.votes if vote.post is post]
        thread = next((each.place.name for each in self.record.posts if each.place.id == post.id), "")
        # What was deleted is shown as it stood half way.
        text = post.versions[len(post.versions) // 2] if post.gone else post.text
        return ShownPost(
            post.id,
            post.at,
            self._html(text),
            self._clip(post),
            self._pictures(post.files),
            self._files(post.files),
            post.buttons,
            tuple(
                ShownReaction(sign, count, tuple(vote.author.name for vote in voters if vote.sign == sign))
                for sign, count in post.reactions.items()
            ),
            self._behind(take) if take else None,
            tuple(map(self._html, post.versions)) if len(post.versions) > 1 else (),
            post.gone,
            thread,
        )

    def _take_of(self, post: Post) -> Take | None:
        return next((take for take in self.takes if take.message_id == post.id), None)

    def _clip(self, post: Post) -> Clip | None:
        """Return the post's clip; a film's still is taken where a line is spoken."""
        if post.id not in self._clips:
            uploads = {each.name: each for each in post.files}
            film = next((each for each in post.files if each.name.endswith(CLIPS)), None)
            if film is None:
                return None
            spoken = [_captions(each) for name, each in uploads.items() if name.endswith(".srt")]
            still_s = next((_middle(captions) for captions in spoken if len(captions)), None)
            self._clips[post.id] = self.media.clip(film.name, film.data, still_s=still_s)
        return self._clips[post.id]

    def _pictures(self, uploads: Iterable[Upload]) -> tuple[Picture, ...]:
        return tuple(self.media.picture(each.name, each.data) for each in uploads if each.name.endswith(PICTURES))

    def _files(self, uploads: Iterable[Upload]) -> tuple[ShownFile, ...]:
        """Keep what is no clip and no picture, and show how it begins."""
        return tuple(
            ShownFile(each.name, self.media.keep(each.name, each.data), len(each.data), _beginning(each))
            for each in uploads
            if not each.name.endswith((*CLIPS, *PICTURES))
        )

    def _behind(self, take: Take) -> ShownTake:
        pins = tuple(
            (frame, self.media.keep(f"pin-{frame}-{path.name}", path.read_bytes())) for frame, path in take.pins
        )
        status = (post for post in self.record.posts if post.text.startswith(take.status_mark))
        versions = tuple(self._html(text) for post in status for text in post.versions)
        return ShownTake(take, pins, versions)


def _attached(url: str | None, kept: dict[str, str]) -> str:
    """Return the address of the uploaded file that an embed's picture shows."""
    return kept.get((url or "").rpartition("/")[2].partition("?")[0], "")


def _beginning(upload: Upload) -> str:
    """Return how a file begins; of a script, how its scenes do."""
    lines = upload.data.decode("utf-8", "replace").splitlines()
    first = lines.index(SCENES) if SCENES in lines else 0
    return "\n".join(lines[first : first + LINES])


def _captions(upload: Upload) -> pysubs2.SSAFile:
    return pysubs2.SSAFile.from_string(upload.data.decode(), format_="srt")


def _middle(captions: pysubs2.SSAFile) -> float:
    """Return a second at which a line about the middle of a film is on the screen."""
    caption = captions[len(captions) // 2]
    return (caption.start + caption.end) / 2000
