"""`python -m renderer.bench`: the stock pipeline and the resident engine, side by side in one run.

On a CUDA device it takes the full-size weights, synthetic ones if none are named; on a CPU the tiny synthetic set,
which shows that everything runs and nothing about speed.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from renderer import bench_table
from renderer.ltx import files, probe
from renderer.ltx.bench import programme
from renderer.ltx.plans import PLANS
from renderer.protocol import Precision, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from renderer.ltx.bench.result import Result

FULL_CASE = (1280, 704, 121)
TINY_CASE = (192, 128, 17)


def main(arguments: list[str] | None = None) -> int:
    """Measure, write JSON, print a table; return the exit code."""
    begun = time.perf_counter()
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TQDM_DISABLE", "1")  # the stock class draws progress bars over the table
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    on_gpu = probe.cuda() is not None
    tiny = options.tiny or not (on_gpu or options.weights)
    width, height, frames = TINY_CASE if tiny else FULL_CASE

    from renderer.ltx import synthetic  # noqa: PLC0415 - imports torch, which --help need not wait for
    from renderer.ltx.bench import case, growth, sections  # noqa: PLC0415 - as above

    if tiny:
        weights, described = synthetic.cached(), "tiny synthetic weights"
    elif options.weights:
        weights, described = files.set_in(options.weights, options.gemma), str(options.weights)
    else:
        weights, described = case.full_set(options.synthetic, options.gemma), "full-size synthetic weights"
    settings = Settings(
        engine="ltx",
        weights=weights,
        device="cuda:0" if on_gpu else "cpu",
        cache=str(options.cache) if options.cache else None,
    )
    wanted = case.Wanted(
        parts=programme.parts(
            options.only,
            precisions=options.precision,
            repeat=options.repeat,
            queues=options.queue,
            plans=options.plans,
        ),
        scale="tiny" if tiny else "full",
        repeat=options.repeat,
        queues=options.queue,
        sizes=growth.TINY if tiny else growth.FULL,
        here=options.here,
        end=begun + options.seconds,
    )
    with tempfile.TemporaryDirectory(prefix="twohander-bench-") as name:
        folder = Path(name)
        shot = case.shot_in(folder, options.width or width, options.height or height, options.frames or frames)
        result = sections.measure(settings, shot, folder, wanted, lambda found: _save(found, described, options.json))
    sys.stdout.write(bench_table.table(result, described))
    sys.stdout.write(f"All numbers: {options.json}\n")
    return int(any(reason.startswith("failed") for reason in result.missing.values()))


def _save(result: Result, weights: str, path: Path) -> None:
    """Write `result` to `path` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"weights": weights, **asdict(result)}, indent=1) + "\n", encoding="utf-8")


def _names(known: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Return what reads a list of `known` names, separated by commas."""
    names = tuple(known)

    def read(text: str) -> tuple[str, ...]:
        asked = tuple(text.split(","))
        if strange := [name for name in asked if name not in names]:
            raise argparse.ArgumentTypeError(f"{', '.join(strange)}: choose from {', '.join(names)}")
        return asked

    return read


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _parser() -> argparse.ArgumentParser:
    described = "\n".join(f"  {name:<10}{section.says}" for name, section in programme.SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m renderer.bench",
        description=f"{__doc__}\nsections:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--weights", type=Path, metavar="DIR", help="folder with the published files")
    parser.add_argument("--gemma", type=Path, metavar="DIR", help="the text encoder's folder (default: gemma in DIR)")
    parser.add_argument("--tiny", action="store_true", help="the tiny synthetic weights, on a GPU too")
    parser.add_argument(
        "--synthetic",
        type=Path,
        metavar="DIR",
        default=Path(".cache/ltx-full"),
        help="where full-size synthetic weights (71 GB) are written once, if no others are named",
    )
    parser.add_argument("--width", type=int)
    parser.add_argument("--height", type=int)
    parser.add_argument("--frames", type=int)
    parser.add_argument(
        "--only",
        type=_names(programme.SECTIONS),
        default=tuple(programme.SECTIONS),
        help="sections to measure (default: all)",
        metavar="A,B",
    )
    parser.add_argument(
        "--precision",
        type=_names(get_args(Precision)),
        default=get_args(Precision),
        help="of ours (default: exact,fast)",
        metavar="A,B",
    )
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="shots timed each way (default 3)")
    parser.add_argument("--here", action="store_true", help="ours in this process, not in a renderer process")
    parser.add_argument("--queue", type=_numbers, default=(8,), help="lengths of queues (default: 8)", metavar="A,B")
    plans = tuple(plan.name for plan in PLANS)
    parser.add_argument("--plans", type=_names(plans), default=plans, help="memory plans (default: all)", metavar="A,B")
    parser.add_argument(
        "--seconds",
        type=float,
        default=math.inf,
        metavar="N",
        help="be done after so many: begin only what, by what it takes on an H200, still fits; name the rest",
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep compiled kernels and what was encoded there")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        default=Path(f".cache/bench/{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"),
        help="write all numbers there, as they come (default: a new file in .cache/bench)",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
