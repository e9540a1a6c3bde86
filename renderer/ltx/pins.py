"""Reference pictures on their way to the model: read, framed, degraded as the model was trained to expect, encoded.

A picture is encoded once for both stages, and its latents are kept: the people of a drama are in every shot.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from PIL import Image

from renderer.engine import Rejected
from renderer.geometry import frame_reference
from renderer.ltx.cache import TensorCache, identity
from renderer.ltx.library import (
    DEFAULT_IMAGE_CRF,
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
    from renderer.protocol import Pin, Weights

SIZE = 256 << 20
"""Bytes of latents kept, in memory and on disk each: some 900 pictures at 1280×704."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture to be held at a frame.

    Attributes:
        name: where the file lay, for messages.
        file: its bytes.
        geometry: what the picture is framed for.
        frame: 0, or a multiple of 8 below the frame count.
        strength: 1 holds the picture as it is, towards 0 it only leans on it.
    """

    name: str
    file: bytes
    geometry: Geometry
    frame: int
    strength: float

    def pixels(self) -> NDArray[np.uint8]:
        """Return the picture, `(height, width, 3)` of the rendered size, as the model wants to see it.

        LTX's image conditioning passes every still through one H.264 frame (CRF 33), because the model was trained on
        frames of compressed video: sharper pictures come out as stills. It is the same for both stages.

        Raises:
            Rejected: the file holds no picture, or not all of one.
        """
        try:
            with Image.open(io.BytesIO(self.file)) as picture:
                framed = frame_reference(picture, self.geometry)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise _unreadable(self.name, error) from error
        return through_codec(np.asarray(framed))


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture's latents, bfloat16 `(1, 128, 1, rows, columns)`, for the size of either stage."""

    half: torch.Tensor
    full: torch.Tensor


class PictureCache:
    """Latents by what a picture's file holds and what it was framed for, for one set of weights (see `TensorCache`)."""

    def __init__(self, weights: Weights, folder: Path | None, size: int = SIZE) -> None:
        """Prepare a cache.

        Args:
            weights: what encodes; what was encoded by other files, or by another version of the code, is not returned.
            folder: where latents survive; None keeps them in memory only.
            size: bytes kept at most.
        """
        # Pillow frames a picture, PyAV's x264 degrades it, and ltx-core's autoencoder, in the checkpoint, encodes it.
        versions = [f"{package} {version(package)}" for package in ("ltx-core", "ltx-pipelines", "pillow", "av")]
        mark = "\n".join([*versions, f"CRF {DEFAULT_IMAGE_CRF}", identity([weights.checkpoint])])
        self._cache = TensorCache(("half", "full"), mark, size, folder)

    def get(self, reference: Reference, device: torch.device) -> Encoded | None:
        """Return the latents of `reference`, at whatever frame and strength, on `device`; None where not known."""
        found = self._cache.get(_content(reference), device)
        return Encoded(**found) if found else None

    def put(self, reference: Reference, encoded: Encoded) -> None:
        """Keep the latents of `reference`."""
        self._cache.put(_content(reference), {"half": encoded.half, "full": encoded.full})

    def close(self) -> None:
        """Wait until everything is on disk."""
        self._cache.close()


def read(pin: Pin, geometry: Geometry) -> Reference:
    """Read the picture of `pin`, to be framed for `geometry`.

    Raises:
        Rejected: the file cannot be read.
    """
    try:
        return Reference(pin.path, Path(pin.path).read_bytes(), geometry, pin.frame, pin.strength)
    except OSError as error:
        raise _unreadable(pin.path, error) from error


def encode(reference: Reference, encoder: VideoEncoder, dtype: torch.dtype, device: torch.device) -> Encoded:
    """Return the latents of `reference` for half its rendered size, and for the whole.

    Does what `ltx_pipelines.utils.helpers.combined_image_conditionings` does after it has read a file.

    Raises:
        Rejected: the picture cannot be read.
    """
    image = torch.tensor(reference.pixels(), dtype=torch.float32, device=device)
    height, width = reference.geometry.render_height, reference.geometry.render_width
    half, full = (
        cast(
            "torch.Tensor",
            encoder(normalize_latent(resize_and_center_crop(image, height // part, width // part), device, dtype)),
        )
        for part in (2, 1)
    )
    return Encoded(half, full)


def condition(reference: Reference, latent: torch.Tensor) -> ConditioningItem:
    """Return what holds `latent`, of `reference`, in a video: frame 0 replaced, a later frame as a keyframe."""
    if reference.frame == 0:
        return VideoConditionByLatentIndex(latent=latent, strength=reference.strength, latent_idx=0)
    return VideoConditionByKeyframeIndex(keyframes=latent, strength=reference.strength, frame_idx=reference.frame)


def _content(reference: Reference) -> str:
    return f"{hashlib.sha256(reference.file).hexdigest()} {reference.geometry}"


def _unreadable(name: str, error: Exception) -> Rejected:
    return Rejected(f"the reference {name} cannot be read: {error}")
