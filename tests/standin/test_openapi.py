import discord
import pytest
import simcord
from discord.http import Route

from tests.standin import openapi
from tests.standin.echo import Echo

pytestmark = pytest.mark.skipif(openapi.load() is None, reason="this checkout has no ../shared/discord")


async def test_real_traffic_of_discord_py_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    violations = openapi.install(monkeypatch)
    async with simcord.run(Echo()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("stage")
        member = guild.add_member(env.create_user("alice"))
        await member.slash(channel, "echo", text="hello", mood="calm")
        assert [message.content for message in channel.history()] == ["hello!"]
    assert violations == []


async def test_a_body_that_discord_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    violations = openapi.install(monkeypatch)
    client = Echo()
    async with simcord.run(client) as env:
        channel = env.create_guild().create_text_channel("stage")
        with pytest.raises(discord.HTTPException):
            await client.http.request(
                Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id),
                json={"content": "x" * 4001},
            )
    assert len(violations) == 1
    assert violations[0].startswith(f"POST /channels/{channel.id}/messages: content: ")


def test_a_route_that_discord_has_not_is_named() -> None:
    assert openapi.check("POST", "/channels/1/clips", {}) == [
        "POST /channels/1/clips: NO SUCH ROUTE in spec: POST /channels/1/clips"
    ]
