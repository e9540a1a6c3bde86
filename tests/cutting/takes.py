"""Takes whose frames say which they are: written by the renderer's own writer, read back from a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import numpy as np
import pysubs2
from av.stream import Disposition

from renderer.encode import ClipWriter
from renderer.geometry import Geometry
from renderer.protocol import Encoding

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 256, 144
BITS = 16  # a shot's number in six bits, a frame's in ten, as white and black blocks along the top
BLOCK = WIDTH // BITS
SAMPLES = 2000


def tone(frames: int, hertz: float = 220.0, level: float = 0.2) -> NDArray[np.float32]:
    """Return a sine over so many frames, the same in both ears."""
    time = np.arange(frames * SAMPLES) / 48_000
    return np.tile((level * np.sin(2 * np.pi * hertz * time)).astype(np.float32), (2, 1))


def write_take(
    path: Path,
    shot: int,
    frames: int,
    *,
    sound: NDArray[np.float32] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    colour: int = 90,
    crf: int = 18,
) -> Path:
    """Write a take of shot `shot`: its frames' numbers along the top, a moving gradient beneath."""
    width, height = size
    ramp = np.linspace(-20, 20, width)
    with ClipWriter(path, Geometry(*size, *size, 0, 0), frames, encoding=Encoding(crf=crf)) as writer:
        for number in range(frames):
            picture = np.empty((height, width, 3), np.uint8)
            picture[:] = (colour + np.roll(ramp, 3 * number))[None, :, None]
            code = shot << 10 | number
            for bit in range(BITS):
                edge = width // BITS
                picture[:32, bit * edge : (bit + 1) * edge] = 235 if code >> bit & 1 else 16
            writer.write_rgb(picture)
        if sound is not None:
            writer.write_sound(sound, 48_000)
    return path


@dataclass(frozen=True)
class Film:
    """A film as a player decodes it: grey frames `(n, h, w)`, and sound `(2, m)`."""

    frames: NDArray[np.uint8]
    sound: NDArray[np.float32]

    @property
    def codes(self) -> list[tuple[int, int]]:
        """Which shot's which frame each frame is."""
        middle = BLOCK // 2 + BLOCK * np.arange(BITS)
        blocks = self.frames[:, 8:24, :][:, :, middle].mean(axis=1) > 128
        numbers = blocks @ (1 << np.arange(BITS))
        return [(int(number) >> 10, int(number) & 1023) for number in numbers]


def read_film(path: Path) -> Film:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        sound = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return Film(np.stack(frames).astype(np.uint8), np.concatenate(sound, axis=1).astype(np.float32))


def durations(path: Path) -> tuple[float, float]:
    """Return what the file says of the length of picture and sound, in seconds."""
    with av.open(str(path)) as container:
        video, audio = (
            float((s.duration or 0) * (s.time_base or 0))
            for s in (container.streams.video[0], container.streams.audio[0])
        )
        return video, audio


def packets(path: Path) -> list[bytes]:
    """Return the picture's packets as they lie in the file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


def read_tracks(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Return the text tracks of a film by language: each caption's milliseconds and text. None may be switched on."""
    tracks: dict[str, list[tuple[int, int, str]]] = {}
    with av.open(str(path)) as container:
        for stream in container.streams.get(subtitles=tuple(range(len(container.streams.subtitles)))):
            assert not stream.disposition & Disposition.default
            tracks[str(stream.language)] = []
        for packet in container.demux(container.streams.subtitles):
            data = bytes(packet)
            if len(data) > 2:  # an empty one is a pause
                assert packet.pts is not None
                begin, end = (
                    round(time * packet.time_base * 1000) for time in (packet.pts, packet.pts + (packet.duration or 0))
                )
                length = int.from_bytes(data[:2])
                tracks[str(packet.stream.language)].append((begin, end, data[2 : 2 + length].decode()))
    return tracks


def read_srt(path: Path) -> list[tuple[int, int, str]]:
    """Return the captions of an SRT file as `read_tracks` does."""
    return [(event.start, event.end, event.plaintext) for event in pysubs2.load(str(path))]
