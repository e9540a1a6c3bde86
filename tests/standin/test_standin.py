import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import simcord

from tests.standin.faults import Call, Lost
from tests.standin.process import BotProcess, Died
from tests.standin.server import StandIn

ECHO = "tests.standin.echo"
MESSAGES = "/channels/*/messages"


@pytest.fixture
async def discord(tmp_path: Path) -> AsyncIterator[StandIn]:
    async with StandIn(tmp_path) as standin:
        yield standin
    assert standin.violations == []


async def start(discord: StandIn, **env: str) -> BotProcess:
    bot = await discord.start(ECHO, env={"TOKEN": discord.token, **env})
    await discord.ready("echo", "keep", "count", "ask")
    return bot


def said(discord: StandIn) -> list[str]:
    return [post.content for post in discord.messages()]


async def test_a_command_is_deferred_answered_and_posted(discord: StandIn) -> None:
    await start(discord)
    alice, bob = discord.member("alice"), discord.member("bob")
    result = await discord.slash(alice, discord.channel, "echo", text="看")
    await discord.wait_until(lambda: said(discord) == ["看!"], "the message is edited")
    answer = await discord.answer(result)
    await discord.wait_until(lambda: discord.post(answer.channel_id, answer.id).content == "done", "the end")

    [post] = discord.messages(viewer=bob)
    assert [(file.filename, file.data, file.description) for file in post.attachments] == [
        ("b.txt", b"2", "two"),
        ("c.txt", b"3", None),
    ]
    assert post.embeds[0]["title"] == "看"
    assert post.reactions == {"👍": 1}
    assert post.edited
    private, _ = discord.messages(viewer=alice)
    assert private.ephemeral
    assert [file.data for file in private.attachments] == [b"1"]


async def test_attachments_members_and_locales_reach_the_bot(discord: StandIn) -> None:
    await start(discord)
    alice, bob = discord.member("alice"), discord.member("bob")
    discord.locales[alice.id] = "zh-CN"
    result = await discord.slash(alice, discord.channel, "keep", picture=("脸.png", b"abc"), whose=bob)
    post = await discord.answer(result)
    assert post.content == f"bob zh-CN en-US {discord.rest.upload_limit}"
    assert [file.data for file in post.attachments] == [b"cba"]
    assert "GET /cdn/attachments" in [f"{call.method} {call.path[:16]}" for call in discord.calls]


async def test_autocomplete_and_what_a_client_would_refuse(discord: StandIn) -> None:
    await start(discord)
    alice = discord.member("alice")
    assert await discord.autocomplete(alice, discord.channel, "ask", "name", "沈") == [
        {"name": "沈月华", "value": "沈月华"}
    ]
    with pytest.raises(simcord.OptionError, match="at most 80"):
        await discord.slash(alice, discord.channel, "echo", text="x" * 81)
    with pytest.raises(simcord.SetupError, match="No application command named 'shoot'"):
        await discord.slash(alice, discord.channel, "shoot")


async def test_reactions_reach_the_bot_and_intents_hold_back_members(discord: StandIn) -> None:
    alice = discord.member("alice")
    bot = await start(discord)
    await discord.answer(await discord.slash(alice, discord.channel, "ask", name="here"))
    await discord.react(alice, discord.messages()[0], "🔥")
    await discord.wait_until(lambda: said(discord) == ["here", f"🔥 by {alice.id}"], "the bot has seen the reaction")
    await discord.wait_until(lambda: "Palace (1 known)" in bot.output(), "it knows itself alone")
    await bot.kill()
    bot = await start(discord, MEMBERS="1")
    await discord.wait_until(lambda: "Palace (3 known)" in bot.output(), "it knows itself, alice and the owner")


async def test_a_bot_killed_after_its_message_exists_finds_it_when_it_is_back(discord: StandIn) -> None:
    bot = await start(discord)
    alice = discord.member("alice")

    async def kill(_: Call) -> None:
        await bot.kill()

    discord.faults.on("after", "POST", MESSAGES, kill)
    result = await discord.slash(alice, discord.channel, "echo", text="look")
    await discord.wait_until(lambda: not bot.running, "the bot is dead")
    assert said(discord) == ["look"]
    assert result.acknowledged

    await start(discord)
    assert discord.gateway.identifies == 2
    counted = await discord.slash(alice, discord.channel, "count")
    assert (await discord.answer(counted)).content == "1"


async def test_a_bot_killed_before_its_message_exists_leaves_none(discord: StandIn) -> None:
    bot = await start(discord)

    async def kill(_: Call) -> None:
        await bot.kill()
        raise Lost

    discord.faults.on("before", "POST", "/webhooks/*", kill)
    alice = discord.member("alice")
    await discord.slash(alice, discord.channel, "echo", text="look")
    await discord.wait_until(lambda: not bot.running, "the bot is dead")
    assert said(discord) == []
    [thinking] = discord.messages(viewer=alice)
    assert thinking.loading
    assert thinking.attachments == ()


