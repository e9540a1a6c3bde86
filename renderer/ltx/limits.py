"""What LTX-2.3 cannot render, said before any work."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from renderer.engine import Rejected

if TYPE_CHECKING:
    from renderer.protocol import Render

FRAMES_PER_LATENT = 8


def check(shot: Render) -> None:
    """Check what the protocol's types leave open.

    Raises:
        Rejected: the shot is upright, its frame count is not 8k+1, or its pins do not fit it.
    """
    if shot.height > shot.width:
        raise Rejected(f"{shot.width}×{shot.height} is upright: the model keeps faces in landscape only")
    if shot.frames % FRAMES_PER_LATENT != 1:
        below = (shot.frames - 1) // FRAMES_PER_LATENT * FRAMES_PER_LATENT + 1
        raise Rejected(
            f"{shot.frames} frames: the model renders 8k+1 frames, {below} or {below + FRAMES_PER_LATENT} here"
        )
    for frame, count in Counter(pin.frame for pin in shot.pins).items():
        if count > 1:
            raise Rejected(
                f"{count} pins at frame {frame}: a frame holds one picture; combine them, or pin them at other frames"
            )
        if frame >= shot.frames:
            raise Rejected(f"a pin at frame {frame} is past the end of {shot.frames} frames")
