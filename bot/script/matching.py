"""Which part of a changed episode is which of the old one: by what it says, then by where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

New = TypeVar("New")
Old = TypeVar("Old")


def pair(new: Sequence[New], old: Sequence[Old], same: Callable[[New, Old], bool]) -> list[int | None]:
    """Return for each of `new` the index of its old one, or None where it is really new. No old one is given twice.

    First whatever is the `same`, in order; what is left over then belongs together where it stands in the same place,
    so that a shot whose words were changed is still that shot.
    """
    left = dict(enumerate(old))
    found: list[int | None] = []
    for one in new:
        index = next((index for index, other in left.items() if same(one, other)), None)
        if index is not None:
            del left[index]
        found.append(index)
    for place, index in enumerate(found):
        if index is None and place in left:
            del left[place]
            found[place] = place
    return found