@pytest.mark.parametrize(("enforced", "posted"), [(True, ["look!"]), (False, ["look", "look!"])])
async def test_a_message_sent_again_is_the_same_message_while_nonces_are_enforced(
    discord: StandIn, enforced: bool, posted: list[str]
) -> None:
    discord.rest.enforce_nonce = enforced
    discord.faults.fail("POST", MESSAGES, status=500, moment="after")
    await start(discord)
    result = await discord.slash(discord.member("alice"), discord.channel, "echo", text="look")
    await discord.wait_until(lambda: said(discord) == posted, "discord.py has tried again")
    assert result.acknowledged
    assert [call.path for call in discord.calls if call.path.endswith("/messages")] == [
        f"/channels/{discord.channel.id}/messages"
    ] * 2


async def test_faults_take_the_requests_that_they_name(discord: StandIn) -> None:
    bot = await start(discord)
    alice = discord.member("alice")
    discord.faults.fail("POST", "/interactions/*/callback", status=429)
    discord.faults.delay("POST", "/interactions/*/callback", 0.01)
    discord.faults.fail("POST", "/interactions/*/callback", status=403, code=50013, message="no", skip=3)
    assert (await discord.answer(await discord.slash(alice, discord.channel, "ask", name="again"))).content == "again"
    await discord.answer(await discord.slash(alice, discord.channel, "ask", name="third"))
    refused = await alice.slash(discord.channel, "ask", name="refused")
    await discord.wait_until(lambda: "50013" in bot.output(), "the bot is refused")
    assert not refused.acknowledged


async def test_a_connection_that_breaks_is_resumed_with_what_it_missed(discord: StandIn) -> None:
    bot = await start(discord)
    alice = discord.member("alice")
    await discord.wait_until(lambda: "ready in" in bot.output(), "it has read READY, and so has something to resume")
    await discord.gateway.drop()
    assert not discord.gateway.online
    await discord.answer(await discord.slash(alice, discord.channel, "ask", name="meanwhile"))
    await discord.wait_until(lambda: "resumed" in bot.output(), "the session is resumed")
    assert discord.gateway.identifies == 1


async def test_an_upload_over_the_limit_is_refused_whole(discord: StandIn) -> None:
    bot = await start(discord)
    alice = discord.member("alice")
    discord.rest.upload_limit = 2
    result = await alice.slash(discord.channel, "keep", picture=("a.png", b"abc"), whose=alice)
    await discord.wait_until(lambda: "413 Request Entity Too Large (error code: 40005)" in bot.output(), "a refusal")
    assert not result.acknowledged
    assert said(discord) == []


async def test_an_answer_that_is_lost_is_a_broken_connection_to_the_bot(discord: StandIn) -> None:
    bot = await start(discord)
    discord.faults.lose("POST", MESSAGES)
    await discord.slash(discord.member("alice"), discord.channel, "echo", text="look")
    await discord.wait_until(lambda: "ServerDisconnectedError" in bot.output(), "the bot has noticed")
    assert said(discord) == ["look"]


async def test_what_the_stand_in_cannot_do_is_a_violation(tmp_path: Path) -> None:
    async with StandIn(tmp_path) as discord, aiohttp.ClientSession(discord.rest.base) as session:
        headers = {"Authorization": f"Bot {discord.token}"}
        async with session.get("/api/v10/guilds/1/templates", headers=headers) as answer:
            assert answer.status == 501
        async with session.post("/api/v10/channels/x/messages", headers=headers, json={"content": "hi"}) as answer:
            assert answer.status == 501
        assert "GET /guilds/1/templates" in discord.violations[0]
        assert "POST /channels/x/messages: ValueError" in discord.violations[1]


async def test_a_command_left_unanswered_is_unknown_after_its_time(tmp_path: Path) -> None:
    async with StandIn(tmp_path, answer_within=0.05) as discord:
        bot = await start(discord)
        discord.faults.delay("POST", "/interactions/*/callback", 0.1)
        result = await discord.member("alice").slash(discord.channel, "ask", name="late")
        await discord.wait_until(lambda: "10062" in bot.output(), "the interaction is unknown")
        assert not result.acknowledged


async def test_a_wrong_token_is_not_let_in(discord: StandIn) -> None:
    bot = await discord.start(ECHO, env={"TOKEN": "wrong"})
    with pytest.raises(Died, match="Improper token"):
        await discord.ready()
    assert not bot.running
    assert discord.calls[-1].path == "/users/@me"


async def test_a_body_cut_off_half_way_creates_nothing(discord: StandIn) -> None:
    address = urlsplit(discord.rest.base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST /api/v10/channels/{discord.channel.id}/messages HTTP/1.1\r\nHost: x\r\n"
    head += f"Authorization: Bot {discord.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    writer.write(f"{head}Content-Length: 999\r\n\r\n--b\r\nContent-Disposition: form-data; name=x\r\n\r\nhal".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    assert discord.calls == []
    assert said(discord) == []
