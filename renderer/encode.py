"""Frames and sound → a trimmed H.264/AAC mp4, streamed through PyAV.

Frames go into the encoder one at a time and are copied once, into the frame that x264 reads. The tail of a clip is
trimmed by never encoding it. The file is written beside its name and takes the name only when it is whole and on disk.
"""

# PyAV's stubs leave the type parameter of Packet open, which makes every mux() and encode() "partially unknown":
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import av
import numpy as np
from av.codec.context import ThreadType
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from renderer.protocol import FPS, Encoding

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from renderer.geometry import Geometry

AUDIO_RATE = 48_000
"""Samples a second of the AAC track."""

_BT709 = 1  # the value for BT.709 in each of H.264's three colour tables (ITU-T H.273)
_LIMITED = 1  # AVCOL_RANGE_MPEG: luma 16–235, chroma 16–240
_KEYFRAME_EVERY = 2 * FPS  # a player seeks within two seconds
_MAX_THREADS = 16  # past this, x264's frame threads cost quality and memory and gain little at 704 rows


class ClipWriter:
    """Writes one clip; a context manager.

    Leaving the block without an exception finishes the file; leaving it with one removes what was written. Sound may
    come before, between or after the frames, in one piece or several; none at all gives silence.

    Attributes:
        frames: frames that the file will hold (rendered less trimmed).
        written: frames encoded so far.

    Example:
        >>> with ClipWriter(path, geometry, frames=121, trim=8) as writer:
        ...     for rgb in decoded:
        ...         writer.write_rgb(rgb)
        ...     writer.write_sound(samples, rate)
    """

    def __init__(
        self,
        path: str | Path,
        geometry: Geometry,
        frames: int,
        trim: int = 0,
        *,
        encoding: Encoding | None = None,
        fps: int = FPS,
    ) -> None:
        """Prepare a clip; nothing is opened yet.

        Args:
            path: where the finished clip goes.
            geometry: the size of the frames that come in (rendered) and of the clip (delivered).
            frames: frames that will be pushed.
            trim: how many of them, at the end, are not encoded.
            encoding: rate factor, preset and sound bit rate.
            fps: frames a second.

        Raises:
            ValueError: nothing would be left to encode.
        """
        if not 0 <= trim < frames:
            raise ValueError(f"cannot trim {trim} of {frames} frames")
        self.frames = frames - trim
        self.written = 0
        self._path = Path(path)
        self._part = self._path.with_name(self._path.name + ".part")
        self._geometry = geometry
        self._encoding = encoding or Encoding()
        self._fps = fps
        self._reformatter = VideoReformatter()
        self._sound_rate = AUDIO_RATE
        self._sound_written = 0
        self._container: OutputContainer
        self._video: VideoStream
        self._audio: AudioStream

    def __enter__(self) -> Self:
        """Open the part file and both encoders.

        Raises:
            OSError: the folder cannot be written to.
            av.error.FFmpegError: x264 refuses the settings (an unknown preset).
        """
        try:
            self._open()
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or remove it where the block raised.

        Raises:
            ValueError: fewer frames came than the clip has.
            OSError: the file could not be completed (a full disk); nothing is left behind.
        """
        try:
            if kind is None:
                self._finish()
        finally:
            # Closing an aborted container writes its index; that the index is poor or cannot be written is no matter.
            with suppress(FFmpegError):
                self._container.close()
            self._part.unlink(missing_ok=True)

    @property
    def complete(self) -> bool:
        """Whether every frame that the clip holds is encoded; whatever is still pushed is ignored."""
        return self.written >= self.frames

    def write_rgb(self, frame: NDArray[np.uint8]) -> None:
        """Encode one frame, sRGB, `(height, width, 3)` of the rendered size.

        Raises:
            ValueError: the frame has another shape or type.
        """
        if self.complete:
            return
        size = self._geometry
        if frame.dtype != np.uint8 or frame.shape != (size.render_height, size.render_width, 3):
            raise ValueError(f"expected uint8 {size.render_height}×{size.render_width}×3, got {_shape(frame)}")
        kept = frame[size.top : size.top + size.height, size.left : size.left + size.width]
        source = av.VideoFrame.from_ndarray(np.ascontiguousarray(kept), format="rgb24")
        self._encode(
            self._reformatter.reformat(
                source,
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            ),
        )

    def write_yuv(self, y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> None:
        """Encode one frame given as BT.709 limited-range 4:2:0 planes of the rendered size.

        Args:
            y: luma, `(height, width)`.
            u: blue difference, `(height / 2, width / 2)`.
            v: red difference, `(height / 2, width / 2)`.

        Raises:
            ValueError: a plane has another shape or type.
        """
        if self.complete:
            return
        size = self._geometry
        frame = av.VideoFrame(size.width, size.height, "yuv420p")
        for target, plane, step in zip(frame.planes, (y, u, v), (1, 2, 2), strict=True):
            expected = (size.render_height // step, size.render_width // step)
            if plane.dtype != np.uint8 or plane.shape != expected:
                raise ValueError(f"expected a uint8 plane of {expected[0]}×{expected[1]}, got {_shape(plane)}")
            top, left = size.top // step, size.left // step
            memory = cast("memoryview", target)  # a plane is a buffer, which PyAV's stub does not say
            rows = np.frombuffer(memory, np.uint8).reshape(target.height, target.line_size)
            rows[:, : target.width] = plane[top : top + target.height, left : left + target.width]
        self._encode(frame)

    def write_sound(self, samples: NDArray[np.float32], rate: int) -> None:
        """Encode sound and write it (see `encode_sound`)."""
        self.encode_sound(samples, rate)()

    def encode_sound(self, samples: NDArray[np.float32], rate: int) -> Callable[[], None]:
        """Encode sound that follows on what was encoded before; what lies past the last kept frame is dropped.

        What is returned writes it into the file. Encoding takes a tenth of a second, and is the one thing here that
        another thread may do while frames are written.

        Args:
            samples: `(2, n)`, left and right, −1 to 1. Values outside are clipped, and NaN is silence.
            rate: samples a second; the same in every call.

        Raises:
            ValueError: not stereo, or another rate than before.
        """
        if samples.ndim != 2 or samples.shape[0] != 2:  # noqa: PLR2004 - stereo
            raise ValueError(f"expected stereo samples of shape (2, n), got {_shape(samples)}")
        if self._sound_written and rate != self._sound_rate:
            raise ValueError(f"the sound's rate changed from {self._sound_rate} to {rate}")
        self._sound_rate = rate
        kept = samples[:, : self._sound_length - self._sound_written]
        if not kept.size:
            return lambda: None
        clean = np.clip(np.nan_to_num(kept.astype(np.float32)), -1.0, 1.0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(clean), format="fltp", layout="stereo")
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = self._sound_written
        self._sound_written += kept.shape[1]
        # The stream resamples to its own rate and cuts AAC's 1024-sample frames itself.
        packets = cast("list[Packet[AudioStream]]", self._audio.encode(frame))
        return lambda: self._container.mux(packets)

    @property
    def _sound_length(self) -> int:
        """Samples, at the rate that they come in, until the end of the last kept frame."""
        return round(Fraction(self.frames * self._sound_rate, self._fps))

    def _open(self) -> None:
        # max_interleave_delta 0: packets of one stream wait (encoded, so small) for the other's, however late it comes.
        self._container = av.open(
            str(self._part),
            "w",
            format="mp4",
            options={"movflags": "+faststart", "max_interleave_delta": "0", "movie_timescale": str(AUDIO_RATE)},
        )
        options = {"crf": str(self._encoding.crf), "preset": self._encoding.preset}
        if self._encoding.max_rate:
            options |= {"maxrate": str(self._encoding.max_rate), "bufsize": str(self._encoding.max_rate)}
        video = self._container.add_stream("libx264", rate=self._fps, options=options)
        video.width, video.height, video.pix_fmt = self._geometry.width, self._geometry.height, "yuv420p"
        video.codec_context.gop_size = _KEYFRAME_EVERY
        video.codec_context.thread_count = min((os.cpu_count() or 1) * 3 // 2, _MAX_THREADS)  # x264's own rule, capped
        # PyAV's default cuts each frame into slices, one a thread: larger files, and every call waits for its frame.
        video.codec_context.thread_type = ThreadType.FRAME
        video.codec_context.color_primaries = _BT709
        video.codec_context.color_trc = _BT709
        video.codec_context.colorspace = _BT709
        video.codec_context.color_range = _LIMITED
        video.codec_context.time_base = Fraction(1, self._fps)
        audio = self._container.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        audio.codec_context.bit_rate = self._encoding.audio_bitrate
        self._video, self._audio = video, audio
        self._container.start_encoding()

    def _encode(self, frame: av.VideoFrame) -> None:
        frame.pts = self.written
        frame.time_base = Fraction(1, self._fps)
        self.written += 1
        self._container.mux(self._video.encode(frame))

    def _finish(self) -> None:
        if not self.complete:
            raise ValueError(f"only {self.written} of {self.frames} frames came")
        silence = self._sound_length - self._sound_written
        if silence > 0:
            self.write_sound(np.zeros((2, silence), np.float32), self._sound_rate)
        self._container.mux(self._video.encode(None))
        self._container.mux(self._audio.encode(None))
        self._container.close()
        _sync(self._part)
        self._part.replace(self._path)
        _sync(self._path.parent)


def _sync(path: Path) -> None:
    """Wait until `path`, a file or a folder, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _shape(array: NDArray[np.generic]) -> str:
    return f"{array.dtype} {'×'.join(map(str, array.shape))}"
