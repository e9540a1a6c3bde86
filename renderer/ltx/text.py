"""Prompts become contexts: what ltx_core's text side does, without the work that repeats or that nobody reads.

ltx_core sends 1024 tokens through Gemma for each prompt, padded on the left. What Gemma makes of padding is masked by
the feature extractor, and the connectors put learned registers in its place; so `trims` leaves padding out, and the
prompt's tokens keep their positions. Sums then run over other lengths, and contexts differ by their rounding.

Where layers wait in host memory, each is brought once for several prompts, which go through it one by one: what becomes
of a prompt does not depend on what is encoded beside it, to the last bit. Pieces are small, so that a plan's memory is
the shot's (full size, MiB; at most two pieces are on the device at a time):

    Gemma's embedding table      1920  stays in host memory: rows are looked up there
    48 layers of Gemma         à  428
    the video's features         1470
    8 blocks of its connector  à  384
    the sound's features          735
    8 blocks of its connector  à   96

Two neighbours take 1898 at most. A prompt of 1024 tokens has 368 of hidden states, and while they are normalised four
times as much; the weights for the video's features are there then. So a pass takes 2.9 GiB at its peak for one such
prompt, and 4.0 for four (`prompt_encoder.AT_ONCE`).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from renderer.ltx.library import (
    generate_freq_grid_np,
    generate_freq_grid_pytorch,
    norm_and_concat_per_token_rms,
    precompute_freqs_cis,
    rms_norm,
)
from renderer.ltx.prompts import Context
from renderer.ltx.streaming import StreamedLayer, present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.ltx.library import (
        Embeddings1DConnector,
        EmbeddingsProcessor,
        FeatureExtractorV2,
        GemmaTextEncoder,
    )

log = logging.getLogger(__name__)

TOKENS = 1024
"""A prompt's tokens at most, and what it is filled up to: ltx_core's own number."""

STEP = 128
"""Trimmed prompts are so many tokens long, or a multiple of it: there is a recording for each length."""

Tables = tuple[torch.Tensor, torch.Tensor]
"""Cosines and sines of positions."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt as Gemma reads it.

    Attributes:
        ids: int64, `(1, length)`, the prompt's own at the end; where Gemma's embedding table lies.
        count: int64, `(1,)`: how many are the prompt's own; on the device.
        whole: whether there is no room for padding.
    """

    ids: torch.Tensor
    count: torch.Tensor
    whole: bool

    @property
    def known(self) -> torch.Tensor:
        """Which are the prompt's own: bool, `(length,)`."""
        length = self.ids.shape[1]
        return torch.arange(length, device=self.count.device) >= length - self.count


