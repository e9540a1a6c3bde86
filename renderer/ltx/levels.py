"""The transformer's block, with the work that repeats taken out: same weights, same arithmetic, fewer bytes.

ltx_core hands each block a modulation for every token: nine rows of the model's width, a gigabyte at 1280×704, made at
each step and read by each of 48 blocks. Tokens of one noise level share theirs, and a shot has two or three levels:
those of its pinned pictures, and the rest's. So a table holds nine rows for each level, and a number for each token
says which level is its own. Tables of positions are made once a stage, not once a step. What lies between two products
is one pass over memory (`renderer.ltx.rows`), and sound is worked on beside the picture.
"""

# Levels stands in for ltx_core's preprocessor and calls what that is made of, for which there are no public names:
# ruff: noqa: SLF001

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from renderer.ltx import rows, streaming
from renderer.ltx.library import TransformerArgs
from renderer.ltx.rows import Level, Modulation, form_for

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from renderer.ltx.library import Attention, LTXModel
    from renderer.ltx.rows import Form, Rows


def install(velocity: LTXModel, aside: Aside | None = None) -> None:
    """Put levels in the place of what `velocity` does at its blocks, wherever their weights lie.

    Args:
        velocity: the transformer.
        aside: where sound is worked on; None for where pictures are, as where weights come and go.
    """
    layers = velocity.transformer_blocks
    for place, layer in enumerate(layers):
        if isinstance(layer, streaming.StreamedLayer):
            layer.inner = LevelledBlock(layer.inner)
        else:
            layers[place] = LevelledBlock(layer, aside)
    for name in ("video_args_preprocessor", "audio_args_preprocessor"):
        setattr(velocity, name, Levels(getattr(velocity, name)))


class Aside:
    """A stream for sound, whose many small kernels leave most of a GPU idle, beside the picture's.

    Memory that one stream gave back is its own again before the other has read it; so whatever both use is held until
    they have met.
    """

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device, priority=-1)

    def work(self) -> AbstractContextManager[object]:
        """Work on this stream."""
        return torch.cuda.stream(self._stream)

    @contextmanager
    def parted(self) -> Generator[None]:
        """Let this stream go on from where the current one is, and the current one wait for it in the end.

        After an error, too: a recording of streams that have not met again cannot be ended, and PyTorch's allocator
        would take it to be under way for good.
        """
        current = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(current)
        try:
            yield
        finally:
            current.wait_stream(self._stream)


class _Together:
    """Sound on the picture's stream."""

    def work(self) -> AbstractContextManager[object]:
        return nullcontext()

    def parted(self) -> AbstractContextManager[object]:
        return nullcontext()


@dataclass(frozen=True)
class LevelledArgs(TransformerArgs):
    """ltx_core's arguments of a block; `timesteps` is `(1, levels, 9 * width)`.

    Attributes:
        levels: int64, `(tokens,)`: which row of `timesteps` is a token's.
    """

    levels: torch.Tensor | None = None


class LevelledBlock(nn.Module):
    """Runs a BasicAVTransformerBlock of ltx_core as this pipeline uses it: one sample, no masks, nothing perturbed."""

    def __init__(self, block: nn.Module, aside: Aside | None = None) -> None:
        """Take the weights of `block`; work on sound `aside`."""
        super().__init__()
        self.block = block
        self._aside = aside or _Together()

    def forward(self, video: Any, audio: Any, perturbations: Any = None) -> tuple[Any, Any]:
        """Return `video` and `audio` with `x` one block further."""
        del perturbations
        block = cast("Any", self.block)
        to_video, to_audio = block.audio_to_video_attn, block.video_to_audio_attn
        seen = _Side(
            args=video,
            to_itself=block.attn1,
            to_text=block.attn2,
            ff=block.ff,
            levels=_levels(block.scale_shift_table, video),
            text=_of_text(block.prompt_scale_shift_table, video),
            across=_across(block.scale_shift_table_a2v_ca_video, video),
            eps=block.norm_eps,
        )
        heard = _Side(
            args=audio,
            to_itself=block.audio_attn1,
            to_text=block.audio_attn2,
            ff=block.audio_ff,
            levels=_levels(block.audio_scale_shift_table, audio),
            text=_of_text(block.audio_prompt_scale_shift_table, audio),
            across=_across(block.scale_shift_table_a2v_ca_audio, audio),
            eps=block.norm_eps,
        )
        aside = self._aside
        # Of the modulations across, the first is for what video hears, the second for what audio sees.
        with aside.parted():
            vx, video_asks = seen.alone(to_video, 0)
            video_tells = seen.tell(vx, to_audio, 2)
            with aside.work():
                ax, audio_asks = heard.alone(to_audio, 2)
                audio_tells = heard.tell(ax, to_video, 0)
        places, times = video.cross_positional_embeddings, audio.cross_positional_embeddings
        with aside.parted():
            vx = seen.feed(vx, _attend(to_video, video_asks, audio_tells, places, times))
            with aside.work():
                ax = heard.feed(ax, _attend(to_audio, audio_asks, video_tells, times, places))
        return replace(video, x=vx), replace(audio, x=ax)


