"""All models of one LTX-2.3 set, each built once and kept.

`ltx_pipelines` builds every model anew for each call and drops it afterwards: 70 GB read again for every shot. Here
ltx_core's own builders run once, on the CPU, where a model is a view of its mapped file; what stays on the device as it
is has been on its way there since before (`reading.py`), and takes the place of those views. The memory plan says what
else goes to the device and what waits in host memory.
"""

from __future__ import annotations

import itertools
import logging
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from renderer.ltx import fp8, levels, lora_files, moving, opening, plans, streaming, vae
from renderer.ltx.gemma import sizes_of
from renderer.ltx.graphs import RecordedBlocks
from renderer.ltx.library import ModelLedger, no_init_weights, renamed
from renderer.ltx.lora import FusedLoras
from renderer.ltx.prompt_encoder import PromptEncoder
from renderer.ltx.text import TextSide
from renderer.ltx.unneeded import NumbersOnHost

if TYPE_CHECKING:
    from collections.abc import Generator

    from renderer.ltx.library import (
        AudioDecoder,
        Builder,
        Embeddings1DConnector,
        EmbeddingsProcessor,
        GemmaTextEncoder,
        LatentUpsampler,
        VideoDecoder,
        VideoEncoder,
        Vocoder,
        X0Model,
    )
    from renderer.ltx.plans import Plan
    from renderer.ltx.reading import Reading
    from renderer.protocol import Kernels, Precision, Weights

log = logging.getLogger(__name__)

DTYPE = torch.bfloat16

UNUSED = ("lm_head", "model.vision_tower", "model.multi_modal_projector")
"""What of Gemma has prompts written anew, and pictures read: never asked for here, and left in its file."""

CPU = torch.device("cpu")

RESERVED = 8 * 10**9
"""Bytes of device memory that the models beside transformer and text encoder take (estimate), when the LoRA's base
weights look for a place."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one set on one device, in evaluation mode, bfloat16 but for what `renderer.ltx.fp8` rounds.

    Attributes:
        device: where they work; by `plan`, not all of them rest there.
        plan: the memory plan.
        text: text encoder and embeddings processor.
    """

    device: torch.device
    plan: Plan
    text: PromptEncoder
    video_encoder: VideoEncoder
    transformer: X0Model
    upsampler: LatentUpsampler
    video_decoder: VideoDecoder | vae.StreamingDecoder
    audio_decoder: AudioDecoder
    vocoder: Vocoder
    lora: FusedLoras

    def spare(self) -> str:
        """Give up what takes memory and only saves time, a part at each call; return which part, "" for none left."""
        if self.lora.spare():
            return "the LoRA's base weights on the device"
        modules = [*self.transformer.velocity_model.transformer_blocks, self.video_decoder]
        able = [each for each in modules if isinstance(each, RecordedBlocks | vae.StreamingDecoder)]
        spared = [each.spare() for each in (self.text, *able)]
        return "recordings and larger pieces of video" if any(spared) else ""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a set is to be loaded.

    Attributes:
        plan: the memory plan.
        precision: `fast` rounds the transformer to float8, as a plan may do, too, and leaves padding out of prompts.
        kernels: `plain` or `fused` (see `renderer.ltx.kernels`).
        lora_strength: what to fuse the LoRA at.
        styles: the files of the style LoRAs that may be fused beside it.
    """

    plan: Plan = plans.PLANS[0]
    precision: Precision = "exact"
    kernels: Kernels = "plain"
    lora_strength: float = 0.8
    styles: tuple[Path, ...] = ()


DEFAULT = Choices()


def load(weights: Weights, device: torch.device, choices: Choices = DEFAULT, reading: Reading | None = None) -> Models:
    """Build every model of `weights` and bring it where `choices.plan` wants it, the LoRA fused.

    Args:
        weights: the files.
        device: where the models work.
        choices: how.
        reading: what is being read already, as `opening.read` would for these arguments; closed on return.

    Raises:
        FileNotFoundError: names every weight file that is missing.
        BadFile: a weight file is no safetensors file, or is cut off.
        UnusableLora: a LoRA is not one for this model.
        torch.OutOfMemoryError: the device is too small.
    """
    with closing(reading or opening.read(weights, device, choices.plan, choices.precision)) as under_way:
        return _load(weights, device, choices, under_way)


@torch.inference_mode()
def _load(weights: Weights, device: torch.device, choices: Choices, reading: Reading) -> Models:
    lora_files.require(choices.styles, Path(weights.checkpoint))
    plan = choices.plan
    rounds = plan.rounds(choices.precision)
    ledger = ModelLedger(
        dtype=DTYPE,
        device=CPU,
        checkpoint_path=weights.checkpoint,
        gemma_root_path=weights.gemma,
        spatial_upsampler_path=weights.upscaler,
    )
    with _timed("models built"), sizes_of(Path(weights.gemma)), no_init_weights(), NumbersOnHost():
        text_encoder = ledger.text_encoder()
        embeddings = ledger.gemma_embeddings_processor()
        transformer = ledger.transformer()
        video_encoder, video_decoder = ledger.video_encoder(), ledger.video_decoder()
        audio_decoder, vocoder = ledger.audio_decoder(), ledger.vocoder()
        upsampler = ledger.spatial_upsampler()
    for model, builder in (
        (text_encoder, ledger.text_encoder_builder),
        (embeddings, ledger.embeddings_processor_builder),
        (transformer.velocity_model, ledger.transformer_builder),
        (video_encoder, ledger.vae_encoder_builder),
        (video_decoder, ledger.vae_decoder_builder),
        (audio_decoder, ledger.audio_decoder_builder),
        (vocoder, ledger.vocoder_builder),
        (upsampler, ledger.upsampler_builder),
    ):
        _adopt(model, builder, reading)
    reading.wait()
    with _timed("text encoder placed"):
        waiting = [_gemma(text_encoder).get_submodule(name) for name in UNUSED]
        if plan.text_streamed:
            waiting += _stream_text(text_encoder, embeddings, device)
        moving.to_device((text_encoder, embeddings), device, leaving=waiting)
    with _timed("small models placed"):
        moving.to_device((video_encoder, video_decoder, audio_decoder, vocoder, upsampler), device)
    with _timed("transformer placed"):
        lora = _place_transformer(transformer, weights, device, choices, rounds=rounds)
    with _timed("LoRA fused"):
        lora.fuse(choices.lora_strength)
    return Models(
        device=device,
        plan=plan,
        text=PromptEncoder(
            TextSide(text_encoder, embeddings, device, trims=choices.precision == "fast"),
            records=choices.kernels == "fused" and device.type == "cuda" and not plan.text_streamed,
        ),
        video_encoder=video_encoder,
        transformer=transformer,
        upsampler=upsampler,
        video_decoder=(
            vae.StreamingDecoder(video_decoder)
            if choices.kernels == "fused" and vae.streams(video_decoder)
            else video_decoder
        ),
        audio_decoder=audio_decoder,
        vocoder=vocoder,
        lora=lora,
    )


def _adopt(model: torch.nn.Module, builder: Builder[Any], reading: Reading) -> None:
    """Give `model`, which `builder` built, those of its tensors that are being read, in place of the mapped ones."""
    tensors = dict(itertools.chain(model.named_parameters(), model.named_buffers()))
    for path in (builder.model_path,) if isinstance(builder.model_path, str) else builder.model_path:
        for name, tensor in renamed(reading.tensors(Path(path)), builder.model_sd_ops).items():
            if name in tensors:
                tensors[name].data = tensor


def _stream_text(
    text_encoder: GemmaTextEncoder, embeddings: EmbeddingsProcessor, device: torch.device
) -> list[torch.nn.Module]:
    """Let all layers of the text side wait in host memory, in the order in which they run (`text.py` has their sizes).

    Between the extractor's two, which are the largest, come the blocks that read what the first makes.

    Returns:
        What stays in host memory: these, and Gemma's embedding table, a view of its file like any model at first.
    """
    conveyor = streaming.Conveyor(device)
    language = _gemma(text_encoder).get_submodule("model.language_model")
    streaming.stream(cast("torch.nn.ModuleList", language.layers), conveyor)
    extractor = cast("torch.nn.Module", embeddings.feature_extractor)
    for name in ("video", "audio"):
        linear = f"{name}_aggregate_embed"
        setattr(extractor, linear, streaming.StreamedLayer(extractor.get_submodule(linear), conveyor))
        connector = cast("Embeddings1DConnector", embeddings.get_submodule(f"{name}_connector"))
        streaming.stream(connector.transformer_1d_blocks, conveyor)
    table = cast("torch.nn.Module", language.embed_tokens)
    return [table, *streaming.streamed(text_encoder), *streaming.streamed(embeddings)]


def _gemma(text_encoder: GemmaTextEncoder) -> torch.nn.Module:
    """Return the language model, which is optional only in ltx_core's annotation."""
    return cast("torch.nn.Module", text_encoder.model)


