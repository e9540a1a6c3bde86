from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot.casting import Limits, PictureRefused, sanitise
from bot.i18n import speak
from tests.casting.conftest import corners, decoded, encoded

if TYPE_CHECKING:
    import io
    from collections.abc import Callable


def chunks(png: bytes) -> list[bytes]:
    """Return the names of a PNG's chunks."""
    at, names = 8, []
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        names.append(png[at + 4 : at + 8])
        at += 12 + length
    return names


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", body) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def refusal(data: bytes, limits: Limits | None = None) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        sanitise(data, limits)
    for locale in ("en-GB", "zh-CN"):
        assert caught.value.said_in(speak(locale))
    return caught.value


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_kind_becomes_a_png_of_the_same_picture(kind: str) -> None:
    reference = sanitise(encoded(corners(), kind, **({} if kind == "PNG" else {"quality": 95})))
    picture = decoded(reference.data)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (160, 120))
    assert (reference.width, reference.height) == (160, 120)
    assert reference.sha256 == hashlib.sha256(reference.data).hexdigest()
    assert np.abs(np.asarray(picture, int)[20:40, 20:40] - (250, 10, 10)).max() < 12


def test_the_content_decides_not_a_name_and_other_kinds_are_refused() -> None:
    for kind in ("GIF", "BMP", "TIFF", "PPM", "ICO"):
        assert refusal(encoded(corners(), kind)).key == "casting-refused-kind"
    for junk in (b"", b"\x89PNG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\xff\xd8", bytes(500)):
        assert refusal(junk).key in {"casting-refused-kind", "casting-refused-damaged"}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_every_orientation_comes_out_upright(orientation: int, kind: str) -> None:
    undo: dict[int, Callable[[Image.Image], Image.Image]] = {
        1: lambda p: p,
        2: lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda p: p.transpose(Image.Transpose.ROTATE_180),
        4: lambda p: p.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda p: p.transpose(Image.Transpose.TRANSPOSE),
        6: lambda p: p.transpose(Image.Transpose.ROTATE_90),
        7: lambda p: p.transpose(Image.Transpose.TRANSVERSE),
        8: lambda p: p.transpose(Image.Transpose.ROTATE_270),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    reference = sanitise(encoded(undo[orientation](corners()), kind, exif=exif))
    assert (reference.width, reference.height) == (160, 120)
    pixels = np.asarray(decoded(reference.data), int)
    expected = np.asarray(corners(), int)
    assert np.abs(pixels - expected).mean() < 8


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")  # Pillow says so and goes on
@pytest.mark.parametrize(
    "junk", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(9)]
)
def test_broken_exif_counts_as_none(junk: bytes) -> None:
    assert sanitise(encoded(corners(), "JPEG", exif=junk)).width == 160


def test_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET place"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRET word")
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>", zip=True)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    png = encoded(corners(), "PNG", pnginfo=text, exif=exif, icc_profile=profile, dpi=(300, 300))
    jpeg = encoded(corners(), "JPEG", exif=exif, comment=b"SECRET", icc_profile=profile, xmp=b"SECRET")
    webp = encoded(corners(), "WEBP", exif=exif, xmp=b"SECRET", icc_profile=profile)
    for data in (png, jpeg, webp, png + b"SECRET trailer"):
        result = sanitise(data).data
        assert b"SECRET" not in result
        assert set(chunks(result)) == {b"IHDR", b"IDAT", b"IEND"}
        assert "exif" not in decoded(result).info


def test_what_lies_under_full_transparency_is_erased() -> None:
    picture = corners().convert("RGBA")
    alpha = Image.new("L", picture.size, 0)
    alpha.paste(255, (0, 0, 80, 120))
    picture.putalpha(alpha)
    result = np.asarray(decoded(sanitise(encoded(picture)).data))
    assert result.shape == (120, 160, 4)
    assert not result[:, 80:].any()
    assert (result[:40, :40, 3] == 255).all()


def test_the_same_picture_gives_the_same_bytes_and_sanitising_twice_changes_nothing() -> None:
    first = sanitise(encoded(corners(), "PNG", compress_level=1))
    opaque = corners().convert("RGBA")
    assert sanitise(encoded(corners(), "PNG", compress_level=9)) == first
    assert sanitise(encoded(corners(), "WEBP", lossless=True)) == first
    assert sanitise(encoded(opaque)) == first, "an alpha that hides nothing is dropped"
    assert sanitise(first.data) == first
    assert sanitise(encoded(corners(200, 120))).sha256 != first.sha256


def test_cmyk_grey_palette_and_16_bit() -> None:
    cmyk = decoded(sanitise(encoded(corners().convert("CMYK"), "JPEG", quality=95)).data)
    assert np.abs(np.asarray(cmyk, int)[20:40, 20:40] - (250, 10, 10)).max() < 20

    grey = decoded(sanitise(encoded(corners().convert("L"))).data)
    assert grey.mode == "RGB"
    assert len(set(grey.getpixel((30, 30)))) == 1  # pyright: ignore[reportArgumentType]  a pixel of RGB is a tuple

    ramp = np.linspace(0, 65535, 160, dtype=np.uint16)[None].repeat(120, 0)
    deep = np.asarray(decoded(sanitise(encoded(Image.fromarray(ramp))).data), int)
    assert deep[60, 0, 0] == 0
    assert abs(deep[60, 80, 0] - 128) <= 1
    assert deep[60, 159, 0] == 255

    palette = corners().convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    hidden = palette.getpixel((30, 30))
    result = np.asarray(decoded(sanitise(encoded(palette, "PNG", transparency=hidden)).data))
    assert result.shape[2] == 4
    assert result[30, 30, 3] == 0
    assert result[30, 120, 3] == 255
    assert np.abs(result[30, 120, :3].astype(int) - (10, 250, 10)).max() < 12

    grey_alpha = corners().convert("LA")
    grey_alpha.putalpha(Image.linear_gradient("L").resize((160, 120)))
    assert decoded(sanitise(encoded(grey_alpha)).data).mode == "RGBA"
    assert decoded(sanitise(encoded(corners().convert("1"))).data).mode == "RGB"


