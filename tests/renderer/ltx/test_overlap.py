"""Two shots in flight through the real process come out as each does alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from renderer.protocol import Cancel, Done, Failed, Free, Prepare, Progress, Ready, Shutdown
from tests.renderer_fakes.support import HERE

from .conftest import pinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from renderer.protocol import Render, Settings
    from tests.renderer_fakes.talk import Talk

pytestmark = pytest.mark.ltx


def test_each_is_rendered_as_it_is_alone(
    talk: Callable[..., Talk], settings: Settings, shot: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    child = talk(str(HERE / "held.py"), settings=settings.model_copy(update={"warm": ((64, 64, 9),)}))
    child.hear(Ready)
    small = pinned(shot.model_copy(update={"width": 64, "height": 64, "trim": 0}))
    one = small.model_copy(update={"job": 1, "seed": 1, "frames": 17})
    two = small.model_copy(update={"job": 2, "seed": 2, "frames": 9, "prompt": "a lake", "lora_strength": 0.3})
    child.say(Prepare(prompts=("a lake",)))
    alone = {each.job: frames(child, each, tmp_path / f"alone-{each.job}.mp4") for each in (one, two)}
    assert len(alone[1]) == 17
    assert not same(alone[1][:9], alone[2])
    for number, pair in enumerate(((one, two), (two, one), (one, two))):
        first, second = (
            each.model_copy(update={"output": str(tmp_path / f"{number}-{each.job}.mp4")}) for each in pair
        )
        hold = Path(f"{first.output}.hold")
        hold.touch()
        child.say(first)
        assert child.hear(Free).job == first.job
        child.say(second)
        while child.hear(Progress).stage != "stage1":
            pass
        if number == 2:
            child.say(Cancel(job=first.job))
        hold.unlink()
        if number == 2:
            assert child.hear(Failed).job == first.job
        else:
            assert child.hear(Done).job == first.job
            assert same(decoded(first.output), alone[first.job])
        assert child.hear(Done).job == second.job
        assert same(decoded(second.output), alone[second.job])
    child.say(Shutdown())
    code, _, errors = child.finish()
    assert code == 0
    assert "64×64, 9 frames warm" in errors
    assert not list(tmp_path.glob("*.part"))


def frames(child: Talk, shot: Render, path: Path) -> NDArray[np.generic]:
    """Render `shot` with nothing beside it; return its frames."""
    child.say(shot.model_copy(update={"output": str(path)}))
    return decoded(child.hear(Done).path)


def decoded(path: str) -> NDArray[np.generic]:
    with av.open(path) as clip:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)])


def same(ours: NDArray[np.generic], theirs: NDArray[np.generic]) -> bool:
    """Return whether two clips show the same: at this size x264's threads do not always make the same bytes of it."""
    return ours.shape == theirs.shape and bool(np.abs(ours.astype(float) - theirs).mean() < 3)
