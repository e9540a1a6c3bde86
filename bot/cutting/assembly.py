"""A plan → a finished film: picture in pieces, sound in one run, both put together and read back."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from bot.cutting import tracks
from bot.cutting.cards import draw_card
from bot.cutting.clips import RATE, SAMPLES, Parameters, content_hash, read_picture
from bot.cutting.joining import join
from bot.cutting.loudness import even, measure, measure_clip, normalise
from bot.cutting.place import PART, discard, writing_into
from bot.cutting.plan import FPS, Cut, CutProgress, Finished
from bot.cutting.process import CutError, in_thread, run_ffmpeg
from bot.cutting.segments import Segments
from bot.cutting.sound import Voice, write_sound
from bot.cutting.words import Words, write_words
from bot.subtitles import Lettering

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from bot.cutting.clips import Picture
    from bot.cutting.plan import Card, Stage

    OnProgress = Callable[[CutProgress], None]

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class _Shot:
    """A clip as it lies there, and its part in the film."""

    path: Path
    content: str
    picture: Picture
    frames: int
    body: tuple[int, int]
    captions: str

    @property
    def untouched(self) -> bool:
        """Whether all of the clip is shown as it is."""
        return self.body == (0, self.picture.frames) and not self.captions and self.picture.copyable


async def cut(plan: Cut, out: Path, work: Path, on_progress: OnProgress | None = None) -> Finished:
    """Cut a film.

    Takes that nothing touches (straight cuts on both sides, no words burned in, whole) are copied where their streams
    match; the others are encoded piece by piece and kept in `work`, so that a cut after one new take encodes that one.

    Args:
        plan: what the film is made of.
        out: the mp4; written beside it and renamed when whole. SRT files get its name with `.zh.srt`, `.en.srt`.
        work: a folder of this film's own that outlives the cut; not for two cuts at a time.
        on_progress: called in the event loop after each step.

    Raises:
        CutError: a clip cannot be read or is shorter than the plan says, or ffmpeg failed. Nothing is left at `out`.
        PlaceError: a folder cannot be written to, or not any more.
    """
    cutter = _Cutter(plan, out, work, on_progress or (lambda _: None))
    try:
        async with writing_into(out.parent, work):
            return await cutter.run()
    finally:
        cutter.clear()  # in one step: whoever cancels twice must not have it go on beside the next cut


class _Cutter:
    def __init__(self, plan: Cut, out: Path, work: Path, on_progress: OnProgress) -> None:
        self._plan = plan
        self._out = out  # as the caller names it: rows name films relative to a data folder that may be relative itself
        self._work = work.absolute()
        self._on_progress = on_progress
        self._how = plan.encoding
        self._pieces, self._measured = self._work / "pieces", self._work / "loudness"
        self._joined, self._mixed = self._work / "joined.mp4", self._work / "mixed.f32"
        self._part = out.with_name(f"{out.name}{PART}")

    async def run(self) -> Finished:
        for folder in (self._pieces, self._measured):
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        pictures = [await asyncio.to_thread(read_picture, take.path) for take in self._plan.takes]
        for take, picture in zip(self._plan.takes, pictures, strict=True):
            if picture.frames < take.frames:
                raise CutError(f"{take.path.name} has {picture.frames} frames, the plan wants {take.frames}")
        first = pictures[0].parameters
        size = self._how.size or (first.width, first.height)
        lettering = await asyncio.to_thread(Lettering, self._plan.subtitles.font)
        words = await asyncio.to_thread(write_words, self._plan, size, lettering)
        self._segments = Segments(self._pieces, size, self._how, lettering)
        shots = await self._shots(pictures, words, size, lettering)
        pieces = await self._picture(shots, size)
        await self._sound(shots)
        texts = {language: self._work / f"{language}.srt" for language in words.srt}
        await asyncio.to_thread(_write_srt, words, texts)
        await self._join(pieces, texts)
        await asyncio.to_thread(self._check)
        srt = await asyncio.to_thread(self._finish, words)
        self._tell("joining", 2, 2)
        frames = self._plan.frames
        return Finished(
            self._out, frames, frames / FPS, self._plan.boundaries, srt, words.crowded, self._segments.encoded
        )

    def clear(self) -> None:
        """Remove what only one cut needs, and what was left unfinished."""
        made = (self._joined, self._mixed, self._part)
        discard(chain(made, self._work.glob("*.srt"), self._pieces.glob(f"*{PART}")))

    async def _shots(
        self, pictures: Sequence[Picture], words: Words, size: tuple[int, int], lettering: Lettering
    ) -> list[_Shot]:
        plan, bodies = self._plan, iter(self._plan.bodies)

        async def card_shot(card: Card) -> _Shot:
            drawn = await asyncio.to_thread(_png, card, size, lettering)
            path, content = await self._segments.still(drawn, card.frames)
            picture = await asyncio.to_thread(read_picture, path)
            return _Shot(path, content, picture, card.frames, next(bodies), "")

        shots = [await card_shot(plan.opening)] if plan.opening else []
        for take, picture, captions in zip(plan.takes, pictures, words.burned, strict=True):
            content = await asyncio.to_thread(content_hash, take.path)
            shots.append(_Shot(take.path, content, picture, take.frames, next(bodies), captions))
        return [*shots, await card_shot(plan.ending)] if plan.ending else shots

    async def _picture(self, shots: Sequence[_Shot], size: tuple[int, int]) -> list[Path]:
        """Return the pieces of the film in order, encoding what has to be."""
        matching = await self._matching(shots, size)
        tasks: list[Coroutine[Any, Any, Path]] = []
        for index, shot in enumerate(shots):
            first, end = shot.body
            if shot.untouched and shot.picture.parameters == matching:
                tasks.append(_as_it_is(shot.path))
            elif end > first:
                tasks.append(self._segments.body(shot.path, shot.content, shot.body, shot.captions))
            fade = self._plan.fades[index] if index + 1 < len(shots) else 0
            if fade:
                after = shots[index + 1]
                tasks.append(
                    self._segments.fade(
                        (shot.path, shot.content, (shot.frames - fade, shot.frames)),
                        (after.path, after.content, (0, fade)),
                    )
                )
        return await self._all("picture", tasks)

    async def _matching(self, shots: Sequence[_Shot], size: tuple[int, int]) -> Parameters:
        """Return the parameters with which a clip can be copied into this film."""
        first = shots[0].picture.parameters
        alike = all(shot.untouched and shot.picture.parameters == first for shot in shots)
        if alike and (first.width, first.height) == size and self._how.max_bitrate is None:
            return first
        return (await self._segments.probe()).parameters

    async def _sound(self, shots: Sequence[_Shot]) -> None:
        target = self._how.loudness
        gains = [0.0] * len(shots)
        if target is not None:
            turn = asyncio.Semaphore(max(1, self._how.jobs))

            async def gain(shot: _Shot) -> float:
                if not shot.picture.voiced:
                    return 0.0
                async with turn:
                    loudness = await measure_clip(shot.path, shot.content, self._measured, ffmpeg=self._how.ffmpeg)
                return even(loudness, target, self._how.evening)

            gains = await self._all("sound", [gain(shot) for shot in shots])
        voices = [
            Voice(shot.path if shot.picture.voiced else None, shot.frames, gain)
            for shot, gain in zip(shots, gains, strict=True)
        ]
        samples = await in_thread(partial(write_sound, voices, self._plan.fades, self._mixed))
        if samples != self._plan.frames * SAMPLES:
            raise CutError(f"the sound has {samples} samples for {self._plan.frames} frames")

    async def _join(self, pieces: Sequence[Path], srt: Mapping[str, Path]) -> None:
        """Put picture, sound and words together: the picture is copied, the sound encoded at its final loudness."""
        how, samples = self._how, self._plan.frames * SAMPLES
        raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", str(self._mixed)]
        level = ""
        if how.loudness is not None:
            measured = await measure(raw, target=how.loudness, ffmpeg=how.ffmpeg)
            level = normalise(measured, how.loudness, how.true_peak, RATE)
        self._tell("joining", 0, 2)
        frames = await in_thread(partial(join, pieces, self._joined))
        if frames != self._plan.frames:
            raise CutError(f"the pieces have {frames} frames, the film {self._plan.frames}")
        self._tell("joining", 1, 2)
        # loudnorm tells wrong times where it limits and may end late: counted anew, the sound ends with the picture.
        exact = f"asetpts=N/SR/TB,apad=whole_len={samples},atrim=end_sample={samples}"
        texts = [("-i", str(path)) for path in srt.values()]
        maps = [("-map", f"{index + 2}:s:0") for index in range(len(srt))]
        named = [(f"-{name}", value) for name, value in tracks.options(list(srt)).items()]
        await run_ffmpeg(
            [
                *("-y", "-i", str(self._joined), *raw, *chain(*texts)),
                *("-map", "0:v:0", "-map", "1:a:0", *chain(*maps), "-c:v", "copy", *chain(*named)),
                *("-af", f"{level},{exact}" if level else exact),
                *("-c:a", "aac", "-b:a", str(how.audio_bitrate), "-ar", str(RATE), "-ac", "2"),
                # A time scale in which both a frame and a sample are whole, for exact edit lists.
                *("-movie_timescale", str(RATE), "-movflags", "+faststart", "-f", "mp4", str(self._part)),
            ],
            ffmpeg=how.ffmpeg,
        )

    def _check(self) -> None:
        """Read the film's headers back: what was promised is what is posted."""
        made = read_picture(self._part)
        if made.frames != self._plan.frames or not made.voiced:
            raise CutError(f"the film has {made.frames} frames instead of {self._plan.frames}")

    def _finish(self, words: Words) -> dict[str, Path]:
        tracks.switch_off(self._part)
        srt: dict[str, Path] = {language: self._out.with_suffix(f".{language}.srt") for language in words.srt}
        _write_srt(words, srt)
        self._part.replace(self._out)
        self._segments.sweep()
        return srt

    def _tell(self, stage: Stage, done: int, total: int) -> None:
        self._on_progress(CutProgress(stage, done, total))

    async def _all(self, stage: Stage, steps: Sequence[Coroutine[Any, Any, _Made]]) -> list[_Made]:
        """Run `steps`, telling how many are done; the first that fails ends the others."""
        done = 0
        self._tell(stage, 0, len(steps))

        async def told(step: Coroutine[Any, Any, _Made]) -> _Made:
            nonlocal done
            result = await step
            done += 1
            self._tell(stage, done, len(steps))
            return result

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(told(step)) for step in steps]
        except ExceptionGroup as failed:
            first = failed.exceptions[0]
            raise first from first.__cause__  # a full disk, perhaps; the group says nothing more
        return [task.result() for task in tasks]


def _write_srt(words: Words, paths: Mapping[str, Path]) -> None:
    for language, text in words.srt.items():
        paths[language].write_text(text, "utf-8")


async def _as_it_is(path: Path) -> Path:
    return path


def _png(card: Card, size: tuple[int, int], lettering: Lettering) -> bytes:
    file = io.BytesIO()
    draw_card(card, size, lettering).save(file, "PNG", compress_level=1)
    return file.getvalue()
