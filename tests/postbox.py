"""A Discord of one dict, which fails as the test says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.poster import Button, ChannelClosed, Gone, PostError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DM = 999


@dataclass
class Said:
    channel: int
    text: str
    nonce: str
    file: bytes | None
    files: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass
class FakePoster:
    """A Discord of one dict. `trouble` is raised by the next sends; `lost_answers` are lost with the message made."""

    said: dict[int, Said] = field(default_factory=dict)
    edits: list[str] = field(default_factory=list)
    trouble: list[PostError | None] = field(default_factory=list)
    lost_answers: int = 0
    closed: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    unreadable: bool = False
    largest: int = 10_000
    searches: int = 0
    sends: int = 0
    dms: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    threads: dict[int, str] = field(default_factory=dict)

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        await asyncio.sleep(0)
        if channel_id in self.closed:
            raise ChannelClosed("closed")
        if any(text.startswith(mark) for mark in self.never):
            raise Unavailable("not this one")
        if self.trouble and (trouble := self.trouble.pop(0)):
            raise trouble
        message_id = 1000 + self.sends
        self.sends += 1
        self.said[message_id] = Said(
            *(channel_id, text, nonce, files[0].read_bytes() if files else None),
            *(tuple(file.name for file in files), tuple(button.custom_id for button in buttons)),
        )
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("the answer was lost")
        return message_id

    async def find(self, channel_id: int, mark: str, after: float) -> int | None:
        self.searches += 1
        if self.unreadable:
            raise ChannelClosed("no Read Message History")
        return next(
            (key for key, said in self.said.items() if said.channel == channel_id and said.text.startswith(mark)), None
        )

    async def edit(self, channel_id: int, message_id: int, text: str, *, files: Sequence[Path] = ()) -> None:
        if channel_id in self.closed:
            raise ChannelClosed("closed")
        if message_id not in self.said:
            raise Gone("deleted")
        self.edits.append(text)
        before = self.said[message_id]
        self.said[message_id] = replace(before, text=text, file=files[0].read_bytes() if files else before.file)

    async def delete(self, channel_id: int, message_id: int) -> None:
        self.said.pop(message_id, None)

    async def direct(self, member_id: int) -> int:
        channel = self.dms.get(member_id, DM)
        if channel in self.closed:
            raise ChannelClosed("no DMs")
        return channel

    async def thread(self, channel_id: int, message_id: int, name: str) -> int:
        if channel_id in self.closed:
            raise ChannelClosed("closed")
        if message_id in self.gone:
            raise Gone("deleted, with its message")
        self.threads[message_id] = name
        return message_id

    async def name(self, guild_id: int, member_id: int) -> str:
        if member_id not in self.names:
            raise Gone("they have left")
        return self.names[member_id]

    async def limit(self, channel_id: int) -> int:
        return self.largest
