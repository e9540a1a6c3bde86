"""Films cut out of real takes with the real ffmpeg, and read back frame by frame and sample by sample."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from av.error import FFmpegError

from bot.cutting import Card, Cut, CutError, CutProgress, Encoding, PlaceError, Take, cut
from bot.cutting.loudness import measure
from bot.footage import mendable
from bot.subtitles import Line
from tests.cutting.takes import SAMPLES, durations, packets, read_film, read_srt, read_tracks, tone, write_take

if TYPE_CHECKING:
    from pathlib import Path

LEVEL_KEPT = Encoding(loudness=None)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three takes of 25, 33 and 17 frames; each clicks once, six frames in."""
    folder = tmp_path_factory.mktemp("takes")
    made: list[Path] = []
    for shot, frames in enumerate((25, 33, 17), 1):
        sound = np.zeros((2, frames * SAMPLES), np.float32)
        sound[:, 6 * SAMPLES : 6 * SAMPLES + 8] = 0.7
        made.append(write_take(folder / f"{shot}.mp4", shot, frames, sound=sound))
    return made


def shown(shot: int, first: int, end: int) -> list[tuple[int, int]]:
    return [(shot, frame) for frame in range(first, end)]


async def test_straight_cuts_of_like_takes_copy_every_packet(clips: list[Path], tmp_path: Path) -> None:
    said = ((), (), (Line(en="Come."),))  # in a track: nothing is burned in
    plan = Cut(tuple(Take(*take) for take in zip(clips, (25, 33, 17), said, strict=True)))
    done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
    assert (done.frames, done.encoded, done.boundaries) == (75, 0, (25, 58))
    assert read_tracks(done.path) == {"eng": read_srt(done.srt["en"])}
    assert packets(done.path) == [packet for clip in clips for packet in packets(clip)]
    film = read_film(done.path)
    assert film.codes == shown(1, 0, 25) + shown(2, 0, 33) + shown(3, 0, 17)
    assert durations(done.path) == pytest.approx((75 / 24, 75 / 24), abs=1 / 48_000)
    head = done.path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


async def test_sixty_shots_do_not_drift(clips: list[Path], tmp_path: Path) -> None:
    """Every take clicks on its seventh frame: the film has to click there too, in the last shot as in the first."""
    takes = tuple(Take(clips[index % 3], (25, 33, 17)[index % 3]) for index in range(60))
    done = await cut(Cut(takes, encoding=LEVEL_KEPT), tmp_path / "film.mp4", tmp_path / "work")
    assert (done.frames, done.encoded) == (1500, 0)
    film = read_film(done.path)
    assert len(film.frames) == 1500
    # AAC comes in frames of 1024: what a decoder gives past the end belongs to the last of them.
    assert 0 <= film.sound.shape[1] - 1500 * SAMPLES < 1024
    starts = [0, *done.boundaries]
    for shot, start in enumerate(starts):
        assert film.codes[start][1] == 0
        expected = (start + 6) * SAMPLES
        heard = np.abs(film.sound[0, expected - 4000 : expected + 4000]).argmax() - 4000
        assert abs(int(heard) - 4) <= 8, shot


async def test_fades_overlap_picture_and_sound(clips: list[Path], tmp_path: Path) -> None:
    plan = Cut((Take(clips[0], 25, fade=6), Take(clips[1], 30), Take(clips[2], 17)), encoding=LEVEL_KEPT)
    assert (plan.frames, plan.starts, plan.boundaries) == (66, (0, 19, 49), (22, 49))
    done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
    film = read_film(done.path)
    codes = film.codes
    assert len(codes) == 66
    assert codes[:19] == shown(1, 0, 19)
    assert codes[25:] == shown(2, 6, 30) + shown(3, 0, 17)
    # Half way, a block that is white in one shot and black in the other (the shot's number) is grey.
    first_bit = slice(10 * 16 + 4, 10 * 16 + 12)
    before, half, after = (float(film.frames[at, 8:24, first_bit].mean()) for at in (18, 22, 25))
    assert before > 200
    assert after < 40
    assert 90 < half < 160
    assert durations(done.path) == pytest.approx((66 / 24, 66 / 24), abs=1 / 48_000)


async def test_a_cut_after_a_new_take_encodes_only_what_changed(clips: list[Path], tmp_path: Path) -> None:
    first = Cut((Take(clips[0], 25, fade=4), Take(clips[1], 33, fade=4), Take(clips[2], 17)))
    work, out = tmp_path / "work", tmp_path / "film.mp4"
    assert (await cut(first, out, work)).encoded == 6  # three bodies, two fades, the probe
    again = await cut(first, out, work)
    assert again.encoded == 0
    retaken = write_take(tmp_path / "retaken.mp4", 7, 17)
    changed = Cut((Take(clips[0], 25, fade=4), Take(clips[1], 33, fade=4), Take(retaken, 17)))
    done = await cut(changed, out, work)
    assert done.encoded == 2  # the new body and the fade into it
    assert read_film(out).codes[-13:] == shown(7, 4, 17)
    # What the film no longer uses is gone.
    assert len(list((work / "pieces").iterdir())) == 6


