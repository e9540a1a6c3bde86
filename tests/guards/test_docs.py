"""The examples of docs/prompts.md are what the guards do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.guards import Draft, review

DOCS = Path(__file__).parents[2] / "docs" / "prompts.md"
EXAMPLES = (
    re.findall(r"^```guard\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL) if DOCS.exists() else []
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example: str) -> None:
    lines = [line.partition(": ") for line in example.strip().splitlines()]
    report = review(Draft(next(value for key, _, value in lines if key == "text")))
    cues = [f"{cue.speaker or '?'} — {cue.text}" for cue in report.cues]
    for key, _, value in lines:
        if key == "prompt":
            assert report.prompt == value
        elif key == "pin":
            assert report.pin_strength == float(value)
        elif key in {"warning", "refused", "note"}:
            assert value in {finding.reason for finding in report.findings if finding.level == key}
    assert [value for key, _, value in lines if key == "cue"] == cues


def test_every_rule_has_examples() -> None:
    assert len(EXAMPLES) >= 20
