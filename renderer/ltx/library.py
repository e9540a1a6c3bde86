"""Everything that this project takes from ltx_core and ltx_pipelines, in one place.

A later version of either is this file's work first. Only public names are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

# First: ltx_core imports torchaudio, and transformers whatever it finds.
from renderer.ltx import unneeded
from renderer.ltx.torchaudio_stub import TORCHAUDIO_STUBBED

# isort: split
from ltx_core.components.diffusion_steps import EulerDiffusionStep
from ltx_core.components.noisers import GaussianNoiser
from ltx_core.components.protocols import DiffusionStepProtocol
from ltx_core.conditioning import ConditioningItem, VideoConditionByKeyframeIndex, VideoConditionByLatentIndex
from ltx_core.loader import (
    LTXV_LORA_COMFY_RENAMING_MAP,
    LoraPathStrengthAndSDOps,
    LoraStateDictWithStrength,
    SafetensorsStateDictLoader,
    SDOps,
    StateDict,
    apply_loras,
)
from ltx_core.loader import SingleGPUModelBuilder as Builder
from ltx_core.model.audio_vae import AudioDecoder, AudioDecoderConfigurator, Vocoder, VocoderConfigurator, decode_audio
from ltx_core.model.common.normalization import PixelNorm
from ltx_core.model.transformer import LTXV_MODEL_COMFY_RENAMING_MAP, LTXModel, LTXModelConfigurator, X0Model
from ltx_core.model.transformer.attention import Attention
from ltx_core.model.transformer.rope import (
    LTXRopeType,
    apply_rotary_emb,
    generate_freq_grid_np,
    generate_freq_grid_pytorch,
    precompute_freqs_cis,
)
from ltx_core.model.transformer.transformer_args import TransformerArgs
from ltx_core.model.upsampler import LatentUpsampler, LatentUpsamplerConfigurator, upsample_video
from ltx_core.model.video_vae import (
    TilingConfig,
    VideoDecoder,
    VideoDecoderConfigurator,
    VideoEncoder,
    VideoEncoderConfigurator,
    decode_video,
    get_video_chunks_number,
)
from ltx_core.model.video_vae.resnet import UNetMidBlock3D
from ltx_core.model.video_vae.sampling import DepthToSpaceUpsample
from ltx_core.text_encoders.gemma import (
    EmbeddingsProcessor,
    EmbeddingsProcessorConfigurator,
    GemmaTextEncoder,
    GemmaTextEncoderConfigurator,
)
from ltx_core.text_encoders.gemma.config import GEMMA3_CONFIG_FOR_LTX
from ltx_core.text_encoders.gemma.embeddings_connector import Embeddings1DConnector
from ltx_core.text_encoders.gemma.feature_extractor import FeatureExtractorV2, norm_and_concat_per_token_rms
from ltx_core.types import Audio, LatentState, VideoPixelShape
from ltx_core.utils import rms_norm
from ltx_pipelines.utils import ModelLedger
from ltx_pipelines.utils.constants import (
    DEFAULT_IMAGE_CRF,
    DISTILLED_SIGMA_VALUES,
    STAGE_2_DISTILLED_SIGMA_VALUES,
)
from ltx_pipelines.utils.helpers import denoise_audio_video, post_process_latent, simple_denoising_func
from ltx_pipelines.utils.media_io import (
    normalize_latent,
    preprocess,  # pyright: ignore[reportUnknownVariableType] - see through_codec
    resize_and_center_crop,
)
from ltx_pipelines.utils.types import DenoisingFunc, DenoisingLoopFunc, PipelineComponents
from transformers.modeling_utils import no_init_weights

unneeded.show()

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "DEFAULT_IMAGE_CRF",
    "DISTILLED_SIGMA_VALUES",
    "GEMMA3_CONFIG_FOR_LTX",
    "LTXV_LORA_COMFY_RENAMING_MAP",
    "LTXV_MODEL_COMFY_RENAMING_MAP",
    "STAGE_2_DISTILLED_SIGMA_VALUES",
    "TORCHAUDIO_STUBBED",
    "Attention",
    "Audio",
    "AudioDecoder",
    "AudioDecoderConfigurator",
    "Builder",
    "ConditioningItem",
    "DenoisingFunc",
    "DenoisingLoopFunc",
    "DepthToSpaceUpsample",
    "DiffusionStepProtocol",
    "Embeddings1DConnector",
    "EmbeddingsProcessor",
    "EmbeddingsProcessorConfigurator",
    "EulerDiffusionStep",
    "FeatureExtractorV2",
    "GaussianNoiser",
    "GemmaTextEncoder",
    "GemmaTextEncoderConfigurator",
    "LTXModel",
    "LTXModelConfigurator",
    "LTXRopeType",
    "LatentState",
    "LatentUpsampler",
    "LatentUpsamplerConfigurator",
    "LoraPathStrengthAndSDOps",
    "LoraStateDictWithStrength",
    "ModelLedger",
    "PipelineComponents",
    "PixelNorm",
    "SafetensorsStateDictLoader",
    "StateDict",
    "TilingConfig",
    "TransformerArgs",
    "UNetMidBlock3D",
    "VideoConditionByKeyframeIndex",
    "VideoConditionByLatentIndex",
    "VideoDecoder",
    "VideoDecoderConfigurator",
    "VideoEncoder",
    "VideoEncoderConfigurator",
    "VideoPixelShape",
    "Vocoder",
    "VocoderConfigurator",
    "X0Model",
    "apply_loras",
    "apply_rotary_emb",
    "decode_audio",
    "decode_video",
    "denoise_audio_video",
    "generate_freq_grid_np",
    "generate_freq_grid_pytorch",
    "get_video_chunks_number",
    "meta_model",
    "no_init_weights",
    "norm_and_concat_per_token_rms",
    "normalize_latent",
    "post_process_latent",
    "precompute_freqs_cis",
    "renamed",
    "resize_and_center_crop",
    "rms_norm",
    "simple_denoising_func",
    "tensors_of",
    "through_codec",
    "upsample_video",
]


def meta_model(configurator: Any, config: dict[str, Any]) -> torch.nn.Module:
    """Return the model that one of ltx_core's configurators makes of `config`, on the meta device: shapes, no memory.

    `configurator` is untyped here because ltx_core annotates the `cls` of its class methods as the model's class.
    """
    with torch.device("meta"):
        return cast("torch.nn.Module", configurator.from_config(config))


def renamed(tensors: dict[str, torch.Tensor], operations: SDOps | None) -> dict[str, torch.Tensor]:
    """Return `tensors` of a file by the names that a model has for them, as its builder's `operations` give them.

    What the model does not want is left out; what it has twice comes twice.
    """
    if operations is None:
        return tensors
    named: dict[str, torch.Tensor] = {}
    for key, tensor in tensors.items():
        name = operations.apply_to_key(key)
        if name is not None:
            named |= {each.new_key: each.new_value for each in operations.apply_to_key_value(name, tensor)}
    return named


def tensors_of(state: StateDict) -> dict[str, torch.Tensor]:
    """Return the tensors of `state`, with the types that ltx_core leaves out."""
    return cast("dict[str, torch.Tensor]", state.sd)  # pyright: ignore[reportUnknownMemberType] - a bare `dict`


def through_codec(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `pixels`, `(height, width, 3)`, after one H.264 frame at the rate factor that LTX conditions with.

    The types are given here because ltx_pipelines annotates with `np.array`, which is a function.
    """
    return cast("NDArray[np.uint8]", preprocess(pixels, DEFAULT_IMAGE_CRF))