async def test_untouched_takes_are_copied_beside_encoded_pieces(clips: list[Path], tmp_path: Path) -> None:
    """The pieces' parameter sets equal those of the renderer's takes, so a card does not make the takes lossy."""
    plan = Cut(
        tuple(Take(clip, frames) for clip, frames in zip(clips, (25, 33, 17), strict=True)),
        opening=Card(("标题",), frames=24, fade=0),
        ending=Card(("完", "The End"), ("写:甲",), frames=24, fade=6),
    )
    done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
    assert done.frames == 24 + 75 + 24 - 6
    kept = packets(clips[0]) + packets(clips[1])
    assert packets(done.path)[24 : 24 + len(kept)] == kept
    film = read_film(done.path)
    assert film.codes[24:82] == shown(1, 0, 25) + shown(2, 0, 33)
    assert len(film.frames) == done.frames


async def test_takes_of_other_streams_are_brought_into_line(clips: list[Path], tmp_path: Path) -> None:
    upright = write_take(tmp_path / "upright.mp4", 4, 12, size=(128, 256), colour=200)
    other = write_take(tmp_path / "other.mp4", 5, 12, crf=30)
    plan = Cut((Take(clips[0], 25), Take(upright, 12), Take(other, 9)))
    done = await cut(plan, tmp_path / "film.mp4", tmp_path / "work")
    film = read_film(done.path)
    assert film.frames.shape[1:] == (144, 256)
    assert film.codes[:25] == shown(1, 0, 25)
    assert film.codes[37:] == shown(5, 0, 9)  # three frames trimmed
    bars = film.frames[30, :, [4, 250]]
    assert bars.max() < 24
    assert film.frames[30, 100, 128] > 150


async def test_loudness_is_evened_and_silence_stays_silent(tmp_path: Path) -> None:
    loud = write_take(tmp_path / "loud.mp4", 1, 72, sound=tone(72, 440, 0.5))
    quiet = write_take(tmp_path / "quiet.mp4", 2, 72, sound=tone(72, 440, 0.12))
    hiss = np.random.default_rng(1).normal(0, 0.0004, (2, 48 * SAMPLES)).astype(np.float32)
    silent = write_take(tmp_path / "silent.mp4", 3, 48, sound=hiss)
    done = await cut(Cut((Take(loud, 72), Take(quiet, 72), Take(silent, 48))), tmp_path / "a.mp4", tmp_path / "work")
    measured = await measure(["-i", str(done.path)], target=-16, ffmpeg="")
    assert measured.integrated == pytest.approx(-16, abs=1)
    assert measured.peak < -1
    sound = read_film(done.path).sound[0]
    levels = [20 * np.log10(np.sqrt(np.mean(sound[at * SAMPLES : (at + 40) * SAMPLES] ** 2))) for at in (16, 90, 150)]
    assert abs(levels[0] - levels[1]) < 5  # 12 dB apart before
    assert levels[2] < -55


async def test_a_film_without_any_sound_stays_silent(tmp_path: Path) -> None:
    silent = write_take(tmp_path / "silent.mp4", 1, 24)
    done = await cut(Cut((Take(silent, 24), Take(silent, 24))), tmp_path / "film.mp4", tmp_path / "work")
    assert np.abs(read_film(done.path).sound).max() < 1e-4


async def test_progress_is_told_step_by_step(clips: list[Path], tmp_path: Path) -> None:
    told: list[CutProgress] = []
    plan = Cut((Take(clips[0], 25, fade=2), Take(clips[1], 33)))
    await cut(plan, tmp_path / "film.mp4", tmp_path / "work", told.append)
    assert [step for step in told if step.stage == "picture"] == [CutProgress("picture", n, 3) for n in range(4)]
    assert [step.stage for step in told if step.done == step.total] == ["picture", "sound", "joining"]