class TextSide:
    """Text encoder and embeddings processor of one set. All methods want `torch.inference_mode`.

    Args:
        text_encoder: on the device, or streamed to it; its embedding table may lie in host memory.
        embeddings: likewise.
        device: where they work.
        trims: whether padding is left out.

    Attributes:
        device: where they work.
    """

    def __init__(
        self,
        text_encoder: GemmaTextEncoder,
        embeddings: EmbeddingsProcessor,
        device: torch.device,
        *,
        trims: bool = False,
    ) -> None:
        # Both are optional in ltx_core's annotations only; transformers has hardly any.
        self._tokenizer = cast("Any", text_encoder.tokenizer).tokenizer
        self._gemma = cast("Any", text_encoder.model).model.language_model
        self._embeddings = embeddings
        self.device = device
        self._trims = trims
        self._tables: dict[str, Tables] = {}

    @property
    def streamed(self) -> bool:
        """Whether layers wait in host memory."""
        return isinstance(self._gemma.layers[0], StreamedLayer)

    def tokens(self, prompt: str) -> Tokens:
        """Return the tokens of `prompt`. What is past 1024 is not read; the log says so."""
        ids: list[int] = self._tokenizer(prompt.strip(), truncation=True, max_length=TOKENS).input_ids
        whole = len(ids) == TOKENS
        if whole:
            log.warning("the prompt fills all %d tokens of the text encoder; the rest is not read", TOKENS)
        length = max(1, -(-len(ids) // STEP)) * STEP if self._trims else TOKENS
        padded = [self._tokenizer.pad_token_id] * (length - len(ids)) + ids
        # From ordinary memory, too, this waits for nothing: so little is copied when it is asked for.
        of_prompt = torch.tensor([padded]).to(self._gemma.embed_tokens.weight.device, non_blocking=True)
        return Tokens(of_prompt, torch.tensor([len(ids)]).to(self.device, non_blocking=True), whole)

    def encode(self, prompts: Sequence[Tokens]) -> list[Context]:
        """Return the context of each of `prompts`; a streamed layer is brought once for all of them."""
        states = self.hidden_states(prompts)
        normed = [norm_and_concat_per_token_rms(_stacked(states.pop(0)), prompt.known[None]) for prompt in prompts]
        video = self._connect("video", prompts, self._features("video", normed))
        audio = self._connect("audio", prompts, self._features("audio", normed))
        return [Context(*both) for both in zip(video, audio, strict=True)]

    def hidden_states(self, prompts: Sequence[Tokens]) -> list[list[torch.Tensor]]:
        """Return what goes into each of Gemma's layers, and what comes out at the end: `(1, length, width)` each."""
        gemma = self._gemma
        states = [[gemma.embed_tokens(prompt.ids).to(self.device)] for prompt in prompts]
        arguments = [self._arguments(prompt, state[0]) for prompt, state in zip(prompts, states, strict=True)]
        masks = [self._masks(prompt) for prompt in prompts]
        for layer in gemma.layers:
            with present(layer) as here:
                for state, mask, named in zip(states, masks, arguments, strict=True):
                    state.append(here(state[-1], attention_mask=mask[layer.attention_type], **named)[0])
        for state in states:
            state[-1] = gemma.norm(state[-1])
        return states

    def _arguments(self, prompt: Tokens, embedded: torch.Tensor) -> dict[str, Any]:
        """Return what every layer is told of positions: the prompt's own stand at the end of 1024, padded or not."""
        positions = torch.arange(TOKENS - prompt.ids.shape[1], TOKENS, device=self.device).unsqueeze(0)
        return {
            "position_ids": positions,
            "position_embeddings_global": self._gemma.rotary_emb(embedded, positions),
            "position_embeddings_local": self._gemma.rotary_emb_local(embedded, positions),
        }

    def _masks(self, prompt: Tokens) -> dict[str, torch.Tensor | None]:
        """Return, by kind of layer, which token reads which: bool, `(1, 1, length, length)`.

        None, for every token before it, where transformers says so: attention takes another kernel then.
        """
        places = torch.arange(prompt.ids.shape[1], device=self.device)
        back = places[:, None] - places
        causal = (back >= 0) & prompt.known
        sliding = causal & (back < self._gemma.config.sliding_window)
        return {
            "full_attention": None if prompt.whole else causal[None, None],
            "sliding_attention": sliding[None, None],
        }

    def _features(self, name: str, normed: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return what the extractor makes of hidden states for `name`, "video" or "audio": `(1, length, width)` each.

        Its own `forward` wants both linear layers for one prompt before it goes on to the next.
        """
        extractor = cast("FeatureExtractorV2", self._embeddings.feature_extractor)
        with present(extractor.get_submodule(f"{name}_aggregate_embed")) as layer:
            linear = cast("torch.nn.Linear", layer)
            scale = math.sqrt(linear.out_features / extractor.embedding_dim)
            return [linear(each * scale) for each in normed]

    def _connect(self, name: str, prompts: Sequence[Tokens], features: list[torch.Tensor]) -> list[torch.Tensor]:
        """Return what the connector for `name` makes of each prompt's features: `(1, 1024, width)`."""
        connector = cast("Embeddings1DConnector", self._embeddings.get_submodule(f"{name}_connector"))
        if name not in self._tables:
            self._tables[name] = _tables(connector, self.device, features[0].dtype)
        made = [_filled(connector, feature, prompt.count) for prompt, feature in zip(prompts, features, strict=True)]
        everything = made[0].new_zeros(1, 1, 1, TOKENS)
        for block in connector.transformer_1d_blocks:
            with present(block) as here:
                made = [here(each, attention_mask=everything, pe=self._tables[name]) for each in made]
        return [rms_norm(each) for each in made]


def _stacked(states: list[torch.Tensor]) -> torch.Tensor:
    """Return hidden states as the feature extractor stacks them: `(1, length, width, layers)`.

    Its own way writes numbers so far apart that an H200 takes 12 ms; here they are only read so.
    """
    return torch.stack(states, dim=2).transpose(2, 3).contiguous()


def _filled(connector: Embeddings1DConnector, features: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """Return what the connector's blocks read: the prompt's features come first, registers fill up the rest.

    ltx_core's own way has to know the count on the host.
    """
    places = torch.arange(TOKENS, device=features.device)
    last = features.shape[1] - 1
    moved = features[:, (places + (last + 1) - count).clamp(max=last)]
    registers = connector.learnable_registers.tile(TOKENS // len(connector.learnable_registers), 1)
    return torch.where((places < count)[:, None], moved, registers)


def _tables(connector: Embeddings1DConnector, device: torch.device, dtype: torch.dtype) -> Tables:
    """Return the connector's tables of positions, which are the same for every prompt."""
    return precompute_freqs_cis(
        indices_grid=torch.arange(TOKENS, dtype=torch.float32, device=device)[None, None],
        dim=connector.inner_dim,
        out_dtype=dtype,
        theta=connector.positional_embedding_theta,
        max_pos=connector.positional_embedding_max_pos,
        num_attention_heads=connector.num_attention_heads,
        rope_type=connector.rope_type,
        freq_grid_generator=generate_freq_grid_np if connector.double_precision_rope else generate_freq_grid_pytorch,
    )
