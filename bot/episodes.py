"""Writing episodes together: who may do what, edits on a version, the guards' word on each shot, the file and back.

Every edit takes the episode as it was read, changes a copy, has what changed checked, and stores it if nobody else was
quicker. What the checks find is told by place (`bot.script.Location`), so that a file's author hears of the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot import revisions, scripting, storyboard
from bot import script as scripts
from bot.proofs import Note, Proofs, Who
from bot.refusal import Refused
from bot.script import ScriptError
from db import boards, bulletins, edits, episodes, guilds
from db.writing import Episode, EpisodeStatus, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiosqlite import Connection

    from bot.config import Config
    from bot.intake import Intake
    from bot.orders import Quality
    from bot.production import Follower
    from db.bulletins import Bulletin
    from db.connection import Database
    from db.edits import Edit
    from db.writing import Subtitles

__all__ = ["Changed", "Note", "StaleEdit", "Who", "Writing"]

Need = Literal["see", "edit", "own"]

TRIES = 5
"""How often an edit that no version was named for is made anew because another one was quicker."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A stored edit."""

    episode: Episode
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """An edit that may be stored, and what the guards make of it."""

    after: Episode
    notes: tuple[Note, ...]


class StaleEdit(Refused):
    """Somebody edited the episode since the member read it. Nothing was stored.

    Attributes:
        current: what it is now.
        since: who changed what since the version that the member read, oldest first.
    """

    def __init__(self, current: Episode, since: Sequence[Edit]) -> None:
        super().__init__("refused-stale-episode", number=current.number)
        self.current = current
        self.since = tuple(since)