async def test_a_cancelled_cut_ends_its_ffmpeg_and_leaves_no_film(tmp_path: Path) -> None:
    long = write_take(tmp_path / "long.mp4", 1, 240, size=(640, 352))
    plan = Cut((Take(long, 230, fade=100), Take(long, 230)), encoding=Encoding(preset="veryslow"))
    running = asyncio.create_task(cut(plan, tmp_path / "film.mp4", tmp_path / "work"))
    me = psutil.Process()
    while not any("ffmpeg" in child.name() for child in me.children()):
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [child for child in me.children() if "ffmpeg" in child.name() and child.status() != "zombie"]
    assert not (tmp_path / "film.mp4").exists()
    # Afterwards the same cut goes through in the same folder.
    short = Cut((Take(long, 24), Take(long, 240)))
    assert (await cut(short, tmp_path / "film.mp4", tmp_path / "work")).frames == 264
    assert sorted(path.suffix for path in (tmp_path / "work" / "pieces").iterdir()) == [".mp4", ".mp4"]


async def test_a_folder_with_every_awkward_character(clips: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "it's [a]: work, 'folder'; %d \\ 玉"
    folder.mkdir()
    done = await cut(Cut((Take(clips[0], 20, fade=4), Take(clips[1], 33))), folder / "the 'film'.mp4", folder / "w:k")
    assert len(read_film(done.path).frames) == 49


async def test_a_take_that_is_missing_broken_or_short_fails_and_leaves_nothing(
    clips: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    for path, frames, said in (
        (tmp_path / "none.mp4", 9, "No such file"),
        (broken, 9, "cannot be read"),
        (clips[0], 26, "25 frames"),
    ):
        with pytest.raises(CutError, match=said):
            await cut(Cut((Take(clips[1], 33), Take(path, frames))), tmp_path / "film.mp4", tmp_path / "work")
    assert not list(tmp_path.glob("film*"))


async def test_an_ffmpeg_that_is_not_there_is_named(clips: list[Path], tmp_path: Path) -> None:
    plan = Cut((Take(clips[0], 25, fade=2), Take(clips[1], 33)), encoding=Encoding(ffmpeg="/nowhere/ffmpeg"))
    with pytest.raises(CutError, match="/nowhere/ffmpeg"):
        await cut(plan, tmp_path / "film.mp4", tmp_path / "work")


def ffmpeg_that(does: str, folder: Path) -> Encoding:
    """Return settings with an ffmpeg that does so instead of encoding a piece; it still encodes the probe."""
    program = folder / "ffmpeg"
    program.write_text(
        f"""#!/bin/sh
real() {{ exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"; }}
case "$*" in *color=c=black*) real "$@";; *.part*) ;; *) real "$@";; esac
{does}
"""
    )
    program.chmod(0o755)
    return Encoding(ffmpeg=str(program))


async def test_why_a_piece_failed_is_kept_and_what_was_made_of_it_is_not(clips: list[Path], tmp_path: Path) -> None:
    encoding = ffmpeg_that('for part; do case $part in *.part) echo half > "$part";; esac; done', tmp_path)
    with pytest.raises(CutError, match="cannot be read") as failed:
        await cut(
            Cut((Take(clips[0], 25, fade=2), Take(clips[1], 33)), encoding=encoding),
            tmp_path / "film.mp4",
            tmp_path / "work",
        )
    assert isinstance(failed.value.__cause__, FFmpegError)
    assert [path.suffix for path in (tmp_path / "work" / "pieces").iterdir()] == [".mp4"]  # the probe


async def test_a_folder_that_goes_away_while_ffmpeg_runs_is_why_a_film_is_not_made(
    clips: list[Path], tmp_path: Path
) -> None:
    encoding = ffmpeg_that(f"mv '{tmp_path}/cuts' '{tmp_path}/unmounted'; exit 1", tmp_path)
    plan = Cut((Take(clips[0], 25, fade=2), Take(clips[1], 33)), encoding=encoding)
    (tmp_path / "cuts").mkdir()
    with pytest.raises(PlaceError, match="No such file") as failed:
        await cut(plan, tmp_path / "cuts" / "film.mp4", tmp_path / "cuts" / "work")
    assert mendable(failed.value) is failed.value


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        ((), "needs a take"),
        (((9, 5), (9, 5), (9, 0)), "cannot hold"),
        (((0, 0),), "positive"),
        (((9, -1), (9, 0)), "positive"),
    ],
)
def test_plans_that_cannot_be(tmp_path: Path, takes: tuple[tuple[int, int], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Cut(tuple(Take(tmp_path / "a.mp4", frames, fade=fade) for frames, fade in takes))


async def test_a_film_may_be_bounded_and_resized(clips: list[Path], tmp_path: Path) -> None:
    encoding = Encoding(size=(128, 72), max_bitrate=50_000)
    done = await cut(
        Cut((Take(clips[0], 25), Take(clips[1], 33)), encoding=encoding), tmp_path / "f.mp4", tmp_path / "w"
    )
    film = read_film(done.path)
    assert film.frames.shape == (58, 72, 128)
    assert sum(map(len, packets(done.path))) * 8 / (58 / 24) < 2 * 50_000
