"""The slash commands, one file a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import episode_whole, episode_writing, production
from bot.commands.character import character
from bot.commands.episode_group import episode
from bot.commands.help import help_
from bot.commands.queue import cancel, queue
from bot.commands.settings import settings
from bot.commands.shot import shot
from bot.commands.vote import vote

if TYPE_CHECKING:
    from discord import app_commands

    from bot.client import TwohanderClient

OF_EPISODES = (episode_whole, episode_writing, production)
"""The files of `/episode`: to import one adds its commands to the group."""


def add_to(tree: app_commands.CommandTree[TwohanderClient]) -> None:
    """Add every command; `/help` lists them in this order."""
    for command in (shot, character, episode, queue, cancel, vote, settings, help_):
        tree.add_command(command)
