"""`ltx_pipelines.distilled.DistilledPipeline` as it comes: the yardstick for equality and speed, never a renderer."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
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

    from renderer.ltx.library import Audio
    from renderer.protocol import Render, StyleLora, Weights


Show: TypeAlias = "Callable[[Iterator[torch.Tensor]], Iterator[torch.Tensor]]"
"""Takes decoded pieces of a video, uint8 `(frames, height, width, 3)` each, and yields pieces of the same shape."""


@dataclass(frozen=True, slots=True)
class StockShot:
    """What a call of the stock class returned; holds its video decoder on the device.

    Attributes:
        video: final video latents, as in `renderer.ltx.pipeline.Latents`.
        audio: final audio latents.
        sound: decoded.
        decode: decodes the video, as the class does, anew at each call; wants `torch.inference_mode`.
        seconds: of the call, at whose end no frame is decoded yet.
    """

    video: torch.Tensor
    audio: torch.Tensor
    sound: Audio
    decode: Callable[[], Iterator[torch.Tensor]]
    seconds: float

    @torch.inference_mode()
    def frames(self) -> torch.Tensor:
        """Return all frames on the host, uint8 `(frames, height, width, 3)`."""
        return torch.cat([chunk.cpu() for chunk in self.decode()])

    @torch.inference_mode()
    def write(self, shot: Render, show: Show | None = None) -> float:
        """Decode the video into `shot.output` through the stock encoder, untrimmed; return the seconds.

        What `show` makes of the decoded frames is encoded in their place.
        """
        start = time.perf_counter()
        chunks = self.decode()
        if show is not None:
            chunks = show(chunks)
        encode_video(chunks, FPS, self.sound, shot.output, get_video_chunks_number(shot.frames, TILING))
        return time.perf_counter() - start


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
    def render(self, shot: Render) -> StockShot:
        """Render `shot` at its own size, which must be multiples of 64, from pictures used as they are."""
        calls: list[partial[Any]] = []
        start = time.perf_counter()
        with ExitStack() as stack:
            stack.enter_context(sizes_of(self._gemma))
            for name in ("vae_decode_video", "vae_decode_audio"):
                noted = _noting(getattr(distilled, name), calls)
                stack.enter_context(mock.patch.object(distilled, name, noted))
            if self._device.type != "cuda":  # the class waits for CUDA unconditionally
                stack.enter_context(mock.patch.object(torch.cuda, "synchronize"))
            _, sound = self._pipeline(
                prompt=shot.prompt,
                seed=shot.seed,
                height=shot.height,
                width=shot.width,
                num_frames=shot.frames,
                frame_rate=FPS,
                images=[ImageConditioningInput(pin.path, pin.frame, pin.strength) for pin in shot.pins],
                tiling_config=TILING,
            )
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        seconds = time.perf_counter() - start
        video, audio = calls
        return StockShot(video.args[0].cpu(), audio.args[0].cpu(), sound, video, seconds)


def _noting(decode: Any, calls: list[partial[Any]]) -> Any:
    """Return `decode`, noting its calls: the class returns neither the latents nor the decoder, which are arguments."""

    def note(*arguments: Any) -> Any:
        calls.append(partial(decode, *arguments))
        return decode(*arguments)

    return note
