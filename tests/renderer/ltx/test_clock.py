"""Time goes to the stage that took it; steps are reported as the device finishes them."""

from __future__ import annotations

import time

import pytest
import torch

from renderer.engine import Cancelled
from renderer.ltx.clock import StageClock, Steps

from .conftest import CPU, Watch

pytestmark = pytest.mark.ltx


class Ticking:
    """Replaces the clock: each look at it says what the test has set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    ticking = Ticking()
    monkeypatch.setattr(time, "perf_counter", ticking)
    return ticking


def test_time_belongs_to_the_innermost_stage(ticking: Ticking) -> None:
    clock = StageClock(CPU)
    with clock.stage("encode"):
        ticking.now = 1
        with clock.stage("decode"):
            ticking.now = 5
        ticking.now = 7
    ticking.now = 100
    with clock.stage("text"):
        ticking.now = 103
    assert clock.seconds == {"text": 3, "decode": 4, "encode": 3}
    assert list(clock.seconds) == ["text", "decode", "encode"]


def test_only_the_making_of_items_is_counted(ticking: Ticking) -> None:
    clock = StageClock(CPU)

    def chunks():
        for index in range(3):
            ticking.now += 10
            yield index

    seen: list[int] = []
    for chunk in clock.each("decode", chunks()):
        ticking.now += 1
        seen.append(chunk)
    assert seen == [0, 1, 2]
    assert clock.seconds == {"decode": 30}


def test_a_stage_that_fails_is_closed(ticking: Ticking) -> None:
    clock = StageClock(CPU)

    def cancelled_after(seconds: float) -> None:
        with clock.stage("stage1"):
            ticking.now = seconds
            raise Cancelled

    with pytest.raises(Cancelled):
        cancelled_after(2)
    ticking.now = 50
    assert clock.seconds == {"stage1": 2}


class Event:
    """A CUDA event that notes when it was waited for."""

    waited: list[int]
    made = 0

    def __init__(self) -> None:
        Event.made += 1
        self._number = Event.made

    def record(self, _stream: object) -> None:
        pass

    def synchronize(self) -> None:
        Event.waited.append(self._number)


def test_on_a_gpu_one_step_is_always_asked_for_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    Event.waited, Event.made = [], 0
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    watch = Watch()
    steps = Steps(watch, "stage1", 4, torch.device("cuda:0"))
    waited: list[list[int]] = []
    for _ in range(4):
        steps.asked()
        waited.append(list(Event.waited))
    assert waited == [[], [1], [1, 2], [1, 2, 3]]
    steps.finish()
    assert watch.seen == [("stage1", step, 4) for step in range(1, 5)]


def test_on_a_cpu_a_step_is_done_when_it_returns() -> None:
    watch = Watch()
    steps = Steps(watch, "stage2", 3, CPU)
    steps.asked()
    assert watch.seen == [("stage2", 1, 3)]
