"""Films for which no channel has room: copied into a folder that the operator's web server publishes.

The name is all that keeps a film from others, so it is chosen by chance and kept in a row before the file is there: a
restart goes on under the same name, and every file in the folder that is ours is known.
"""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cutting.process import in_thread
from db import links

if TYPE_CHECKING:
    from threading import Event

    from bot.config import Link
    from db.connection import Database

BLOCK = 1 << 20
READABLE = 0o644
"""The web server is another user."""


class Publisher:
    """Publishes films.

    Args:
        database: where their names are.
        link: the folder, and its address.
    """

    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link
        self._folder = Path(link.folder).absolute()

    async def publish(self, film: Path, cut_id: int) -> str:
        """Copy a cut's film into the folder and return its address; again, it takes the place of the one that is there.

        Raises:
            OSError: the folder cannot be written to.
            DiskUnusable: nor can the database, and nobody waits.
        """
        link = await self._database.record(lambda writer: links.of_cut(writer, cut_id, str(self._folder)))
        await in_thread(partial(_copy, film, self._folder / link.name))
        return self._link.address(link.name)


def unpublish(link: links.Link) -> None:
    """Delete a film from the folder in which it was published, also one that was not finished. Blocking.

    Raises:
        OSError: it cannot be deleted, or the folder is not there.
    """
    path = Path(link.folder) / link.name
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the folder is not there", link.folder)
    for file in (path, _part_of(path)):
        file.unlink(missing_ok=True)


def _copy(film: Path, path: Path, stop: Event) -> None:
    """Write beside, sync, rename: whoever asks for the name gets a whole film, also after a power cut."""
    part = _part_of(path)
    try:
        with film.open("rb") as source, part.open("wb") as target:
            while not stop.is_set() and (block := source.read(BLOCK)):
                target.write(block)
            target.flush()
            os.fchmod(target.fileno(), READABLE)
            os.fsync(target.fileno())
        if not stop.is_set():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
