"""The LTX-2.3 engine: resident models, one shot at a time, straight into the clip."""

from __future__ import annotations

import gc
import logging
import os
import resource
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import torch

from renderer.encode import ClipWriter
from renderer.geometry import geometry_of
from renderer.ltx import limits, pins, weights
from renderer.ltx.clock import StageClock
from renderer.ltx.pipeline import Take, TwoStagePipeline
from renderer.protocol import Done, Ready

if TYPE_CHECKING:
    from renderer.engine import Watch
    from renderer.ltx.pipeline import Latents
    from renderer.ltx.weights import Models
    from renderer.protocol import Render, Settings

log = logging.getLogger(__name__)

PACKAGES = ("ltx-core", "ltx-pipelines", "torch", "transformers")


class LtxEngine:
    """Renders with LTX-2.3 (see `renderer.engine.Engine`).

    Attributes:
        ready: what stands ready, and since how long it was being built.
    """

    ready: Ready

    def __init__(self, settings: Settings, reason: str) -> None:
        """Build every model.

        Args:
            settings: `weights` and `device` are read, and later `encoding`.
            reason: why this engine was taken, for `ready`.

        Raises:
            FileNotFoundError: names every weight file that is missing.
            MemoryError: the device is too small for the models.
        """
        start = time.perf_counter()
        if settings.weights is None:
            raise FileNotFoundError("the ltx engine needs the paths of checkpoint, upscaler, lora and gemma")
        self._encoding = settings.encoding
        self._device = _device(settings.device)
        if self._device.type == "cpu":
            # One core for x264 and the parent: torch's threads spin while they wait for one that gets no core, which
            # made a shot six times as slow on two busy cores.
            torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
        try:
            self._models: Models | None = weights.load(settings.weights, self._device)
        except torch.OutOfMemoryError as error:
            raise MemoryError(f"the models do not fit on {self._device}: {error}") from error
        name, memory = _describe(self._device)
        self.ready = Ready(
            engine="ltx",
            reason=reason,
            device=name,
            device_memory=memory,
            versions={package: version(package) for package in PACKAGES},
            seconds=round(time.perf_counter() - start, 3),
        )

    def render(self, shot: Render, watch: Watch) -> Done:
        """Render `shot` into `shot.output`.

        Raises:
            Cancelled: through `watch`.
            Rejected: the request cannot be rendered as it stands.
            MemoryError: the device has too little memory left.
            RuntimeError: the latents came out as NaN or infinity; another try may do.
        """
        try:
            return self._render(shot, watch)
        except torch.OutOfMemoryError as error:
            message = str(error)
        # Only here has the traceback let go of the shot's tensors, so that their memory can go back.
        self._collect()
        raise MemoryError(message)

    def close(self) -> None:
        """Drop the models and give their memory back."""
        self._models = None
        self._collect()

    @torch.inference_mode()
    def _render(self, shot: Render, watch: Watch) -> Done:
        if self._models is None:
            raise RuntimeError("the engine is closed")
        limits.check(shot)
        clock = StageClock(self._device)
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        if shot.lora_strength != self._models.lora.strength:
            with clock.stage("lora"):
                self._models.lora.fuse(shot.lora_strength)
        pipeline = TwoStagePipeline(self._models)
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
        latents = pipeline.latents(take, watch, clock)
        frames = self._write(shot, pipeline, latents, watch, clock)
        return Done(
            job=shot.job,
            path=shot.output,
            width=shot.width,
            height=shot.height,
            frames=frames,
            stages=clock.seconds,
            peak_memory=peak_memory(self._device),
        )

    def _write(
        self, shot: Render, pipeline: TwoStagePipeline, latents: Latents, watch: Watch, clock: StageClock
    ) -> int:
        """Decode `latents` into the clip, piece by piece; return the frames in it.

        Trimmed frames are decoded all the same: they lie in the last piece, whose frames come out together.
        """
        with clock.stage("audio"):
            sound = pipeline.sound(latents)
            samples = sound.waveform.cpu().numpy()
        clip = ClipWriter(shot.output, geometry_of(shot), shot.frames, shot.trim, encoding=self._encoding)
        with clock.stage("encode"), clip as writer:
            writer.write_sound(samples, sound.sampling_rate)
            decoded = 0
            for chunk in clock.each("decode", pipeline.frames(latents)):
                decoded = min(decoded + len(chunk), writer.frames)
                watch.progress("decode", decoded, writer.frames)
                for frame in chunk.numpy():
                    writer.write_rgb(frame)
                watch.progress("encode", writer.written, writer.frames)
        return writer.frames

    def _collect(self) -> None:
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda:0" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _describe(device: torch.device) -> tuple[str, int]:
    """Return the device's name and its memory in bytes (0 for the CPU)."""
    if device.type != "cuda":
        return str(device), 0
    return torch.cuda.get_device_name(device), torch.cuda.mem_get_info(device)[1]


def peak_memory(device: torch.device) -> int:
    """Return the bytes of device memory held at the peak; on a CPU, the process's largest resident size."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
