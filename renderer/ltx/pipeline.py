"""The two stages of LTX-2.3's distilled pipeline over resident models.

The same functions in the same order as `ltx_pipelines.distilled.DistilledPipeline`, and random numbers drawn from one
generator in the same order, so that the same seed and inputs give the same latents, bit for bit. What differs: models
are not rebuilt, each step is reported and may be the last (cancel), and the loop never waits for the device: the step
sizes, which ltx_core reads back from the device at every step, are kept on the host beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import torch

from renderer.ltx import pins
from renderer.ltx.clock import Steps
from renderer.ltx.library import (
    DISTILLED_SIGMA_VALUES,
    STAGE_2_DISTILLED_SIGMA_VALUES,
    EulerDiffusionStep,
    GaussianNoiser,
    PipelineComponents,
    TilingConfig,
    VideoPixelShape,
    decode_audio,
    decode_video,
    denoise_audio_video,
    post_process_latent,
    simple_denoising_func,
    upsample_video,
)
from renderer.ltx.vae import StreamingDecoder
from renderer.ltx.weights import DTYPE
from renderer.protocol import FPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.engine import Watch
    from renderer.ltx.clock import StageClock
    from renderer.ltx.library import (
        Audio,
        ConditioningItem,
        DenoisingFunc,
        DenoisingLoopFunc,
        DiffusionStepProtocol,
        LatentState,
    )
    from renderer.ltx.pins import Encoded, PictureCache, Reference
    from renderer.ltx.prompts import Context, PromptCache
    from renderer.ltx.weights import Models

TILING = TilingConfig.default()
"""How the VAE decodes a video in pieces that overlap: ltx_pipelines' own choice, and frames depend on it."""


@dataclass(frozen=True, slots=True)
class Take:
    """What is rendered: size in pixels (multiples of 64), frames 8k+1."""

    prompt: str
    seed: int
    width: int
    height: int
    frames: int
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Latents:
    """What the stages end with.

    Attributes:
        video: bfloat16, `(1, 128, 1 + (frames - 1) / 8, height / 32, width / 32)`.
        audio: bfloat16, `(1, 8, 25 per second, 16)`.
        generator: drew the noise; a decoder that adds noise draws on.
    """

    video: torch.Tensor
    audio: torch.Tensor
    generator: torch.Generator

    def check(self) -> None:
        """Raise RuntimeError("not finite") where a number overflowed: the picture would be black or torn."""
        finite = torch.isfinite(self.video).all() & torch.isfinite(self.audio).all()
        if not finite.item():
            raise RuntimeError("not finite: the final latents hold NaN or infinity")


