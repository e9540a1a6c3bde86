import io

import discord
import pytest
import simcord
from discord import app_commands
from discord.http import Route

from tests.standin import openapi

pytestmark = pytest.mark.skipif(openapi.load() is None, reason="this checkout has no ../shared/discord")


class Echo(discord.Client):
    """A bot with one command that answers in every way the project uses."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="echo", description="Says it again")(echo)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.describe(text="What to say")
@app_commands.choices(mood=[app_commands.Choice(name="calm", value="calm")])
async def echo(interaction: discord.Interaction, text: app_commands.Range[str, 1, 80], mood: str = "calm") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=mood, custom_id="mood"))
    await interaction.followup.send(text, view=view, file=discord.File(io.BytesIO(b"1"), "a.txt"), ephemeral=True)
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send(
        text,
        nonce="echo-1",
        embed=discord.Embed(title=text, colour=0x336699),
        file=discord.File(io.BytesIO(b"2"), "b.txt", description="two"),
        allowed_mentions=discord.AllowedMentions.none(),
    )
    await message.add_reaction("👍")
    await message.edit(content=f"{text}!", view=view, attachments=[])
    await interaction.edit_original_response(content="done", view=None)


async def test_real_traffic_of_discord_py_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    violations = openapi.install(monkeypatch)
    async with simcord.run(Echo()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("stage")
        member = guild.add_member(env.create_user("alice"))
        await member.slash(channel, "echo", text="hello", mood="calm")
        assert channel.last_message is not None
        assert channel.last_message.content == "hello!"
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
