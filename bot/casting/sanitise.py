"""An upload becomes a reference picture: checked before it is decoded, turned upright, stripped, re-encoded.

The result holds pixels and nothing else, and the same pixels always give the same bytes, so that its hash names it.
"""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageCms

from bot.casting.findings import PictureRefused

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS: Final = ("JPEG", "PNG", "WEBP")
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation → what turns the picture upright (EXIF 2.32, tag 0x0112)."""

_COMPRESSION: Final = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upload may be, and what is kept of it.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width × height as the header says; checked before anything is decoded.
        longest_side: larger pictures are scaled down to this, in pixels.
        shortest_side: smaller pictures are refused, in pixels; also after scaling down (a ribbon is no portrait).
    """

    max_bytes: int = 10_000_000
    max_pixels: int = 40_000_000
    longest_side: int = 2048
    shortest_side: int = 96


@dataclass(frozen=True, slots=True)
class Reference:
    """A sanitised picture: an sRGB PNG (RGB, or RGBA where something is transparent) without any metadata.

    Attributes:
        data: the PNG file.
        sha256: hexadecimal SHA-256 of `data`.
        width: in pixels.
        height: in pixels.
    """

    data: bytes
    sha256: str
    width: int
    height: int

    def open(self) -> Image.Image:
        """Return the decoded picture."""
        picture = Image.open(io.BytesIO(self.data), formats=("PNG",))
        picture.load()
        return picture


def sanitise(data: bytes, limits: Limits | None = None) -> Reference:
    """Return the reference picture that the upload `data` holds.

    PNG, JPEG and WebP only, by content. Of a phone's multi-picture JPEG (MPO) the main picture is taken; animations are
    refused. JPEGs are decoded at a fraction of their size where that is enough; at the peak a file of 40 megapixels
    takes 0.15 GB as a JPEG, 0.4 GB as a PNG and 0.6 GB as a WebP (`max_pixels` bounds it).

    Raises:
        PictureRefused: too large in bytes or pixels, too small, of another kind, animated, damaged or fully
            transparent.
    """
    limits = limits or Limits()
    if len(data) > limits.max_bytes:
        raise PictureRefused("casting-refused-bytes", most=round(limits.max_bytes / 1e6, 1))
    _check_webp_canvas(data, limits)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_header(picture, limits)
            upright = _upright(_decoded(picture, limits), picture)
    except PictureRefused:
        raise
    except Image.UnidentifiedImageError as error:
        raise PictureRefused("casting-refused-kind") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(limits) from error
    # Pillow's decoders answer damaged files with whatever their parsing stumbles over.
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error, EOFError) as error:
        raise PictureRefused("casting-refused-damaged") from error
    return _encoded(_scaled_down(upright, limits))


def _check_webp_canvas(data: bytes, limits: Limits) -> None:
    """Refuse a WebP whose canvas is too large before Pillow opens it: opening one already allocates its canvas.

    An extended file (VP8X) names its canvas in 2 × 24 bits, less one; the simple kinds in 14 bits each.
    """
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":  # noqa: PLR2004  header of the longest kind
        return
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(data[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)


def _check_header(picture: ImageFile, limits: Limits) -> None:
    width, height = picture.size
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)
    if min(width, height) < limits.shortest_side:
        raise PictureRefused("casting-refused-tiny", least=limits.shortest_side)
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise PictureRefused("casting-refused-animated")


def _too_many_pixels(limits: Limits) -> PictureRefused:
    return PictureRefused("casting-refused-pixels", most=round(limits.max_pixels / 1e6, 1))


def _decoded(picture: ImageFile, limits: Limits) -> Image.Image:
    """Return the pixels as 8-bit sRGB, mode RGB or RGBA."""
    if picture.format in {"JPEG", "MPO"}:
        # Decodes at 1/2, 1/4 or 1/8 of the size, never below what is kept.
        picture.draft(None, (limits.longest_side, limits.longest_side))  # pyright: ignore[reportArgumentType]  None keeps the mode; Pillow's own code calls it so
    picture.load()
    return _converted(_scaled_down(picture, limits) if _may_scale(picture) else picture)


def _may_scale(picture: ImageFile) -> bool:
    """Whether scaling before conversion is right: saves memory, but palettes and a transparent colour do not mix."""
    return picture.mode in {"RGB", "RGBA", "L", "LA", "CMYK"} and "transparency" not in picture.info


def _converted(picture: Image.Image) -> Image.Image:
    transparent = picture.has_transparency_data
    if picture.mode in {"I", "I;16", "I;16B", "I;16L"}:  # 16-bit grey: keep the upper byte
        grey = np.asarray(picture).astype(np.int64) >> 8
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    alpha = picture.convert("RGBA").getchannel("A") if transparent else None
    colours = _to_srgb(picture)
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _to_srgb(picture: Image.Image) -> Image.Image:
    """Convert to RGB, through the embedded colour profile where there is a usable one."""
    profile = picture.info.get("icc_profile")
    base = picture.convert("RGB") if picture.mode not in {"RGB", "CMYK", "L"} else picture
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  lcms's own object
            converted = ImageCms.profileToProfile(base, source, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a profile for another colour space, or a broken one: plain conversion
        if converted is not None:
            return converted
    return base.convert("RGB")


def _upright(picture: Image.Image, source: ImageFile) -> Image.Image:
    """Apply the EXIF orientation of `source`; a broken EXIF block counts as none."""
    try:
        turn = _TURNS.get(source.getexif().get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, struct.error):
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _scaled_down(picture: Image.Image, limits: Limits) -> Image.Image:
    factor = limits.longest_side / max(picture.size)
    if factor < 1:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        if min(size) < limits.shortest_side:
            raise PictureRefused("casting-refused-narrow")
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return picture


def _encoded(picture: Image.Image) -> Reference:
    """Encode pixels only. What lies under full transparency is erased; an alpha that hides nothing is dropped."""
    if picture.mode == "RGBA":
        pixels = np.array(picture)
        alpha = pixels[..., 3]
        if not alpha.any():
            raise PictureRefused("casting-refused-transparent")
        if alpha.min() == 255:  # noqa: PLR2004  fully opaque
            picture = picture.convert("RGB")
        else:
            pixels[alpha == 0] = 0
            picture = Image.fromarray(pixels, "RGBA")
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # leaves behind what Pillow would write along
    file = io.BytesIO()
    bare.save(file, "PNG", compress_level=_COMPRESSION)
    data = file.getvalue()
    return Reference(data, hashlib.sha256(data).hexdigest(), bare.width, bare.height)
