"""Making a film small enough to be posted: two passes at a lower bit rate, or several parts."""

from __future__ import annotations

import asyncio
import math
import tempfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
import ffmpeg
from av.error import FFmpegError

from bot.cutting import tracks
from bot.cutting.place import discard, writing_into
from bot.cutting.plan import FPS
from bot.cutting.process import CannotFitError, CutError, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIO_BITRATE = 96_000
MIN_VIDEO_BITRATE = 80_000
SHARES = (0.95, 0.88, 0.8)
"""Parts of the limit that are aimed at, one after the other: two-pass x264 lands near its target, not under it."""

BITS_A_PIXEL = 0.035
"""Below this x264 smears at any preset: a smaller picture looks better than a starved one."""

SMALLEST = 0.5
"""The quality floor of a film: under half its width and height it is split instead."""


@dataclass(frozen=True)
class Part:
    """A film, or one of the parts that it was split into: the file, and its frames in the film."""

    path: Path
    first: int
    end: int


@dataclass(frozen=True)
class _Clip:
    """A clip, or the part of it from frame `first` to before `end`."""

    path: Path
    frames: int
    first: int
    end: int
    width: int
    height: int
    sound: bool


async def fit(clip: Path, limit: int, *, ffmpeg_program: str = "") -> Path:
    """Re-encode `clip` in two passes to at most `limit` bytes; returns a new file beside it.

    H.264 yuv420p + AAC, faststart; text tracks as its SRT files say. The picture is made smaller where the bit rate
    would starve it.

    Raises:
        CannotFitError: even the last try was over the limit.
        CutError: ffmpeg failed.
        PlaceError: the new file cannot be written.
    """
    measured = await asyncio.to_thread(_measure, clip)
    output = clip.with_name(f"{clip.stem}-fit.mp4")
    return await _fit(measured, output, limit, ffmpeg_program)


async def fit_episode(
    film: Path,
    limit: int,
    boundaries: Sequence[int],
    *,
    smallest: float = SMALLEST,
    split: bool = True,
    ffmpeg_program: str = "",
) -> tuple[Part, ...]:
    """Make a film fit: as it is, encoded smaller, or in numbered parts that each fit.

    It is split where one file would need a picture of less than `smallest` times its width and height; then into as
    few parts as keep above that, as even as the shots allow. A single shot that is too long for it goes below.

    Args:
        film: the mp4; it stays.
        limit: bytes that a file may have.
        boundaries: frames at which it may be split (`Finished.boundaries`).
        smallest: the floor, as a share of the width.
        split: False: one file above the floor, or none.
        ffmpeg_program: empty takes the one that imageio-ffmpeg ships.

    Returns:
        The parts in order; `film` itself where it fits. New files lie beside it: `NAME-fit.mp4`, `NAME-1.mp4`, ….

    Raises:
        CannotFitError: a shot alone is too large, or it may not be split; no new file is left.
        CutError: ffmpeg failed.
        PlaceError: a new file cannot be written.
    """
    measured = await asyncio.to_thread(_measure, film)
    if (await asyncio.to_thread(film.stat)).st_size <= limit:
        return (Part(film, 0, measured.frames),)
    most = _most_frames(measured, limit, smallest)
    if not split and measured.frames > most:
        raise CannotFitError(f"{film.name} does not fit into {limit} bytes in one piece")
    spans = _split(measured, boundaries, most)
    parts: list[Part] = []
    try:
        for number, (first, end) in enumerate(spans, 1):
            name = f"{film.stem}-{number}.mp4" if len(spans) > 1 else f"{film.stem}-fit.mp4"
            part = replace(measured, first=first, end=end)
            path = await _fit(part, film.with_name(name), limit, ffmpeg_program)
            parts.append(Part(path, first, end))
    except BaseException:
        discard(part.path for part in parts)
        raise
    return tuple(parts)


def _most_frames(clip: _Clip, limit: int, smallest: float) -> float:
    """Return how many frames fit into `limit` bytes with a picture of `smallest` times the size."""
    picture = max(MIN_VIDEO_BITRATE, BITS_A_PIXEL * clip.width * clip.height * FPS * smallest**2)
    return limit * 8 * SHARES[0] / (picture + AUDIO_BITRATE) * FPS


