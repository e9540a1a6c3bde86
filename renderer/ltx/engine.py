"""The LTX-2.3 engine: resident models; one shot is denoised while another goes into its clip."""

from __future__ import annotations

import logging
import os
import time
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from renderer.encode import ClipWriter
from renderer.engine import Rejected
from renderer.geometry import geometry_of
from renderer.ltx import device, kernels, limits, memory, opening, pins
from renderer.ltx.clock import StageClock
from renderer.ltx.encoder import BackgroundEncoder
from renderer.ltx.pipeline import Take, TwoStagePipeline
from renderer.ltx.planes import to_planes
from renderer.ltx.prompts import PromptCache
from renderer.ltx.resident import Resident
from renderer.protocol import Done, Ready

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from renderer.engine import Finish, Watch
    from renderer.ltx.opening import Opening
    from renderer.ltx.pipeline import Latents
    from renderer.ltx.weights import Models
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)

PACKAGES = ("ltx-core", "ltx-pipelines", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class _Work:
    """A shot whose latents are there; no models, because another plan may have taken theirs' place when it goes on.

    Attributes:
        clock: counted the time so far.
        peak_memory: bytes of device memory at the peak so far.
    """

    shot: Render
    latents: Latents
    clock: StageClock
    peak_memory: int


class _Unwatched:
    """A watch that nobody looks at."""

    def progress(self, stage: str, step: int, steps: int) -> None:
        """Do nothing."""


class LtxEngine:
    """Renders with LTX-2.3 (see `renderer.engine.Engine`).

    Attributes:
        ready: what stands ready, and since how long it was being built.
    """

    ready: Ready

    def __init__(self, settings: Settings, reason: str, opened: Opening | None = None) -> None:
        """Build every model, and render the sizes that are to be warm.

        Args:
            settings: `weights`, `device`, `encoding` and what follows it are read.
            reason: why this engine was taken, for `ready`.
            opened: what `opening.begin` returned for these settings; by default it is asked now.

        Raises:
            FileNotFoundError: names every weight file that is missing.
            UnusableLora: names every style LoRA that is none for this model.
            MemoryError: the device is too small for the models, in every memory plan that may be taken.
        """
        opened = opened or opening.begin(settings)
        self._settings = settings
        self._styles = tuple(Path(style) for style in settings.styles)
        self._cache = Path(settings.cache) if settings.cache else None
        self._device = opened.device
        if self._device.type == "cpu":
            # One core for x264 and the parent: torch's threads spin while they wait for one that gets no core, which
            # made a shot six times as slow on two busy cores.
            torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
        device.use(self._device)
        device.recorder(self._device)
        # For the engine's life: PyTorch keeps the memory that a stream gave back for that stream.
        # Sound has a thousand small kernels: each would wait for all of a frame's large one if it did not go first.
        self._finishing, self._sounding = (
            torch.cuda.Stream(self._device, priority=priority) if self._device.type == "cuda" else None
            for priority in (0, -1)
        )
        with closing(opened.reading):
            if self._cache:
                kernels.keep(self._cache)
            chosen = kernels.choose(settings.kernels, self._device)
            self._resident = Resident(settings, opened, self._styles, chosen)
        self._prompts = PromptCache(opened.weights, settings.precision, self._cache and self._cache / "prompts")
        self._pictures = pins.PictureCache(opened.weights, self._cache and self._cache / "pictures")
        for width, height, frames in settings.warm:
            self._warm(width, height, frames)
        name, total = device.described(self._device)
        self.ready = Ready(
            engine="ltx",
            reason=reason,
            device=name,
            device_memory=total,
            versions={package: version(package) for package in PACKAGES},
            seconds=round(time.perf_counter() - opened.begun, 3),
            plan=self.models.plan.name,
        )

    def render(self, shot: Render, watch: Watch) -> Done:
        """Render `shot` into `shot.output`, while no other is in work.

        Out of memory, the engine renders it again with less: for good without what only saves time, and where that is
        not enough, in the next smaller memory plan.

        Raises:
            Cancelled: through `watch`.
            Rejected: the request cannot be rendered as it stands.
            MemoryError: the device has too little memory left, in every plan.
            RuntimeError: the latents came out as NaN or infinity; another try may do.
            Broken: the device failed.
        """
        while True:
            try:
                return self.begin(shot, watch)()
            except device.Full as error:
                message = str(error)
            # Only here has the traceback let go of the shot's tensors, so that their memory can go back.
            self._resident.make_do(message)

    def begin(self, shot: Render, watch: Watch) -> Finish:
        """Render `shot` up to its latents; what is returned decodes and encodes them, on a stream of its own.

        Raises:
            Exception: as `render`; MemoryError in the present plan.
        """
        with device.errors():
            return partial(self._finish, self._start(shot, watch), watch)

    @torch.inference_mode()
    def prepare(self, prompts: Sequence[str]) -> bool:
        """Encode the first of `prompts` that are not kept yet; return whether there are more."""
        missing = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._prompts]
        if not missing:
            return False
        with device.errors():
            made = self.models.text.encode(missing)
            for prompt, context in zip(missing, made, strict=False):
                self._prompts.put(prompt, context)
        return len(missing) > len(made)

    @torch.inference_mode()
    def frames_of(self, latents: Latents) -> torch.Tensor:
        """Return the frames that `latents` decode to: uint8 `(frames, height, width, 3)`, on the host."""
        there = replace(latents, video=latents.video.to(self._device))
        return torch.cat([chunk.cpu() for chunk in TwoStagePipeline(self.models).frames(there)])

    def latents_of(self, shot: Render) -> Latents:
        """Return the latents of `shot`, on the host."""
        latents = self._start(shot, _Unwatched()).latents
        return replace(latents, video=latents.video.cpu(), audio=latents.audio.cpu())

    def close(self) -> None:
        """Drop the models and give their memory back; wait until what was encoded is on disk."""
        self._resident.close()
        self._prompts.close()
        self._pictures.close()

    @torch.inference_mode()
    def _start(self, shot: Render, watch: Watch) -> _Work:
        """Render `shot` up to its latents."""
        models = self.models
        limits.check(shot)
        for style in shot.styles:
            if Path(style.path) not in self._styles:
                raise Rejected(f"{style.path} is none of the style LoRAs that this engine was started with")
        clock = StageClock(self._device)
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        if models.lora.mix_of(shot.lora_strength, shot.styles) != models.lora.mix:
            with clock.stage("lora"):
                models.lora.fuse(shot.lora_strength, shot.styles)
        geometry = geometry_of(shot)
        with clock.stage("images"):
            references = tuple(pins.read(pin, geometry) for pin in shot.pins)
        take = Take(
            prompt=shot.prompt,
            seed=shot.seed,
            width=geometry.render_width,
            height=geometry.render_height,
            frames=shot.frames,
            references=references,
        )
        latents = self._pipeline().latents(take, watch, clock)
        return _Work(shot, latents, clock, memory.peak(self._device))

    @torch.inference_mode()
    def _finish(self, work: _Work, watch: Watch) -> Done:
        """Decode and encode `work` into the clip.

        Only frames that are kept leave the device, as the planes that the encoder takes. Nothing here waits for what is
        denoised meanwhile: the latents are complete, because their check has read them, and `work` holds them until
        both streams here have read them.
        """
        with device.errors():
            device.use(self._device)  # by a thread of its own
            with self._on(self._finishing):
                return self._write(work, self.models, watch)

    def _write(self, work: _Work, models: Models, watch: Watch) -> Done:
        shot, clock, pipeline = work.shot, work.clock, TwoStagePipeline(models)
        clip = ClipWriter(shot.output, geometry_of(shot), shot.frames, shot.trim, encoding=self._settings.encoding)
        with clock.stage("encode"), clip as writer, BackgroundEncoder(writer) as encoder:
            decoded = 0
            with clock.stage("decode"):
                for piece in pipeline.frames(work.latents):
                    kept = piece[: writer.frames - decoded]
                    decoded += len(kept)
                    if len(kept):
                        encoder.put(to_planes(kept))
                    watch.progress("decode", decoded, writer.frames)
                # The frames are only asked for yet: sound is decoded beside them, and encoded beside theirs.
                with self._on(self._sounding), clock.stage("audio"):
                    sound = pipeline.sound(work.latents)
                    encoder.put(writer.encode_sound(sound.waveform.cpu().numpy(), sound.sampling_rate))
            encoder.finish(lambda: watch.progress("encode", writer.written, writer.frames))
            watch.progress("encode", writer.written, writer.frames)
        return Done(
            job=shot.job,
            path=shot.output,
            width=shot.width,
            height=shot.height,
            frames=writer.frames,
            stages=clock.seconds,
            peak_memory=max(work.peak_memory, memory.peak(self._device)),
            plan=models.plan.name,
        )

    @staticmethod
    def _on(stream: torch.cuda.Stream | None) -> AbstractContextManager[object]:
        """Work on `stream`, where there are streams."""
        return nullcontext() if stream is None else torch.cuda.stream(stream)

    @property
    def models(self) -> Models:
        """The models, for who looks closer; they change when a shot runs out of memory."""
        return self._resident.models

    @property
    def given_up(self) -> list[str]:
        """What the present memory plan has to do without, because shots ran out of memory."""
        return self._resident.given_up

    def _pipeline(self) -> TwoStagePipeline:
        return TwoStagePipeline(self.models, self._prompts, self._pictures)

    def _warm(self, width: int, height: int, frames: int) -> None:
        """Render one take of this size into nothing, with less where the device runs out, as a shot of it would be."""
        while True:
            try:
                with device.errors():
                    return self._try_out(width, height, frames)
            except device.Full as error:
                message = str(error)
            try:
                self._resident.make_do(message)
            except MemoryError:
                log.warning("%d×%d, %d frames is too large for %s: %s", width, height, frames, self._device, message)
                return None

    @torch.inference_mode()
    def _try_out(self, width: int, height: int, frames: int) -> None:
        """Render one take: kernels are compiled and loaded, memory is taken."""
        pipeline, clock = TwoStagePipeline(self.models), StageClock(self._device)
        latents = pipeline.latents(Take("A garden.", 0, width, height, frames), _Unwatched(), clock)
        with self._on(self._sounding):
            pipeline.sound(latents)
        with self._on(self._finishing):
            for chunk in pipeline.frames(latents):
                to_planes(chunk)
        log.info("%d×%d, %d frames warm: %s", width, height, frames, clock.seconds)