def test_an_embedded_profile_is_applied_and_a_broken_one_ignored() -> None:
    # A display profile whose red and green are swapped sRGB ones is not to be had; XYZ → sRGB shows the conversion.
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    plain = np.asarray(decoded(sanitise(encoded(corners())).data), int)
    for profile in (lab, b"not a profile", lab[:200]):
        result = np.asarray(decoded(sanitise(encoded(corners(), "PNG", icc_profile=profile)).data), int)
        assert result.shape == plain.shape
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = np.asarray(decoded(sanitise(encoded(corners(), "PNG", icc_profile=srgb)).data), int)
    assert np.abs(same - plain).max() <= 1
    cmyk = sanitise(encoded(corners().convert("CMYK"), "JPEG", icc_profile=srgb))
    assert decoded(cmyk.data).mode == "RGB"


def test_caps_are_checked_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not_decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", must_not_decode)
    error = refusal(bytes(2_000_001), Limits(max_bytes=2_000_000))
    assert (error.key, error.arguments) == ("casting-refused-bytes", {"most": 2.0})
    for width, height in ((20_000, 20_000), (7_000, 7_000), (2**31 - 1, 2**31 - 1)):
        assert refusal(png_header(width, height)).key in {"casting-refused-pixels", "casting-refused-damaged"}
    jpeg = bytearray(encoded(corners(), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    assert refusal(bytes(jpeg)).key == "casting-refused-pixels"


def test_a_webp_that_claims_a_huge_canvas_is_refused_before_pillow_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = (16_382).to_bytes(3, "little")
    extended = b"RIFF\x64\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + canvas + canvas + bytes(20)
    lossless = b"RIFF\x64\0\0\0WEBPVP8L\x20\0\0\0\x2f" + (16_382 | 16_382 << 14).to_bytes(4, "little") + bytes(20)
    lossy = b"RIFF\x64\0\0\0WEBPVP8 \x20\0\0\0" + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383) + bytes(20)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    for data in (extended, lossless, lossy):
        assert refusal(data).key == "casting-refused-pixels"


def test_real_webp_headers_are_read_rightly() -> None:
    for options in ({"quality": 80}, {"lossless": True}):
        data = encoded(corners(400, 300), "WEBP", **options)
        assert sanitise(data, Limits(max_pixels=120_000)).width == 400
        assert refusal(data, Limits(max_pixels=119_999)).key == "casting-refused-pixels"
    alpha = corners(400, 300).convert("RGBA")
    alpha.putpixel((0, 0), (1, 2, 3, 100))
    extended = encoded(alpha, "WEBP", quality=80)
    assert extended[12:16] == b"VP8X"
    assert sanitise(extended, Limits(max_pixels=120_000)).width == 400
    assert refusal(extended, Limits(max_pixels=119_999)).key == "casting-refused-pixels"


def test_text_chunks_that_explode_are_refused() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("bomb", "x" * 70_000_000, zip=True)
    data = encoded(corners(), "PNG", pnginfo=text)
    assert len(data) < 200_000
    assert refusal(data).key == "casting-refused-damaged"


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Pillow says of damaged files varies
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_truncated_and_damaged_files_are_refused_or_read_never_raised(kind: str) -> None:
    noisy = Image.effect_noise((200, 150), 80).convert("RGB")
    data = encoded(noisy, kind)
    for share in (0.05, 0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * share)]).key in {"casting-refused-damaged", "casting-refused-kind"}
    random = np.random.default_rng(4)
    for _ in range(60):
        spoilt = bytearray(data)
        for at in random.integers(0, len(spoilt), 12):
            spoilt[at] ^= int(random.integers(1, 256))
        try:
            result = sanitise(bytes(spoilt))
        except PictureRefused:
            continue
        assert decoded(result.data).size == (result.width, result.height)


def test_animations_are_refused_but_a_phones_second_picture_is_not() -> None:
    frames = [corners(), Image.new("RGB", (160, 120), "red")]
    for kind in ("PNG", "WEBP"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert refusal(data).key == "casting-refused-animated"
    phone = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert decoded(sanitise(phone).data).getpixel((120, 20)) != (255, 0, 0)


def test_too_small_too_narrow_and_empty_are_refused() -> None:
    assert refusal(encoded(corners(80, 300))).key == "casting-refused-tiny"
    assert refusal(encoded(Image.new("RGB", (100, 4000)))).key == "casting-refused-narrow"
    assert refusal(encoded(Image.new("RGBA", (200, 200)))).key == "casting-refused-transparent"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_scaled_down_and_keep_their_shape(kind: str) -> None:
    reference = sanitise(encoded(corners(5200, 2600), kind))
    assert (reference.width, reference.height) == (2048, 1024)
    pixel = decoded(reference.data).getpixel((1600, 200))
    assert np.abs(np.array(pixel) - (10, 250, 10)).max() < 12


def test_pillow_opens_nothing_but_the_three_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    real = Image.open

    def watched(file: io.BytesIO, formats: tuple[str, ...] | None = None) -> Image.Image:
        seen.append(formats)
        return real(file, formats=formats)

    monkeypatch.setattr(Image, "open", watched)
    sanitise(encoded(corners()))
    assert seen == [("JPEG", "PNG", "WEBP")]
