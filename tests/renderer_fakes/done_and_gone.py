"""Answers its first request and is dead in the same moment. Logs each start to the file in its first argument."""

import os
import signal
import sys
from pathlib import Path

from renderer.protocol import REQUEST, Done, Progress, Ready, Render, encode

with Path(sys.argv[1]).open("a") as starts:
    starts.write("started\n")
os.write(1, encode(Ready(engine="animatic", reason="A test plays.", device="cpu")))
shot = REQUEST.validate_json(sys.stdin.buffer.readline())
assert isinstance(shot, Render)
steps = [encode(Progress(job=shot.job, stage="draw", step=step, steps=200)) for step in range(1, 201)]
done = Done(job=shot.job, path=shot.output, width=64, height=64, frames=9, stages={})
os.write(1, b"".join(steps) + encode(done))
os.kill(os.getpid(), signal.SIGKILL)
