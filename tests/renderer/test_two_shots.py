"""One shot is begun while another is finished: real processes, and what becomes of the one when the other fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from renderer.protocol import Cancel, Done, Failed, Free, Heartbeat, Prepare, Progress, Shutdown
from tests.renderer_fakes.support import go_on, shot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from renderer.protocol import Render
    from tests.renderer_fakes.talk import Talk


@pytest.fixture
def child(talk: Callable[..., Talk]) -> Talk:
    return talk()


def both(child: Talk, folder: Path, first: str, second: str) -> tuple[Render, Render]:
    """Send two shots; return when the first is being finished and the second is begun."""
    shots = shot(folder, f"draw then {first}", job=1), shot(folder, second, job=2)
    child.say(shots[0])
    assert child.hear(Free).job == 1
    child.say(shots[1])
    while child.hear(Progress).job != 2:
        pass
    return shots


def end(child: Talk) -> str:
    """End the child; return what it wrote on stderr."""
    child.say(Shutdown())
    code, rest, errors = child.finish()
    assert (code, rest) == (0, [])
    return errors


def clips(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_shot_is_begun_while_one_is_finished(child: Talk, tmp_path: Path) -> None:
    first, second = both(child, tmp_path, "wait", "wait then wait")
    while child.hear(Heartbeat).jobs != (1, 2):
        pass
    go_on(second)  # begun, but there is no room before the first is done
    go_on(first)
    assert child.hear(Done).job == 1
    assert child.hear(Free).job == 2
    go_on(second)
    assert child.hear(Done).job == 2
    end(child)
    assert clips(tmp_path) == ["clip-1.mp4", "clip-2.mp4"]


@pytest.mark.parametrize(("act", "kind"), [("reject", "rejected"), ("stumble", "failed"), ("wait", "cancelled")])
def test_a_shot_that_fails_at_its_end_does_not_fail_the_next(child: Talk, tmp_path: Path, act: str, kind: str) -> None:
    first, second = both(child, tmp_path, f"wait then {act}", "wait then draw")
    if act == "wait":
        child.say(Cancel(job=1))
    else:
        go_on(first)
    failure = child.hear(Failed)
    assert (failure.job, failure.kind) == (1, kind)
    go_on(second)
    assert child.hear(Done).job == 2
    end(child)
    assert clips(tmp_path) == ["clip-2.mp4"]


@pytest.mark.parametrize(("act", "kind"), [("stumble", "failed"), ("wait", "cancelled")])
def test_a_shot_that_fails_does_not_fail_the_one_before(child: Talk, tmp_path: Path, act: str, kind: str) -> None:
    first = shot(tmp_path, "draw then wait", job=1)
    child.say(first, shot(tmp_path, act, job=2))
    if act == "wait":
        child.say(Cancel(job=2))
    failure = child.hear(Failed)
    assert (failure.job, failure.kind) == (2, kind)
    go_on(first)
    assert child.hear(Done).job == 1
    end(child)
    assert clips(tmp_path) == ["clip-1.mp4"]


def test_what_runs_out_of_memory_at_its_end_is_rendered_again_alone(child: Talk, tmp_path: Path) -> None:
    first, second = both(child, tmp_path, "wait then need_it_all", "wait then draw")
    go_on(first)
    child.until("WARNING renderer: Job 1 ran out of memory at its end (device is full); it is rendered again, alone.")
    go_on(first)
    go_on(second)
    assert [child.hear(Done).job, child.hear(Done).job] == [1, 2]
    child.say(shot(tmp_path, "draw then draw", job=3))
    assert child.hear(Done).job == 3
    assert [line for line in end(child).splitlines() if line.startswith(("begin", "alone"))] == [
        *("begin 1", "begin 2", "alone 1", "begin 1"),
        *("alone 3", "begin 3"),  # where two were too much, one at a time
    ]


def test_what_runs_out_of_memory_beside_another_waits_and_is_rendered_alone(child: Talk, tmp_path: Path) -> None:
    first = shot(tmp_path, "draw then wait", job=1)
    child.say(first, shot(tmp_path, "need_it_all then draw", job=2))
    assert child.hear(Free).job == 1
    go_on(first)
    assert [child.hear(Done).job, child.hear(Done).job] == [1, 2]
    assert "alone 2" in end(child).splitlines()


def test_what_runs_out_of_memory_with_nothing_beside_it_ends_no_overlap(child: Talk, tmp_path: Path) -> None:
    child.say(shot(tmp_path, "draw then need_it_all", job=1))
    assert child.hear(Done).job == 1
    child.say(shot(tmp_path, "need_it_all then draw", job=2))
    assert child.hear(Done).job == 2
    child.say(shot(tmp_path, "draw then draw", job=3))
    assert child.hear(Free).job == 3
    assert child.hear(Done).job == 3
    assert "alone 3" not in end(child).splitlines()


def test_told_to_end_it_drops_both_without_an_answer(child: Talk, tmp_path: Path) -> None:
    both(child, tmp_path, "wait", "wait")
    child.process.terminate()
    code, said, errors = child.finish()
    assert code == 0
    assert all(isinstance(event, Progress) for event in said)
    assert "engine closed" in errors
    assert clips(tmp_path) == []


def test_both_are_removed_when_the_parent_goes(child: Talk, tmp_path: Path) -> None:
    both(child, tmp_path, "sleep", "sleep")
    assert child.process.stdin
    child.process.stdin.close()
    assert child.process.wait() == 5
    assert clips(tmp_path) == []


def test_an_engine_that_breaks_ends_the_process(child: Talk, tmp_path: Path) -> None:
    child.say(shot(tmp_path, "draw then sleep", job=1), shot(tmp_path, "break_down", job=2))
    code, said, errors = child.finish()
    assert code == 6
    assert not any(isinstance(event, Failed) for event in said)  # neither is to blame for certain
    assert "the device fell off the bus" in errors
    assert clips(tmp_path) == []


def test_what_can_be_done_ahead_is_done_when_no_shot_waits(child: Talk, tmp_path: Path) -> None:
    first, third = shot(tmp_path, "wait", job=1), shot(tmp_path, "wait", job=3)
    child.say(first, Prepare(prompts=("old",)), Prepare(prompts=("a", "b")), shot(tmp_path, job=2))
    go_on(first)
    assert [child.hear(Done).job, child.hear(Done).job] == [1, 2]
    child.until("prepared b")
    child.say(third)
    go_on(third)
    assert child.hear(Done).job == 3
    lines = [line for line in end(child).splitlines() if line.startswith(("begin", "prepared"))]
    assert lines == ["begin 1", "begin 2", "prepared a", "prepared b", "begin 3"]
