"""Rules 2 and 3 on the characters' stored looks, which stand in the prompt of each of their shots."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.guards.dark_clothes import dark_clothes
from bot.guards.detaching import detaching_objects
from bot.guards.reading import Passage
from bot.guards.scaffolding import Placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.guards.dark_words_en import Dark
    from bot.guards.model import Finding

_REASONS = {"guard-dark-garment": "guard-dark-look", "guard-detaching": "guard-detaching-look"}


def repaired_looks(placed: Iterable[Placed], keep: frozenset[str]) -> tuple[list[Placed], list[Dark], list[Finding]]:
    """Return the characters with their looks repaired, the dark garments that they wear, and what was found.

    Rule: what the text says of clothes and of objects that come off holds for a look as well: the model reads both
    (MODEL_FACTS, prompt craft 1 and 3). A look is no shot, so it cannot be split; `keep` has the overridden rules.

    The findings' span is (0, 0), as nothing of it stands in the member's text; they say whose look it is.
    """
    repaired: list[Placed] = []
    worn: list[Dark] = []
    findings: list[Finding] = []
    for item in placed:
        look = Passage(item.look.look)
        found: list[Finding] = []
        if "detaching_objects" not in keep:
            look, found, _ = detaching_objects(look)
        if "dark_clothes" not in keep:
            look, darks, insisted = dark_clothes(look)
            worn += darks
            found += insisted
        repaired.append(Placed(replace(item.look, look=look.text), item.place))
        findings += [_of(finding, item.look.name) for finding in found]
    return repaired, worn, findings


def _of(finding: Finding, name: str) -> Finding:
    """Return `finding` as one in the look of the character `name`."""
    args = (*finding.args, ("name", name))
    return replace(finding, span=(0, 0), reason=_REASONS[finding.reason], args=args, options=())