def _place_transformer(
    transformer: X0Model, weights: Weights, device: torch.device, choices: Choices, *, rounds: bool
) -> FusedLoras:
    """Bring the transformer where the plan wants it; return its LoRAs, not fused yet where it `rounds`."""
    velocity = transformer.velocity_model
    blocks = velocity.transformer_blocks
    resident = round(len(blocks) * choices.plan.resident_blocks)
    lora_path, checkpoint = Path(weights.lora), Path(weights.checkpoint)
    if rounds:
        lora = FusedLoras(
            transformer,
            lora_path,
            checkpoint,
            "file" if choices.plan.fp8 else None,
            styles=choices.styles,
            device=device,
            reserved=sum(parameter.nbytes for parameter in transformer.parameters()) // 2 + RESERVED,
        )
        below = "transformer_blocks."
        touched = {name.removeprefix(below) for name in lora.touched}
        layers = fp8.convert(blocks, lambda number: device if number < resident else CPU, touched)
        lora.replace({below + name: layer for name, layer in layers.items()})
        streaming.stream(blocks, streaming.Conveyor(device), resident)
        moving.to_device((transformer,), device, leaving=streaming.streamed(blocks))
    else:
        moving.to_device((transformer,), device)
        lora = FusedLoras(transformer, lora_path, checkpoint, styles=choices.styles)
    if choices.kernels == "fused":
        everywhere = resident == len(blocks)
        levels.install(velocity, levels.Aside(device) if everywhere and device.type == "cuda" else None)
        if everywhere:
            velocity.transformer_blocks = torch.nn.ModuleList([RecordedBlocks(blocks)])
    return lora


@contextmanager
def _timed(what: str) -> Generator[None]:
    start = time.perf_counter()
    yield
    log.info("%s in %.1f s", what, time.perf_counter() - start)
