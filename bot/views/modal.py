"""What a member wrote in a modal, whose answer comes as an ordinary interaction, also after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import discord


def custom_id(interaction: discord.Interaction[Any]) -> str:
    """Return the id of the modal that was submitted."""
    data: dict[str, Any] = dict(interaction.data or {})
    return str(data.get("custom_id", ""))


def fields(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """Return the texts that were written, by the ids of their inputs."""
    data: dict[str, Any] = dict(interaction.data or {})
    return _fields(data.get("components", []))


def _fields(components: list[dict[str, Any]]) -> dict[str, str]:
    """Look into labels (`component`) and rows (`components`)."""
    found: dict[str, str] = {}
    for component in components:
        inner = [component["component"]] if "component" in component else component.get("components", [])
        if "value" in component:
            found[str(component["custom_id"])] = str(component["value"])
        found |= _fields(inner)
    return found
