"""Reference pictures: checked, stored, looked at, and put together into the picture that a shot is pinned to.

Everything here is pure and blocking (the bot calls it in a thread): no Discord, no database, no torch. What a member is
to read is returned as a key of the catalogues with its arguments.
"""

from bot.casting.compose import FOUND, Composite, CompositeReport, compose, preview
from bot.casting.findings import PictureRefused, Warning  # noqa: A004  a casting warning, read as casting.Warning
from bot.casting.framing import Part, Placed
from bot.casting.person import Box, Person, detector, find_person
from bot.casting.placing import Position, placement, stagger
from bot.casting.quality import inspect, warnings_for
from bot.casting.sanitise import Limits, Reference, sanitise
from bot.casting.scene import scene_colour
from bot.casting.storage import store

__all__ = [
    "FOUND",
    "Box",
    "Composite",
    "CompositeReport",
    "Limits",
    "Part",
    "Person",
    "PictureRefused",
    "Placed",
    "Position",
    "Reference",
    "Warning",
    "compose",
    "detector",
    "find_person",
    "inspect",
    "placement",
    "preview",
    "sanitise",
    "scene_colour",
    "stagger",
    "store",
    "warnings_for",
]
