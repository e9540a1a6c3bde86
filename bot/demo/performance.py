"""The performance: what four members do on the evening on which they make a palace drama, chapter by chapter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.demo.patience import all_told, until
from bot.i18n import speak
from bot.reactions import SIGNS
from db import bulletins, cuts, episodes, jobs, messages
from db.cuts import CutStatus
from db.models import Status
from db.writing import EpisodeStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiosqlite import Connection

    from bot.demo.record import Post
    from bot.demo.stage import Stage
    from bot.script import Script
    from db.models import Job

PLAIN_SHOT = (
    "Medium shot, slow push-in, cinematic. {name} in a black cloak waits on a rainy terrace at night;"
    " a gust of wind blows her straw hat off. She whispers: “Who goes there?”"
)
REWORDED = "{name}: 我等你们很久了。 | I have waited long for you both."
EPISODE = 1
NOTIFY = speak("en")("button-notify")
"""As the channel shows it: posts speak the server's language."""


@dataclass(frozen=True, slots=True)
class Performance:
    """An evening on which `drama` is made.

    Attributes:
        stage: where the members act.
        drama: what they make.
        file: the same as the file that a member uploads: name and contents.
        reader: the bot's rows, to know when it is done with what was asked.
        tell: hears what is played now.
    """

    stage: Stage
    drama: Script
    file: tuple[str, bytes]
    reader: Connection
    tell: Callable[[str], None]

    async def play(self) -> None:
        """Play every chapter; where the bot cannot do what one of them needs, the evening ends with it."""
        for key, about, chapter in (
            ("cast", "the characters", self._cast),
            ("guards", "one shot: the guards' page, and its clip", self._guards),
            ("script", "the episode is written, its storyboard posted", self._script),
            ("render", f"its {len(self.drama.shots)} shots are rendered, the film is cut", self._render),
            ("votes", "a shot is voted for, rendered again, and the film cut anew", self._votes),
        ):
            self.tell(about)
            self.stage.record.begin(key)
            if not await chapter():
                return

    async def _cast(self) -> bool:
        """Two members add the characters, each with a picture, a description and an outfit."""
        xiaoman, ada, *_ = self.stage.members
        for who in self.drama.characters:
            picture = (who.picture.name, await asyncio.to_thread(who.picture.read_bytes))
            looks = {key: text for key, text in (("description", who.description), ("outfit", who.outfit)) if text}
            author = ada if who is self.drama.characters[-1] else xiaoman
            await self.stage.command(author, "character add", name=who.name, picture=picture, **looks)
        await self.stage.command(xiaoman, "character show", name=self.drama.characters[0].name)
        return True

    async def _guards(self) -> bool:
        """One asks for a single shot, reads what the guards made of her words, and has it rendered."""
        ada, name = self.stage.members[1], self.drama.characters[-1].name
        page = await self.stage.command(ada, "shot", prompt=PLAIN_SHOT.format(name=name), character1=name)
        await self.stage.press(page, "render")
        return await self._until(self._all_told)

    async def _script(self) -> bool:
        """The episode comes as a file; an editor changes a line of it; the storyboard is posted with its thread."""
        xiaoman, ada, *_ = self.stage.members
        await self.stage.command(xiaoman, "episode new", title=self.drama.title)
        await self.stage.command(xiaoman, "episode script", episode=EPISODE, file=self.file)
        await self.stage.command(xiaoman, "episode share", episode=EPISODE, member=ada, role="editor")
        last = f"{len(self.drama.scenes)}.{len(self.drama.scenes[-1].shots)}"
        line = REWORDED.format(name=self.drama.characters[-1].name)
        await self.stage.command(ada, "episode edit", episode=EPISODE, part=last, dialogue=line)
        await self.stage.command(xiaoman, "episode show", episode=EPISODE)
        return await self._until(self._all_told)

    async def _render(self) -> bool:
        """A quote, a press, and the takes come; two ask to be told when the film is there."""
        xiaoman, ada, azhe, noor = self.stage.members
        quote = await self.stage.command(xiaoman, "episode render", episode=EPISODE)
        await self.stage.press(quote, "produce")

        async def asked() -> bool:
            return self._status() is not None

        status = self._status() if await self._until(asked) else None
        if status is None:
            return False
        for member in (noor, azhe):
            await self.stage.press_below(member, status, NOTIFY)
        await self.stage.command(ada, "queue")
        return await self._until(lambda: self._films(1))

    async def _votes(self) -> bool:
        """Three want one shot again; then the votes choose the new take, and the film is cut anew."""
        xiaoman, ada, azhe, noor = self.stage.members
        (episode_id,) = await episodes.with_status(self.reader, EpisodeStatus.POSTED)
        shots = (await episodes.get(self.reader, episode_id)).shots
        shot_id = shots[len(shots) // 2].shot_id or 0
        if (post := await self._ballot(shot_id, 1)) is None:
            return False
        await self.stage.vote(noor, post, SIGNS["like"])
        for member in (ada, azhe, xiaoman):
            await self.stage.vote(member, post, SIGNS["again"])
        if (post := await self._ballot(shot_id, 2)) is None:
            return False
        # One for the old take, so the votes choose it still; two for the new one, and it takes its place.
        for member in (ada, azhe):
            await self.stage.vote(member, post, SIGNS["like"])
        return await self._until(lambda: self._films(2))

    async def _until(self, come: Callable[[], Awaitable[bool]]) -> bool:
        found = await until(self.reader, come)
        await self.stage.look()
        return found

    async def _all_told(self) -> bool:
        return await all_told(self.reader)

    async def _films(self, count: int) -> bool:
        """Return whether so many cuts are posted, everybody was told, and the live status has gone."""
        posted = await cuts.with_status(self.reader, CutStatus.POSTED)
        return len(posted) >= count and await all_told(self.reader) and not await bulletins.statuses(self.reader)

    def _status(self) -> Post | None:
        """Return the post below which members ask to be told."""
        for post in self.stage.record.posts:
            if not post.gone and any(button.label == NOTIFY for button in post.buttons):
                return post
        return None

    async def _ballot(self, shot_id: int, take: int) -> Post | None:
        """Wait until a take of a shot is posted with the bot's reactions; None: it does not come."""

        async def opened() -> bool:
            post = await self._post_of(shot_id, take)
            return post is not None and all(sign in post.reactions for sign in SIGNS.values())

        return await self._post_of(shot_id, take) if await self._until(opened) else None

    async def _post_of(self, shot_id: int, take: int) -> Post | None:
        job: Job | None = next((job for job in await jobs.takes(self.reader, shot_id) if job.take == take), None)
        if job is None or job.status is not Status.POSTED:
            return None
        posted = await messages.get(self.reader, job.id, "clip")
        return next((post for post in self.stage.record.posts if posted and post.id == posted.message_id), None)
