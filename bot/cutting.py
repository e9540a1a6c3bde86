"""ffmpeg work on finished clips. Filters never hold a member's words: those go through files."""

from __future__ import annotations

import asyncio
import math
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import ffmpeg
import imageio_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIO_BITRATE = 96_000
MIN_VIDEO_BITRATE = 80_000
SHARES = (0.95, 0.88, 0.8)
"""Parts of the limit that are aimed at, one after the other: two-pass x264 lands near its target, not under it."""

BITS_A_PIXEL = 0.035
"""Below this x264 smears at any preset: a smaller picture looks better than a starved one."""


class CutError(Exception):
    """ffmpeg did not do what it was asked. The message ends with what it printed last; for the log."""


class CannotFitError(CutError):
    """The clip cannot be made that small."""


async def fit(clip: Path, limit: int) -> Path:
    """Re-encode `clip` in two passes to at most `limit` bytes; returns a new file beside it.

    H.264 yuv420p + AAC, faststart. The picture is made smaller where the bit rate would starve it.

    Raises:
        CannotFitError: even the last try was over the limit.
        CutError: ffmpeg failed.
    """
    seconds, width, height = await asyncio.to_thread(_measure, clip)
    output = clip.with_name(f"{clip.stem}-fit.mp4")
    for share in SHARES:
        bitrate = int(limit * 8 * share / seconds) - AUDIO_BITRATE
        if bitrate < MIN_VIDEO_BITRATE:
            break
        scale = min(1.0, math.sqrt(bitrate / (BITS_A_PIXEL * width * height * 24)))
        # Even numbers: chroma is subsampled 2×2.
        await _two_passes(clip, output, bitrate, (int(width * scale) // 2 * 2, int(height * scale) // 2 * 2))
        if (await asyncio.to_thread(output.stat)).st_size <= limit:
            return output
    await asyncio.to_thread(output.unlink, missing_ok=True)
    raise CannotFitError(f"{clip.name} ({seconds:.1f} s) does not fit into {limit} bytes")


async def _two_passes(clip: Path, output: Path, bitrate: int, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory(prefix="twohander-") as scratch:
        source = ffmpeg.input(str(clip))
        picture = source.video.filter("scale", *size, flags="lanczos")
        common = {
            "vcodec": "libx264",
            "video_bitrate": bitrate,
            "maxrate": bitrate * 2,
            "bufsize": bitrate * 2,
            "pix_fmt": "yuv420p",
            "preset": "medium",
            "passlogfile": str(Path(scratch) / "pass"),
        }
        first = ffmpeg.output(picture, "-", format="null", **{"pass": 1}, **common)
        second = ffmpeg.output(
            picture,
            source.audio,
            str(output),
            acodec="aac",
            audio_bitrate=AUDIO_BITRATE,
            movflags="+faststart",
            **{"pass": 2},
            **common,
        )
        for stream in (first, second):
            await run_ffmpeg(stream.overwrite_output().get_args())


async def run_ffmpeg(arguments: Sequence[str]) -> None:
    """Run the ffmpeg that imageio-ffmpeg ships; killed if the awaiting task is cancelled.

    Raises:
        CutError: it ended with an error.
    """
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-nostdin", "-hide_banner", "-loglevel", "error", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, printed = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise CutError(f"ffmpeg ended with {process.returncode}: {printed.decode(errors='replace')[-2000:]}")


def _measure(clip: Path) -> tuple[float, int, int]:
    """Return seconds, width and height of the picture."""
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        seconds = float(Fraction(video.duration or 0) * (video.time_base or 0))
        return seconds, video.codec_context.width, video.codec_context.height
