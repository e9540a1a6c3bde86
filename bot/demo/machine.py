"""What this machine is, in a few words, for the page."""

from __future__ import annotations

import os
import platform
from pathlib import Path

GIB = 1024**3


def processor() -> str:
    """Return processor and cores that this process may use: `AMD EPYC 7B13, 2 cores`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{_model()}, {cores} {'core' if cores == 1 else 'cores'}"


def memory() -> str:
    """Return the machine's memory, or nothing where the system does not say."""
    try:
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / GIB:.0f} GiB"
    except (ValueError, OSError):
        return ""


def system() -> str:
    """Return operating system and Python version."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = f"{platform.system()} {platform.release()}"
    return f"{name}, Python {platform.python_version()}"


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
