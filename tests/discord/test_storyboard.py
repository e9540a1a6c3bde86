"""`/episode show` on the stand-in: the sheet in the channel, the thread beneath it, a message a shot in the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.callboard import Callboard
from bot.cutting import fit
from bot.poster import ChannelClosed
from bot.posting import DiscordPoster
from db import episodes

if TYPE_CHECKING:
    from bot.client import Services, TwohanderClient
    from db.connection import Database
    from tests.discord.conftest import Stage


async def test_the_storyboard_is_posted_with_its_thread(
    stage: Stage, client: TwohanderClient, services: Services, database: Database
) -> None:
    await stage.slash(stage.alice, "episode new", title="玉佩定情")
    for words in ("She bows. Wide shot.", "He smiles. Close-up."):
        await stage.slash(stage.alice, "episode add", episode=1, prompt=words, dialogue="Ada: 你好 | Hello")
    answer = await stage.slash(stage.alice, "episode show", episode=1)
    assert f"<#{stage.channel.id}>" in answer
    poster = DiscordPoster(client)
    callboard = Callboard(database, services.config.directory, poster, fit, services.intake)
    await callboard.sweep()
    found = await episodes.by_number(database.reading(), stage.guild.id, 1)
    assert found is not None
    assert found.thread_id is not None
    posted = [
        (request.path, request.json)
        for request in stage.env.http_requests
        if request.method == "POST" and ("/messages" in request.path or "/threads" in request.path)
    ]
    assert [path for path, _ in posted] == [
        f"/channels/{stage.channel.id}/messages",
        f"/channels/{stage.channel.id}/messages/{found.thread_id}/threads",
        *[f"/channels/{found.thread_id}/messages"] * 2,
    ]
    assert isinstance(posted[-1][1], dict)
    assert posted[-1][1]["content"].startswith("🎬 **1.2** · 5")
    assert posted[-1][1]["allowed_mentions"] == {"parse": []}
    # Members are called what the server calls them.
    assert await poster.name(stage.guild.id, stage.alice.id) == "alice"
    with pytest.raises(ChannelClosed):
        await poster.name(stage.guild.id, 1)
    # A thread that is there already is as good.
    assert await poster.thread(stage.channel.id, found.thread_id, "again") == found.thread_id
