"""Discord's gateway over a loopback websocket: HELLO, IDENTIFY, RESUME, heartbeats, and simcord's events.

Frames go out as plain text. discord.py asks for compression in the address, but inflates binary frames only; it takes
text as it comes.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import discord
from aiohttp import WSMsgType, web
from simcord.backend import serializers
from simcord.backend.state import Backend
from simcord.gateway import FakeGateway, FakeWebSocket

from tests.standin.rest import Rest

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, REQUEST_MEMBERS, INVALID, HELLO, ACK = 0, 1, 2, 6, 8, 9, 10, 11
HEARTBEAT_MS = 41_250  # Discord's own interval
UNKNOWN_TOKEN = 4004
INVALID_SHARD = 4010


class Session:
    """What one IDENTIFY started: it outlives its socket, so that a later one may resume it."""

    def __init__(self, backend: Backend, intents: discord.Intents, rewrite: Callable[[str], str]) -> None:
        self.id = secrets.token_hex(8)
        self.outbox: asyncio.Queue[str] | None = None
        """Where the connected socket's frames wait; None while no socket is connected."""
        self._frames: list[str] = []
        self._rewrite = rewrite
        # simcord's gateway withholds what the intents don't cover, then looks up a parser by the event's name; this one
        # parses nothing and sends the event on.
        self.gate = FakeGateway(backend, SimpleNamespace(intents=intents, parsers=_Senders(self)))
        self.members = FakeWebSocket(backend, self.gate)

    def send(self, event: str, payload: Mapping[str, Any]) -> None:
        """Numbers an event and puts it on its way; kept for a later RESUME."""
        frame = {"op": DISPATCH, "t": event, "s": len(self._frames) + 1, "d": payload}
        self._frames.append(self._rewrite(json.dumps(frame)))
        if self.outbox is not None:
            self.outbox.put_nowait(self._frames[-1])

    def resume(self, outbox: asyncio.Queue[str], sequence: int) -> None:
        """Sends everything after that number again, then RESUMED."""
        self.outbox = outbox
        for frame in self._frames[sequence:]:
            outbox.put_nowait(frame)
        self.send("RESUMED", {})


class _Senders(dict[str, Any]):
    """Has a "parser" for every event: the session's send."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def __missing__(self, event: str) -> Callable[[Mapping[str, Any]], None]:
        return partial(self._session.send, event)

    def get(self, event: str, default: Any = None) -> Any:
        return self[event]


class Gateway:
    """The sessions of every bot process that has connected."""

    def __init__(self, rest: Rest) -> None:
        self.identifies = 0
        """How many sessions were started: a bot process that starts anew adds one, a resumed connection none."""
        self._rest = rest
        self._backend = rest.backend
        self._sessions: dict[str, Session] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def online(self) -> bool:
        """Whether a bot is connected and has been told its guilds."""
        return any(session.outbox is not None for session in self._sessions.values())

    def publish(self, event: str, payload: Mapping[str, Any]) -> None:
        """Sends an event of the backend's to every session, as far as its intents cover it."""
        for session in self._sessions.values():
            session.gate.feed(event, payload)

    async def drop(self) -> None:
        """Breaks every connection, as a server going down for maintenance does: the bot resumes."""
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one websocket until either side closes it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        outbox: asyncio.Queue[str] = asyncio.Queue()
        writer = asyncio.create_task(_write(socket, outbox))
        session: Session | None = None
        try:
            _put(outbox, HELLO, {"heartbeat_interval": HEARTBEAT_MS})
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                frame = json.loads(message.data)
                session = await self._receive(socket, outbox, session, frame["op"], frame.get("d"))
        finally:
            self._sockets.discard(socket)
            if session is not None and session.outbox is outbox:
                session.outbox = None
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _receive(
        self, socket: web.WebSocketResponse, outbox: asyncio.Queue[str], session: Session | None, op: int, data: Any
    ) -> Session | None:
        if op == HEARTBEAT:
            _put(outbox, ACK, None)
        elif op in (IDENTIFY, RESUME) and data["token"] != self._rest.token:
            await socket.close(code=UNKNOWN_TOKEN)
        elif op == IDENTIFY and data.get("shard", [0, 1]) != [0, 1]:
            await socket.close(code=INVALID_SHARD)  # one shard is all that a stand-in's guilds need
        elif op == IDENTIFY:
            return self._identify(outbox, data)
        elif op == RESUME:
            known = self._sessions.get(data["session_id"])
            if known is None:
                _put(outbox, INVALID, False)
                return None
            known.resume(outbox, data["seq"])
            return known
        elif op == REQUEST_MEMBERS and session is not None:
            await session.members.request_chunks(
                int(data["guild_id"]),
                data.get("query"),
                limit=data["limit"],
                user_ids=data.get("user_ids"),
                presences=data.get("presences", False),
                nonce=data.get("nonce"),
            )
        return session

    def _identify(self, outbox: asyncio.Queue[str], data: Any) -> Session:
        intents = discord.Intents._from_value(data["intents"])
        session = Session(self._backend, intents, self._rest.rewrite)
        session.outbox = outbox
        guilds = list(self._backend.guilds.values())
        ready = {
            "v": 10,
            "user": serializers.user_payload(self._backend.bot_user),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._rest.gateway,
            "shard": [0, 1],
            "application": {"id": str(self._backend.application_id), "flags": 0},
        }
        session.gate.feed("READY", ready)
        for guild in guilds:
            session.gate.feed("GUILD_CREATE", serializers.guild_create_payload(self._backend, guild))
        self._sessions[session.id] = session
        self.identifies += 1
        return session


def _put(outbox: asyncio.Queue[str], op: int, data: Any) -> None:
    outbox.put_nowait(json.dumps({"op": op, "s": None, "t": None, "d": data}))


async def _write(socket: web.WebSocketResponse, outbox: asyncio.Queue[str]) -> None:
    while True:
        frame = await outbox.get()
        try:
            await socket.send_str(frame)
        except ConnectionError:
            return  # the bot is gone; the reader sees it too
