"""Reference pictures on their way to the model: read, framed, degraded as the model was trained to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from PIL import Image

from renderer.engine import Rejected
from renderer.geometry import frame_reference
from renderer.ltx.library import (
    VideoConditionByKeyframeIndex,
    VideoConditionByLatentIndex,
    normalize_latent,
    resize_and_center_crop,
    through_codec,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from renderer.geometry import Geometry
    from renderer.ltx.library import ConditioningItem, VideoEncoder
    from renderer.protocol import Pin


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture to be held at a frame.

    Attributes:
        pixels: uint8, `(height, width, 3)` of the rendered size.
        frame: 0, or a multiple of 8 below the frame count.
        strength: 1 holds the picture as it is, towards 0 it only leans on it.
    """

    pixels: NDArray[np.uint8]
    frame: int
    strength: float


def read(pin: Pin, geometry: Geometry) -> Reference:
    """Read the picture of `pin`, framed for `geometry`.

    LTX's image conditioning passes every still through one H.264 frame (CRF 33), because the model was trained on
    frames of compressed video: sharper pictures come out as stills. It is the same for both stages, so it is done once.

    Raises:
        Rejected: the picture cannot be read.
    """
    try:
        with Image.open(pin.path) as picture:
            framed = frame_reference(picture, geometry)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Rejected(f"the reference {pin.path} cannot be read: {error}") from error
    return Reference(through_codec(np.asarray(framed)), pin.frame, pin.strength)


def condition(
    references: tuple[Reference, ...],
    encoder: VideoEncoder,
    *,
    width: int,
    height: int,
    dtype: torch.dtype,
    device: torch.device,
) -> list[ConditioningItem]:
    """Return what holds `references` in a video of `width` × `height`: frame 0 replaced, later frames as keyframes.

    Does what `ltx_pipelines.utils.helpers.combined_image_conditionings` does after it has read a file.
    """
    items: list[ConditioningItem] = []
    for reference in references:
        image = torch.tensor(reference.pixels, dtype=torch.float32, device=device)
        image = normalize_latent(resize_and_center_crop(image, height, width), device, dtype)
        latent = cast("torch.Tensor", encoder(image))
        if reference.frame == 0:
            items.append(VideoConditionByLatentIndex(latent=latent, strength=reference.strength, latent_idx=0))
        else:
            items.append(
                VideoConditionByKeyframeIndex(keyframes=latent, strength=reference.strength, frame_idx=reference.frame)
            )
    return items
