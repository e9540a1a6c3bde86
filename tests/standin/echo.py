"""A small discord.py bot, whole enough to try the stand-in with.

TOKEN=… python -m tests.standin.launch http://127.0.0.1:PORT tests.standin.echo
"""

import io
import logging
import os

import discord
from discord import app_commands

_log = logging.getLogger("discord.echo")


class Echo(discord.AutoShardedClient):
    """Answers in each of the ways that a bot of ours does."""

    def __init__(self, *, members: bool = False) -> None:
        intents = discord.Intents.default()
        intents.members = members
        super().__init__(intents=intents, shard_count=1)
        self.tree = app_commands.CommandTree(self)
        for command in (echo, keep, count, ask):
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        _log.info("ready in %s", [f"{guild.name} ({len(guild.members)} known)" for guild in self.guilds])

    async def on_resumed(self) -> None:
        _log.info("resumed")

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        assert self.user is not None
        if event.user_id != self.user.id:
            channel = self.get_partial_messageable(event.channel_id)
            await channel.send(f"{event.emoji} by {event.user_id}")


@app_commands.command(description="Says it privately, then to all")
@app_commands.choices(mood=[app_commands.Choice(name="calm", value="calm")])
async def echo(interaction: discord.Interaction, text: app_commands.Range[str, 1, 80], mood: str = "calm") -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label=mood, custom_id="mood"))
    await interaction.followup.send(f"to you: {text}", view=view, file=_file("a.txt", b"1"), ephemeral=True)
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send(
        text,
        nonce=f"{text}-1"[:25],
        embed=discord.Embed(title=text, colour=0x336699),
        file=_file("b.txt", b"2", "two"),
        allowed_mentions=discord.AllowedMentions.none(),
    )
    await message.add_reaction("👍")
    await message.edit(content=f"{text}!", attachments=[*message.attachments, _file("c.txt", b"3")])
    await interaction.edit_original_response(content="done", view=None)


@app_commands.command(description="Sends a picture back")
async def keep(interaction: discord.Interaction, picture: discord.Attachment, whose: discord.Member) -> None:
    data = await picture.read()
    text = f"{whose.display_name} {interaction.locale.value} {interaction.guild_locale} {interaction.filesize_limit}"
    await interaction.response.send_message(text, file=_file(picture.filename, data[::-1]))


@app_commands.command(description="Counts what the bot has said here")
async def count(interaction: discord.Interaction) -> None:
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    said = [message async for message in channel.history(limit=100) if message.author == interaction.client.user]
    await interaction.response.send_message(f"{len(said)}", ephemeral=True)


@app_commands.command(description="Offers names")
async def ask(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.send_message(name)


@ask.autocomplete("name")
async def offer(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in ("沈月华", "萧云霄") if name.startswith(current)]


def _file(name: str, data: bytes, description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(data), name, description=description)


if __name__ == "__main__":
    Echo(members="MEMBERS" in os.environ).run(os.environ["TOKEN"])
