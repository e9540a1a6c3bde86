"""A reference picture laid out on the frame, with where the people's faces are expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

from renderer.engine import Rejected

_MOST_PIXELS = 40_000_000  # decoded in bounded memory; casting stores far smaller ones
_LARGEST_SIDE = 3072
_NEUTRAL = (38, 38, 42)
_PLACES = {1: (0.5,), 2: (0.28, 0.72), 3: (0.185, 0.5, 0.815)}
"""Where the faces of one, two or three people stand in a composite (bot/casting), in fractions of its width."""


@dataclass(frozen=True, slots=True)
class Still:
    """A picture of the frame's shape that the camera moves over.

    Attributes:
        picture: RGB.
        faces: where each person's face is expected, from left to right, in fractions of the picture.
        span: how much of the width the reference itself covers; less than 1 for an upright one.
    """

    picture: Image.Image
    faces: tuple[tuple[float, float], ...]
    span: float = 1.0


def open_reference(path: str) -> Image.Image:
    """Return the picture at `path` as RGB; what is transparent lies on a neutral ground.

    Raises:
        Rejected: it is missing, no picture, or beyond any sensible size.
    """
    try:
        with Image.open(Path(path)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise Rejected(f"the reference {path} is too large: {picture.width}×{picture.height}")
            if not picture.has_transparency_data:
                return picture.convert("RGB")
            layer = picture.convert("RGBA")
            ground = Image.new("RGBA", layer.size, (*_NEUTRAL, 255))
            return Image.alpha_composite(ground, layer).convert("RGB")
    # Pillow's decoders raise SyntaxError and ValueError, besides OSError, for broken files.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Rejected(f"the reference {path} cannot be read: {error}") from error


def lay_out(picture: Image.Image, aspect: float, people: int) -> Still:
    """Return `picture` on a frame of `aspect` (width / height): wide ones fill it, upright ones stand in it.

    Beside an upright picture its own blurred, darkened colours fill the frame, as on a stage. A picture holds `people`
    side by side if it is wide enough for more than one.
    """
    shrink = min(1.0, _LARGEST_SIDE / picture.width, _LARGEST_SIDE / aspect / picture.height)
    width, height = max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))
    picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if width / height >= 1.45:  # noqa: PLR2004 - near enough to the frame's shape that filling it cuts no head
        kept = (min(width, max(1, round(height * aspect))), min(height, max(1, round(width / aspect))))
        # What is cut off comes off the bottom rather than the top, where the faces are.
        filled = ImageOps.fit(picture, kept, Image.Resampling.LANCZOS, centering=(0.5, 0.15))
        places = _PLACES.get(people) or tuple((index + 0.5) / people for index in range(people))
        return Still(filled, tuple((x, 0.39) for x in places))
    frame = (max(width, round(height * aspect)), height)
    backdrop = ImageOps.fit(picture, (frame[0] // 16 + 1, frame[1] // 16 + 1), Image.Resampling.BOX)
    backdrop = backdrop.filter(ImageFilter.GaussianBlur(max(2.0, height / 16 / 18)))
    backdrop = backdrop.point(lambda level: level * 0.55).resize(frame, Image.Resampling.BICUBIC)
    backdrop.paste(picture, ((frame[0] - width) // 2, 0), _feathered(picture.size))
    return Still(backdrop, ((0.5, 0.27),), width / frame[0])


def _feathered(size: tuple[int, int]) -> Image.Image:
    """Return a mask of `size` whose left and right edges fade, so that the picture melts into its backdrop."""
    width, height = size
    soft = max(1, width // 12)
    ramp = Image.linear_gradient("L").rotate(90).resize((soft, height))
    mask = Image.new("L", size, 255)
    mask.paste(ramp, (0, 0))
    mask.paste(ImageOps.mirror(ramp), (width - soft, 0))
    return mask
