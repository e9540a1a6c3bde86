"""The transformer's block, with the work that repeats taken out: same weights, same arithmetic, fewer bytes.

ltx_core hands each block a modulation for every token: nine rows of the model's width, a gigabyte at 1280×704, made at
each step and read by each of 48 blocks. Tokens of one noise level share theirs, and a shot has two or three levels:
those of its pinned pictures, and the rest's. So a table holds nine rows for each level, and a number for each token
says which level is its own. Tables of positions are made once a stage, not once a step; and where several layers read
one input, it is rounded to float8 once.
"""

# Levels stands in for ltx_core's preprocessor and calls what that is made of, for which there are no public names:
# ruff: noqa: SLF001

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from renderer.ltx import streaming
from renderer.ltx.fp8 import Fp8Linear, product, rounded
from renderer.ltx.library import TransformerArgs, apply_rotary_emb, rms_norm

if TYPE_CHECKING:
    from renderer.ltx.library import Attention, LTXModel


def install(velocity: LTXModel) -> list[LevelledBlock]:
    """Put levels in the place of what `velocity` does at its blocks; return the blocks, wherever their weights lie."""
    layers = velocity.transformer_blocks
    made: list[LevelledBlock] = []
    for place, layer in enumerate(layers):
        if isinstance(layer, streaming.StreamedLayer):
            layer.inner = block = LevelledBlock(layer.inner)
        else:
            layers[place] = block = LevelledBlock(layer)
        made.append(block)
    for name in ("video_args_preprocessor", "audio_args_preprocessor"):
        setattr(velocity, name, Levels(getattr(velocity, name)))
    return made


@dataclass(frozen=True)
class LevelledArgs(TransformerArgs):
    """ltx_core's arguments of a block; `timesteps` is `(1, levels, 9 * width)`.

    Attributes:
        levels: int64, `(tokens,)`: which row of `timesteps` is a token's.
    """

    levels: torch.Tensor | None = None


class LevelledBlock(nn.Module):
    """Runs a BasicAVTransformerBlock of ltx_core as this pipeline uses it: one sample, no masks, nothing perturbed."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, video: Any, audio: Any, perturbations: Any = None) -> tuple[Any, Any]:
        """Return `video` and `audio` with `x` one block further."""
        del perturbations
        block = cast("Any", self.block)
        eps = block.norm_eps
        vx, ax = video.x, audio.x

        shift, scale, gate = _modulation(block.scale_shift_table, video, 0, 3)
        x = rms_norm(vx, eps=eps) * (1 + scale) + shift
        vx = vx + _attend(block.attn1, x, x, video.positional_embeddings) * gate
        vx = vx + _read_text(block.attn2, vx, video, (block.scale_shift_table, block.prompt_scale_shift_table), eps)

        shift, scale, gate = _modulation(block.audio_scale_shift_table, audio, 0, 3)
        x = rms_norm(ax, eps=eps) * (1 + scale) + shift
        ax = ax + _attend(block.audio_attn1, x, x, audio.positional_embeddings) * gate
        ax = ax + _read_text(
            block.audio_attn2, ax, audio, (block.audio_scale_shift_table, block.audio_prompt_scale_shift_table), eps
        )

        of_video, of_audio = rms_norm(vx, eps=eps), rms_norm(ax, eps=eps)
        video_ada = _crossing(block.scale_shift_table_a2v_ca_video, video)
        audio_ada = _crossing(block.scale_shift_table_a2v_ca_audio, audio)
        vx = (
            vx
            + _attend(
                block.audio_to_video_attn,
                of_video * (1 + video_ada[0]) + video_ada[1],
                of_audio * (1 + audio_ada[0]) + audio_ada[1],
                video.cross_positional_embeddings,
                audio.cross_positional_embeddings,
            )
            * video_ada[4]
        )
        ax = (
            ax
            + _attend(
                block.video_to_audio_attn,
                of_audio * (1 + audio_ada[2]) + audio_ada[3],
                of_video * (1 + video_ada[2]) + video_ada[3],
                audio.cross_positional_embeddings,
                video.cross_positional_embeddings,
            )
            * audio_ada[4]
        )

        shift, scale, gate = _modulation(block.scale_shift_table, video, 3, 6)
        vx = vx + block.ff(rms_norm(vx, eps=eps) * (1 + scale) + shift) * gate
        shift, scale, gate = _modulation(block.audio_scale_shift_table, audio, 3, 6)
        ax = ax + block.audio_ff(rms_norm(ax, eps=eps) * (1 + scale) + shift) * gate
        return replace(video, x=vx), replace(audio, x=ax)


def _modulation(table: torch.Tensor, args: LevelledArgs, first: int, last: int) -> tuple[torch.Tensor, ...]:
    """Return rows `first` to `last` of the block's `table`, moved by each token's level: `(1, tokens, width)` each."""
    rows, width = table.shape
    levels = args.timesteps.view(1, -1, rows, width)[:, :, first:last] + table[first:last].to(args.timesteps.dtype)
    return tuple(level[:, args.levels] for level in levels.unbind(2))


def _crossing(table: torch.Tensor, args: LevelledArgs) -> tuple[torch.Tensor, ...]:
    """Return scale and shift of the way in, scale and shift of the way out, and gate: `(1, 1, width)` each."""
    width = table.shape[1]
    moved = cast("torch.Tensor", args.cross_scale_shift_timestep)
    gate = cast("torch.Tensor", args.cross_gate_timestep)
    table = table.to(moved.dtype)
    four = (table[:4] + moved.view(1, -1, 4, width)).unbind(2)
    return (*four, (table[4:] + gate.view(1, -1, 1, width))[:, :, 0])


def _read_text(
    attention: Attention, x: torch.Tensor, args: LevelledArgs, tables: tuple[torch.Tensor, torch.Tensor], eps: float
) -> torch.Tensor:
    """Return what attention to the prompt adds to `x`; `tables` are the block's for tokens and for the prompt."""
    table, text_table = tables
    shift, scale, gate = _modulation(table, args, 6, 9)
    prompt = cast("torch.Tensor", args.prompt_timestep)
    text_shift, text_scale = (text_table.to(x.dtype) + prompt.view(1, -1, 2, text_table.shape[1])).unbind(2)
    query = rms_norm(x, eps=eps) * (1 + scale) + shift
    return _attend(attention, query, args.context * (1 + text_scale) + text_shift) * gate


