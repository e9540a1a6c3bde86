"""Pieces of a film's picture, each encoded once: kept in a work folder under the hash of all that they are made from.

A film is cut again whenever a shot gets another take. Then only that shot and its cross-fades are encoded; all else is
found in the folder. Every piece begins with a keyframe and has the same parameter sets, so that pieces join as they
are.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import ffmpeg

from bot.cutting.clips import Picture, read_picture
from bot.cutting.place import PART
from bot.cutting.plan import FPS
from bot.cutting.process import CutError, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.cutting.plan import Encoding
    from bot.subtitles import Lettering

_VERSION = 1  # of what follows: with another, pieces of an earlier version are not used
_KEYFRAME_EVERY = 2 * FPS
_FONTS = "fonts"

_BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}


class Segments:
    """The pieces of one film, in `folder`.

    Args:
        folder: the work folder's part for pieces; made where it is absent. One film at a time may use it.
        size: width and height of the film in pixels.
        encoding: how pieces are encoded.
        lettering: the fonts that captions use.

    Attributes:
        encoded: how many pieces had to be encoded.
        used: the pieces that this film is made from, encoded now or found.
    """

    def __init__(self, folder: Path, size: tuple[int, int], encoding: Encoding, lettering: Lettering) -> None:
        self.encoded = 0
        self.used: set[Path] = set()
        self._folder = folder
        self._size = size
        self._encoding = encoding
        self._faces = lettering.faces
        self._turn = asyncio.Semaphore(max(1, encoding.jobs))

    async def probe(self) -> Picture:
        """Return what pieces encoded here look like, by encoding one black frame.

        Raises:
            CutError: ffmpeg failed.
        """
        width, height = self._size
        source = f"color=c=black:s={width}x{height}:r={FPS}"
        path = await self._piece(
            {"kind": "probe"}, 1, lambda _: ffmpeg.input(source, f="lavfi").video.filter("format", "yuv420p")
        )
        return await asyncio.to_thread(read_picture, path)

    async def body(self, clip: Path, content: str, span: tuple[int, int], captions: str = "") -> Path:
        """Encode a shot's frames `span` (first, end) with `captions`, an ASS file's text, burned in.

        Raises:
            CutError: ffmpeg failed, or the clip has fewer frames.
        """

        def graph(scratch: Path) -> ffmpeg.Stream:
            picture = self._trimmed(clip.resolve(), span)
            if not captions:
                return picture
            (scratch / "captions.ass").write_text(captions, "utf-8")
            (scratch / _FONTS).mkdir()
            for number, face in enumerate(self._faces):  # by names of our own: two files may have the same
                (scratch / _FONTS / f"{number}{face.path.suffix}").symlink_to(face.path.resolve())
            return picture.filter("ass", filename="captions.ass", fontsdir=_FONTS)

        fonts = [face.content for face in self._faces] if captions else []
        facts = {"kind": "body", "clip": content, "span": span, "captions": captions, "fonts": fonts}
        return await self._piece(facts, span[1] - span[0], graph)

    async def fade(self, before: tuple[Path, str, tuple[int, int]], after: tuple[Path, str, tuple[int, int]]) -> Path:
        """Encode the cross-fade of two shots: clip, its content's hash and frames of each, of equal length.

        Raises:
            CutError: ffmpeg failed, or a clip has fewer frames.
        """
        first, end = before[2]

        def graph(scratch: Path) -> ffmpeg.Stream:
            pictures: list[ffmpeg.Stream] = []
            for name, (clip, _, span) in (("before.mp4", before), ("after.mp4", after)):
                # By names of their own: ffmpeg-python takes one file in both places for one input.
                (scratch / name).symlink_to(clip.resolve())
                pictures.append(self._trimmed(Path(name), span).filter("settb", "AVTB"))
            return ffmpeg.filter(pictures, "xfade", transition="fade", duration=(end - first) / FPS, offset=0)

        facts = {"kind": "fade", "before": before[1:], "after": after[1:]}
        return await self._piece(facts, end - first, graph)

    async def still(self, picture: bytes, frames: int) -> tuple[Path, str]:
        """Encode a PNG as a clip of `frames` frames; returns it with its content's name.

        Raises:
            CutError: ffmpeg failed.
        """

        def graph(scratch: Path) -> ffmpeg.Stream:
            (scratch / "still.png").write_bytes(picture)
            shown = ffmpeg.input("still.png", loop=1, framerate=FPS).video
            return shown.filter("scale", out_color_matrix="bt709", out_range="tv").filter("format", "yuv420p")

        facts = {"kind": "still", "picture": hashlib.sha256(picture).hexdigest(), "frames": frames}
        path = await self._piece(facts, frames, graph)
        return path, path.stem

    def sweep(self) -> None:
        """Remove the pieces that this film does not use: those of earlier takes, and what was left unfinished."""
        for path in self._folder.iterdir():
            if path not in self.used and path.is_file():
                path.unlink()

    def _trimmed(self, clip: Path, span: tuple[int, int]) -> ffmpeg.Stream:
        """Return a clip's frames `span` in the film's size, black bars where its shape differs."""
        width, height = self._size
        picture = ffmpeg.input(str(clip)).video.filter("fps", FPS)
        picture = picture.filter("trim", start_frame=span[0], end_frame=span[1]).filter("setpts", "PTS-STARTPTS")
        picture = picture.filter("scale", width, height, force_original_aspect_ratio="decrease", force_divisible_by=2)
        picture = picture.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2")
        return picture.filter("format", "yuv420p")

    async def _piece(self, facts: Mapping[str, object], frames: int, graph: Callable[[Path], ffmpeg.Stream]) -> Path:
        """Return the piece made from `facts`, from the folder or by encoding the picture that `graph` describes."""
        how = self._encoding
        settings = [_VERSION, self._size, how.crf, how.preset, how.max_rate, how.max_bitrate, how.ffmpeg]
        name = hashlib.sha256(json.dumps([settings, facts]).encode()).hexdigest()
        path = self._folder / f"{name}.mp4"
        self.used.add(path)
        async with self._turn:
            # Looked for only now: two like shots make one piece.
            if not await asyncio.to_thread(path.exists):
                await self._encode(path, frames, graph)
        return path

    async def _encode(self, path: Path, frames: int, graph: Callable[[Path], ffmpeg.Stream]) -> None:
        how = self._encoding
        rate: dict[str, int] = {}
        if how.max_bitrate is not None:
            rate = {"maxrate": how.max_bitrate, "bufsize": how.max_bitrate * 2}
        elif how.max_rate:
            rate = {"maxrate": how.max_rate, "bufsize": how.max_rate}
        part = path.with_suffix(PART)
        with tempfile.TemporaryDirectory(prefix="twohander-", dir=self._folder) as scratch:
            picture = await asyncio.to_thread(graph, Path(scratch))
            # As in the renderer's takes, BT.709 and no word of the pixels' shape: else the parameter sets would differ.
            stream = ffmpeg.output(
                picture.filter("setparams", **_BT709).filter("setsar", 0),
                await asyncio.to_thread(lambda: str(part.resolve())),
                format="mp4",
                vcodec="libx264",
                crf=how.crf,
                preset=how.preset,
                g=_KEYFRAME_EVERY,
                pix_fmt="yuv420p",
                r=FPS,
                vframes=frames,
                **rate,
            )
            arguments = stream.overwrite_output().get_args()
            await run_ffmpeg(arguments, ffmpeg=how.ffmpeg, folder=Path(scratch))
        made = await asyncio.to_thread(read_picture, part)
        if made.frames != frames:
            raise CutError(f"a piece has {made.frames} frames instead of {frames}")
        await asyncio.to_thread(part.replace, path)
        self.encoded += 1
