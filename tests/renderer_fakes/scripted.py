"""The real `serve` around an engine that does what a shot's prompt says (`ACTS` below).

"draw then sleep" begins with the first and finishes with what follows; after a single act nothing is left to finish.

Arguments: what `build` does (`ready`, `hang`, `stuck`, `fail`, or `die FILE`: end at once while FILE holds a number
above zero, which it counts down), then `--settings JSON`, which is read for the heartbeat.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from renderer.__main__ import serve
from renderer.engine import Broken, Rejected
from renderer.protocol import Done, Ready, Render, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.engine import Finish, Watch


def draw(shot: Render, watch: Watch) -> None:
    for step in range(1, 4):
        watch.progress("draw", step, 3)


def draw_for_ever(shot: Render, watch: Watch) -> None:
    step = 0
    while True:
        step += 1
        watch.progress("draw", step, 1_000_000)
        time.sleep(0.02)


def sleep(shot: Render, watch: Watch) -> None:
    watch.progress("draw", 1, 2)
    time.sleep(100)


def wait(shot: Render, watch: Watch) -> None:
    """Go on when the test lets it (see `support.go_on`)."""
    while not Path(f"{shot.output}.go").exists():
        watch.progress("wait", 1, 2)
        time.sleep(0.02)
    Path(f"{shot.output}.go").unlink()


def need_it_all(shot: Render, watch: Watch) -> None:
    raise MemoryError("device is full")  # unless it is alone, see `ScriptedEngine.render`


def break_down(shot: Render, watch: Watch) -> None:
    raise Broken("the device fell off the bus")


def reject(shot: Render, watch: Watch) -> None:
    raise Rejected("portrait sizes are not rendered")


def run_out_of_memory(shot: Render, watch: Watch) -> None:
    raise MemoryError("device is full")


def stumble(shot: Render, watch: Watch) -> None:
    raise ValueError("unexpected noise")


def fill_up(shot: Render, watch: Watch) -> None:
    Path("/dev/full").write_bytes(b"pixels")


def lose_touch(shot: Render, watch: Watch) -> None:
    raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")


def print_everywhere(shot: Render, watch: Watch) -> None:
    print("printed by Python")  # noqa: T201 - what a library might do
    print("printed by Python's first stdout", file=sys.__stdout__, flush=True)
    os.write(1, b"written to fd 1\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"printed by C")
    libc.fflush(None)
    subprocess.run([sys.executable, "-c", "print('printed by a program'); input()"], check=False)
    draw(shot, watch)


def flood_stderr(shot: Render, watch: Watch) -> None:
    os.write(2, b"WARNING flood: the water rises\n")
    for _ in range(100):
        os.write(2, b"drop\n" * 1000)
    for _ in range(160):
        os.write(2, b"x" * 65_536)
    draw(shot, watch)


def kill_itself(shot: Render, watch: Watch) -> None:
    watch.progress("draw", 1, 3)
    sys.stderr.write("about to be killed\n")
    os.kill(os.getpid(), signal.SIGKILL)


def freeze(shot: Render, watch: Watch) -> None:
    watch.progress("draw", 1, 3)
    os.kill(os.getpid(), signal.SIGSTOP)


def write_environment(shot: Render, watch: Watch) -> None:
    Path(f"{shot.output}.part").write_text("\n".join(os.environ))


ACTS = {
    act.__name__: act
    for act in (
        draw,
        draw_for_ever,
        sleep,
        wait,
        need_it_all,
        break_down,
        reject,
        run_out_of_memory,
        stumble,
        fill_up,
        lose_touch,
        print_everywhere,
        flood_stderr,
        kill_itself,
        freeze,
        write_environment,
    )
}


class ScriptedEngine:
    def __init__(self) -> None:
        self.ready = Ready(engine="animatic", reason="A test plays.", device="cpu")
        self.prepared = 0

    def begin(self, shot: Render, watch: Watch) -> Finish:
        first, *others = shot.prompt.split(" then ")
        sys.stderr.write(f"begin {shot.job}\n")
        part = Path(f"{shot.output}.part")
        part.write_text("unfinished")
        ACTS[first](shot, watch)

        def finish() -> Done:
            for act in others:
                ACTS[act](shot, watch)
            part.rename(shot.output)
            frames = shot.frames
            return Done(job=shot.job, path=shot.output, width=shot.width, height=shot.height, frames=frames, stages={})

        return finish

    def render(self, shot: Render, watch: Watch) -> Done:
        sys.stderr.write(f"alone {shot.job}\n")
        return self.begin(shot.model_copy(update={"prompt": shot.prompt.replace("need_it_all", "draw")}), watch)()

    def prepare(self, prompts: Sequence[str]) -> bool:
        self.prepared += 1
        sys.stderr.write(f"prepared {prompts[self.prepared - 1]}\n")
        return self.prepared < len(prompts)

    def close(self) -> None:
        sys.stderr.write("engine closed\n")


def build() -> ScriptedEngine:
    match sys.argv[1]:
        case "hang":
            sys.stderr.write("building\n")
            time.sleep(100)
        case "stuck":  # as a native call that never returns: no signal reaches the main thread either
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            time.sleep(100)
        case "fail":
            raise FileNotFoundError("no weights here")
        case "die":
            counter = Path(sys.argv[2])
            left = int(counter.read_text())
            if left:
                counter.write_text(str(left - 1))
                os._exit(1)
        case _:
            pass
    return ScriptedEngine()


if __name__ == "__main__":
    settings = Settings.model_validate_json(sys.argv[-1]) if "--settings" in sys.argv else Settings()
    sys.exit(serve(build, heartbeat_s=settings.heartbeat_s))
