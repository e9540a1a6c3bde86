"""`ltx_pipelines.distilled.DistilledPipeline` as it comes: the yardstick for equality and speed, never a renderer."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import mock

import torch
from ltx_pipelines import distilled
from ltx_pipelines.utils.args import ImageConditioningInput
from ltx_pipelines.utils.media_io import encode_video

from renderer.ltx.gemma import sizes_of
from renderer.ltx.library import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps, get_video_chunks_number
from renderer.ltx.pipeline import TILING
from renderer.protocol import FPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from renderer.protocol import Render, StyleLora, Weights


Show: TypeAlias = "Callable[[Iterator[torch.Tensor]], Iterator[torch.Tensor]]"
"""Takes decoded pieces of a video, uint8 `(frames, height, width, 3)` each, and yields pieces of the same shape."""


@dataclass(frozen=True, slots=True)
class StockShot:
    """What the stock class made, on the host.

    Attributes:
        video: final video latents, as in `renderer.ltx.pipeline.Latents`.
        audio: final audio latents.
        frames: uint8 `(frames, height, width, 3)`; None where they went into a file.
        seconds: from the call to the last frame, decoded or written.
    """

    video: torch.Tensor
    audio: torch.Tensor
    frames: torch.Tensor | None
    seconds: float


class Stock:
    """The stock pipeline over one set of weights, on any device."""

    def __init__(
        self, weights: Weights, device: torch.device, lora_strength: float, styles: Iterable[StyleLora] = ()
    ) -> None:
        """Set the pipeline up; it builds its models at each call, `styles` fused beside the set's own LoRA."""
        loras = [(weights.lora, lora_strength), *((style.path, style.strength) for style in styles)]
        self._gemma = Path(weights.gemma)
        self._device = device
        self._pipeline = distilled.DistilledPipeline(
            distilled_checkpoint_path=weights.checkpoint,
            gemma_root=weights.gemma,
            spatial_upsampler_path=weights.upscaler,
            loras=[LoraPathStrengthAndSDOps(*each, LTXV_LORA_COMFY_RENAMING_MAP) for each in loras],
            device=device,
        )

    @torch.inference_mode()
    def render(self, shot: Render, *, encode: bool, show: Show | None = None) -> StockShot:
        """Render `shot` at its own size, which must be multiples of 64, from pictures used as they are.

        With `encode` frames go to `shot.output` through the stock encoder, untrimmed; else they are returned. What
        `show` makes of the decoded frames is used in their place.
        """
        latents: list[torch.Tensor] = []
        start = time.perf_counter()
        with ExitStack() as stack:
            stack.enter_context(sizes_of(self._gemma))
            for name in ("vae_decode_video", "vae_decode_audio"):
                stack.enter_context(mock.patch.object(distilled, name, _recording(getattr(distilled, name), latents)))
            if self._device.type != "cuda":  # the class waits for CUDA unconditionally
                stack.enter_context(mock.patch.object(torch.cuda, "synchronize"))
            chunks, sound = self._pipeline(
                prompt=shot.prompt,
                seed=shot.seed,
                height=shot.height,
                width=shot.width,
                num_frames=shot.frames,
                frame_rate=FPS,
                images=[ImageConditioningInput(pin.path, pin.frame, pin.strength) for pin in shot.pins],
                tiling_config=TILING,
            )
            if show is not None:
                chunks = show(chunks)
            frames = None
            if encode:
                encode_video(chunks, FPS, sound, shot.output, get_video_chunks_number(shot.frames, TILING))
            else:
                frames = torch.cat([chunk.cpu() for chunk in chunks])
        video, audio = latents
        return StockShot(video.cpu(), audio.cpu(), frames, time.perf_counter() - start)


def _recording(decode: Any, latents: list[torch.Tensor]) -> Any:
    """Return `decode`, which takes latents first, noting them: the class returns only what is decoded from them."""

    def record(latent: torch.Tensor, *arguments: Any) -> Any:
        latents.append(latent)
        return decode(latent, *arguments)

    return record
