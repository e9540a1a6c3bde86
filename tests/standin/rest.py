"""Discord's REST API and CDN over loopback HTTP, answered by simcord's router.

What simcord leaves out and a process on the other side of a socket meets is here: the token, multipart bodies, the
upload limit, `enforce_nonce`, and answers that are lost, late or errors.
"""

import io
import json
import time
from typing import Any

import aiohttp
import discord
from aiohttp import web
from simcord import BackendError, RouteNotImplemented, UnsupportedField
from simcord.backend.state import Backend
from simcord.http import router

from tests.standin import openapi
from tests.standin.faults import Call, Faults, Lost

API = "/api/v10"
CDN = "https://cdn.simcord.invalid"  # what simcord calls its CDN
NONCE_SECONDS = 300.0  # "in the past few minutes", say Discord's docs


class Rest:
    """Everything the bot asks for over HTTP."""

    def __init__(self, backend: Backend, *, token: str) -> None:
        self.backend = backend
        self.token = token
        self.base = ""
        """The server's address, once it listens."""
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.enforce_nonce = True
        self.upload_limit = 10 * 1024 * 1024
        self._nonces: dict[str, tuple[float, int, int]] = {}

    @property
    def gateway(self) -> str:
        """Where bots are sent for the websocket."""
        return self.base.replace("http", "ws", 1) + "/gateway"

    def install(self, app: web.Application) -> None:
        """Adds the routes to the server."""
        app.router.add_get("/cdn/{path:.*}", self._download)
        app.router.add_route("*", API + "/{path:.*}", self._request)

    def rewrite(self, text: str) -> str:
        """Points the CDN links in a JSON text to this server."""
        return text.replace(CDN, f"{self.base}/cdn")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.method, request.path, None)
        self.calls.append(call)
        try:
            await self.faults.run("before", call)
            blob = self.backend.cdn.get(CDN + request.path.removeprefix("/cdn"))
            await self.faults.run("after", call)
        except BackendError as error:
            return self._refusal(call, error)
        except Lost:
            return _cut(request)
        if blob is None:
            return web.Response(status=404)
        return web.Response(body=blob, content_type="application/octet-stream")

    async def _request(self, request: web.Request) -> web.StreamResponse:
        try:
            body, files = await _read(request)
        except (aiohttp.ClientError, ConnectionError, ValueError):
            return web.Response(status=400)  # the bot died while it was sending
        # The path as it was sent: simcord unquotes what needs it (an emoji), as Discord does.
        path = request.raw_path.partition("?")[0].removeprefix(API)
        call = Call(request.method, path, body, tuple(file.filename for file in files))
        self.calls.append(call)
        try:
            await self.faults.run("before", call)
            self._authorise(request, path)
            self.violations += openapi.check(call.method, path, body)
            call.answer = self._answer(request, call, files)
            await self.faults.run("after", call)
        except Lost:
            return _cut(request)
        except Exception as error:  # noqa: BLE001 -- what simcord trips over is the test's to see, not the bot's to retry
            return self._refusal(call, error)
        return web.Response(status=204) if call.answer is None else self._json(call.answer)

    def _answer(self, request: web.Request, call: Call, files: list[discord.File]) -> Any:
        if call.path == "/gateway":
            return {"url": self.gateway}
        if call.path == "/gateway/bot":
            limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            return {"url": self.gateway, "shards": 1, "session_start_limit": limit}
        for file in files:
            if len(file.fp.read()) > self.upload_limit:
                raise BackendError(413, 40005, "Request entity too large")
            file.reset()
        nonce = _nonce(call)
        if nonce is not None and self.enforce_nonce:
            at, channel, message = self._nonces.get(nonce, (0.0, 0, 0))
            if time.monotonic() - at < NONCE_SECONDS and message in self.backend.messages.get(channel, {}):
                shown = router.dispatch(self.backend, "GET", f"/channels/{channel}/messages/{message}")
                return shown | {"nonce": nonce}
        answer = router.dispatch(
            self.backend,
            call.method,
            call.path,
            json=call.body,
            params=dict(request.query),
            files=files,
            reason=request.headers.get("X-Audit-Log-Reason"),
        )
        if nonce is not None:
            self._nonces[nonce] = (time.monotonic(), int(answer["channel_id"]), int(answer["id"]))
            answer["nonce"] = nonce
        return answer

    def _authorise(self, request: web.Request, path: str) -> None:
        # An interaction's or a webhook's own token stands in the path.
        if path.startswith(("/interactions/", "/webhooks/")) and path.count("/") > 2:
            return
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise BackendError(401, 0, "401: Unauthorized")

    def _refusal(self, call: Call, error: Exception) -> web.Response:
        if not isinstance(error, BackendError) or isinstance(error, RouteNotImplemented | UnsupportedField):
            self.violations.append(f"{call.method} {call.path}: {type(error).__name__}: {error}")
            return self._json({"code": 0, "message": "beyond this stand-in"}, status=501)
        if error.status != 429:
            return self._json(error.to_json(), status=error.status)
        # Without Via, discord.py takes a 429 for Cloudflare's and gives up.
        body = {"message": error.message, "retry_after": 0.05, "global": False}
        return self._json(body, status=429, headers={"Via": "1.1 standin", "Retry-After": "1"})

    def _json(self, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        # discord.py compares this header whole: a charset in it, and the answer would be taken for plain text.
        headers = (headers or {}) | {"Content-Type": "application/json"}
        return web.Response(body=self.rewrite(json.dumps(body)).encode(), status=status, headers=headers)


def _nonce(call: Call) -> str | None:
    """The nonce of a message that is to be created, where the bot asks to have it enforced."""
    if call.method != "POST" or not call.path.endswith("/messages") or not isinstance(call.body, dict):
        return None
    nonce = call.body.get("nonce")
    return str(nonce) if nonce is not None and call.body.get("enforce_nonce") else None


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request) -> tuple[Any, list[discord.File]]:
    """Takes a request's body apart: the JSON (None: there is none) and the uploaded files in their order."""
    if not request.content_type.startswith("multipart/"):
        data = await request.read()
        return (json.loads(data) if data else None), []
    form: dict[str, str] = {}
    parts: dict[str, tuple[str, bytes]] = {}
    async for part in await request.multipart():
        assert isinstance(part, aiohttp.BodyPartReader)
        name, data = part.name or "", bytes(await part.read(decode=False))
        if part.filename is None:
            form[name] = data.decode()
        else:
            parts[name] = (part.filename, data)
    body: Any = json.loads(form["payload_json"]) if "payload_json" in form else (form or None)
    listed = body.get("attachments") if isinstance(body, dict) else None
    about = {str(item["id"]): item for item in listed or ()}
    files: list[discord.File] = []
    for key, (filename, data) in parts.items():
        description = about.get(key.removeprefix("files[").removesuffix("]"), {}).get("description")
        files.append(discord.File(io.BytesIO(data), filename, description=description))
    return body, files
