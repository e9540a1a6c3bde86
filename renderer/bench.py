"""`python -m renderer.bench`: the stock pipeline and the resident engine, side by side in one run.

On a CUDA device it takes the full-size weights, synthetic ones if none are named; on a CPU the tiny synthetic set,
which shows that everything runs and nothing about speed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from renderer.ltx import files, probe
from renderer.protocol import Settings

if TYPE_CHECKING:
    from renderer.ltx.bench import Result, Runs

FULL_CASE = (1280, 704, 121)
TINY_CASE = (192, 128, 17)


def main(arguments: list[str] | None = None) -> int:
    """Measure, write JSON if asked to, print a table; return the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TQDM_DISABLE", "1")  # the stock class draws progress bars over the table
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    on_gpu = probe.cuda() is not None
    tiny = options.tiny or not (on_gpu or options.weights)
    width, height, frames = TINY_CASE if tiny else FULL_CASE

    from renderer.ltx import bench, bench_case, bench_styles, synthetic  # noqa: PLC0415 - imports torch, which --help need not wait for

    if tiny:
        weights, described = synthetic.cached(), "tiny synthetic weights"
    elif options.weights:
        weights, described = files.set_in(options.weights, options.gemma), str(options.weights)
    else:
        weights, described = bench_case.full_set(options.synthetic, options.gemma), "full-size synthetic weights"
    settings = Settings(
        engine="ltx",
        weights=weights,
        device="cuda:0" if on_gpu else "cpu",
        cache=str(options.cache) if options.cache else None,
    )
    wanted = bench_case.Wanted(
        repeat=options.repeat,
        precisions=("exact", "fast") if options.fast else ("exact",),
        queues=tuple(options.queue),
        plans=options.plans,
        through_process=options.through_process,
    )
    with tempfile.TemporaryDirectory(prefix="twohander-bench-") as name:
        folder = Path(name)
        shot = bench_case.shot_in(folder, options.width or width, options.height or height, options.frames or frames)

        def save(found: Result) -> None:
            _save(found, described, options.json)

        if options.style:
            result = bench.Result(bench.machine(), bench_case.case_of(shot), [], {})
            bench_styles.measure(
                settings,
                shot,
                folder,
                "tiny" if tiny else "full",
                precisions=wanted.precisions,
                result=result,
                save=save,
            )
        else:
            result = bench.measure(settings, shot, folder, wanted, save)
    _save(result, described, options.json)
    if options.lora:
        result.lora = bench.time_lora(settings)
        _save(result, described, options.json)
    sys.stdout.write(table(result, described))
    return 0


def table(result: Result, weights: str) -> str:
    """Return `result` as text for a terminal."""
    case = result.case
    lines = [
        f"{result.machine['device']}, {weights}, {case['width']}×{case['height']}, {case['frames']} frames",
        f"{'':<36}{'median s':>10}   each",
    ]
    for runs in result.runs:
        lines += _rows(runs)
    lines += [f"{f'stock / ours, {precision}':<36}{ratio:>10.2f}" for precision, ratio in result.ratios.items()]
    for name, found in result.agreement.items():
        apart = "equal" if found.equal else f"{found.relative:.5f} apart, cosine {found.cosine:.6f}"
        frames = "" if found.psnr is None else f", frames {found.psnr:.1f} dB"
        lines.append(f"{name:<44}latents {apart}{frames}")
    for precision, reached in result.reached.items():
        lines.append(f"{f'TFLOP/s, {precision}':<36}{_pairs(reached)}   of {_pairs(result.ceilings) or 'not measured'}")
    for precision, queues in result.queues.items():
        lines += [f"{f'queue of {length}, {precision}':<36}{seconds:>10.2f}" for length, seconds in queues.items()]
    for name, runs in result.plans.items():
        price = f"READY {runs.ready:.1f}, peak {runs.peak_memory / 1e9:.1f} GB"
        lines.append(f"{f'memory plan {name}':<36}{runs.median:>10.2f}   {price}")
    for place, seconds in result.lora.items():
        lines.append(f"{f'LoRA, base weights: {place}':<36}{seconds['fuse']:>10.3f}   kept in {seconds['keep']:.3f}")
    for precision, changes in result.styles.items():
        for name, seconds in changes.items():
            shot = f"   shot {seconds['total']:.2f}" if "total" in seconds else ""
            lines.append(f"{f'{name}, {precision}':<36}{seconds['lora']:>10.3f}{shot}")
    if result.machine["device"] == "cpu":
        lines.append("On a CPU: this shows that all run and agree, nothing about speed.")
    return "\n".join(lines) + "\n"


def _rows(runs: Runs) -> list[str]:
    """Return the lines for one way of rendering."""
    lines = [f"{runs.name:<36}{runs.median:>10.2f}   {' '.join(f'{each:.2f}' for each in runs.seconds)}"]
    lines += [f"  {stage:<34}{seconds:>10.3f}" for stage, seconds in runs.median_stages().items()]
    if runs.ready is not None:
        lines.append(f"  {'READY':<34}{runs.ready:>10.2f}")
    if runs.first:
        lines.append(f"  {'first shot after READY':<34}{runs.first['total']:>10.2f}")
    if runs.changed:
        change = f"of it lora {runs.changed['lora']:.3f}"
        lines.append(f"  {'another LoRA strength':<34}{runs.changed['total']:>10.2f}   {change}")
    lines.append(f"  {'peak memory, GB':<34}{runs.peak_memory / 1e9:>10.1f}")
    return lines


def _pairs(numbers: dict[str, float]) -> str:
    return ", ".join(f"{name} {number:.0f}" for name, number in numbers.items())


def _save(result: Result, weights: str, path: Path | None) -> None:
    """Write `result` to `path` as JSON, if there is one."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"weights": weights, **asdict(result)}, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m renderer.bench", description=__doc__)
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
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="shots timed (default 3)")
    parser.add_argument(
        "--through-process", action="store_true", help="time shots through a renderer process, as the bot renders"
    )
    parser.add_argument("--fast", action="store_true", help="float8 as well as exact")
    parser.add_argument(
        "--queue", type=int, nargs="*", default=[], metavar="N", help="time queues of N shots, pipelined"
    )
    parser.add_argument("--plans", action="store_true", help="a shot in each memory plan, within its memory")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep compiled kernels and encoded prompts there")
    parser.add_argument("--lora", action="store_true", help="time a change of the LoRA's strength in each way, too")
    parser.add_argument(
        "--style", action="store_true", help="time changes of style LoRA between shots (synthetic ones), and only that"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
