"""All models of one LTX-2.3 set, each built once and kept.

`ltx_pipelines` builds every model anew for each call and drops it afterwards: 70 GB read again for every shot. Here
ltx_core's own builders run once; what they make stays on the device.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch

from renderer.ltx import files
from renderer.ltx.gemma import sizes_of
from renderer.ltx.library import ModelLedger
from renderer.ltx.lora import FusedLora

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.ltx.library import (
        AudioDecoder,
        EmbeddingsProcessor,
        GemmaTextEncoder,
        LatentUpsampler,
        VideoDecoder,
        VideoEncoder,
        Vocoder,
        X0Model,
    )
    from renderer.protocol import Weights

log = logging.getLogger(__name__)

DTYPE = torch.bfloat16

Model = TypeVar("Model", bound=torch.nn.Module)


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one set on one device, in evaluation mode, bfloat16."""

    device: torch.device
    text_encoder: GemmaTextEncoder
    embeddings: EmbeddingsProcessor
    video_encoder: VideoEncoder
    transformer: X0Model
    upsampler: LatentUpsampler
    video_decoder: VideoDecoder
    audio_decoder: AudioDecoder
    vocoder: Vocoder
    lora: FusedLora


@torch.inference_mode()
def load(weights: Weights, device: torch.device, lora_strength: float = 0.8) -> Models:
    """Build every model of `weights` on `device`, the LoRA fused at `lora_strength`.

    Raises:
        FileNotFoundError: names every weight file that is missing.
        ValueError: the LoRA is not one for this model.
        torch.OutOfMemoryError: the device is too small.
    """
    files.require(weights)
    ledger = ModelLedger(
        dtype=DTYPE,
        device=device,
        checkpoint_path=weights.checkpoint,
        gemma_root_path=weights.gemma,
        spatial_upsampler_path=weights.upscaler,
    )
    with sizes_of(Path(weights.gemma)):
        text_encoder = _built("text encoder", ledger.text_encoder)
        embeddings = _built("embeddings processor", ledger.gemma_embeddings_processor)
    transformer = _built("transformer", ledger.transformer)
    lora = FusedLora(transformer, Path(weights.lora), Path(weights.checkpoint))
    lora.fuse(lora_strength)
    return Models(
        device=device,
        text_encoder=text_encoder,
        embeddings=embeddings,
        video_encoder=_built("video encoder", ledger.video_encoder),
        transformer=transformer,
        upsampler=_built("upsampler", ledger.spatial_upsampler),
        video_decoder=_built("video decoder", ledger.video_decoder),
        audio_decoder=_built("audio decoder", ledger.audio_decoder),
        vocoder=_built("vocoder", ledger.vocoder),
        lora=lora,
    )


def _built(name: str, build: Callable[[], Model]) -> Model:
    """Return what `build` makes, and log how long it took."""
    start = time.perf_counter()
    model = build()
    log.info("%s built in %.1f s", name, time.perf_counter() - start)
    return model
