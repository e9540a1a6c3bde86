"""Becomes ffmpeg, on a leash: behind everything else that wants the processor, and dead when the bot is.

`python leash.py PROGRAM ARGUMENT…`, run by its path so that nothing of ours is imported. Without it a killed bot's
ffmpeg would go on writing into the folder of the cut that the next bot makes.
"""

import ctypes
import os
import signal
import sys

NICE = 10
PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    os.nice(NICE)
    if sys.platform == "linux":
        bot = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != bot:  # it died before the leash was on
            sys.exit(1)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is what we want
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error.strerror}")
