"""Reactions as Discord lists them, which simcord does not: in pages by the order of ids, super reactions apart."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from simcord.backend import serializers
from simcord.http import router

if TYPE_CHECKING:
    import pytest
    from simcord.backend.state import Backend

PAGE, LARGEST_PAGE = 25, 100
NORMAL, BURST = 0, 1


class Bursts:
    """The super reactions in a world.

    Attributes:
        given: by message and emoji, who gave one; who did so may have reacted as usual, too.
    """

    def __init__(self) -> None:
        self.given: dict[tuple[int, str], set[int]] = defaultdict(set)

    def set(self, backend: Backend, channel_id: int, message_id: int, emoji: str, user_id: int, *, on: bool) -> None:
        """Gives or takes back a super reaction, and tells bots of it."""
        givers = self.given[message_id, emoji]
        (givers.add if on else givers.discard)(user_id)
        channel = backend.get_channel(channel_id)
        event = {
            "user_id": str(user_id),
            "channel_id": str(channel_id),
            "message_id": str(message_id),
            "guild_id": str(channel.guild_id),
            "emoji": serializers.emoji_payload(emoji),
            "burst": True,
            "type": BURST,
        }
        backend.emit("MESSAGE_REACTION_ADD" if on else "MESSAGE_REACTION_REMOVE", event)

    def users(self, backend: Backend, message_id: int, emoji: str, params: dict[str, Any], normal: list[Any]) -> Any:
        """Returns a page of who reacted; `normal` are all that reacted as usual."""
        if int(params.get("type", NORMAL)) == BURST:
            everybody = [serializers.user_payload(backend.get_user(one)) for one in self.given[message_id, emoji]]
        else:
            everybody = normal
        after, limit = int(params.get("after", 0)), int(params.get("limit", PAGE))
        assert 1 <= limit <= LARGEST_PAGE
        page = sorted((int(user["id"]), user) for user in everybody if int(user["id"]) > after)
        return [user for _, user in page[:limit]]

    def counted(self, message: Any) -> Any:
        """Returns a message whose reactions count the super ones, too."""
        reactions = {reaction["emoji"]["name"]: reaction for reaction in message["reactions"]}
        for (message_id, emoji), givers in self.given.items():
            if message_id != int(message["id"]) or not givers:
                continue
            empty = {"emoji": serializers.emoji_payload(emoji), "count": 0, "me": False, "me_burst": False}
            reaction = reactions.setdefault(emoji, empty | {"count_details": {"normal": 0}, "burst_colors": []})
            reaction["count_details"] |= {"burst": len(givers)}
            reaction["count"] += len(givers)
        return message | {"reactions": list(reactions.values())}


def install(monkeypatch: pytest.MonkeyPatch) -> Bursts:
    """Lets simcord's router answer so for the rest of the test."""
    bursts = Bursts()
    dispatch = router.dispatch

    def listed(backend: Any, method: str, path: str, **request: Any) -> Any:
        answer = dispatch(backend, method, path, **request)
        match (method, *path.strip("/").split("/")):
            case ("GET", "channels", _, "messages", message_id, "reactions", emoji):
                return bursts.users(backend, int(message_id), unquote(emoji), request.get("params") or {}, answer)
            case ("GET", "channels", _, "messages", _):
                return bursts.counted(answer)
            case _:
                return answer

    monkeypatch.setattr(router, "dispatch", listed)
    return bursts