class TwoStagePipeline:
    """Turns takes into latents, and latents into frames and sound. All methods want `torch.inference_mode`."""

    def __init__(
        self, models: Models, prompts: PromptCache | None = None, pictures: PictureCache | None = None
    ) -> None:
        """Take the models, and where encoded prompts and pictures are kept."""
        self._models = models
        self._prompts = prompts
        self._pictures = pictures
        self._device = models.device
        self._components = PipelineComponents(dtype=DTYPE, device=models.device)

    def latents(self, take: Take, watch: Watch, clock: StageClock) -> Latents:
        """Render `take` up to its latents.

        Raises:
            Cancelled: from `watch`, between two steps.
            Rejected: a reference cannot be read.
            RuntimeError: the result is not finite.
        """
        generator = torch.Generator(device=self._device).manual_seed(take.seed)
        noiser = GaussianNoiser(generator=generator)
        with clock.stage("images"):  # first: what is no picture is found out before any work
            pictures = [(reference, self._picture(reference)) for reference in take.references]
            held_in_half = [pins.condition(reference, encoded.half) for reference, encoded in pictures]
            held_in_full = [pins.condition(reference, encoded.full) for reference, encoded in pictures]
        with clock.stage("text"):
            context = self.context(take.prompt)
        watch.progress("text", 1, 1)
        half, full = _pixel_shape(take, 2), _pixel_shape(take, 1)
        with clock.stage("stage1"):
            video, audio = self._denoise(
                half, held_in_half, noiser, DISTILLED_SIGMA_VALUES, context, watch=watch, stage="stage1"
            )
        with clock.stage("upsample"):
            upsampled = upsample_video(video.latent[:1], self._models.video_encoder, self._models.upsampler)
        watch.progress("upsample", 1, 1)
        with clock.stage("stage2"):
            video, audio = self._denoise(
                full,
                held_in_full,
                noiser,
                STAGE_2_DISTILLED_SIGMA_VALUES,
                context,
                watch=watch,
                stage="stage2",
                start=(upsampled, audio.latent),
            )
            latents = Latents(video.latent, audio.latent, generator)
            latents.check()
        return latents

    def frames(self, latents: Latents) -> Iterator[torch.Tensor]:
        """Decode the video piece by piece: uint8 `(frames, height, width, 3)` each, sRGB, on the device.

        A piece is decoded when it is asked for. Fused kernels decode without tiles: half the work, and no seams; stock,
        and so plain kernels, decode in tiles.
        """
        decoder = self._models.video_decoder
        if isinstance(decoder, StreamingDecoder):
            yield from decoder.frames(latents.video)
        else:
            yield from decode_video(latents.video, decoder, TILING, latents.generator)

    def sound(self, latents: Latents) -> Audio:
        """Decode the sound: float32 `(2, samples)` at `sampling_rate`."""
        return decode_audio(latents.audio, self._models.audio_decoder, self._models.vocoder)

    def context(self, prompt: str) -> Context:
        """Return the encoded `prompt`, kept or made now."""
        context = self._prompts and self._prompts.get(prompt, self._device)
        if context is None:
            context = self._models.text.encode([prompt])[0]
            if self._prompts is not None:
                self._prompts.put(prompt, context)
        return context

    def _picture(self, reference: Reference) -> Encoded:
        """Return the latents of `reference`, encoded now or before."""
        encoded = self._pictures and self._pictures.get(reference, self._device)
        if encoded is None:
            encoded = pins.encode(reference, self._models.video_encoder, DTYPE, self._device)
            if self._pictures:
                self._pictures.put(reference, encoded)
        return encoded

    def _denoise(
        self,
        shape: VideoPixelShape,
        conditions: list[ConditioningItem],
        noiser: GaussianNoiser,
        schedule: list[float],
        context: Context,
        *,
        watch: Watch,
        stage: str,
        start: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> tuple[LatentState, LatentState]:
        """Run one stage from noise, or from `start` noised to the schedule's first sigma."""
        sigmas = torch.tensor(schedule, dtype=torch.float32, device=self._device)
        loop = EulerLoop(
            schedule=torch.tensor(schedule, dtype=torch.float32),
            denoise=simple_denoising_func(context.video, context.audio, self._models.transformer),
            steps=Steps(watch, stage, len(schedule) - 1, self._device),
        )
        video_start, audio_start = start or (None, None)
        return denoise_audio_video(
            output_shape=shape,
            conditionings=conditions,
            noiser=noiser,
            sigmas=sigmas,
            stepper=EulerDiffusionStep(),
            denoising_loop_fn=cast("DenoisingLoopFunc", loop),  # which says tensors where it means states
            components=self._components,
            dtype=DTYPE,
            device=self._device,
            noise_scale=1.0 if start is None else cast("float", sigmas[0]),
            initial_video_latent=video_start,
            initial_audio_latent=audio_start,
        )


@dataclass(frozen=True, slots=True)
class EulerLoop:
    """Does what `ltx_pipelines.utils.samplers.euler_denoising_loop` does, and reports each step.

    Attributes:
        schedule: the sigmas once more, on the host. The stepper divides by them, and would wait for the device twice a
            step to read them there; the arithmetic is the same float32.
        denoise: one call of the transformer.
        steps: is told of each step.
    """

    schedule: torch.Tensor
    denoise: DenoisingFunc
    steps: Steps

    def __call__(
        self,
        sigmas: torch.Tensor,
        video_state: LatentState,
        audio_state: LatentState,
        stepper: DiffusionStepProtocol,
    ) -> tuple[LatentState, LatentState]:
        """Run all steps of the schedule.

        Raises:
            Cancelled: through `steps`, between two steps.
        """
        advance = stepper.step  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType] - untyped **kwargs
        for step in range(len(self.schedule) - 1):
            video, audio = self.denoise(video_state, audio_state, sigmas, step)
            video = post_process_latent(video, video_state.denoise_mask, video_state.clean_latent)
            audio = post_process_latent(audio, audio_state.denoise_mask, audio_state.clean_latent)
            video = advance(video_state.latent, video, self.schedule, step)
            audio = advance(audio_state.latent, audio, self.schedule, step)
            video_state = replace(video_state, latent=video)
            audio_state = replace(audio_state, latent=audio)
            self.steps.asked()
        self.steps.finish()
        return video_state, audio_state


def _pixel_shape(take: Take, divisor: int) -> VideoPixelShape:
    return VideoPixelShape(
        batch=1, frames=take.frames, height=take.height // divisor, width=take.width // divisor, fps=FPS
    )
