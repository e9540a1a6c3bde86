"""The real process around the real LTX engine; a shot is not finished while a file `<output>.hold` is there."""

import sys
import time
from pathlib import Path

from renderer.__main__ import serve
from renderer.engine import Finish, Watch
from renderer.ltx.engine import LtxEngine
from renderer.protocol import Done, Render, Settings


class HeldEngine(LtxEngine):
    def begin(self, shot: Render, watch: Watch) -> Finish:
        finish = super().begin(shot, watch)

        def held() -> Done:
            while Path(f"{shot.output}.hold").exists():
                time.sleep(0.01)
            return finish()

        return held


if __name__ == "__main__":
    settings = Settings.model_validate_json(sys.argv[-1])
    sys.exit(serve(lambda: HeldEngine(settings, "a test"), heartbeat_s=settings.heartbeat_s))
