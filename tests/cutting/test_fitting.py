"""Fitting a real clip into a size, with the real ffmpeg."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from bot.cutting import CannotFitError, CutError, Part, fit, fit_episode, run_ffmpeg
from tests.cutting.takes import read_tracks

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


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shots of a second and a half each, of the same noise: the film of which parts are made."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"crf": "12", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 320, 176, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(144):
            picture = random.integers(0, 255, (176, 320, 3), dtype=np.uint8)
            picture[:80] = 255 if number // 36 % 2 else 0  # shots are told apart by their upper half
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 288_000), np.float32), format="fltp", layout="stereo")
        sound.sample_rate = 48_000
        container.mux(audio.encode(sound))
        container.mux(audio.encode())
    return path


def halves(path: Path) -> list[bool]:
    """Return for each frame whether its upper half is white."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return [bool(frame[: frame.shape[0] // 3].mean() > 128) for frame in frames]


BOUNDARIES = (36, 72, 108)
SHOTS = [shot % 2 == 1 for shot in range(4) for _ in range(36)]


async def test_a_film_that_fits_stays_as_it_is(film: Path) -> None:
    assert await fit_episode(film, 10_000_000, BOUNDARIES) == (Part(film, 0, 144),)


async def test_a_film_is_made_smaller_before_it_is_split(film: Path) -> None:
    parts = await fit_episode(film, 200_000, BOUNDARIES)
    assert [(part.path.name, part.first, part.end) for part in parts] == [("film-fit.mp4", 0, 144)]
    assert parts[0].path.stat().st_size <= 200_000
    assert halves(parts[0].path) == SHOTS
    parts[0].path.unlink()


SRT = """1
00:00:01,000 --> 00:00:02,000
第一

2
00:00:02,500 --> 00:00:04,000
second
"""


async def test_beneath_the_floor_a_film_is_split_where_shots_begin(film: Path) -> None:
    srt = film.with_suffix(".zh.srt")
    srt.write_text(SRT, "utf-8")
    parts = await fit_episode(film, 90_000, BOUNDARIES, smallest=0.9)
    assert [(part.path.name, part.first, part.end) for part in parts] == [
        ("film-1.mp4", 0, 72),
        ("film-2.mp4", 72, 144),
    ]
    assert [frame for part in parts for frame in halves(part.path)] == SHOTS
    for part in parts:
        assert part.path.stat().st_size <= 90_000
        with av.open(str(part.path)) as container:
            lengths = [float((s.duration or 0) * (s.time_base or 0)) for s in container.streams if s.type != "subtitle"]
        assert lengths == pytest.approx([3, 3], abs=0.03)
    assert [read_tracks(part.path)["chi"] for part in parts] == [
        [(1000, 2000, "第一"), (2500, 3000, "second")],
        [(0, 1000, "second")],
    ]
    for path in (srt, *(part.path for part in parts)):
        path.unlink()


async def test_a_shot_that_fits_nowhere_leaves_no_part(film: Path) -> None:
    with pytest.raises(CannotFitError):
        await fit_episode(film, 20_000, BOUNDARIES)
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]
