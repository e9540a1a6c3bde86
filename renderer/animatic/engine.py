"""The animatic engine: pins and words → a moving storyboard of the shot's real size, length and frame rate."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import numpy as np
import PIL

from renderer.animatic.ambience import RATE, ambience
from renderer.animatic.camera import plan_move
from renderer.animatic.direction import Direction, read_direction
from renderer.animatic.drawing import MovingStill, Planes
from renderer.animatic.scenery import draw_scene
from renderer.animatic.setting import Setting, read_setting
from renderer.animatic.slate import SlateOverlay
from renderer.animatic.still import Still, lay_out, open_reference
from renderer.animatic.typesetting import Typeface
from renderer.encode import ClipWriter
from renderer.engine import Rejected
from renderer.geometry import Geometry
from renderer.protocol import FPS, Done, Ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.engine import Finish, Watch
    from renderer.protocol import Render, Settings

_FADE = 12  # frames over which a later pin's picture comes in; it is whole at its pin's frame
_REPORT_EVERY = 6  # frames between two reports: a cancel is heard four times a second of the clip


class AnimaticEngine:
    """Draws shots on the CPU; needs no weights.

    Args:
        settings: of the renderer process; `font` and `encoding` count here.
        reason: why this engine was taken, for `ready`.

    Attributes:
        ready: what this engine is.

    Raises:
        OSError: `settings.font` is missing or no font.
    """

    def __init__(self, settings: Settings, reason: str = "the animatic engine was asked for") -> None:
        started = time.monotonic()
        self._encoding = settings.encoding
        self._face = Typeface(settings.font)
        self.ready = Ready(
            engine="animatic",
            reason=reason,
            device="cpu",
            versions={"av": av.__version__, "numpy": np.__version__, "pillow": PIL.__version__},
            seconds=time.monotonic() - started,
        )

    def render(self, shot: Render, watch: Watch) -> Done:
        """Draw `shot` into `shot.output`; see `renderer.engine.Engine`.

        Raises:
            Cancelled: through `watch`; nothing is left on disk.
            Rejected: a portrait size, frames not 8k+1, pins that LTX refuses too, or an unreadable reference.
            OSError: the clip cannot be written.
        """
        started = time.monotonic()
        _check(shot)
        size = (shot.width, shot.height)
        frames = shot.frames - shot.trim
        texts = (shot.slate.description, shot.prompt)
        direction, setting = read_direction(texts, shot.slate.names), read_setting(texts)
        scenes = _scenes(shot, direction, setting, frames)
        overlay = SlateOverlay(shot.slate, direction.label, size, frames, self._face)
        frame, coming = Planes.empty(*size), Planes.empty(*size)
        encoding = 0.0
        with ClipWriter(
            shot.output,
            Geometry(*size, *size, 0, 0),
            frames=shot.frames,
            trim=shot.trim,
            encoding=self._encoding,
        ) as writer:
            for index in range(frames):
                if index % _REPORT_EVERY == 0:
                    watch.progress("draw", index, frames)
                _compose(scenes, index, frame, coming)
                overlay.lay_on(frame, index)
                handed = time.monotonic()
                writer.write_yuv(*frame)
                encoding += time.monotonic() - handed
            writer.write_sound(ambience(setting, frames / FPS, shot.seed), RATE)
            watch.progress("draw", frames, frames)
            drawn = time.monotonic()
        ended = time.monotonic()
        return Done(
            job=shot.job,
            path=shot.output,
            width=shot.width,
            height=shot.height,
            frames=frames,
            stages={"draw": drawn - started - encoding, "encode": ended - drawn + encoding},
            peak_memory=_peak_memory(),
        )

    def begin(self, shot: Render, watch: Watch) -> Finish:
        """Draw the whole of `shot`: drawing and encoding share the same cores, so nothing is left to do beside another.

        Raises:
            Exception: as `render`.
        """
        done = self.render(shot, watch)
        return lambda: done

    def prepare(self, prompts: Sequence[str]) -> bool:
        """Do nothing: words are read in no time."""
        del prompts
        return False

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A moving still and the frame at which it is whole; it fades in over the `_FADE` frames before."""

    whole: int
    moving: MovingStill


def _check(shot: Render) -> None:
    """Refuse what the ltx engine would refuse as well.

    Raises:
        Rejected: with what is wrong.
    """
    if shot.height > shot.width:
        raise Rejected(f"{shot.width}×{shot.height} is upright; only landscape keeps a face's identity")
    if shot.frames % 8 != 1:
        raise Rejected(f"{shot.frames} frames; the count must be 8k+1")
    if shot.trim >= shot.frames:
        raise Rejected(f"trimming {shot.trim} of {shot.frames} frames leaves nothing")
    pinned = [pin.frame for pin in shot.pins]
    if len(set(pinned)) < len(pinned):
        raise Rejected(f"two pins at one frame: {sorted(pinned)}")
    if max(pinned, default=0) >= shot.frames:
        raise Rejected(f"a pin at frame {max(pinned)} of {shot.frames}")


def _scenes(shot: Render, direction: Direction, setting: Setting, frames: int) -> list[_Scene]:
    """Return what is seen, in order: the pins' pictures, before them (or alone) a scene card where none is at frame 0.

    One pin may show everybody side by side; of several, each shows one person, the first whoever is left over.
    """
    pins = sorted(shot.pins, key=lambda pin: pin.frame)
    size = (shot.width, shot.height)
    stills: list[tuple[int, Still]] = []
    if not pins or pins[0].frame > 0:
        stills.append((0, draw_scene(setting, size, shot.seed)))
    people = max(1, len(shot.slate.names) - len(pins) + 1)
    for pin in pins:
        stills.append((pin.frame, lay_out(open_reference(pin.path), shot.width / shot.height, people)))
        people = 1
    scenes: list[_Scene] = []
    for order, (whole, still) in enumerate(stills):
        starts = max(0, whole - _FADE)
        ends = stills[order + 1][0] if order + 1 < len(stills) else frames
        move = plan_move(direction, still, shot.seed + order)
        scenes.append(_Scene(whole, MovingStill(still, move, size, max(1, min(ends, frames) - starts))))
    return scenes


def _compose(scenes: list[_Scene], index: int, frame: Planes, coming: Planes) -> None:
    """Draw the scene of frame `index` into `frame`, cross-fading into the next where that is coming (into `coming`)."""
    order = max(place for place, scene in enumerate(scenes) if scene.whole <= index)
    current = scenes[order]
    current.moving.draw(index - max(0, current.whole - _FADE), frame)
    if order + 1 < len(scenes) and (share := 1 - (scenes[order + 1].whole - index) / _FADE) > 0:
        coming_scene = scenes[order + 1]
        coming_scene.moving.draw(index - (coming_scene.whole - _FADE), coming)
        frame.mix(coming, share * share * (3 - 2 * share))


def _peak_memory() -> int:
    """Return the largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
