"""The page's media folder: what the channel held, as files, with a still of each clip."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "media"
POSTER_AT = 0.45
"""The part of a clip at which its still is taken: the camera is on its way then."""

POSTER_SIZE = (960, 540)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip on the page: addresses relative to it, and the picture's size in pixels."""

    address: str
    poster: str
    width: int
    height: int
    bytes: int


class Media:
    """Writes files below `out/media` and returns their addresses."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, data: bytes) -> str:
        """Write a file and return its address."""
        (self._folder / name).write_bytes(data)
        return f"{FOLDER}/{name}"

    def clip(self, name: str, data: bytes) -> Clip:
        """Write a clip and a still of it."""
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            # Key frames are seconds apart, so the frame itself is looked for by decoding from the start.
            wanted = int(stream.frames * POSTER_AT)
            still = next(frame for index, frame in enumerate(container.decode(stream)) if index >= wanted)
            picture = Image.fromarray(still.to_ndarray(format="rgb24"))
        width, height = picture.size
        picture.thumbnail(POSTER_SIZE)
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=82, method=4)
        poster = self.keep(f"{name.rpartition('.')[0]}.webp", encoded.getvalue())
        return Clip(self.keep(name, data), poster, width, height, len(data))
