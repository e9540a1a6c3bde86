"""Clips are written by PyAV and read back by PyAV; frames and samples are counted."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from av.error import FFmpegError

from renderer.encode import AUDIO_RATE, ClipWriter
from renderer.geometry import Geometry, geometry_of
from renderer.protocol import FPS, Encoding, Render, Slate
from tests.renderer.clips import boxes, read_clip

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = Geometry(192, 128, 192, 128, 0, 0)
PURE = Encoding(crf=4)


def flat(colour: tuple[int, int, int], size: Geometry = SIZE) -> NDArray[np.uint8]:
    return np.full((size.render_height, size.render_width, 3), colour, np.uint8)


def grey(level: int) -> NDArray[np.uint8]:
    return flat((level, level, level))


def tone(seconds: float, rate: int) -> NDArray[np.float32]:
    wave = 0.4 * np.sin(2 * np.pi * 330 * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave]).astype(np.float32)


def write(path: Path, frames: int = 25, trim: int = 0, sound: NDArray[np.float32] | None = None) -> None:
    with ClipWriter(path, SIZE, frames, trim) as writer:
        for index in range(frames):
            writer.write_rgb(grey(index * 8 % 256))
        if sound is not None:
            writer.write_sound(sound, AUDIO_RATE)


def test_the_file_is_what_discord_plays_inline(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, sound=tone(2, AUDIO_RATE))
    clip = read_clip(path)
    assert (clip.video_codec, clip.audio_codec, clip.pix_fmt) == ("h264", "aac", "yuv420p")
    assert (clip.rate, clip.sample_rate, clip.sound.shape[0]) == (FPS, AUDIO_RATE, 2)
    assert clip.colours == (1, 1, 1, 1)  # BT.709 three times, limited range
    names = boxes(path)
    assert names.index("moov") < names.index("mdat")
    assert b"sliced_threads=0" in path.read_bytes(), "x264 notes its settings in the stream; slices cost size and time"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("frames", "trim"), [(9, 0), (25, 8), (121, 8), (49, 16), (25, 1)])
@pytest.mark.parametrize(
    ("seconds", "rate"), [(0.0, 48_000), (0.4, 24_000), (6.0, 24_000), (6.0, 44_100), (6.0, 48_000)]
)
def test_the_tail_is_never_encoded_and_sound_ends_with_the_picture(
    tmp_path: Path, frames: int, trim: int, seconds: float, rate: int
) -> None:
    path = tmp_path / "clip.mp4"
    with ClipWriter(path, SIZE, frames, trim) as writer:
        for index in range(frames):
            writer.write_rgb(grey(255 if index >= frames - trim else 40))
        writer.write_sound(tone(seconds, rate), rate)
        assert writer.complete
        assert writer.written == writer.frames == frames - trim
    clip = read_clip(path)
    assert len(clip.frames) == frames - trim
    assert clip.frames.max() < 60, "a trimmed frame was encoded"
    assert clip.seconds_apart < 1 / FPS
    assert clip.durations == pytest.approx([(frames - trim) / FPS] * 2, abs=0.001)


def test_frames_keep_their_order_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (230, 190, 150), (20, 90, 160)]
    with ClipWriter(path, SIZE, len(colours), encoding=PURE) as writer:
        for colour in colours:
            writer.write_rgb(flat(colour))
    for frame, colour in zip(read_clip(path).frames, colours, strict=True):
        assert np.abs(frame.astype(int) - colour).max() <= 4


def test_planes_give_the_same_clip_as_their_rgb(tmp_path: Path) -> None:
    """(230, 190, 150) in BT.709 limited range is (184, 106, 147), by the formulas of ITU-R BT.709-6."""
    path = tmp_path / "clip.mp4"
    planes = [np.full(shape, level, np.uint8) for shape, level in (((128, 192), 184), ((64, 96), 106), ((64, 96), 147))]
    with ClipWriter(path, SIZE, 9, encoding=PURE) as writer:
        for _ in range(9):
            writer.write_yuv(*planes)
    assert np.abs(read_clip(path).frames.astype(int) - (230, 190, 150)).max() <= 4


@pytest.mark.parametrize("planes", [False, True])
def test_rows_and_columns_are_cropped_evenly(tmp_path: Path, planes: bool) -> None:
    path = tmp_path / "clip.mp4"
    shot = Render(job=1, prompt="", seed=0, width=160, height=104, frames=9, output=str(path), slate=Slate(number=1))
    size = geometry_of(shot)
    assert (size.render_width, size.render_height, size.left, size.top) == (192, 128, 16, 12)
    luma = np.full((128, 192), 30, np.uint8)
    luma[12:116, 16:176] = 200
    with ClipWriter(path, size, 9, encoding=PURE) as writer:
        for _ in range(9):
            if planes:
                writer.write_yuv(luma, *(np.full((64, 96), 128, np.uint8),) * 2)
            else:
                writer.write_rgb(np.repeat(luma[..., None], 3, axis=2))
    frames = read_clip(path).frames
    assert frames.shape[1:3] == (104, 160)
    assert frames.min() > 180, "what was to be cropped away shows at an edge"


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("first", [False, True])
def test_sound_stays_where_it_was(tmp_path: Path, rate: int, pieces: int, first: bool) -> None:
    path = tmp_path / "clip.mp4"
    clicks = (0.25, 1.0, 1.75)
    sound = np.zeros((2, rate * 3), np.float32)
    for at in clicks:
        sound[:, round(at * rate) - 2 : round(at * rate) + 3] = 0.9
    with ClipWriter(path, SIZE, 49) as writer:
        if first:
            for piece in np.array_split(sound, pieces, axis=1):
                writer.write_sound(piece, rate)
        for index in range(49):
            writer.write_rgb(grey(index))
        if not first:
            for piece in np.array_split(sound, pieces, axis=1):
                writer.write_sound(piece, rate)
    clip = read_clip(path)
    for at in clicks:
        near = clip.sound[0, round((at - 0.2) * AUDIO_RATE) : round((at + 0.2) * AUDIO_RATE)]
        assert np.abs(near).argmax() / AUDIO_RATE - 0.2 == pytest.approx(0, abs=0.002)


def test_packets_are_interleaved_though_sound_came_last(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, frames=49, sound=tone(3, AUDIO_RATE))
    assert "vvvvvv" not in read_clip(path).streams.rstrip("a")


def test_silence_fills_what_the_sound_leaves_open(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, frames=49, sound=tone(1, AUDIO_RATE))
    sound = read_clip(path).sound
    assert np.abs(sound[:, 10_000:40_000]).max() > 0.3
    assert np.abs(sound[:, 52_000:]).max() < 0.01


def test_broken_samples_are_tamed(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    sound = np.full((2, 96_000), np.nan, np.float32)
    sound[:, 48_000:] = 40.0
    write(path, frames=49, sound=sound)
    read = read_clip(path).sound
    assert np.abs(read[:, :40_000]).max() < 0.01
    assert np.abs(read).max() < 2


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with ClipWriter(tmp_path / "clip.mp4", SIZE, 25) as writer:
            writer.write_rgb(grey(1))
            assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4.part"]
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_too_few_frames_make_no_clip(tmp_path: Path) -> None:
    def stopped_early() -> None:
        with ClipWriter(tmp_path / "clip.mp4", SIZE, 25, 8) as writer:
            for _ in range(3):
                writer.write_rgb(grey(1))

    with pytest.raises(ValueError, match="only 3 of 17"):
        stopped_early()
    assert not list(tmp_path.iterdir())


def test_an_older_clip_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"older")
    with ClipWriter(path, SIZE, 9) as writer:
        for _ in range(9):
            writer.write_rgb(grey(1))
        assert path.read_bytes() == b"older"
    assert len(read_clip(path).frames) == 9


FULL_DISK = """
import resource, sys
import numpy as np
from renderer.encode import ClipWriter
from renderer.geometry import Geometry
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
noise = np.random.default_rng(0).integers(0, 256, (128, 192, 3), dtype=np.uint8)
try:
    with ClipWriter(sys.argv[1], Geometry(192, 128, 192, 128, 0, 0), 49) as writer:
        for shift in range(49):
            writer.write_rgb(np.roll(noise, shift * 7, axis=shift % 2))