def _split(clip: _Clip, boundaries: Sequence[int], most: float) -> list[tuple[int, int]]:
    """Return first and end frame of as few parts as are each at most `most` frames long, cut at `boundaries`."""
    places = sorted({boundary for boundary in boundaries if 0 < boundary < clip.frames})
    parts: list[tuple[int, int]] = [(0, clip.frames)]
    for count in range(max(1, math.ceil(clip.frames / most)), len(places) + 2):
        cuts = [0]
        for number in range(1, count):
            target = clip.frames * number / count
            # Each part needs a place of its own, so some at the end are kept for those to come.
            open_places = [place for place in places if place > cuts[-1]]
            cuts.append(min(open_places[: len(open_places) - (count - 1 - number)], key=lambda at: abs(at - target)))
        parts = list(pairwise([*cuts, clip.frames]))
        if all(end - first <= most for first, end in parts):
            break
    return parts


async def _fit(clip: _Clip, output: Path, limit: int, program: str) -> Path:
    seconds = (clip.end - clip.first) / FPS
    try:
        async with writing_into(output.parent):
            for share in SHARES:
                bitrate = int(limit * 8 * share / seconds) - AUDIO_BITRATE
                if bitrate < MIN_VIDEO_BITRATE:
                    break
                scale = min(1.0, math.sqrt(bitrate / (BITS_A_PIXEL * clip.width * clip.height * FPS)))
                # Even numbers: chroma is subsampled 2×2.
                size = (int(clip.width * scale) // 2 * 2, int(clip.height * scale) // 2 * 2)
                await _two_passes(clip, output, bitrate, size, program)
                await asyncio.to_thread(tracks.switch_off, output)
                if (await asyncio.to_thread(output.stat)).st_size <= limit:
                    return output
    except BaseException:
        discard([output])
        raise
    discard([output])
    raise CannotFitError(f"{clip.path.name} ({seconds:.1f} s) does not fit into {limit} bytes")


async def _two_passes(clip: _Clip, output: Path, bitrate: int, size: tuple[int, int], program: str) -> None:
    first, end = clip.first, clip.end
    with tempfile.TemporaryDirectory(prefix="twohander-") as name:
        scratch = Path(name)
        source = ffmpeg.input(str(clip.path))
        picture = source.video
        sound = source.audio if clip.sound else None
        if (first, end) != (0, clip.frames):
            picture = picture.filter("trim", start_frame=first, end_frame=end).filter("setpts", "PTS-STARTPTS")
            if sound:
                sound = sound.filter("atrim", start=first / FPS, end=end / FPS).filter("asetpts", "PTS-STARTPTS")
        picture = picture.filter("scale", *size, flags="lanczos")
        common = {
            "vcodec": "libx264",
            "video_bitrate": bitrate,
            "maxrate": bitrate * 2,
            "bufsize": bitrate * 2,
            "pix_fmt": "yuv420p",
            "preset": "medium",
            "passlogfile": str(scratch / "pass"),
        }
        analysed = ffmpeg.output(picture, "-", format="null", **{"pass": 1}, **common)
        srt = await asyncio.to_thread(tracks.excerpts, clip.path, first, end, FPS, scratch)
        texts = [ffmpeg.input(str(path))["s"] for path in srt.values()]
        streams = [picture, sound, *texts] if sound else [picture, *texts]
        encoded = ffmpeg.output(
            *streams,
            str(output),
            acodec="aac",
            audio_bitrate=AUDIO_BITRATE,
            movflags="+faststart",
            **{"pass": 2},
            **common,
            **tracks.options(list(srt)),
        )
        async with writing_into(scratch):
            for stream in (analysed, encoded):
                await run_ffmpeg(stream.overwrite_output().get_args(), ffmpeg=program)


def _measure(path: Path) -> _Clip:
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            context = video.codec_context
            return _Clip(
                path, video.frames, 0, video.frames, context.width, context.height, bool(container.streams.audio)
            )
    except (FFmpegError, IndexError) as error:
        raise CutError(f"{path.name} cannot be read: {error}") from error