def _attend(
    attention: Attention,
    x: torch.Tensor,
    context: torch.Tensor,
    positions: Any = None,
    context_positions: Any = None,
) -> torch.Tensor:
    """Return `attention` of `x` to `context`, gated and projected."""
    if context is x:
        q, k, v = _project(x, attention.to_q, attention.to_k, attention.to_v)
    else:
        (q,), (k, v) = _project(x, attention.to_q), _project(context, attention.to_k, attention.to_v)
    q, k = attention.q_norm(q), attention.k_norm(k)
    if positions is not None:
        q = apply_rotary_emb(q, positions, attention.rope_type)
        k = apply_rotary_emb(k, positions if context_positions is None else context_positions, attention.rope_type)
    q, k, v = (each.view(1, -1, attention.heads, attention.dim_head).transpose(1, 2) for each in (q, k, v))
    out = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2)
    if attention.to_gate_logits is not None:
        out = out * (2.0 * torch.sigmoid(attention.to_gate_logits(x))).unsqueeze(-1)
    return attention.to_out(out.flatten(2))


def _project(x: torch.Tensor, *layers: nn.Module) -> list[torch.Tensor]:
    """Return what each of `layers` makes of `x`."""
    if not all(isinstance(layer, Fp8Linear) for layer in layers):
        return [layer(x) for layer in layers]
    rows, scale = rounded(x.reshape(-1, x.shape[-1]))
    made = (product(rows, layer.weight, scale, layer.scale, layer.bias) for layer in cast("list[Fp8Linear]", layers))
    return [each.view(*x.shape[:-1], -1) for each in made]


class Levels:
    """Stands before the blocks: makes their arguments from a modality, as ltx_core's preprocessor does.

    What does not change during a stage is made once for it: tables of positions, and the tokens' levels.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._positions: torch.Tensor | None = None  # of the stage that the rest was made for
        self._levels: torch.Tensor | None = None
        self._first: torch.Tensor | None = None
        self._tables: tuple[Any, Any] = (None, None)

    def prepare(self, modality: Any, cross_modality: Any = None) -> LevelledArgs:
        """Return the arguments of the first block."""
        inner, simple = self._inner, self._inner.simple_preprocessor
        dtype = modality.latent.dtype
        if modality.positions is not self._positions:
            self._meet(modality)
        x = simple.patchify_proj(modality.latent)
        timesteps, embedded = simple._prepare_timestep(modality.timesteps[:, self._first], simple.adaln, 1, dtype)
        prompt, _ = simple._prepare_timestep(modality.sigma, simple.prompt_adaln, 1, dtype)
        cross, gate = inner._prepare_cross_attention_timestep(
            timestep=cross_modality.sigma.view(1, 1, *[1] * len(modality.timesteps.shape[2:])),
            timestep_scale_multiplier=simple.timestep_scale_multiplier,
            batch_size=1,
            hidden_dtype=dtype,
        )
        return LevelledArgs(
            x=x,
            context=simple._prepare_context(modality.context, x),
            context_mask=cast("torch.Tensor", None),  # as ltx_core makes it, whatever it says
            timesteps=timesteps,
            embedded_timestep=embedded[:, self._levels],
            positional_embeddings=self._tables[0],
            cross_positional_embeddings=self._tables[1],
            cross_scale_shift_timestep=cross,
            cross_gate_timestep=gate,
            enabled=modality.enabled,
            prompt_timestep=prompt,
            levels=self._levels,
        )

    def _meet(self, modality: Any) -> None:
        """Make what holds for all steps of a stage."""
        inner, simple = self._inner, self._inner.simple_preprocessor
        values, levels = modality.timesteps.flatten().unique(return_inverse=True)
        first = torch.zeros_like(values, dtype=torch.int64)
        first.scatter_(0, levels, torch.arange(len(levels), device=levels.device))
        self._levels, self._first = levels, first
        dtype = modality.latent.dtype
        self._tables = (
            simple._prepare_positional_embeddings(
                positions=modality.positions,
                inner_dim=simple.inner_dim,
                max_pos=simple.max_pos,
                use_middle_indices_grid=simple.use_middle_indices_grid,
                num_attention_heads=simple.num_attention_heads,
                x_dtype=dtype,
            ),
            simple._prepare_positional_embeddings(
                positions=modality.positions[:, 0:1, :],
                inner_dim=inner.audio_cross_attention_dim,
                max_pos=[inner.cross_pe_max_pos],
                use_middle_indices_grid=True,
                num_attention_heads=simple.num_attention_heads,
                x_dtype=dtype,
            ),
        )
        self._positions = modality.positions