class Writing:
    """Keeps the episodes of every server.

    Args:
        database: where they are.
        config: the server's list of words, and defaults.
        intake: lets the guards read shots, and stops takes of shots that are removed.
        follower: hears of episodes that lost a shot: it may have been the last that was waited for.
    """

    def __init__(self, database: Database, config: Config, intake: Intake, follower: Follower) -> None:
        self._database = database
        self._config = config
        self._intake = intake
        self._follower = follower
        self._proofs = Proofs(database, config, intake)
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Let `listener` hear of every storyboard that is to be posted."""
        self._listeners.append(listener)

    async def new(
        self,
        who: Who,
        title: str,
        *,
        style: str = "",
        style_lora: str = "",
        quality: Quality | None = None,
        subtitles: Subtitles = "both",
    ) -> Changed:
        """Begin an episode, owned by the member, posted in their channel; without a quality, of the usual one.

        Raises:
            Refused: the title or the style cannot be, or there is no such style LoRA.
        """
        async with self._database.writing() as writer:
            await guilds.remember(writer, who.guild_id, who.locale)
            added = await episodes.add(
                writer,
                guild_id=who.guild_id,
                channel_id=who.channel_id,
                owner_id=who.member_id,
                title=title.strip(),
                style=style.strip(),
                style_lora=style_lora,
                quality=quality or self._config.defaults.quality,
                subtitles=subtitles,
            )
            for _, key, arguments in self._proofs.objections(added):
                raise Refused(key, **arguments)
        return Changed(added)

    async def visible_to(self, who: Who) -> list[Heading]:
        """Return the episodes that the member may see, newest first."""
        return await episodes.visible_to(
            self._database.reading(), who.guild_id, who.member_id, everything=who.may_manage
        )

    async def find(self, who: Who, number: int, need: Need) -> Episode:
        """Return the server's episode of that number, if the member may do with it what they need.

        Its owner may do everything, editors edit, viewers see; whoever holds Manage Server may do what an owner may.

        Raises:
            Refused: there is none that they may see, or it is not theirs to edit or own.
        """
        episode = await episodes.by_number(self._database.reading(), who.guild_id, number)
        role = episode.role_of(who.member_id) if episode else None
        if episode is None or (role is None and not who.may_manage):
            raise Refused("refused-no-such-episode", number=number)
        if who.may_manage or role == "owner" or need == "see" or (need == "edit" and role == "editor"):
            return episode
        raise Refused("refused-not-your-episode" if need == "edit" else "refused-not-the-owner", number=number)

    async def change(
        self, who: Who, number: int, alter: Callable[[Episode], Episode], version: int | None = None
    ) -> Changed:
        """Edit an episode.

        Args:
            who: the member.
            number: of the episode.
            alter: returns the changed episode; may raise Refused.
            version: what the member read. None: whatever is current.

        Raises:
            StaleEdit: it was edited since `version`.
            Refused: the member may not, or what they wrote cannot be; nothing is stored.
        """
        for _ in range(TRIES):
            proof = await self.proofread(who, number, alter, version)
            try:
                return Changed(await self._store(who, proof.after), proof.notes)
            except StaleEdit:
                if version is not None:
                    raise
        raise Refused("refused-busy-episode", number=number)

    async def proofread(
        self, who: Who, number: int, alter: Callable[[Episode], Episode], version: int | None = None
    ) -> Proof:
        """Return an edit that may be stored, and store nothing. As for `change`.

        Raises:
            StaleEdit: it was edited since `version`.
            Refused: the member may not, or what they wrote cannot be.
        """
        before = await self.find(who, number, "edit")
        if version is not None:
            await self._check_version(before, version)
        after, notes, found = await self._proofs.read(who, before, alter(before))
        for _, key, arguments in found:
            raise Refused(key, **arguments)
        return Proof(after, tuple(notes))

    async def keep(self, writer: Connection, who: Who, after: Episode) -> Episode:
        """Store an edit that was proofread, in the caller's transaction.

        Raises:
            StaleEdit: it was edited since.
            Refused: it was removed since.
        """
        try:
            before = await episodes.get(writer, after.id)
            stored = await episodes.edit(writer, after)
        except episodes.StaleVersionError as stale:
            raise StaleEdit(stale.current, await edits.since(writer, after.id, after.version)) from None
        except LookupError:
            raise Refused("refused-no-such-episode", number=after.number) from None
        await edits.record(writer, stored.id, stored.version, who.member_id, revisions.changes(before, stored))
        return stored

    async def share(self, who: Who, number: int, member_id: int, role: Literal["editor", "viewer"] | None) -> Episode:
        """Make another member an editor or a viewer, or neither. Raises Refused."""
        episode = await self.find(who, number, "own")
        if member_id == episode.owner_id:
            raise Refused("refused-share-with-owner", number=number)
        async with self._database.writing() as writer:
            await episodes.share(writer, episode.id, member_id, role)
        return episode

    async def remove(self, who: Who, number: int) -> Episode:
        """Remove an episode that is not rendered or cut just now; its takes stay. Raises Refused."""
        await self.find(who, number, "own")
        async with self._database.writing() as writer:
            episode = await episodes.by_number(writer, who.guild_id, number)
            if episode is None:
                raise Refused("refused-no-such-episode", number=number)
            if episode.id in await bulletins.busy(writer):
                raise Refused("refused-episode-under-way", number=number)
            await episodes.remove(writer, episode.id)
        return episode

    async def _check_version(self, episode: Episode, version: int) -> None:
        if episode.version != version:
            raise StaleEdit(episode, await edits.since(self._database.reading(), episode.id, version))

    async def _store(self, who: Who, after: Episode, script: str | None = None) -> Episode:
        """Store an edit; what waits or renders of a shot that it removes is cancelled. Raises as `keep` does."""
        async with self._database.writing() as writer:
            before = await episodes.by_number(writer, after.guild_id, after.number)
            stored = await self.keep(writer, who, after)
            if script is not None:
                await episodes.set_script(writer, stored.id, script)
            kept = {shot.id for shot in stored.shots}
            removed = [shot.shot_id for shot in (before.shots if before else ()) if shot.id not in kept]
            cancelled = [job for one in removed if one for job in await self._intake.withdraw(writer, one)]
        self._intake.stop(cancelled)
        if removed and stored.status is EpisodeStatus.RENDERING:
            self._follower.changed(stored.id)
        return stored

    async def show(self, who: Who, number: int) -> tuple[Episode, Bulletin | None]:
        """Have the episode's storyboard posted in its channel, or brought up to date where it is.

        Returns:
            The episode, and the first sheet of the board that there is, or None.

        Raises:
            Refused: the member may not see the episode, or it has no shots.
        """
        episode = await self.find(who, number, "see")
        if not episode.shots:
            raise Refused("refused-empty-episode", number=number)
        async with self._database.writing() as writer:
            await boards.put_up(writer, episode.id, storyboard.pages(len(episode.shots)), len(episode.shots))
            sheet = await boards.first_sheet(writer, episode.id)
        for listener in self._listeners:
            listener()
        return episode, sheet if sheet is not None and sheet.message_id is not None else None

    async def give_script(self, who: Who, number: int) -> tuple[Episode, str]:
        """Return the episode and its file, with the comments of the file that was last taken. Raises Refused."""
        episode = await self.find(who, number, "see")
        base = await episodes.script_of(self._database.reading(), episode.id)
        return episode, scripts.write(scripting.as_script(episode), base)

    async def take_script(self, who: Who, number: int, data: bytes, source: str) -> Changed:
        """Let the episode be what a file says.

        Raises:
            ScriptError: the file cannot be used; nothing is stored.
            StaleEdit: it was edited since the `version` that the file names.
            Refused: as for `change`.
        """
        script = scripts.parse(data, source=source, styles=list(self._config.loras.styles))
        return await self.adopt(who, number, script, data.decode("utf-8-sig"), source)

    async def adopt(self, who: Who, number: int, script: scripts.Script, text: str, source: str) -> Changed:
        """Let the episode be what `script` says, which was parsed from `text`. Raises as `take_script` does."""
        before = await self.find(who, number, "edit")
        if script.version is not None:
            await self._check_version(before, script.version)
        new = scripting.with_script(before, script, self._config.defaults.seconds)
        after, notes, found = await self._proofs.read(who, before, new, everything=True)
        if found:
            raise ScriptError(source, scripts.located(text, found))
        return Changed(await self._store(who, after, text), tuple(notes))
