"""The guild's characters: add, edit, remove. Pictures are checked and re-encoded before a row names them.

Rows name pictures relative to the data directory, so that the directory can be moved; what this module returns is
resolved.
"""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import casting
from bot.guards import blocked
from bot.refusal import Refused
from bot.visible import visible
from db import characters, guilds
from db.disk import DiskUnusable

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config
    from db.connection import Database
    from db.models import Character, Sharing

log = logging.getLogger(__name__)

MAX_NAME = 40
MAX_DESCRIPTION = 300

# More combining marks on one letter than any language writes: they run into the lines above and below.
STACKED = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a member says of a character; None leaves a field as it is (or empty, for a new one)."""

    name: str | None = None
    description: str | None = None
    outfit: str | None = None
    sharing: Sharing | None = None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored character, and what its picture will suffer from (keys and arguments of sentences)."""

    character: Character
    warnings: tuple[casting.Warning, ...] = ()


class Roster:
    """Keeps the characters of every guild; each call names the guild and who asks."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config

    @property
    def pictures(self) -> Path:
        """The folder of the reference pictures."""
        return self._config.directory / "pictures"

    async def add(self, guild_id: int, locale: str, member_id: int, sheet: Sheet) -> Kept:
        """Add a character. `sheet` must have a name and a picture.

        Raises:
            Refused: the name is taken, too long or blocked; the picture cannot be used; the guild has too many.
        """
        if sheet.name is None or sheet.picture is None:
            raise ValueError("a new character has a name and a picture")
        name = self._checked_name(sheet.name)
        description, outfit = self._checked_text(sheet.description or ""), self._checked_text(sheet.outfit or "")
        reference, warnings = await asyncio.to_thread(self._look_at, sheet.picture)
        try:
            async with self._database.writing() as writer:
                await guilds.remember(writer, guild_id, locale)
                if await characters.count(writer, guild_id) >= self._config.pictures.per_guild:
                    raise Refused("refused-too-many-in-guild", most=self._config.pictures.per_guild)
                path = await self._store(reference)
                character = await characters.add(
                    writer,
                    guild_id=guild_id,
                    owner_id=member_id,
                    name=name,
                    description=description,
                    outfit=outfit,
                    sharing=sheet.sharing or "server",
                    picture_path=self._relative(path),
                    picture_sha256=reference.sha256,
                    picture_size=(reference.width, reference.height),
                )
        except characters.NameTakenError:
            raise Refused("refused-name-taken", name=name) from None
        return Kept(self._resolved(character), warnings)

    async def edit(self, guild_id: int, name: str, member_id: int, sheet: Sheet, *, may_manage: bool) -> Kept:
        """Change what `sheet` names. Queued shots keep the look that they were asked for with.

        Raises:
            Refused: as for `add`, or the character is unknown or another member's.
        """
        changes: dict[str, object] = {}
        if sheet.name is not None:
            changes["name"] = self._checked_name(sheet.name)
        for field in ("description", "outfit"):
            if (text := getattr(sheet, field)) is not None:
                changes[field] = self._checked_text(text)
        if sheet.sharing is not None:
            changes["sharing"] = sheet.sharing
        warnings: tuple[casting.Warning, ...] = ()
        reference: casting.Reference | None = None
        if sheet.picture is not None:
            reference, warnings = await asyncio.to_thread(self._look_at, sheet.picture)
            changes |= {
                "picture_sha256": reference.sha256,
                "picture_width": reference.width,
                "picture_height": reference.height,
            }
        try:
            async with self._database.writing() as writer:
                found = self._checked_right(
                    await characters.named(writer, guild_id, name), name, member_id, may_manage=may_manage
                )
                if reference is not None:
                    changes["picture_path"] = self._relative(await self._store(reference))
                edited = await characters.edit(writer, replace(found, **changes))
        except characters.NameTakenError:
            raise Refused("refused-name-taken", name=str(changes["name"])) from None
        await self._tidy(found.picture_path)
        return Kept(self._resolved(edited), warnings)

    async def remove(self, guild_id: int, name: str, member_id: int, *, may_manage: bool) -> Character:
        """Remove a character and return it.

        Raises:
            Refused: it is unknown, another member's, or needed by a shot that is not finished.
        """
        try:
            async with self._database.writing() as writer:
                found = self._checked_right(
                    await characters.named(writer, guild_id, name), name, member_id, may_manage=may_manage
                )
                await characters.remove(writer, found)
        except characters.CharacterInUseError as error:
            shots = ", ".join(f"#{number}" for number in error.shots)
            raise Refused("refused-character-in-use", name=name, shots=shots) from None
        await self._tidy(found.picture_path)
        return found

    async def show(self, guild_id: int, name: str, member_id: int) -> Character:
        """Return a character that the member may see.

        Raises:
            Refused: there is none of that name.
        """
        found = await characters.named(self._database.reading(), guild_id, name)
        if found is None or (found.sharing == "owner" and found.owner_id != member_id):
            raise Refused("refused-unknown-character", name=name)
        return self._resolved(found)

    async def visible_to(self, guild_id: int, member_id: int) -> list[Character]:
        """Return the characters that the member may cast, by name."""
        return [
            self._resolved(who) for who in await characters.visible_to(self._database.reading(), guild_id, member_id)
        ]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._config.directory).as_posix()

    def _resolved(self, character: Character) -> Character:
        return replace(character, picture_path=str(self._config.directory / character.picture_path))

    def _checked_right(self, found: Character | None, name: str, member_id: int, *, may_manage: bool) -> Character:
        if found is None:
            raise Refused("refused-unknown-character", name=name)
        if found.owner_id != member_id and not may_manage:
            if found.sharing == "owner":  # whoever may not see it is not told that it is there
                raise Refused("refused-unknown-character", name=name)
            raise Refused("refused-not-your-character", name=found.name)
        return found

    def _checked_name(self, name: str) -> str:
        cleaned = " ".join(visible(unicodedata.normalize("NFKC", name)).split())
        if not cleaned or not any(char.isalnum() for char in cleaned):
            raise Refused("refused-name-empty")
        if STACKED.search(cleaned):
            raise Refused("refused-name-marks")
        if len(cleaned) > MAX_NAME:
            raise Refused("refused-name-too-long", most=MAX_NAME)
        return self._unblocked(cleaned)

    def _checked_text(self, text: str) -> str:
        cleaned = " ".join(visible(text).split())
        if len(cleaned) > MAX_DESCRIPTION:
            raise Refused("refused-description-too-long", most=MAX_DESCRIPTION)
        return self._unblocked(cleaned)

    def _unblocked(self, text: str) -> str:
        if blocked(text, self._config.guards.blocklist) is not None:
            raise Refused("refused-blocked-word")
        return text

    def _look_at(self, data: bytes) -> tuple[casting.Reference, tuple[casting.Warning, ...]]:
        """Check and re-encode a picture. Blocking: runs in a thread."""
        limits = self._config.pictures
        reference = casting.sanitise(data, casting.Limits(limits.max_bytes, limits.max_pixels))
        return reference, casting.warnings_for(reference)

    async def _store(self, reference: casting.Reference) -> Path:
        """Store a picture. Inside the transaction that names it, so that `_tidy` never meets it without its row."""
        return await asyncio.to_thread(casting.store, reference, self.pictures)

    async def _tidy(self, picture_path: str) -> None:
        """Throw the picture away, unless a character still has it: one file serves all who were given the same."""
        path = self._config.directory / picture_path
        try:
            async with self._database.writing() as writer:
                if not await characters.have_picture(writer, picture_path):
                    await asyncio.to_thread(path.unlink, missing_ok=True)
        except DiskUnusable as error:  # what the member asked for is written down
            log.warning("%s stays behind: %s", path, error)
