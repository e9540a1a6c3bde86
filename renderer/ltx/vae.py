"""The VAE's decoder, a few frames at a time, and yet the same frames as in one piece.

ltx_core decodes a video whole, which takes 20 GB at 1280×704×121, or in tiles that overlap: twice the work, and seams.
But its convolutions see one frame to either side only. So the frames can stream through them: each convolution keeps
the last two frames that it saw, and gives out a frame when the next one has come. Nothing is computed twice, what comes
out is what a whole decode gives, the first frames come early, and memory does not grow with the video's length.

Tensors are `(frames, height, width, channels)` here: in this order cuDNN's kernels need no copies before and after.
Layers are generators, and what a generator's variables name stays in memory while it waits: hence the `del`s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from renderer.ltx import pointwise
from renderer.ltx.library import DepthToSpaceUpsample, PixelNorm, UNetMidBlock3D, VideoDecoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Pieces = Iterator[tuple[torch.Tensor, bool]]
    """Frames in order, none of them twice, with whether they are the last."""

AT_ONCE = 2**26
"""Numbers that a layer takes or makes at once; 1280×704×121 enter the first layers whole, the last by 8 frames, and
1.7 GB are held at the peak."""

LEAST = 2**24
"""As `AT_ONCE`, where memory is short: 1.4 GB at the peak, a gigabyte of it the frames that convolutions keep."""

BORDER = 1
"""Frames to either side that a convolution sees."""


def streams(decoder: VideoDecoder) -> bool:
    """Whether `decoder` is of the form that can stream: LTX-2.3's is."""
    modules = list(decoder.modules())
    return (
        not decoder.causal
        and not decoder.timestep_conditioning
        and isinstance(decoder.conv_norm_out, PixelNorm)
        and all(isinstance(block, UNetMidBlock3D | DepthToSpaceUpsample) for block in decoder.up_blocks)
        and not any(getattr(module, "inject_noise", False) or getattr(module, "residual", False) for module in modules)
        and all(
            module.padding_mode == "zeros" and module.kernel_size == (3, 3, 3)
            for module in modules
            if isinstance(module, nn.Conv3d)
        )
    )


class StreamingDecoder(nn.Module):
    """Decodes as the `VideoDecoder` that it is made of, whose weights it takes over.

    Attributes:
        at_once: numbers that a layer takes or makes at once, but at least a frame; the video does not depend on it.
    """

    def __init__(self, decoder: VideoDecoder) -> None:
        """Take `decoder`, for which `streams` holds, where its weights lie."""
        super().__init__()
        self.at_once = AT_ONCE
        self.statistics = decoder.per_channel_statistics
        self.patch = decoder.patch_size
        self.first = _Convolution(decoder.conv_in)
        self.layers = nn.ModuleList(_layer(block) for block in decoder.up_blocks)
        self.last = _Convolution(decoder.conv_out)

    def spare(self) -> bool:
        """Decode fewer frames at once from the next video on; return False where it is so already."""
        changes = self.at_once > LEAST
        self.at_once = LEAST
        return changes

    def frames(self, latent: torch.Tensor) -> Iterator[torch.Tensor]:
        """Yield the video that `latent`, `(1, 128, frames, height, width)`, stands for, some frames at a time.

        Yields:
            uint8 `(frames, height, width, 3)`, sRGB, contiguous, on the device.
        """
        start = self.statistics.un_normalize(latent)[0].permute(1, 2, 3, 0)
        pieces: Pieces = iter([(start, True)])
        pieces = _biased(self.first(pieces, _copied), self.first.bias)
        for layer in self.layers:
            pieces = layer(pieces, self.at_once)
        for piece, _ in self.last(_in_parts(pieces, self.at_once), _activated):
            made = [self._pixels(piece)]
            del piece
            yield made.pop()

    def _pixels(self, piece: torch.Tensor) -> torch.Tensor:
        """Return the frames that `piece`, `(frames, height / 4, width / 4, 3 * 16)`, holds."""
        piece = piece + self.last.bias
        values = (((piece + 1.0) / 2.0).clamp(0.0, 1.0) * 255.0).to(torch.uint8)
        patch = self.patch
        count, height, width, _ = values.shape
        split = values.view(count, height, width, 3, patch, patch)  # colour, column, row
        return split.permute(0, 1, 5, 2, 4, 3).reshape(count, height * patch, width * patch, 3)


