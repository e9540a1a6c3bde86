"""Pictures on disk, named by what they hold."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol


class Stored(Protocol):
    """Anything with bytes of a PNG: a reference or a composite."""

    @property
    def data(self) -> bytes:
        """The PNG file."""
        ...


def store(picture: Stored, directory: Path) -> Path:
    """Keep `picture` in `directory` as `SHA256.png` and return its path.

    Written beside it, synced and renamed, so that a file under such a name is always whole; storing it again changes
    nothing. Blocking.

    Raises:
        OSError: the directory cannot be written to.
    """
    path = directory / f"{hashlib.sha256(picture.data).hexdigest()}.png"
    if path.is_file() and path.stat().st_size == len(picture.data):
        return path
    directory.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=directory)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(picture.data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, survives a power cut
    finally:
        os.close(folder)
    return path
