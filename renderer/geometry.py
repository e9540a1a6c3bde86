"""Sizes: what is delivered, what is rendered, and which rows are kept.

The two-stage pipeline takes multiples of 64 only. 960×544 and 1280×720 are delivered all the same: rendered as
960×576 and 1280×768, rows cropped evenly before encoding, the reference framed for the part that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from renderer.protocol import Render

MULTIPLE = 64


@dataclass(frozen=True, slots=True)
class Geometry:
    """Delivered and rendered size in pixels, and where the delivered picture lies in the rendered one."""

    width: int
    height: int
    render_width: int
    render_height: int
    left: int
    top: int

    @property
    def cropped(self) -> bool:
        """Whether anything is cropped between render and delivery."""
        return (self.width, self.height) != (self.render_width, self.render_height)


def geometry_of(shot: Render) -> Geometry:
    """Return the geometry for `shot`: the smallest multiple of 64 in each direction, cropped evenly.

    Crops are even numbers, because chroma is subsampled 2×2.
    """
    width = -(-shot.width // MULTIPLE) * MULTIPLE
    height = -(-shot.height // MULTIPLE) * MULTIPLE
    left = (width - shot.width) // 4 * 2
    top = (height - shot.height) // 4 * 2
    return Geometry(shot.width, shot.height, width, height, left, top)


def frame_reference(picture: Image.Image, geometry: Geometry) -> Image.Image:
    """Return `picture` on the rendered canvas, so that the kept part shows it as it would fill the delivered frame.

    The picture covers the delivered rectangle (scaled alike in both directions, centre-cropped, never stretched); the
    rows and columns that will be cropped away repeat its edge, so that no seam pulls at the model.
    """
    inner = ImageOps.fit(picture.convert("RGB"), (geometry.width, geometry.height), Image.Resampling.LANCZOS)
    if not geometry.cropped:
        return inner
    canvas = Image.new("RGB", (geometry.render_width, geometry.render_height))
    right = geometry.left + geometry.width
    bottom = geometry.top + geometry.height
    canvas.paste(inner, (geometry.left, geometry.top))
    if geometry.top or bottom < geometry.render_height:
        first = inner.crop((0, 0, geometry.width, 1))
        last = inner.crop((0, geometry.height - 1, geometry.width, geometry.height))
        if geometry.top:
            canvas.paste(first.resize((geometry.width, geometry.top)), (geometry.left, 0))
        canvas.paste(last.resize((geometry.width, geometry.render_height - bottom)), (geometry.left, bottom))
    if geometry.left or right < geometry.render_width:
        first = canvas.crop((geometry.left, 0, geometry.left + 1, geometry.render_height))
        last = canvas.crop((right - 1, 0, right, geometry.render_height))
        if geometry.left:
            canvas.paste(first.resize((geometry.left, geometry.render_height)), (0, 0))
        canvas.paste(last.resize((geometry.render_width - right, geometry.render_height)), (right, 0))
    return canvas
