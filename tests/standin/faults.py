"""Things that go wrong between the bot and Discord, at a named request and at a named moment of it."""

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simcord import BackendError

Moment = Literal["before", "after"]


class Lost(Exception):
    """The connection breaks here: the bot hears nothing of this request any more."""


@dataclass(slots=True)
class Call:
    """One REST request of the bot's."""

    method: str
    path: str
    """After `/api/v10`, without the query; `/cdn/...` for a download."""
    body: Any
    """The JSON, or the `payload_json` of a multipart body; None where there was neither."""
    files: tuple[str, ...] = ()
    """Names of the uploaded files, in order."""
    answer: Any = field(default=None, repr=False)
    """What Discord answers; known from the moment `after` on."""


Hook = Callable[[Call], Awaitable[None]]


@dataclass(slots=True)
class _Rule:
    moment: Moment
    method: str
    path: str
    hook: Hook
    skip: int
    times: int | None

    def takes(self, moment: Moment, call: Call) -> bool:
        """Counts the call, if it is one of this rule's, and says whether its turn is now."""
        if self.times == 0 or moment != self.moment or self.method not in ("*", call.method):
            return False
        if not fnmatch.fnmatchcase(call.path, self.path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults that are set; each takes the requests whose method and path (fnmatch pattern) it names.

    A fault lets the first `skip` of its requests pass, works on the next `times` (None: on all) and is then spent.
    `before` is ahead of Discord doing anything; `after` is when the message exists and only the answer is still to be
    sent.
    """

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def on(self, moment: Moment, method: str, path: str, hook: Hook, *, skip: int = 0, times: int | None = 1) -> None:
        """Runs `hook(call)` at that moment; it may wait, kill a process, or raise BackendError or Lost."""
        self._rules.append(_Rule(moment, method, path, hook, skip, times))

    def fail(
        self,
        method: str,
        path: str,
        *,
        status: int,
        code: int = 0,
        message: str = "made by the test",
        moment: Moment = "before",
        skip: int = 0,
        times: int | None = 1,
    ) -> None:
        """Answers with that status and Discord error code; 429 asks the bot to come again in 0.05 s."""

        async def refuse(_: Call) -> None:
            raise BackendError(status, code, message)

        self.on(moment, method, path, refuse, skip=skip, times=times)

    def lose(self, method: str, path: str, *, moment: Moment = "after", skip: int = 0, times: int | None = 1) -> None:
        """Breaks the connection; by default when Discord has done what was asked and the bot can't know it."""

        async def cut(_: Call) -> None:
            raise Lost

        self.on(moment, method, path, cut, skip=skip, times=times)

    def delay(
        self,
        method: str,
        path: str,
        seconds: float,
        *,
        moment: Moment = "before",
        skip: int = 0,
        times: int | None = 1,
    ) -> None:
        """Keeps the bot waiting."""

        async def wait(_: Call) -> None:
            await asyncio.sleep(seconds)

        self.on(moment, method, path, wait, skip=skip, times=times)

    async def run(self, moment: Moment, call: Call) -> None:
        """Lets every fault of this moment have the call; all of them count it, whatever the first does to it."""
        for rule in [rule for rule in self._rules if rule.takes(moment, call)]:
            await rule.hook(call)
