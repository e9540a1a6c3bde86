"""What is written over the picture: that this is an animatic, the camera, the timecode, the shot and its words.

Everything is drawn once. For each frame only patches are laid on, timecode digits copied and the progress bar filled.
Lengths are pixels at 704 rows and scale with the frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from renderer.animatic.drawing import Patch, Planes, colour
from renderer.protocol import FPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from renderer.animatic.typesetting import Typeface
    from renderer.protocol import Slate

    Box = tuple[int, int, int, int]

MARK = "ANIMATIC · 分镜预览"
"""Stands in every picture, so that nobody takes a preview for a render."""

_AMBER = (245, 184, 65)
_INK = (20, 20, 24)
_PAPER = (246, 243, 236)
_GREY = (212, 209, 203)
_TRACK = (74, 72, 70)

_EDGE = 44  # from the frame's edge to what is written
_FOOT = 30  # from the frame's lower edge to the slate
_BAR = 7
_PILL = 50
_CLAPPER = 132
_STICK = 28
_TITLE, _TITLE_STEP = 34, 48
_NAMES = 27
_TEXT, _TEXT_STEP, _TEXT_LINES = 26, 36, 3
_TITLE_SHARE = 0.62  # of the line, where names follow
_CLOCK = 26
_SMOOTHING = 4  # shapes are drawn this much larger, then shrunk


class SlateOverlay:
    """The slate of one shot, laid over its frames.

    Args:
        slate: the shot's number, take, title, names and description; any text of any length.
        label: what is said of the camera; may be empty.
        size: the frame's width and height, even.
        frames: frames of the clip.
        face: the typeface.
    """

    def __init__(self, slate: Slate, label: str, size: tuple[int, int], frames: int, face: Typeface) -> None:
        self._width, self._height = size
        self._frames = frames
        self._face = face
        self._unit = min(size[0] / 1280, size[1] / 704)
        self._drawing = Image.new("RGBA", size, (*_INK, 0))
        self._draw = ImageDraw.Draw(self._drawing)
        self._bar = max(2, round(_BAR * self._unit / 2) * 2)
        self._amber = colour(_AMBER)
        self._digits = self._cells()
        boxes = [self._lower_third(slate), *self._corners(), self._mark()]
        camera, self._clock_at = self._camera(label)
        self._patches = [Patch(self._drawing, box) for box in (*boxes, camera)]

    def lay_on(self, frame: Planes, index: int) -> None:
        """Lay the slate over `frame`, the clip's frame `index`."""
        for patch in self._patches:
            patch.lay_on(frame)
        left, top = self._clock_at
        for character in timecode(index):
            cell = self._digits[character]
            target = frame.y[top : top + cell.shape[0], left : left + cell.shape[1]]
            target[...] = cell[: target.shape[0], : target.shape[1]]
            left += cell.shape[1]
        filled = round((index + 1) / self._frames * self._width / 2) * 2
        for plane, level, step in zip(frame, self._amber, (1, 2, 2), strict=True):
            plane[(self._height - self._bar) // step :, : filled // step] = level

    def _px(self, length: float) -> int:
        return round(length * self._unit)

    def _lower_third(self, slate: Slate) -> Box:
        """Draw the ground at the bottom with clapper, title, names and description; return its box."""
        face, px = self._face, self._px
        left = px(_EDGE + _CLAPPER + 28)
        width = self._width - left - px(_EDGE)
        lines = face.wrap(face.clean(slate.description), px(_TEXT), width, _TEXT_LINES)
        names = " · ".join(filter(None, map(face.clean, slate.names)))
        title = face.clean(slate.title)
        block = (_TITLE_STEP if title or names else 0) + _TEXT_STEP * len(lines)
        tall = max(_CLAPPER, block) + _FOOT
        self._ground(px(tall + 84))
        self._clapper(px(_EDGE), self._height - px(_FOOT + max(_CLAPPER, block) / 2 + _CLAPPER / 2), slate)
        top = self._height - px(_FOOT + max(_CLAPPER, block) / 2 + block / 2)
        if title or names:
            baseline = top + px(_TITLE_STEP * 0.68)
            title = face.cut(title, px(_TITLE), width * (_TITLE_SHARE if names else 1))
            face.draw(self._draw, (left, baseline), title, px(_TITLE), fill=(*_PAPER, 255))
            gap = face.width(title, px(_TITLE)) + px(26) if title else 0
            names = face.cut(names, px(_NAMES), width - gap)
            face.draw(self._draw, (left + gap, baseline), names, px(_NAMES), fill=(*_AMBER, 255))
            top += px(_TITLE_STEP)
        for number, line in enumerate(lines):
            baseline = top + px(_TEXT_STEP * (number + 0.74))
            face.draw(self._draw, (left, baseline), line, px(_TEXT), fill=(*_GREY, 255))
        return (0, self._height - px(tall + 84), self._width, self._height)

    def _ground(self, height: int) -> None:
        """Darken the lowest `height` rows, softly from the top, for the text to stand on."""
        height = max(1, min(height, self._height))
        rise = np.clip(np.linspace(0, 1, height) / 0.42, 0, 1)
        cover = np.repeat((rise * rise * (3 - 2 * rise) * 216).astype(np.uint8)[:, None], self._width, axis=1)
        ground = Image.new("RGBA", (self._width, height), (*_INK, 255))
        ground.putalpha(Image.fromarray(cover))
        self._drawing.paste(ground, (0, self._height - height))
        self._draw.rectangle((0, self._height - self._bar, self._width, self._height), fill=(*_TRACK, 255))

    def _panel(self, box: Box, ink: tuple[int, int, int], radius: float) -> None:
        """Fill a rectangle with smooth round corners."""
        width, height = max(1, box[2] - box[0]), max(1, box[3] - box[1])
        cover = Image.new("L", (width * _SMOOTHING, height * _SMOOTHING))
        ImageDraw.Draw(cover).rounded_rectangle(
            (0, 0, cover.width - 1, cover.height - 1),
            radius * self._unit * _SMOOTHING,
            fill=255,
        )
        self._drawing.paste((*ink, 255), box[:2], cover.resize((width, height), Image.Resampling.BOX))

    def _clapper(self, left: int, top: int, slate: Slate) -> None:
        """Draw a clapperboard with the shot's number and take."""
        px, face = self._px, self._face
        side, stick = max(1, px(_CLAPPER)), max(1, px(_STICK))
        self._panel((left, top, left + side, top + side), _PAPER, 9)
        line = max(1, px(2.5))
        self._panel((left + line, top + stick, left + side - line, top + side - line), _INK, 7)
        board = Image.new("L", (side * _SMOOTHING, stick * _SMOOTHING))
        for start in range(-1, 6):
            x, wide, slant = (share * board.width for share in (start * 0.25, 0.125, 0.09))
            ImageDraw.Draw(board).polygon(
                [(x, board.height), (x + wide, board.height), (x + wide + slant, 0), (x + slant, 0)],
                fill=255,
            )
        stripes = board.resize((max(1, side - 2 * line), max(1, stick - line)), Image.Resampling.BOX)
        self._drawing.paste((*_INK, 255), (left + line, top + line), stripes)
        middle = left + side / 2
        for text, largest, base, ink in (
            (str(slate.number), 60, 86, _PAPER),
            (f"镜 SHOT · T{slate.take}", 19, 118, _AMBER),
        ):
            room = side - px(14)
            size = int(px(largest) * min(1.0, 0.97 * room / max(1.0, face.width(text, px(largest)))))
            line = face.cut(text, size, room)
            face.draw(self._draw, (middle, top + px(base)), line, size, fill=(*ink, 255), anchor="ms")

    def _mark(self) -> Box:
        """Draw the mark at the top left, as large as the frame allows; return its box."""
        px, face = self._px, self._face
        size = px(29)
        while size > 6 and face.width(MARK, size) + px(36) > self._width - 2 * px(_EDGE):  # noqa: PLR2004 - no smaller
            size -= 1
        left, top = px(_EDGE), px(_EDGE - 4)
        box = (left, top, left + round(face.width(MARK, size)) + px(36), top + max(px(_PILL), size + 4))
        self._panel(box, _AMBER, 9)
        middle = (box[1] + box[3]) / 2
        face.draw(self._draw, (left + px(18), middle + size * 0.37), MARK, size, fill=(*_INK, 255))
        return box

    def _camera(self, label: str) -> tuple[Box, tuple[int, int]]:
        """Draw the box at the top right for camera and timecode; return it, and where the timecode starts."""
        px, face = self._px, self._face
        clock = sum(self._digits[character].shape[1] for character in timecode(0))
        label = face.cut(label, px(23), px(560))
        lead = round(face.width(label, px(23))) + px(22) if label else 0
        right, top = self._width - px(_EDGE), px(_EDGE - 4)
        box = (max(0, right - clock - lead - px(36)), top, right, top + px(_PILL))
        self._panel(box, _INK, 9)
        middle = (box[1] + box[3]) / 2
        face.draw(self._draw, (box[0] + px(18), middle + px(23) * 0.37), label, px(23), fill=(*_PAPER, 255))
        height = self._digits["0"].shape[0]
        return box, (max(0, right - px(18) - clock), max(0, round(middle - height / 2)))

    def _corners(self) -> list[Box]:
        """Draw a viewfinder's corners at the top and return their boxes; the bottom has the slate."""
        inset, arm, line = self._px(20), self._px(46), max(1, self._px(3))
        boxes: list[Box] = []
        for left, right, edge in (
            (inset, inset + arm, inset),
            (self._width - inset - arm, self._width - inset, self._width - inset - line),
        ):
            self._draw.rectangle((left, inset, right - 1, inset + line - 1), fill=(*_PAPER, 180))
            self._draw.rectangle((edge, inset, edge + line - 1, inset + arm - 1), fill=(*_PAPER, 180))
            boxes.append((left, inset, right, inset + arm))
        return boxes

    def _cells(self) -> dict[str, NDArray[np.uint8]]:
        """Return the luma of each timecode character on its box's ground; all digits as wide, so that nothing jumps."""
        size = self._px(_CLOCK)
        wide = round(max(self._face.width(str(digit), size) for digit in range(10)) + 0.5)
        ground, ink = colour(_INK)[0], colour(_PAPER)[0]
        cells: dict[str, NDArray[np.uint8]] = {}
        for character in "0123456789:":
            cell = Image.new("L", (wide if character != ":" else max(1, round(wide * 0.6)), max(6, size)), ground)
            at = (cell.width / 2, cell.height * 0.87)
            self._face.draw(ImageDraw.Draw(cell), at, character, size, fill=(ink,), anchor="ms")
            cells[character] = np.asarray(cell)
        return cells


def timecode(index: int) -> str:
    """Return frame `index` as minutes, seconds and frames: `MM:SS:FF`."""
    seconds, rest = divmod(index, FPS)
    return f"{seconds // 60:02}:{seconds % 60:02}:{rest:02}"
