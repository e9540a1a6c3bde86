"""A script into rows, for `twohander render`: its characters, its episode, and what the guards say of each shot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import script as scripts
from bot.casting import PictureRefused
from bot.proofs import Who
from bot.refusal import Refused
from bot.roster import Sheet
from db.models import name_key

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import House
    from bot.reporting import Reporter
    from bot.script import Found, Script
    from db.writing import Episode

NOBODY = 0
"""Guild, channel and member of an episode that no Discord server asked for."""

WHO = Who(NOBODY, NOBODY, NOBODY, "en-US", may_manage=True)
UNTITLED = "–"
"""What an episode is called until its script is taken in."""


async def take_in(
    house: House, script: Script, text: str, path: Path, report: Reporter
) -> tuple[Episode, dict[str, str]]:
    """Let the rows be what the script says, and print what the guards say of it.

    Args:
        house: where the rows are; what an earlier run wrote is changed.
        script: what was parsed from `text`, the file at `path`.
        text: see there.
        path: see there.
        report: prints.

    Returns:
        The episode, and file and line of each shot by its label.

    Raises:
        ScriptError: a character, a picture or a shot is refused; each with its line. No row of the episode is changed.
    """
    found = [one for index in range(len(script.characters)) if (one := await _objection(house, script, index, report))]
    if found:
        raise scripts.ScriptError(str(path), scripts.located(text, found))
    known = await house.writing.visible_to(WHO)
    number = known[0].number if known else (await house.writing.new(WHO, UNTITLED)).episode.number
    # The version is a server's; a quality that is not named is the configuration's, not that of an earlier run.
    quality = script.quality or house.config.defaults.quality
    script = script.model_copy(update={"version": None, "quality": quality})
    changed = await house.writing.adopt(WHO, number, script, text, str(path))
    places = _lines_of(changed.episode, text, path)
    for note in changed.notes:
        report.findings(note, places[note.label])
    return changed.episode, places


async def _objection(house: House, script: Script, index: int, report: Reporter) -> Found | None:
    """Add a character, or change the one that an earlier run added; returns what is wrong with it."""
    character = script.characters[index]
    place = ("characters", index)
    try:
        sheet = Sheet(
            name=character.name,
            description=character.description,
            outfit=character.outfit,
            sharing=character.sharing,
            picture=await asyncio.to_thread(character.picture.read_bytes),
        )
        known = {name_key(one.name) for one in await house.roster.visible_to(NOBODY, NOBODY)}
        if name_key(character.name) in known:
            kept = await house.roster.edit(NOBODY, character.name, NOBODY, sheet, may_manage=True)
        else:
            kept = await house.roster.add(NOBODY, WHO.locale, NOBODY, sheet)
    except OSError as error:
        return (*place, "picture"), "script-unreadable", {"reason": error.strerror or str(error)}
    except PictureRefused as refused:
        return (*place, "picture"), refused.key, refused.arguments
    except Refused as refused:
        return place, refused.key, refused.arguments
    for warning in kept.warnings:
        report.warning(character.name, warning)
    return None


def _lines_of(episode: Episode, text: str, path: Path) -> dict[str, str]:
    found: list[Found] = [
        (("scenes", number, "shots", place, "words"), "", {})
        for number, scene in enumerate(episode.scenes)
        for place, _ in enumerate(scene.shots)
    ]
    problems = scripts.located(text, found)
    return {
        label: f"{path}:{problem.line}" if problem.line else str(path)
        for (label, _, _), problem in zip(episode.numbered(), problems, strict=True)
    }
