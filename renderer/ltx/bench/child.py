"""`python -m renderer.ltx.bench.child`: `python -m renderer`, where shots of one seed show footage.

Imports what `renderer` does and no more until the engine is built, so that READY takes as long as the bot waits for it.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from unittest import mock

from renderer import selection
from renderer.__main__ import main

if TYPE_CHECKING:
    from renderer.engine import Engine
    from renderer.protocol import Settings


def run() -> int:
    """Serve as `renderer.__main__.main` does; return the exit code."""
    build = selection.build
    with ExitStack() as stack:

        def build_and_show(settings: Settings) -> Engine:
            engine = build(settings)
            from renderer.ltx.bench import footage  # noqa: PLC0415 - imports torch: see above

            stack.enter_context(footage.shown())
            return engine

        stack.enter_context(mock.patch.object(selection, "build", build_and_show))
        return main()


if __name__ == "__main__":
    sys.exit(run())