except OSError as error:
    print("OSError")
"""


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the file's size stands in for the disk: both fail a write in the middle of the clip."""
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "clip.mp4")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "OSError"
    assert not list(tmp_path.iterdir())


def test_settings_that_x264_refuses_fail_before_the_first_frame(tmp_path: Path) -> None:
    writer = ClipWriter(tmp_path / "clip.mp4", SIZE, 9, encoding=Encoding(preset="nonesuch"))
    with pytest.raises(FFmpegError), writer:
        pytest.fail("the writer opened")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), ClipWriter(tmp_path / "no" / "clip.mp4", SIZE, 9):
        pytest.fail("the writer opened")


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    luma, chroma = np.zeros((128, 192), np.uint8), np.zeros((64, 96), np.uint8)
    with ClipWriter(tmp_path / "clip.mp4", SIZE, 1) as writer:
        with pytest.raises(ValueError, match="expected uint8 128×192×3, got uint8 128×190×3"):
            writer.write_rgb(np.zeros((128, 190, 3), np.uint8))
        with pytest.raises(ValueError, match="got float32"):
            writer.write_rgb(np.zeros((128, 192, 3), np.float32))  # pyright: ignore[reportArgumentType] - that is tested
        with pytest.raises(ValueError, match="plane of 64×96"):
            writer.write_yuv(luma, luma, chroma)
        with pytest.raises(ValueError, match="stereo"):
            writer.write_sound(np.zeros((1, 48), np.float32), AUDIO_RATE)
        writer.write_sound(np.zeros((2, 48), np.float32), AUDIO_RATE)
        with pytest.raises(ValueError, match="rate changed from 48000 to 24000"):
            writer.write_sound(np.zeros((2, 48), np.float32), 24_000)
        writer.write_yuv(luma, chroma, chroma)
    assert len(read_clip(tmp_path / "clip.mp4").frames) == 1
    with pytest.raises(ValueError, match="cannot trim 9 of 9"):
        ClipWriter(tmp_path / "clip.mp4", SIZE, 9, 9)


def test_the_protocol_loads_no_codec() -> None:
    code = "import renderer.protocol, sys; print('av' in sys.modules, 'numpy' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["False", "False"]