class _Convolution(nn.Module):
    """A CausalConv3d of ltx_core, used without causality, on pieces; its bias is left to what follows."""

    def __init__(self, module: nn.Module, order: Callable[[torch.Tensor], torch.Tensor] | None = None) -> None:
        super().__init__()
        inner = cast("nn.Conv3d", module.conv)
        weight, bias = inner.weight.detach(), cast("torch.Tensor", inner.bias).detach()
        if order is not None:
            weight, bias = order(weight), order(bias)
        self.register_buffer("weight", weight.contiguous(memory_format=torch.channels_last_3d))
        self.register_buffer("bias", bias.contiguous())

    weight: torch.Tensor
    bias: torch.Tensor

    def forward(self, pieces: Pieces, fill: Callable[[torch.Tensor, torch.Tensor], None]) -> Pieces:
        """Yield the convolved frames, without bias, of those that `fill(piece, buffer)` makes of `pieces`."""
        held: torch.Tensor | None = None
        for piece, is_last in pieces:
            count, height, width, channels = piece.shape
            before = BORDER if held is None else len(held)
            seen = piece.new_empty(before + count + BORDER * is_last, height, width, channels)
            fill(piece, seen[before : before + count])
            seen[:before].copy_(seen[before : before + 1] if held is None else held)
            if is_last:
                seen[-1].copy_(seen[-2])
            del piece
            if len(seen) <= 2 * BORDER:
                held = seen
                continue
            held = seen[-2 * BORDER :].clone()
            made = [self._convolve(seen)]
            del seen
            yield made.pop(), is_last

    def _convolve(self, seen: torch.Tensor) -> torch.Tensor:
        turned = seen.permute(3, 0, 1, 2)[None]
        out = nn.functional.conv3d(turned, self.weight, padding=(0, 1, 1))[0]
        return out.permute(1, 2, 3, 0).contiguous()


class _Residuals(nn.Module):
    """A UNetMidBlock3D."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.pairs = nn.ModuleList(
            nn.ModuleList([_Convolution(one.conv1), _Convolution(one.conv2)])
            for one in cast("list[Any]", block.res_blocks)
        )

    def forward(self, pieces: Pieces, at_once: int) -> Pieces:
        for pair in self.pairs:
            first, second = cast("tuple[_Convolution, _Convolution]", tuple(cast("nn.ModuleList", pair)))
            pieces = _residual(_in_parts(pieces, at_once), first, second)
        return pieces


def _residual(pieces: Pieces, first: _Convolution, second: _Convolution) -> Pieces:
    """Yield `pieces` with what the two convolutions make of them added, when it is there."""
    waiting: list[torch.Tensor] = []

    def noted() -> Pieces:
        for piece, is_last in pieces:
            waiting.append(piece)
            del piece
            yield waiting[-1], is_last

    def biased(x: torch.Tensor, out: torch.Tensor) -> None:
        pointwise.norm_silu(x, first.bias, out)

    for made, is_last in second(first(noted(), _activated), biased):
        here = waiting[0] if len(waiting) == 1 else torch.cat(waiting)
        waiting[:] = [here[len(made) :].clone()] if len(made) < len(here) else []
        added = [pointwise.add(made, second.bias, here[: len(made)])]
        del made, here
        yield added.pop(), is_last


class _Upsample(nn.Module):
    """A DepthToSpaceUpsample: channels become frames, rows and columns."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.stride = cast("tuple[int, int, int]", tuple(cast("Any", block).stride))
        factor = self.stride[0] * self.stride[1] * self.stride[2]

        def together(values: torch.Tensor) -> torch.Tensor:
            """Order the channels of a pixel to be one after the other: ltx_core has its pixels so for each channel."""
            return values.view(-1, factor, *values.shape[1:]).transpose(0, 1).reshape(values.shape)

        self.convolution = _Convolution(cast("nn.Module", block.conv), together)

    def forward(self, pieces: Pieces, at_once: int) -> Pieces:
        frames, rows, columns = self.stride
        made, taken = self.convolution.weight.shape[:2]
        is_first = True
        for piece, is_last in self.convolution(_in_parts(pieces, at_once * taken // made), _copied):
            count, height, width, channels = piece.shape
            size = channels // (frames * rows * columns)
            out = piece.new_empty(count, frames, height, rows, width, columns, size)
            split = piece.view(count, height, width, frames, rows, columns, size).permute(0, 3, 1, 4, 2, 5, 6)
            bias = self.convolution.bias.view(frames, 1, rows, 1, columns, size)
            torch.add(split, bias, out=out)
            # A video begins with one frame that stands alone: of two that it became, the first is left out.
            first = frames - 1 if is_first else 0
            turned = [out.view(count * frames, height * rows, width * columns, size)[first:]]
            del piece, split, out
            is_first = False
            yield turned.pop(), is_last


def _layer(block: nn.Module) -> nn.Module:
    return _Residuals(block) if isinstance(block, UNetMidBlock3D) else _Upsample(block)


def _in_parts(pieces: Pieces, at_once: int) -> Pieces:
    """Yield `pieces` in parts of at most `at_once` numbers, but at least a frame.

    Pieces grow where a video is upsampled, and at its end, when each layer gives out what it held: the last would be of
    some 50 frames, and take twice the memory of all others.
    """
    for piece, is_last in pieces:
        most = max(1, at_once // piece[0].numel())
        parts = list(piece.chunk(-(-len(piece) // most)))
        del piece
        while parts:
            yield parts.pop(0), is_last and not parts


def _biased(pieces: Pieces, bias: torch.Tensor) -> Pieces:
    for piece, is_last in pieces:
        yield piece + bias, is_last


def _copied(x: torch.Tensor, out: torch.Tensor) -> None:
    out.copy_(x)


def _activated(x: torch.Tensor, out: torch.Tensor) -> None:
    pointwise.norm_silu(x, None, out)
