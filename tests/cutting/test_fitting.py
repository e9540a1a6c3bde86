"""Fitting a real clip into a size, with the real ffmpeg."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from bot.cutting import CannotFitError, CutError, fit, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = 48


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of moving noise, 640×352, with sound: far larger than it has to be."""
    path = tmp_path_factory.mktemp("cutting") / "clip.mp4"
    random = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"crf": "10", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 640, 352, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="stereo")
        for _ in range(FRAMES):
            noise = random.integers(0, 255, (352, 640, 3), dtype=np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(video.encode())
        sound = av.AudioFrame.from_ndarray(
            random.normal(0, 0.1, (2, 96_000)).astype(np.float32), format="fltp", layout="stereo"
        )
        sound.sample_rate = 48_000
        container.mux(audio.encode(sound))
        container.mux(audio.encode())
    return path


@pytest.mark.parametrize("limit", [800_000, 200_000])
async def test_a_clip_fits_and_keeps_every_frame(clip: Path, limit: int) -> None:
    assert clip.stat().st_size > limit
    smaller = await fit(clip, limit)
    assert smaller.stat().st_size <= limit
    with av.open(str(smaller)) as container:
        assert sum(1 for _ in container.decode(video=0)) == FRAMES
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.codec_context.pix_fmt == "yuv420p"
        assert audio.codec_context.name == "aac"
        assert video.codec_context.width % 2 == video.codec_context.height % 2 == 0
    head = smaller.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    smaller.unlink()


async def test_what_cannot_fit_says_so_and_leaves_nothing(clip: Path) -> None:
    with pytest.raises(CannotFitError, match="does not fit into 20000 bytes"):
        await fit(clip, 20_000)
    assert [path.name for path in clip.parent.iterdir()] == ["clip.mp4"]


async def test_an_ffmpeg_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(CutError, match="No such file"):
        await run_ffmpeg(["-i", str(tmp_path / "missing.mp4"), str(tmp_path / "out.mp4")])
