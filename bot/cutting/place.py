"""Is it the place that does not let a film be made? Asked of the place: ffmpeg has many words for it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot.cutting.process import CutError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from pathlib import Path

PART = ".part"
"""How the name of a file ends that is half written; the renderer's clips have it, too."""

ROOM = 4 << 20
"""Bytes that a folder must take, else it is full: less than a film needs, more than its scratch files give back."""


class PlaceError(OSError):
    """Nothing can be written into a folder: its disk is full, over a quota, locked or away. With that, all is well."""


@asynccontextmanager
async def writing_into(*folders: Path) -> AsyncGenerator[None]:
    """Where the block fails, find out whether that is because nothing can be written into one of `folders`.

    What is half written must still lie there when the block ends: it may be what filled the disk.

    Raises:
        PlaceError: nothing can; caused by what the block raised.
    """
    try:
        yield
    except PlaceError:  # of a folder within
        raise
    except (CutError, OSError) as error:
        for folder in folders:
            fault = await asyncio.to_thread(_tried, folder)
            if fault is not None:
                raise PlaceError(fault.errno, fault.strerror, str(folder)) from error
        raise


def discard(paths: Iterable[Path]) -> None:
    """Delete what is half written, as far as the place lets it; it has no name that anybody looks for."""
    with suppress(OSError):
        for path in paths:
            path.unlink(missing_ok=True)


def _tried(folder: Path) -> OSError | None:
    """Return what is in the way of writing into a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(os.urandom(ROOM))  # what can be compressed would need no room on some disks
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None