@dataclass(frozen=True, slots=True)
class _Side:
    """What a block does to one modality.

    Attributes:
        args: the modality.
        to_itself: attention to itself.
        to_text: attention to the prompt.
        ff: what comes last.
        levels: nine rows by noise level: shift, scale and gate of attention to itself, of `ff`, and of `to_text`.
        text: modulates the prompt.
        across: five rows: scale and shift twice, and the gate, of attention to the other modality.
        eps: of the norms.
    """

    args: LevelledArgs
    to_itself: Attention
    to_text: Attention
    ff: Any
    levels: list[Level]
    text: Modulation
    across: list[Level]
    eps: float

    def alone(self, attention: Attention, row: int) -> tuple[torch.Tensor, Rows]:
        """Attend to itself and to the prompt; return the tokens, and what `attention` asks the other modality with."""
        args = self.args
        x = rows.modulated(args.x, self._levelled(0), _query(self.to_itself, shared=True), eps=self.eps)
        added = _attend(self.to_itself, x, x, args.positional_embeddings, args.positional_embeddings)
        vx, x = rows.stepped(args.x, added, self.levels[2], self._levelled(6), _query(self.to_text), eps=self.eps)
        text = rows.modulated(args.context, self.text, _context(self.to_text), eps=None)
        added = _attend(self.to_text, x, text)
        return rows.stepped(vx, added, self.levels[8], self._crossing(row), _query(attention), eps=self.eps)

    def tell(self, x: torch.Tensor, attention: Attention, row: int) -> Rows:
        """Return what `attention` of the other modality attends to."""
        return rows.modulated(x, self._crossing(row), _context(attention), eps=self.eps)

    def feed(self, x: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
        """Return `x` with what attention to the other modality `added`, and fed forward."""
        first, last = self.ff.net[0].proj, self.ff.net[2]
        x, y = rows.stepped(x, added, self.across[4], self._levelled(3), form_for(first), eps=self.eps)
        return rows.moved(x, rows.gelu(y.through(first), form_for(last)).through(last), self.levels[5])

    def _levelled(self, row: int) -> Modulation:
        return Modulation(scale=self.levels[row + 1], shift=self.levels[row])

    def _crossing(self, row: int) -> Modulation:
        return Modulation(scale=self.across[row], shift=self.across[row + 1])


def _levels(table: torch.Tensor, args: LevelledArgs) -> list[Level]:
    """Return each row of the block's `table`, moved by each level."""
    moved = args.timesteps.view(-1, *table.shape) + table.to(args.timesteps.dtype)
    return [Level(values, args.levels) for values in moved.unbind(1)]


def _across(table: torch.Tensor, args: LevelledArgs) -> list[Level]:
    """Return the five rows of the block's `table`, moved by the other modality's step."""
    both = cast("tuple[torch.Tensor, ...]", (args.cross_scale_shift_timestep, args.cross_gate_timestep))
    step = torch.cat([each.flatten() for each in both])
    return [Level(values[None]) for values in table.to(step.dtype) + step.view(table.shape)]


def _of_text(table: torch.Tensor, args: LevelledArgs) -> Modulation:
    prompt = cast("torch.Tensor", args.prompt_timestep)
    shift, scale = table.to(prompt.dtype) + prompt.view(table.shape)
    return Modulation(scale=Level(scale[None]), shift=Level(shift[None]))


def _query(attention: Attention, *, shared: bool = False) -> Form:
    """Return the form of what `attention` asks with; `shared` where it is also what it asks."""
    layers = (attention.to_q, attention.to_gate_logits)
    return form_for(*layers, attention.to_k, attention.to_v) if shared else form_for(*layers)


def _context(attention: Attention) -> Form:
    """Return the form of what `attention` asks."""
    return form_for(attention.to_k, attention.to_v)


def _attend(
    attention: Attention, x: Rows, context: Rows, positions: Any = None, context_positions: Any = None
) -> torch.Tensor:
    """Return `attention` of `x` to `context`, gated and projected."""
    heads, kind = attention.heads, attention.rope_type
    q = rows.turned(x.through(attention.to_q), attention.q_norm, heads, positions, kind)
    k = rows.turned(context.through(attention.to_k), attention.k_norm, heads, context_positions, kind)
    v = context.through(attention.to_v)
    v = v.view(1, -1, heads, attention.dim_head).transpose(1, 2)
    out = nn.functional.scaled_dot_product_attention(q, k, v)
    gates = attention.to_gate_logits
    logits = None if gates is None else x.through(gates)
    last = attention.to_out[0]
    return rows.gated(out, logits, form_for(last)).through(last)


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
