"""From decoded frames to the encoder: colours, and the thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
import torch
from av.video.reformatter import ColorRange, Colorspace

from renderer.ltx.encoder import BackgroundEncoder
from renderer.ltx.planes import AT_ONCE, to_planes

if TYPE_CHECKING:
    from renderer.encode import ClipWriter

pytestmark = pytest.mark.ltx


def test_planes_are_what_swscale_makes() -> None:
    y, x = np.meshgrid(np.linspace(0, 1, 32), np.linspace(0, 1, 48), indexing="ij")
    rgb = (np.stack([x, y, 1 - x * y], axis=-1) * 255).astype(np.uint8)
    expected = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv444p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    planes = to_planes(torch.from_numpy(rgb)[None])
    whole = expected.to_ndarray().astype(np.int16)
    assert np.abs(whole[0] - planes.y[0].numpy()).max() <= 1
    for ours, theirs in ((planes.u, whole[1]), (planes.v, whole[2])):
        small = theirs.reshape(16, 2, 24, 2).mean(axis=(1, 3))
        assert np.abs(small - ours[0].numpy()).max() <= 1.5


def test_black_white_and_red_are_the_standard_s() -> None:
    colours = torch.tensor([[0, 0, 0], [255, 255, 255], [255, 0, 0]], dtype=torch.uint8)
    frames = colours[:, None, None, :].expand(3, 2, 2, 3)
    ((black, *_), (white, *_), (red, _, red_v)) = to_planes(frames).each()
    assert (black[0, 0], white[0, 0]) == (16, 235)
    assert (red[0, 0], red_v[0, 0]) == (63, 240)  # ITU-R BT.709-6, table 4


def test_more_frames_than_are_converted_at_once_keep_their_order() -> None:
    count = AT_ONCE + 3
    frames = (torch.arange(count, dtype=torch.uint8) * 10)[:, None, None, None].expand(count, 4, 4, 3)
    planes = to_planes(frames)
    assert len(planes) == count
    assert torch.all(planes.y[1:, 0, 0].int() > planes.y[:-1, 0, 0].int())


class Writer:
    """Stands in for a clip writer: notes frames, and fails at one of them."""

    def __init__(self, fails_at: int = -1) -> None:
        self.written = 0
        self._fails_at = fails_at

    def write_yuv(self, *_planes: object) -> None:
        if self.written == self._fails_at:
            raise OSError("disk full")
        self.written += 1


def feed(writer: Writer, pieces: int) -> None:
    piece = to_planes(torch.zeros(2, 2, 2, 3, dtype=torch.uint8))
    with BackgroundEncoder(_as_clip(writer)) as encoder:
        for _ in range(pieces):
            encoder.put(piece)
        encoder.finish(lambda: None)


def _as_clip(writer: Writer) -> ClipWriter:
    return writer  # type: ignore[return-value]  # pyright: ignore[reportReturnType] - only what is used


def test_everything_is_encoded_before_finish_returns() -> None:
    writer = Writer()
    feed(writer, 10)
    assert writer.written == 20


def test_an_encoder_s_error_reaches_whoever_feeds_it() -> None:
    with pytest.raises(OSError, match="disk full"):
        feed(Writer(fails_at=3), 20)


def test_leaving_early_stops_the_thread() -> None:
    writer = Writer()
    with BackgroundEncoder(_as_clip(writer)) as encoder:
        encoder.put(to_planes(torch.zeros(2, 2, 2, 3, dtype=torch.uint8)))
    assert writer.written <= 2
    assert not [thread for thread in threading.enumerate() if thread.name == "encoder"]
