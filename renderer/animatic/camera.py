"""The camera's way over a still picture: what a `Direction` means as a view that moves.

A view is a part of the picture, in fractions of it, always of the picture's own shape. Zooms are exponential in size
about a fixed point and every move is eased, so that the speed that the eye sees has no jump.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from renderer.animatic.vocabulary import Framing, Move

if TYPE_CHECKING:
    from renderer.animatic.direction import Direction
    from renderer.animatic.still import Still

_SIZES: dict[Framing | None, float] = {
    None: 0.97,
    Framing.WIDE: 1.0,
    Framing.FULL: 0.93,
    Framing.TWO_SHOT: 0.86,
    Framing.OVER_SHOULDER: 0.68,
    Framing.MEDIUM: 0.74,
    Framing.MEDIUM_CLOSE: 0.58,
    Framing.CLOSE: 0.46,
    Framing.EXTREME_CLOSE: 0.3,
}
"""The view's size, as a fraction of the picture, for one person who fills its width."""

_TIGHT = frozenset({Framing.MEDIUM_CLOSE, Framing.CLOSE, Framing.EXTREME_CLOSE})
_UPRIGHT = 0.6  # how much tighter each framing is on an upright picture, for the limit of a very narrow one
_PUSH = 0.72  # the end of a push, as a fraction of its start
_LEAST_PUSH = 0.88  # a group may leave less room than that: the push then starts from farther out
_HEADROOM = 0.25  # around the outermost faces of a group, as a fraction of the picture
_PAN_ROOM = 0.76  # a pan or tilt needs picture left to move over: the view is no larger than this
_PAN_REACH = 0.3  # how far a pan goes to each side, at most
_BREATH = 0.955  # with no move asked for, the view still closes in by this: a still frame looks like a stuck player
_SWAY = 0.006  # handheld: how far the camera strays, as a fraction of the view


@dataclass(frozen=True, slots=True)
class View:
    """A part of the picture: its centre and size, in fractions of the picture."""

    x: float
    y: float
    size: float

    def inside(self) -> View:
        """Return the view moved (and, if need be, shrunk) to lie within the picture."""
        size = min(self.size, 1.0)
        half = size / 2
        return View(min(max(self.x, half), 1 - half), min(max(self.y, half), 1 - half), size)

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, in fractions of the picture."""
        half = self.size / 2
        return self.x - half, self.y - half, self.x + half, self.y + half


@dataclass(frozen=True, slots=True)
class CameraMove:
    """From one view to another; `phases` (radians) are there where the camera is handheld."""

    start: View
    end: View
    phases: tuple[float, ...] = ()

    @property
    def still(self) -> bool:
        """Whether every view is the same."""
        return self.start == self.end and not self.phases

    def at(self, progress: float, seconds: float) -> View:
        """Return the view at `progress` (0–1) through the shot, `seconds` after its start."""
        eased = 0.5 - 0.5 * math.cos(math.pi * min(max(progress, 0.0), 1.0))
        start, end = self.start, self.end
        size = start.size * (end.size / start.size) ** eased
        # The centre goes with the size, so that one point of the picture stays put during a zoom.
        share = (size - start.size) / (end.size - start.size) if abs(end.size - start.size) > 1e-6 else eased  # noqa: PLR2004
        view = View(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share, size)
        if self.phases:
            view = self._swayed(view, seconds)
        return view.inside()

    def _swayed(self, view: View, seconds: float) -> View:
        a, b, c, d = self.phases
        turn = 2 * math.pi * seconds
        dx = math.sin(0.31 * turn + a) + 0.5 * math.sin(0.83 * turn + b)
        dy = math.sin(0.43 * turn + c) + 0.4 * math.sin(1.07 * turn + d)
        reach = _SWAY * view.size
        return replace(view, x=view.x + reach * dx, y=view.y + reach * dy)


def plan_move(direction: Direction, still: Still, seed: int) -> CameraMove:
    """Return the camera's way over `still` for `direction`."""
    chance = random.Random(seed)  # noqa: S311 - a camera's sway, not a secret
    start, end = _framed(direction, still)
    match direction.move:
        case Move.PUSH | Move.PULL if direction.end:
            end = _framed(replace(direction, framing=direction.end), still)[0]
        case Move.PUSH:
            end = _closer(start, direction.framing, still)
            start = replace(start, size=min(1.0, max(start.size, end.size / _LEAST_PUSH)))
        case Move.PULL if direction.framing in {None, Framing.WIDE, Framing.FULL}:
            start = _closer(end, direction.framing, still)
        case Move.PULL:
            end = replace(end, size=end.size / _PUSH)
        case Move.PAN_LEFT | Move.PAN_RIGHT:
            start, end = _panned(start, end, mirrored=direction.move is Move.PAN_LEFT)
        case Move.TILT_UP | Move.TILT_DOWN:
            start, end = _tilted(start, upwards=direction.move is Move.TILT_UP)
        case Move.STATIC:
            end = start
        case None:
            end = replace(end, size=end.size * _BREATH)
    phases: tuple[float, ...] = ()
    if direction.handheld:
        phases = tuple(chance.uniform(0, 2 * math.pi) for _ in range(4))
        room = 1 - 4 * _SWAY
        start, end = replace(start, size=min(start.size, room)), replace(end, size=min(end.size, room))
    return CameraMove(start.inside(), end.inside(), phases)


