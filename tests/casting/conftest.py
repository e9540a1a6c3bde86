"""Pictures to cast from: the demo's three references, and plain ones whose pixels are known."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

PALACE = Path(__file__).parents[2] / "examples" / "palace"
NAMES = ("shen-yuehua", "xiao-yunxiao", "murong-jing")


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return `picture` as a file of `kind`."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Return the picture in `data`, loaded."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def corners(width: int = 160, height: int = 120) -> Image.Image:
    """Return a picture whose four corners tell which way is up: red, green / blue, white."""
    picture = Image.new("RGB", (width, height), (90, 90, 90))
    draw = ImageDraw.Draw(picture)
    half_x, half_y = width // 2, height // 2
    for x, y, colour in (
        (0, 0, (250, 10, 10)),
        (half_x, 0, (10, 250, 10)),
        (0, half_y, (10, 10, 250)),
        (half_x, half_y, (250, 250, 250)),
    ):
        draw.rectangle((x, y, x + half_x - 1, y + half_y - 1), fill=colour)
    return picture


@pytest.fixture(scope="session")
def palace() -> dict[str, Image.Image]:
    """Return the demo's three reference pictures, as RGB."""
    return {name: Image.open(PALACE / f"{name}.webp").convert("RGB") for name in NAMES}
