"""EBU R128 loudness: measured in one pass, set in the next."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cutting.place import PART
from bot.cutting.process import CutError, run_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SILENT = -50.0
"""LUFS under which sound counts as silence: it is left alone, so that no hiss is raised to speech."""

MOST_GAIN = 20.0
"""dB by which a whole film is raised at most."""

_RANGE = 20.0  # LU: loudnorm leaves its linear mode where the sound's range is larger than this
_INTEGRATED = re.compile(r"\bI:\s+(-?(?:\d+(?:\.\d+)?|inf)) LUFS")
_REPORT = re.compile(r"\{[^{}]*\"input_i\"[^{}]*\}")


@dataclass(frozen=True)
class Loudness:
    """What loudnorm measured: integrated loudness (LUFS), true peak (dBTP), range (LU), gate (LUFS)."""

    integrated: float
    peak: float
    range: float
    threshold: float

    @property
    def silent(self) -> bool:
        """Whether there is nothing to set a loudness by."""
        return self.integrated < SILENT


async def measure(source: Sequence[str], *, target: float, ffmpeg: str) -> Loudness:
    """Measure the loudness of an input.

    Args:
        source: ffmpeg's arguments that open it.
        target: LUFS; loudnorm wants one even to measure.
        ffmpeg: the program.

    Raises:
        CutError: ffmpeg failed, or its report was not understood.
    """
    printed = await run_ffmpeg(
        [*source, "-map", "0:a:0", "-af", f"loudnorm=I={target}:print_format=json", "-f", "null", "-"],
        ffmpeg=ffmpeg,
        loglevel="info",
    )
    found = _REPORT.search(printed)
    if not found:
        raise CutError(f"loudnorm reported nothing: {printed[-500:]}")
    report = json.loads(found[0])
    return Loudness(*(float(report[key]) for key in ("input_i", "input_tp", "input_lra", "input_thresh")))


async def measure_clip(clip: Path, content: str, folder: Path, *, ffmpeg: str) -> float:
    """Return a clip's integrated loudness in LUFS, measured once: `content` names it in `folder`, where it is kept.

    With `ebur128`, which takes a tenth of the time of loudnorm: that one looks for true peaks, which a gain needs not.

    Raises:
        CutError: ffmpeg failed, or its report was not understood.
    """
    kept = folder / f"{content}.json"
    if not kept.exists():
        printed = await run_ffmpeg(
            ["-i", str(clip), "-map", "0:a:0", "-af", "ebur128=framelog=quiet", "-f", "null", "-"],
            ffmpeg=ffmpeg,
            loglevel="info",
        )
        found = _INTEGRATED.findall(printed)
        if not found:
            raise CutError(f"ebur128 reported nothing: {printed[-500:]}")
        part = kept.with_suffix(PART)
        part.write_text(json.dumps(float(found[-1])), "utf-8")
        part.replace(kept)
    return float(json.loads(kept.read_text("utf-8")))


def even(integrated: float, target: float, most: float) -> float:
    """Return the gain in dB, at most `most` either way, that brings a take towards `target`; 0 where it is silent."""
    return 0.0 if integrated < SILENT else max(-most, min(most, target - integrated))


def normalise(loudness: Loudness, target: float, peak: float, rate: int) -> str:
    """Return the filters that set a film's loudness; empty where it is silent.

    loudnorm works at 192 kHz where it has to limit peaks; the rate is set back.
    """
    if loudness.silent:
        return ""
    aim = min(target, loudness.integrated + MOST_GAIN)
    return (
        f"loudnorm=I={aim:.2f}:TP={peak:.2f}:LRA={_RANGE}:linear=true"
        f":measured_I={loudness.integrated:.2f}:measured_TP={loudness.peak:.2f}"
        f":measured_LRA={loudness.range:.2f}:measured_thresh={loudness.threshold:.2f}"
        f",aresample={rate}"
    )
