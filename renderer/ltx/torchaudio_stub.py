"""Let `ltx_core` be imported where torchaudio cannot be.

On a CPU-only torch the Linux wheel of torchaudio fails to import: it links libcudart and libc10_cuda. `ltx_core` 1.0
imports it at module level, but calls it only in the audio *encoder*, which this project never runs. So, only where the
real import fails, an empty stand-in takes its place; any use of it raises ImportError with the original reason.

Importing this module does it.
"""

from __future__ import annotations

import importlib
import logging
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

log = logging.getLogger(__name__)

NAMES = ("torchaudio", "torchaudio.transforms", "torchaudio.functional")


class Stub(ModuleType):
    """A module without contents, which says why when something is asked of it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, f"Stands in for {name}, which could not be imported: {reason}")
        # transformers looks for optional packages by their spec, and refuses a module without one.
        self.__spec__ = ModuleSpec(name, None)
        self._reason = reason

    def __getattr__(self, name: str) -> object:
        """Refuse `name`, except the dunder names that Python itself probes for.

        Raises:
            ImportError: always, for a public name.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(f"torchaudio.{name} is not available here: {self._reason}")


def install() -> bool:
    """Put the stub into `sys.modules` if torchaudio cannot be imported; return whether it was needed."""
    try:
        importlib.import_module("torchaudio")
    except (ImportError, OSError) as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        return False
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
        del sys.modules[name]  # a half-imported package is worse than none
    stubs = {name: Stub(name, reason) for name in NAMES}
    sys.modules.update(stubs)
    for name, stub in stubs.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(stubs[parent], child, stub)
    log.info("torchaudio cannot be imported (%s); a stub stands in: only ltx_core's audio encoder needs it", reason)
    return True


TORCHAUDIO_STUBBED = install()
"""Whether the stub stands in for torchaudio in this process."""
