"""Frames that stream through the decoder are those of a whole decode."""

from __future__ import annotations

import weakref
from typing import cast

import pytest
import torch

from renderer.ltx import architecture, compiled, planes, pointwise, vae
from renderer.ltx.library import VideoDecoder, VideoDecoderConfigurator, decode_video, meta_model

pytestmark = pytest.mark.ltx


def decoder_of(config: architecture.Config) -> VideoDecoder:
    """Return a decoder with random float32 weights, in which nothing is lost to rounding."""
    made = cast("VideoDecoder", meta_model(VideoDecoderConfigurator, config)).to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    for name, values in [*made.named_parameters(), *made.named_buffers()]:
        spread = 0.7 / values[0].numel() ** 0.5 if values.ndim > 1 else 0.3
        values.data.normal_(0, spread, generator=generator)
        if name.endswith("std-of-means"):
            values.data.fill_(1)
    return made.eval()


@pytest.fixture(scope="module")
def decoder() -> VideoDecoder:
    return decoder_of(architecture.checkpoint_config("tiny"))


@pytest.mark.parametrize("at_once", [1, 7000, vae.AT_ONCE])
@pytest.mark.parametrize("latent_frames", [1, 2, 3, 9])
@torch.inference_mode()
def test_frames_are_those_of_a_whole_decode(decoder: VideoDecoder, latent_frames: int, at_once: int) -> None:
    latent = torch.randn(1, 128, latent_frames, 2, 3, generator=torch.Generator().manual_seed(latent_frames))
    (whole,) = decode_video(latent, decoder)
    streaming = vae.StreamingDecoder(decoder)
    streaming.at_once = at_once
    pieces = list(streaming.frames(latent))
    streamed = torch.cat(pieces)
    assert streamed.shape == whole.shape == (8 * latent_frames - 7, 64, 96, 3)
    apart = (streamed.int() - whole.int()).abs()
    assert apart.max() <= 1  # sums in another order, at the edge of a rounding
    assert (apart > 0).float().mean() < 0.001
    assert whole.float().std() > 1
    assert all(piece.is_contiguous() for piece in pieces)


@torch.inference_mode()
def test_a_long_video_comes_in_pieces_of_bounded_size(decoder: VideoDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """To its end, when every layer gives out what it held."""
    at_once = 8 * 16 * 16 * 8  # eight frames of what the last layers take
    streaming, convolve = vae.StreamingDecoder(decoder), vae._Convolution._convolve
    streaming.at_once = at_once

    def noting(self: vae._Convolution, seen: torch.Tensor) -> torch.Tensor:
        made = convolve(self, seen)
        if self.weight.shape[0] != 48:  # but for the pixels
            assert made.numel() <= at_once + 2 * made[0].numel()  # two convolutions before the next cut
        return made

    monkeypatch.setattr(vae._Convolution, "_convolve", noting)
    sizes = [len(piece) for piece in streaming.frames(torch.zeros(1, 128, 16, 2, 2))]
    assert sum(sizes) == 121
    assert 8 <= max(sizes) <= 9


def test_a_decoder_spares_memory_once(decoder: VideoDecoder) -> None:
    streaming = vae.StreamingDecoder(decoder)
    assert [streaming.spare(), streaming.spare()] == [True, False]
    assert streaming.at_once == vae.LEAST


@torch.inference_mode()
def test_a_waiting_layer_keeps_no_more_than_borders(decoder: VideoDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers are generators: what one still names while it waits would be memory for nothing, a layer at a time."""
    inputs: list[weakref.ref[torch.Tensor]] = []
    convolve = vae._Convolution._convolve

    def noting(self: vae._Convolution, seen: torch.Tensor) -> torch.Tensor:
        inputs.append(weakref.ref(seen))
        assert sum(each() is not None for each in inputs) == 1
        return convolve(self, seen)

    monkeypatch.setattr(vae._Convolution, "_convolve", noting)
    assert sum(len(piece) for piece in vae.StreamingDecoder(decoder).frames(torch.zeros(1, 128, 9, 2, 3))) == 65


def test_only_a_decoder_of_this_form_streams(decoder: VideoDecoder) -> None:
    assert vae.streams(decoder)
    config = architecture.checkpoint_config("tiny")
    assert not vae.streams(decoder_of(config | {"vae": config["vae"] | {"timestep_conditioning": True}}))
    assert not vae.streams(decoder_of(config | {"vae": config["vae"] | {"spatial_padding_mode": "reflect"}}))


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("channels", [48, 128, 1024])
def test_kernels_do_what_their_pytorch_forms_do(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator().manual_seed(1)
    x, residual = (torch.randn(3, 5, 7, channels, generator=generator).bfloat16().to(device) for _ in range(2))
    bias = torch.randn(channels, generator=generator).bfloat16().to(device)
    rgb = torch.randint(0, 256, (2, 4, channels, 3), dtype=torch.uint8, generator=generator).to(device)

    def each() -> tuple[torch.Tensor, ...]:
        plain, biased = torch.empty_like(x), torch.empty_like(x)
        pointwise.norm_silu(x, None, plain)
        pointwise.norm_silu(x, bias, biased)
        return plain, biased, pointwise.add(x.clone(), bias, residual)

    y, u, v = (torch.empty(2, 4 // part, channels // part, dtype=torch.uint8, device=device) for part in (1, 2, 2))
    pointwise.planes(rgb, y, u, v, planes._MATRIX)
    *found, added = each()
    monkeypatch.setattr(compiled, "of_rows", None)
    *expected, also_added = each()
    assert torch.equal(added, also_added)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=0.02, rtol=0.01)
    made = planes.to_planes(rgb)
    for ours, theirs in ((y, made.y), (u, made.u), (v, made.v)):
        # Where a sum lies at a half, its order decides.
        assert (ours.cpu().int() - theirs.int()).abs().max() <= 1
        assert (ours.cpu() == theirs).float().mean() > 0.99
