"""The group `/episode`: each file of its commands adds to it."""

from bot.commands.localisation import group

episode = group("command-episode")
