"""The child's side of the pipes: real child processes, and no client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import pytest

from renderer.protocol import (
    EVENT,
    Cancel,
    Done,
    Failed,
    Heartbeat,
    Progress,
    Ready,
    Settings,
    Shutdown,
    Weights,
)
from tests.renderer_fakes.support import SCRIPTED, alive, is_gone, part, shot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.renderer_fakes.talk import Talk

REAL = ("-m", "renderer")


def test_a_shot_is_answered_with_its_steps_and_done(talk: Callable[..., Talk], tmp_path: Path) -> None:
    child = talk()
    assert child.hear(Ready).engine == "animatic"
    child.say(shot(tmp_path, job=7))
    assert [child.hear(Progress).step for _ in range(3)] == [1, 2, 3]
    assert child.hear(Done).job == 7
    child.say(Shutdown())
    code, rest, errors = child.finish()
    assert (code, rest) == (0, [])
    assert "engine closed" in errors
    assert (tmp_path / "clip-7.mp4").exists()


@pytest.mark.parametrize(
    ("prompt", "failure"),
    [
        (
            "reject",
            Failed(job=1, kind="rejected", retryable=False, message="Rejected: portrait sizes are not rendered"),
        ),
        (
            "run_out_of_memory",
            Failed(job=1, kind="out_of_memory", retryable=True, message="MemoryError: device is full"),
        ),
        ("stumble", Failed(job=1, kind="failed", retryable=True, message="ValueError: unexpected noise")),
    ],
)
def test_a_failed_job_is_named_leaves_nothing_and_does_not_end_the_engine(
    talk: Callable[..., Talk], tmp_path: Path, prompt: str, failure: Failed
) -> None:
    child = talk()
    child.say(shot(tmp_path, prompt, job=1), shot(tmp_path, job=2))
    assert child.hear(Failed) == failure
    assert child.hear(Done).job == 2
    child.say(Shutdown())
    code, _, errors = child.finish()
    assert code == 0
    assert ("Traceback" in errors and failure.message in errors) is failure.retryable
    assert [path.name for path in tmp_path.iterdir()] == ["clip-2.mp4"]


def test_cancel_takes_effect_between_steps_and_before_the_start(talk: Callable[..., Talk], tmp_path: Path) -> None:
    child = talk()
    child.say(shot(tmp_path, "draw_for_ever", job=1), shot(tmp_path, job=2), shot(tmp_path, job=3))
    child.hear(Progress)
    child.say(Cancel(job=2), Cancel(job=1))
    first, second = child.hear(Failed), child.hear(Failed)
    assert [(first.job, first.kind), (second.job, second.kind)] == [(1, "cancelled"), (2, "cancelled")]
    assert child.hear(Done).job == 3
    assert [path.name for path in tmp_path.iterdir()] == ["clip-3.mp4"]


def test_a_cancel_that_comes_too_late_does_not_hit_the_jobs_next_attempt(
    talk: Callable[..., Talk], tmp_path: Path
) -> None:
    child = talk()
    child.say(shot(tmp_path))
    child.hear(Done)
    child.say(Cancel(job=1), shot(tmp_path))
    assert child.hear(Done).job == 1


def test_what_is_printed_goes_to_stderr_and_programs_cannot_read_requests(
    talk: Callable[..., Talk], tmp_path: Path
) -> None:
    child = talk()
    child.say(shot(tmp_path, "print_everywhere", job=1), shot(tmp_path, job=2))
    assert [child.hear(Done).job, child.hear(Done).job] == [1, 2]
    child.say(Shutdown())
    _, _, errors = child.finish()
    for line in (
        "printed by Python",
        "printed by Python's first stdout",
        "written to fd 1",
        "printed by C",
        "printed by a program",
    ):
        assert line in errors.splitlines()
    assert "EOFError" in errors  # the program's input()


def test_heartbeats_come_while_building_and_name_the_job(talk: Callable[..., Talk], tmp_path: Path) -> None:
    building = talk(SCRIPTED, "hang")
    assert [building.hear(Heartbeat).jobs, building.hear(Heartbeat).jobs] == [(), ()]
    working = talk()
    working.say(shot(tmp_path, "sleep", job=5))
    working.hear(Progress)
    working.hear(Heartbeat)  # was perhaps on its way when the job came
    assert working.hear(Heartbeat).jobs == (5,)


def test_an_engine_that_cannot_be_built_is_a_startup_failure(talk: Callable[..., Talk]) -> None:
    code, said, errors = talk(SCRIPTED, "fail").finish()
    assert code == 3
    assert said == [Failed(job=None, kind="startup", retryable=False, message="FileNotFoundError: no weights here")]
    assert "Traceback" in errors


def test_missing_weights_are_named(talk: Callable[..., Talk], tmp_path: Path) -> None:
    weights = Weights(
        checkpoint=str(tmp_path / "model.safetensors"),
        upscaler=str(tmp_path / "up.safetensors"),
        lora=str(tmp_path / "lora.safetensors"),
        gemma=str(tmp_path / "gemma"),
    )
    code, said, _ = talk(*REAL, settings=Settings(engine="ltx", weights=weights, device="cpu")).finish()
    assert code == 3
    (failure,) = said
    assert isinstance(failure, Failed)
    for path in weights.model_dump().values():
        assert path in failure.message


def test_settings_that_are_none_are_refused_on_stderr() -> None:
    result = subprocess.run(
        [sys.executable, *REAL, "--settings", '{"engine":"flipbook"}'], capture_output=True, check=False, text=True
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert "engine" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("line", [b"hello\n", b'{"type":"dance"}\n', b'{"type":"cancel","job":1,"why":"bored"}\n'])
def test_a_line_that_is_no_request_ends_the_process(talk: Callable[..., Talk], tmp_path: Path, line: bytes) -> None:
    child = talk()
    render = shot(tmp_path, "draw_for_ever")
    child.say(render)
    child.hear(Progress)
    child.write(line)
    code, _, errors = child.finish()
    assert code == 4
    assert f"CRITICAL renderer: Not a request: {line!r}" in errors
    assert not part(render).exists()


@pytest.mark.parametrize("order", ["SIGTERM", "shutdown"])
def test_told_to_end_it_drops_the_job_without_an_answer(talk: Callable[..., Talk], tmp_path: Path, order: str) -> None:
    child = talk()
    render = shot(tmp_path, "draw_for_ever")
    child.say(render, shot(tmp_path, job=2))
    child.hear(Progress)
    child.process.terminate() if order == "SIGTERM" else child.say(Shutdown())
    code, said, errors = child.finish()
    assert code == 0
    assert all(isinstance(event, Progress) for event in said)  # not cancelled: nobody gave the jobs up
    assert "engine closed" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("order", ["SIGTERM", "shutdown"])
def test_told_to_end_while_building_it_ends_at_once(talk: Callable[..., Talk], order: str) -> None:
    child = talk(SCRIPTED, "hang")
    child.hear(Heartbeat)
    child.process.terminate() if order == "SIGTERM" else child.say(Shutdown())
    code, said, _ = child.finish()
    assert (code, said) == (0, [])


def test_ctrl_c_is_left_to_the_parent(talk: Callable[..., Talk], tmp_path: Path) -> None:
    child = talk()
    child.hear(Ready)
    child.say(shot(tmp_path, "draw_for_ever", job=1))
    child.hear(Progress)
    os.killpg(child.process.pid, signal.SIGINT)
    child.say(Cancel(job=1), shot(tmp_path, job=2))
    assert child.hear(Done).job == 2


@pytest.mark.parametrize("mode", ["idle", "sleep", "building", "stuck"])
def test_it_ends_when_stdin_ends(talk: Callable[..., Talk], tmp_path: Path, mode: str) -> None:
    child = talk(SCRIPTED, {"building": "hang", "stuck": "stuck"}.get(mode, "ready"))
    child.hear(Heartbeat)
    render = shot(tmp_path, "sleep")
    if mode == "sleep":
        child.say(render)
        child.hear(Progress)
    assert child.process.stdin
    child.process.stdin.close()
    assert child.process.wait() == 5
    assert not part(render).exists()


def test_it_ends_when_nobody_listens(talk: Callable[..., Talk]) -> None:
    child = talk()
    child.hear(Ready)
    assert child.process.stdout
    child.process.stdout.close()
    assert child.process.wait() == 5


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_it_dies_with_its_parent_even_where_stdin_stays_open() -> None:
    ours, theirs = os.pipe()  # the child reads from one end, and the other one outlives its parent
    try:
        starter = (
            f"import subprocess, sys, time; c = subprocess.Popen({[sys.executable, SCRIPTED, 'ready']!r}, stdin=0)"
        )
        starter += "; sys.stderr.write(f'{c.pid}\\n'); time.sleep(100)"
        with subprocess.Popen(
            [sys.executable, "-c", starter], stdin=ours, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as parent:
            assert parent.stdout
            assert parent.stderr
            pid = int(parent.stderr.readline())
            while not isinstance(EVENT.validate_json(parent.stdout.readline()), Ready):
                pass
            assert alive(pid)
            parent.kill()
            assert is_gone(pid)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_part_file_of_a_killed_predecessor_is_replaced(talk: Callable[..., Talk], tmp_path: Path) -> None:
    render = shot(tmp_path, "reject")
    part(render).write_text("left by a process that was killed")
    child = talk()
    child.say(render)
    child.hear(Failed)
    assert list(tmp_path.iterdir()) == []


def test_the_animatic_engine_renders_a_clip_in_the_real_process(talk: Callable[..., Talk], tmp_path: Path) -> None:
    child = talk(*REAL, settings=Settings(engine="animatic", heartbeat_s=0.1))
    ready = child.hear(Ready)
    assert ready.engine == "animatic"
    assert 'engine = "animatic"' in ready.reason
    render = shot(tmp_path, "Wide shot of a palace garden by night.").model_copy(
        update={"width": 320, "height": 192, "frames": 25}
    )
    child.say(render)
    assert child.hear(Progress).job == render.job
    done = child.hear(Done)
    with av.open(done.path) as clip:
        frames = list(clip.decode(video=0))
    assert (len(frames), frames[0].width, frames[0].height) == (render.frames - render.trim, 320, 192)
    assert (done.frames, done.path) == (render.frames - render.trim, render.output)
    assert not part(render).exists()
    child.say(Shutdown())
    assert child.finish()[0] == 0
