"""docs/scripts.md, held against the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import script
from bot.script.schema import (
    MAX_CROSSFADE,
    MAX_LINE,
    MAX_LINES,
    MAX_PHRASE,
    MAX_SCAFFOLDING,
    MAX_SHOTS,
    MAX_TITLE,
    MAX_WORDS,
    TABLES,
)

DOC = (Path(__file__).parents[2] / "docs" / "scripts.md").read_text("utf-8")
HEADINGS = {
    "The episode": "",
    "`[[characters]]`": "characters",
    "`[[scenes]]`": "scenes",
    "`[[scenes.shots]]`": "shots",
    "`[[scenes.shots.lines]]`": "lines",
}


@pytest.mark.parametrize("heading", HEADINGS)
def test_each_key_is_described_in_order(heading: str) -> None:
    section = DOC.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(TABLES[HEADINGS[heading]].model_fields)


def test_the_limits_are_the_schemas() -> None:
    for limit in (MAX_TITLE, MAX_PHRASE, MAX_SCAFFOLDING, MAX_WORDS, MAX_LINE):
        assert f"at most {limit} characters" in DOC
    assert f"0 to {MAX_CROSSFADE} frames" in DOC
    assert f"at most {MAX_LINES} lines a shot" in DOC
    assert f"{script.MAX_BYTES // 1000} kB and {MAX_SHOTS} shots" in DOC


def test_the_example_is_a_script() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
    assert script.parse(example).shots[0].lines[0].speaker == "沈月华"
