"""Is there a CUDA device? Asked before an engine is chosen; torch is imported only when asked."""

from __future__ import annotations

import importlib


def cuda() -> tuple[str, int] | None:
    """Return name and total memory in bytes of the first CUDA device; None without one, or without torch."""
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError):
        return None
    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return properties.name, properties.total_memory
