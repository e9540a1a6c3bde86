"""The look at each finished take before anybody is shown it, and what follows from it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from bot import inspection

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

Fault = Literal["black", "frozen", "silent", "smeared"]


@dataclass(frozen=True, slots=True)
class Look:
    """What was found.

    Attributes:
        faults: why the take should be rendered again; empty where it is sound.
        trim: frames to leave away at its end in a cut.
    """

    faults: tuple[Fault, ...] = ()
    trim: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as `jobs.inspection` keeps it."""
        return {"faults": list(self.faults), "trim": self.trim}


class Looking(Protocol):
    """Looks at a finished clip of an engine."""

    async def __call__(self, clip: Path, engine: str, /) -> Look:
        """Return what was found."""
        ...


async def unseen(clip: Path, engine: str, /) -> Look:
    """Take every clip for sound."""
    del clip, engine
    return Look()


async def look(clip: Path, engine: str, /) -> Look:
    """Look at a clip of `engine`; one that cannot be looked at is taken for sound.

    The animatic draws, in silence, what may stand still: of its takes only blackness is a fault.
    """
    model = engine == "ltx"
    try:
        found = await asyncio.to_thread(inspection.inspect, clip, expects_sound=model, expects_motion=model)
    except inspection.InspectionError as error:
        log.warning("a take was not looked at: %s", error)
        return Look()
    if not found.broken:
        return Look(trim=found.trim if model else 0)
    smeared = found.smeared > found.trim
    known: dict[Fault, bool] = {
        "black": found.black,
        "frozen": found.frozen,
        "silent": found.silent,
        "smeared": smeared and model,
    }
    return Look(tuple(fault for fault, there in known.items() if there), found.trim if model else 0)
