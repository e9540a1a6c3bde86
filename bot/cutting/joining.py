"""Pieces of H.264 with equal parameter sets → one stream, packet by packet, nothing decoded."""

# PyAV's stubs leave the type parameter of Packet open, which makes every packet "partially unknown":
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from bot.cutting.plan import FPS
from bot.cutting.process import CutError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from threading import Event

    from av.video.stream import VideoStream

_FRAME = Fraction(1, FPS)


def join(pieces: Sequence[Path], output: Path, stop: Event) -> int:
    """Write the pictures of `pieces` one after the other into an mp4 without sound.

    Every packet gets its time from a count of frames, so that nothing adds up however many pieces there are.

    Args:
        pieces: clips at `FPS` that begin at 0 with a keyframe; their parameter sets are equal.
        output: the mp4.
        stop: ends the work between pieces when set; the file is then short.

    Returns:
        The frames written.

    Raises:
        CutError: a piece cannot be read or has other parameter sets, or the output cannot be written.
    """
    try:
        # B-frames are stored after frames that are shown later: decoding runs ahead by so many frames.
        ahead = max(_ahead(piece) for piece in set(pieces))
        with av.open(str(output), "w", format="mp4") as film:
            stream: VideoStream | None = None
            frames = 0
            for piece in pieces:
                if stop.is_set():
                    break
                with av.open(str(piece)) as container:
                    source = container.streams.video[0]
                    stream = stream or film.add_stream_from_template(source)
                    if source.codec_context.extradata != stream.codec_context.extradata:
                        raise CutError(f"{piece.name} has other parameter sets than what it should join on to")
                    first = frames
                    for packet in container.demux(source):
                        if not packet.size:  # the demuxer's last word
                            continue
                        shown = round(Fraction(packet.pts or 0) * packet.time_base / _FRAME)
                        packet.time_base = _FRAME
                        packet.pts, packet.dts, packet.duration = first + shown, frames - ahead, 1
                        packet.stream = stream
                        film.mux(packet)
                        frames += 1
    except FFmpegError as error:
        raise CutError(f"the pieces could not be joined: {error}") from error
    return frames


def _ahead(piece: Path) -> int:
    with av.open(str(piece)) as container:
        packet = next(container.demux(container.streams.video[0]))
        return max(0, round(Fraction(-(packet.dts or 0)) * packet.time_base / _FRAME))
