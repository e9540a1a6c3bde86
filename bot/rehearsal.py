"""The whole episode as a moving storyboard in seconds, with subtitles, before any GPU time is spent.

Drawn by a renderer of its own with the animatic engine, whatever the bot renders with. Nothing is queued or kept: it is
made while the member waits, one at a time.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot import cutting, editing
from bot.editing import Plan, PlannedTake
from bot.renderer_client import RendererClient, RenderFailed, Timeouts
from db.disk import DiskUnusable
from renderer import protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.config import Config
    from bot.intake import Intake
    from bot.orders import Prepared
    from db.writing import Episode, SceneShot


@dataclass(frozen=True, slots=True)
class Preview:
    """An animatic on disk, until the block ends that asked for it."""

    film: Path
    seconds: float


class Rehearsal:
    """Makes previews."""

    def __init__(self, config: Config, intake: Intake) -> None:
        self._config = config
        self._intake = intake
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def preview(
        self, episode: Episode, shots: Sequence[tuple[SceneShot, Prepared]], limit: int
    ) -> AsyncGenerator[Preview]:
        """Make a preview of at most `limit` bytes; its file goes with the end of the block.

        Raises:
            Refused: a character's picture is gone.
            RendererError, CutError: it could not be drawn or put together.
            DiskUnusable: there is no room for its pictures.
        """
        folder = self._config.directory / "previews"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        async with self._turn:
            # In the data folder: plans name clips relative to it.
            with tempfile.TemporaryDirectory(dir=folder) as name:
                scratch = Path(name)
                takes = await self._draw(shots, scratch)
                cast = dict.fromkeys(who.name for _, prepared in shots for who in prepared.cast)
                plan = Plan(
                    takes=tuple(takes),
                    title=episode.title,
                    track=episode.subtitles,
                    names=episode.speaker_names,
                    opening=episode.title_card,
                    ending=editing.billed(cast, [editing.MODELS["animatic"]]) if episode.end_card else (),
                    slated=True,
                )
                film = await cutting.cut(
                    editing.film(plan, self._config), scratch / f"E{episode.number}.mp4", scratch / "work"
                )
                path = film.path
                if (await asyncio.to_thread(path.stat)).st_size > limit:
                    path = await cutting.fit(path, limit, ffmpeg_program=self._config.clip.ffmpeg)
                yield Preview(path, film.seconds)

    async def _draw(self, shots: Sequence[tuple[SceneShot, Prepared]], scratch: Path) -> list[PlannedTake]:
        """Render each shot with the animatic engine; the renderer lives as long as that takes."""
        settings = self._config.renderer_settings().model_copy(update={"engine": "animatic", "weights": None})
        deadlines = self._config.renderer.deadlines
        client = RendererClient(
            settings, timeouts=Timeouts(ready_s=deadlines.ready_s, silence_s=deadlines.silence_s, job_s=deadlines.job_s)
        )
        takes: list[PlannedTake] = []
        try:
            for number, (written, prepared) in enumerate(shots, 1):
                request = await self._request(number, prepared, scratch)
                try:
                    done = await client.render(request, lambda _: None)
                except RenderFailed as error:
                    if error.kind == "disk":
                        raise DiskUnusable(str(error)) from error
                    raise
                takes.append(
                    PlannedTake(
                        number,
                        Path(done.path).relative_to(self._config.directory).as_posix(),
                        done.frames,
                        written.crossfade,
                        written.lines,
                    )
                )
        finally:
            await client.close()
        return takes

    async def _request(self, number: int, prepared: Prepared, scratch: Path) -> protocol.Render:
        report = prepared.report
        return protocol.Render(
            job=number,
            prompt=report.prompt,
            seed=prepared.order.seed or 0,
            width=prepared.size[0],
            height=prepared.size[1],
            frames=prepared.frames,
            pins=tuple(
                protocol.Pin(path=str(self._config.directory / pin.path), frame=pin.frame, strength=report.pin_strength)
                for pin in await self._intake.pins(prepared)
            ),
            lora_strength=report.lora_strength,
            trim=self._config.clip.trim_frames,
            output=str(scratch / f"{number}.mp4"),
            slate=protocol.Slate(
                number=number,
                take=1,
                names=tuple(who.name for who in prepared.cast),
                description=prepared.order.words,
            ),
        )