def _framed(direction: Direction, still: Still) -> tuple[View, View]:
    """Return the view that the framing asks for at the start and at the end of the shot.

    They differ where the framing is too tight for everybody in the picture: the camera then goes from the first to the
    last.
    """
    framing = direction.framing
    faces = still.faces
    people = len(faces)
    size = _SIZES[framing]
    if framing not in {None, Framing.WIDE}:
        size *= _UPRIGHT + (1 - _UPRIGHT) * still.span
    if framing in _TIGHT and people > 1:
        size = min(size, 3 * size / people)
    elif framing is not Framing.OVER_SHOULDER:
        size = min(1.0, max(size, _least(still)))
    middle = (sum(x for x, _ in faces) / people, sum(y for _, y in faces) / people)
    view = _look(*middle, size)
    if framing is Framing.OVER_SHOULDER and people > 1:
        # The listener's shoulder stays at the edge: look past the middle towards the last person.
        view = _look(0.4 * middle[0] + 0.6 * faces[-1][0], middle[1], size)
    elif framing in _TIGHT and people > 1:
        if direction.subject is not None and direction.subject < people:
            view = _look(*faces[direction.subject], size)
        elif direction.move is Move.STATIC:
            view = _look(*middle, max(size, 0.8))
        else:
            return _look(*faces[0], size), _look(*faces[-1], size)
    return view, view


def _look(x: float, y: float, size: float) -> View:
    """Return a view of `size` with the face at (`x`, `y`) above its middle: the slate covers the lowest third."""
    return View(x, y + 0.12 * size, size).inside()


def _closer(view: View, framing: Framing | None, still: Still) -> View:
    """Return the end of a push from `view`: no closer than everybody fits, unless the framing is on one person."""
    size = view.size * _PUSH
    if framing not in _TIGHT and framing is not Framing.OVER_SHOULDER:
        size = min(view.size, max(size, _least(still)))
    return replace(view, size=size)


def _least(still: Still) -> float:
    """Return the size of the smallest view that holds every face."""
    across = [x for x, _ in still.faces]
    return max(across) - min(across) + _HEADROOM if len(across) > 1 else 0.0


def _panned(start: View, end: View, *, mirrored: bool) -> tuple[View, View]:
    if start.x == end.x:
        size = min(start.size, _PAN_ROOM)
        reach = min((1 - size) / 2, _PAN_REACH)
        start, end = (View(start.x + side * reach, start.y, size).inside() for side in (-1, 1))
    return (end, start) if mirrored else (start, end)


def _tilted(view: View, *, upwards: bool) -> tuple[View, View]:
    size = min(view.size, _PAN_ROOM)
    reach = min((1 - size) / 2, _PAN_REACH)
    low, high = (View(view.x, view.y + side * reach, size).inside() for side in (1, -1))
    return (low, high) if upwards else (high, low)
