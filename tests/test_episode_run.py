"""A three-shot episode through all but Discord: rendered by the real animatic, cut by the real ffmpeg, read back."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import av
import imageio_ffmpeg
import pysubs2
import pytest

from bot import cutting
from bot.app import open_house, working
from bot.config import Clip, Config, Data, Episodes, Renderer
from bot.dailies import Look
from db import cuts, episodes, jobs
from db.cuts import CutStatus
from db.models import Status
from db.writing import EpisodeStatus
from tests.postbox import FakePoster
from tests.stories import WHO, write_episode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.app import House
    from bot.poster import Button

CARD, FADE, TAKE = 72, 12, 113
"""Frames of a card, of the cross-fade between it and a take, and of a take of 121 rendered frames."""


class Posted(FakePoster):
    """A Discord that takes files of any size, and leaves them in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(largest=2**62)
        self.folder = folder

    @property
    def texts(self) -> list[str]:
        return [said.text for said in self.said.values()]

    async def send(
        self, channel_id: int, text: str, *, nonce: str, files: Sequence[Path] = (), buttons: Sequence[Button] = ()
    ) -> int:
        for file in files:
            shutil.copyfile(file, self.folder / file.name)
        return await super().send(channel_id, text, nonce=nonce, files=files, buttons=buttons)


def logging_ffmpeg(folder: Path) -> Path:
    """Writes a program that does what ffmpeg does, and notes it down."""
    program = folder / "ffmpeg"
    program.write_text(f'#!/bin/sh\necho >>{folder}/ffmpeg.log\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    # Relative, as the configuration's default is.
    monkeypatch.chdir(tmp_path)
    return Config(
        data=Data(directory="data"),
        renderer=Renderer(engine="animatic"),
        clip=Clip(preset="ultrafast", ffmpeg=str(logging_ffmpeg(tmp_path))),
        episodes=Episodes(quiet_s=0.0),
    )


def read_back(film: Path) -> tuple[int, tuple[int, int], float]:
    """Decodes all of a film: frames, size, and seconds of sound."""
    with av.open(str(film)) as container:
        frames = [(frame.width, frame.height) for frame in container.decode(video=0)]
    with av.open(str(film)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate = container.streams.audio[0].rate
    assert len(set(frames)) == 1
    return len(frames), frames[0], samples / rate


async def until(house: House, episode_id: int, status: EpisodeStatus, posted: int) -> None:
    reader = house.database.reading()
    while True:
        done = await cuts.with_status(reader, CutStatus.POSTED)
        if (await episodes.get(reader, episode_id)).status is status and len(done) == posted:
            return
        await asyncio.sleep(0.05)


async def test_an_episode_from_rows_to_a_film(config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    poster = Posted(out)
    async with asyncio.timeout(110), open_house(config) as house:
        episode = await write_episode(house.database)
        async with working(house, poster):
            await house.production.render(episode.id, episode.version, WHO)
            await until(house, episode.id, EpisodeStatus.POSTED, 1)
            # The film again, from another take of one shot: nothing else is rendered.
            (first, *_) = await jobs.with_status(house.database.reading(), *Status)
            async with house.database.writing() as writer:
                again = await jobs.add(writer, shot_id=first.shot_id, take=2, seed=5, requested_by=WHO.member_id)
            house.worker.changed(again)
            await until(house, episode.id, EpisodeStatus.POSTED, 2)
        everything = await jobs.with_status(house.database.reading(), *Status)
    assert [(job.shot_id, job.take, job.attempts) for job in everything] == [(1, 1, 1), (2, 1, 1), (3, 1, 1), (1, 2, 1)]
    expected = 3 * TAKE + 2 * CARD - 2 * FADE
    for number in (1, 2):
        frames, size, seconds = read_back(out / f"E1-cut{number}.mp4")
        assert frames == expected
        assert size == (960, 544)
        assert seconds == pytest.approx(expected / 24, abs=0.05)
        for language, text in (("zh", "第2句。"), ("en", "Line 2.")):
            captions = pysubs2.load(str(out / f"E1-cut{number}.{language}.srt"))
            assert [event.plaintext for event in captions][1] == text
            # Within the second shot, which begins where the first ends.
            start = (CARD - FADE + TAKE) * 1000 // 24
            assert start <= captions[1].start < captions[1].end <= start + TAKE * 1000 // 24
    assert [text.split("**")[1] for text in poster.texts if text.startswith("🍿 **")] == ["E1.1", "E1.2"]
    assert len([text for text in poster.texts if text.startswith("🍿 [")]) == 1


async def test_a_preview_queues_nothing_and_leaves_nothing(config: Config, tmp_path: Path) -> None:
    async with asyncio.timeout(110), open_house(config) as house:
        episode = await write_episode(house.database, shots=2, title_card=False)
        shots = [
            (written, await house.breakdown.prepared(episode, scene, written, WHO))
            for _, scene, written in episode.numbered()
        ]
        async with house.rehearsal.preview(episode, shots, 10_000_000) as shown:
            assert shown.film.stat().st_size <= 10_000_000
            shutil.copyfile(shown.film, tmp_path / "preview.mp4")
        assert read_back(tmp_path / "preview.mp4")[0] == 2 * TAKE + CARD - FADE  # with the end card, without the other
        assert await jobs.with_status(house.database.reading(), *Status) == []
    assert list((config.directory / "previews").iterdir()) == []
    assert (tmp_path / "ffmpeg.log").stat().st_size  # the configured one was used


async def test_a_flawed_take_is_rendered_once_more(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [Look(("frozen",), 0), Look(("black",), 0), Look(), Look(("black",), 3)]

    async def look(clip: Path, engine: str, /) -> Look:
        return looks.pop(0)

    out = tmp_path / "out"
    out.mkdir()
    poster = Posted(out)
    async with asyncio.timeout(110), open_house(config) as house:
        monkeypatch.setattr(house.worker, "_look", look)
        made: list[cutting.Cut] = []

        async def cut(plan: cutting.Cut, film: Path, work: Path) -> cutting.Finished:
            made.append(plan)
            film.write_bytes(b"film")
            return cutting.Finished(film, 339, 14.0, (), {}, (), 0)

        async def fit(
            film: Path, limit: int, boundaries: Sequence[int], *, split: bool, ffmpeg_program: str
        ) -> tuple[cutting.Part, ...]:
            return (cutting.Part(film, 0, 339),)

        monkeypatch.setattr(cutting, "cut", cut)
        monkeypatch.setattr(cutting, "fit_episode", fit)
        episode = await write_episode(house.database, shots=2)
        async with working(house, poster):
            await house.production.render(episode.id, episode.version, WHO)
            await until(house, episode.id, EpisodeStatus.POSTED, 1)
        everything = await jobs.with_status(house.database.reading(), *Status)
    again = [job for job in everything if job.cause == "inspection"]
    assert len(everything) == 4
    assert sorted(job.take for job in again) == [2, 2]
    assert all(job.again_of is not None and job.seed != everything[0].seed for job in again)
    # One cut, when nothing is under way any more; the second tries are in it, shorter where their looks said so.
    (film,) = made
    assert sorted(take.frames for take in film.takes) == [TAKE - 3, TAKE]
    flawed = [text for text in poster.texts if "flawed" in text]
    assert len(flawed) == 4
    assert looks == []
