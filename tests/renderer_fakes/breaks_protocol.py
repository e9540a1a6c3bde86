"""Says READY, then answers a request with what its first argument names: `text`, `unknown` or `endless`."""

import sys
import time

from renderer.protocol import Ready, encode

ANSWERS = {
    "text": b"Loading checkpoint shards: 100%\n",
    "unknown": b'{"type":"applause","job":1}\n',
    "endless": b"{" * 3_000_000,
}

sys.stdout.buffer.write(encode(Ready(engine="animatic", reason="A test plays.", device="cpu")))
sys.stdout.buffer.flush()
sys.stdin.buffer.readline()
sys.stdout.buffer.write(ANSWERS[sys.argv[1]])
sys.stdout.buffer.flush()
time.sleep(100)
