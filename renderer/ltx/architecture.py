"""LTX-2.3's architecture figures, as they stand in a checkpoint's metadata, at full and at tiny scale.

From the public LTX-2.3 conversion tables. `full` has every width and depth of the real model; `tiny` keeps the same
classes, blocks and compression factors with the smallest widths that ltx_core accepts.
"""

from __future__ import annotations

from typing import Any, Literal

Scale = Literal["tiny", "full"]
Config = dict[str, Any]

TINY_GEMMA: Config = {
    "text_config": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "num_hidden_layers": 2,
        "vocab_size": 512,
        "query_pre_attn_scalar": 32,
    },
    "vision_config": {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_attention_heads": 2,
        "num_hidden_layers": 1,
        "image_size": 56,
    },
    "mm_tokens_per_image": 4,
    "image_token_index": 300,
    "boi_token_index": 301,
    "eoi_token_index": 302,
}
"""The entries of ltx_core's Gemma table that a tiny text encoder changes; a full one changes none."""


def checkpoint_config(scale: Scale) -> Config:
    """Return the main checkpoint's configuration (transformer, video VAE, audio VAE, vocoder)."""
    return {
        "transformer": _transformer(scale),
        "vae": _video_vae(scale),
        "audio_vae": _audio_vae(scale),
        "vocoder": _vocoder(scale),
    }


def upscaler_config(scale: Scale) -> Config:
    """Return the ×2 spatial upscaler's configuration."""
    return {
        "in_channels": 128,
        "mid_channels": 1024 if scale == "full" else 32,
        "num_blocks_per_stage": 4 if scale == "full" else 1,
        "dims": 3,
        "spatial_upsample": True,
        "temporal_upsample": False,
        "spatial_scale": 2.0,
        "rational_resampler": False,
    }


def lora_rank(scale: Scale) -> int:
    """Return the rank of the synthetic LoRA."""
    return 32 if scale == "full" else 4


def _transformer(scale: Scale) -> Config:
    if scale == "full":
        heads, head_dim, audio_heads, audio_head_dim, layers, connector_layers = 32, 128, 32, 64, 48, 8
    else:
        heads, head_dim, audio_heads, audio_head_dim, layers, connector_layers = 2, 32, 2, 16, 2, 1
    sizes: Config = {
        "num_attention_heads": heads,
        "attention_head_dim": head_dim,
        "in_channels": 128,
        "out_channels": 128,
        "num_layers": layers,
        "cross_attention_dim": heads * head_dim,
        "audio_num_attention_heads": audio_heads,
        "audio_attention_head_dim": audio_head_dim,
        "audio_in_channels": 128,
        "audio_out_channels": 128,
        "audio_cross_attention_dim": audio_heads * audio_head_dim,
        "connector_num_attention_heads": heads,
        "connector_attention_head_dim": head_dim,
        "connector_num_layers": connector_layers,
        "audio_connector_num_attention_heads": audio_heads,
        "audio_connector_attention_head_dim": audio_head_dim,
        "audio_connector_num_layers": connector_layers,
    }
    positions: Config = {
        "positional_embedding_type": "rope",
        "positional_embedding_theta": 10000.0,
        "positional_embedding_max_pos": [20, 2048, 2048],
        "audio_positional_embedding_max_pos": [20],
        "connector_positional_embedding_max_pos": [4096],
        "rope_type": "split",
        "frequencies_precision": "float64",
        "use_middle_indices_grid": True,
        "timestep_scale_multiplier": 1000,
        "av_ca_timestep_scale_multiplier": 1000,
    }
    captions: Config = {  # the 22B form: captions are projected in the embeddings processor, not in the transformer
        "caption_proj_before_connector": True,
        "caption_projection_first_linear": False,
        "caption_proj_input_norm": False,
        "caption_projection_second_linear": False,
    }
    form: Config = {
        "activation_fn": "gelu-approximate",
        "apply_gated_attention": True,
        "attention_bias": True,
        "av_cross_ada_norm": True,
        "connector_apply_gated_attention": True,
        "cross_attention_adaln": True,
        "cross_attention_norm": True,
        "double_self_attention": False,
        "dropout": 0.0,
        "norm_elementwise_affine": False,
        "norm_eps": 1e-6,
        "num_embeds_ada_norm": 1000,
        "only_cross_attention": False,
        "qk_norm": "rms_norm",
        "share_ff": False,
        "standardization_norm": "rms_norm",
        "upcast_attention": False,
        "use_audio_video_cross_attention": True,
        "use_linear_projection": False,
    }
    return sizes | positions | captions | form


def _video_vae(scale: Scale) -> Config:
    full = scale == "full"
    depths = (4, 6, 4, 2, 2) if full else (1, 1, 1, 1, 1)
    down = (
        ("compress_space_res", 2),
        ("compress_time_res", 2),
        ("compress_all_res", 2 if full else 1),
        ("compress_all_res", 1),
    )
    up = (("compress_space", 2), ("compress_time", 2), ("compress_all", 1), ("compress_all", 2))
    return {
        "dims": 3,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 128,
        "patch_size": 4,
        "encoder_blocks": _interleave(depths, down),
        "decoder_blocks": _interleave(depths, up),
        "decoder_base_channels": 128 if full else 8,
        "norm_layer": "pixel_norm",
        "latent_log_var": "uniform",
        "causal_decoder": False,
        "timestep_conditioning": False,
        "spatial_padding_mode": "zeros",
    }


def _interleave(depths: tuple[int, ...], resamplers: tuple[tuple[str, int], ...]) -> list[list[Any]]:
    """Return VAE blocks: residual blocks of each depth with a resampler between each two."""
    blocks: list[list[Any]] = []
    for depth, (name, multiplier) in zip(depths, resamplers, strict=False):
        blocks += [["res_x", {"num_layers": depth}], [name, {"multiplier": multiplier}]]
    return [*blocks, ["res_x", {"num_layers": depths[-1]}]]


def _audio_vae(scale: Scale) -> Config:
    decoder: Config = {
        "ch": 128,
        "out_ch": 2,
        "in_channels": 2,
        "ch_mult": [1, 2, 4],
        "num_res_blocks": 2 if scale == "full" else 1,
        "attn_resolutions": [],
        "resolution": 256,
        "z_channels": 8,
        "double_z": True,
        "norm_type": "pixel",
        "causality_axis": "height",
        "dropout": 0.0,
        "mid_block_add_attention": False,
        "mel_bins": 64,
    }
    return {
        "model": {"params": {"sampling_rate": 16000, "ddconfig": decoder}},
        "preprocessing": {"stft": {"hop_length": 160, "causal": True}, "mel": {"n_mel_channels": 64}},
    }


def _vocoder(scale: Scale) -> Config:
    full = scale == "full"
    common: Config = {
        "resblock": "AMP1",
        "stereo": True,
        "activation": "snakebeta",
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
        "use_tanh_at_final": False,
        "use_bias_at_final": False,
    }
    return {
        "vocoder": common
        | {
            "upsample_initial_channel": 1536 if full else 64,
            "upsample_rates": [5, 2, 2, 2, 2, 2],
            "upsample_kernel_sizes": [11, 4, 4, 4, 4, 4],
        },
        "bwe": common
        | {
            "upsample_initial_channel": 512 if full else 32,
            "upsample_rates": [6, 5, 2, 2, 2],
            "upsample_kernel_sizes": [12, 11, 4, 4, 4],
            "n_fft": 512,
            "hop_length": 80,
            "num_mels": 64,
            "input_sampling_rate": 16000,
            "output_sampling_rate": 48000,
        },
    }
