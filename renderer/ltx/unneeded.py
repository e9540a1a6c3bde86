"""Keep transformers from importing what is installed, and never called by Gemma's text side.

It imports torchvision and scikit-learn wherever it finds them, which took 1.8 of 6.7 s on the machine where it was
measured. While they are hidden it does not find them; what is imported already stays.

Importing this module hides them, `show` ends it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import ModuleType

NAMES = ("torchvision", "sklearn", "flax", "jax")

_MODULES = cast("dict[str, ModuleType | None]", sys.modules)
"""In which None is Python's own sign for what is not to be imported."""


def show() -> None:
    """Let them be found again."""
    for name in NAMES:
        if name in _MODULES and _MODULES[name] is None:
            del _MODULES[name]


for _name in NAMES:
    _MODULES.setdefault(_name, None)
