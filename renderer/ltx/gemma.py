"""The text encoder's sizes, which ltx_core keeps in a module-level table.

ltx_core ignores the sizes in a Gemma folder: it builds from `GEMMA3_CONFIG_FOR_LTX`. A synthetic set (`synthetic.py`)
has a small text encoder and says so in `twohander-synthetic.json` beside the weights, which holds the entries of that
table that differ. Google's own folder has no such file, and the table then stays as it is.
"""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from renderer.ltx.library import GEMMA3_CONFIG_FOR_LTX

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SIZES_FILE = "twohander-synthetic.json"


@contextmanager
def sizes_of(folder: Path) -> Generator[None]:
    """While this context is open, ltx_core builds text encoders in the sizes that `folder` calls for.

    The table is read only while the text encoder and the embeddings processor are built; it is put back afterwards.

    Raises:
        ValueError: the file names an entry that the table does not have.
    """
    file = folder / SIZES_FILE
    if not file.exists():
        yield
        return
    before = copy.deepcopy(GEMMA3_CONFIG_FOR_LTX.__dict__)
    try:
        _update(GEMMA3_CONFIG_FOR_LTX, json.loads(file.read_text(encoding="utf-8")), str(file))
        yield
    finally:
        GEMMA3_CONFIG_FOR_LTX.__dict__.update(before)


def _update(table: object, entries: dict[str, Any], where: str) -> None:
    """Set `entries` on the dataclass `table`, nested ones on the dataclasses that it holds."""
    for name, value in entries.items():
        if not hasattr(table, name):
            raise ValueError(f"{where}: Gemma's table has no entry {name!r}")
        inner = getattr(table, name)
        if is_dataclass(inner):
            _update(inner, value, where)
        else:
            setattr(table, name, value)
