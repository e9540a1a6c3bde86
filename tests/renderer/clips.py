"""Reading a finished clip back, frame by frame and sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from renderer.protocol import FPS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Clip:
    """What a player sees and hears: RGB frames `(n, h, w, 3)`, sound `(2, m)`, and what the file says of itself."""

    frames: NDArray[np.uint8]
    sound: NDArray[np.float32]
    video_codec: str
    audio_codec: str
    pix_fmt: str
    rate: float
    sample_rate: int
    colours: tuple[int, int, int, int]
    durations: tuple[float, float]
    streams: str

    @property
    def seconds_apart(self) -> float:
        """How far apart picture and sound end, counted in what was decoded."""
        return abs(len(self.frames) / FPS - self.sound.shape[1] / self.sample_rate)


def read_clip(path: Path | str) -> Clip:
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        facts: dict[str, Any] = {
            "video_codec": context.name,
            "audio_codec": audio.codec_context.name,
            "pix_fmt": context.pix_fmt,
            "rate": float(video.average_rate or 0),
            "sample_rate": audio.codec_context.sample_rate,
            "colours": (context.color_primaries, context.color_trc, context.colorspace, context.color_range),
            "durations": tuple(float((s.duration or 0) * (s.time_base or 0)) for s in (video, audio)),
        }
        frames: list[NDArray[Any]] = []
        sound: list[NDArray[Any]] = []
        order = ""
        for packet in container.demux(video, audio):
            order += packet.stream.type[0] if packet.size else ""
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    frames.append(frame.to_ndarray(format="rgb24"))
                else:
                    assert isinstance(frame, av.AudioFrame)
                    sound.append(frame.to_ndarray())
    return Clip(np.stack(frames), np.concatenate(sound, axis=1), streams=order, **facts)


def boxes(path: Path) -> list[str]:
    """Return the names of an mp4's top-level boxes, in the file's order."""
    data, at, names = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        names.append(data[at + 4 : at + 8].decode("ascii"))
        at += size if size > 1 else int.from_bytes(data[at + 8 : at + 16])
    return names
