"""The page's media folder: what Discord held, as files, with a still of each clip."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePath
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
    """A clip on the page: addresses relative to it, the picture's size in pixels, and the length in seconds."""

    address: str
    poster: str
    width: int
    height: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the page: its address relative to it, and its size in pixels."""

    address: str
    width: int
    height: int


class Media:
    """Writes files below `out/media` and returns their addresses."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._kept: dict[str, bytes] = {}

    def keep(self, name: str, data: bytes) -> str:
        """Write a file and return its address; of another file of that name, a copy with a number is made."""
        path, number = PurePath(name), 1
        while self._kept.setdefault(name, data) != data:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        (self._folder / name).write_bytes(data)
        return f"{FOLDER}/{name}"

    def picture(self, name: str, data: bytes) -> Picture:
        """Write a picture."""
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        return Picture(self.keep(name, data), width, height)

    def clip(self, name: str, data: bytes, *, still_s: float | None = None) -> Clip:
        """Write a clip and a still of it, `still_s` seconds from its start or where `POSTER_AT` says."""
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or 1)
            # Key frames are seconds apart, so the frame itself is looked for by decoding from the start.
            wanted = int(stream.frames * POSTER_AT) if still_s is None else int(still_s * rate)
            still = next(frame for index, frame in enumerate(container.decode(stream)) if index >= wanted)
            seconds = stream.frames / rate
            picture = Image.fromarray(still.to_ndarray(format="rgb24"))
        width, height = picture.size
        picture.thumbnail(POSTER_SIZE)
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=82, method=4)
        poster = self.keep(f"{name.rpartition('.')[0]}.webp", encoded.getvalue())
        return Clip(self.keep(name, data), poster, width, height, len(data), seconds)
