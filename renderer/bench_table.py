"""What a benchmark found, as text for a terminal. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.ltx.bench.layers import Layers
    from renderer.ltx.bench.load import Load
    from renderer.ltx.bench.result import Result
    from renderer.ltx.bench.runs import Runs
    from renderer.ltx.bench.similarity import Agreement

GB = 1e9


def table(result: Result, weights: str) -> str:
    """Return `result` as lines of text."""
    case = result.case
    size = f"{case['width']}×{case['height']}, {case['frames']} frames"
    lines = [f"{result.machine['device']}, {weights}, {size}", *_speed(result)]
    lines += [_apart(name, found) for name, found in result.agreement.items()]
    if result.layers is not None:
        lines += _layers(result.layers)
    for precision, queues in result.queues.items():
        lines += [f"{f'queue of {length}, {precision}':<44}{seconds:>8.2f}" for length, seconds in queues.items()]
    lines += [_brief(runs.name, runs) for runs in result.growth]
    lines += [_brief(runs.name, runs) for runs in result.plans.values()]
    if (shot := result.ran_out) is not None:
        lines.append(
            f"{f'out of memory, {shot.headroom / GB:.0f} GB beside the models':<44}{shot.seconds:>8.2f}   "
            f"begun {shot.before}, rendered {shot.after}, peak {shot.peak_memory / GB:.1f} of {shot.limit / GB:.1f} GB"
        )
    for place, seconds in result.lora.items():
        lines.append(f"{f'LoRA, base weights: {place}':<44}{seconds['fuse']:>8.3f}   kept in {seconds['keep']:.3f}")
    for precision, changes in result.styles.items():
        for name, seconds in changes.items():
            whole = f"   shot {seconds['total']:.2f}" if "total" in seconds else ""
            lines.append(f"{f'{name}, {precision}':<44}{seconds['lora']:>8.3f}{whole}")
    lines += [f"{name}: {reason}" for name, reason in result.missing.items()]
    if result.machine["device"] == "cpu":
        lines.append("On a CPU: this shows that all run and agree, nothing about speed.")
    return "\n".join(lines) + "\n"


def _speed(result: Result) -> Iterator[str]:
    """Yield the lines of ceilings and shots."""
    for name, ceiling in result.ceilings.items():
        reached = f"{ceiling.burst:.0f} TFLOP/s in a burst, {ceiling.sustained:.0f} kept up{_load(ceiling.load)}"
        yield f"{f'ceiling, {name}':<44}{reached}"
    if result.runs:
        yield f"{'':<44}{'median s':>8}   each"
    for runs in result.runs:
        yield from _rows(runs)
        for stage, reached in result.reached.get(runs.name, {}).items():
            yield f"  {f'{stage}, TFLOP/s':<42}{reached:>8.0f}"
    for name, ratio in result.ratios.items():
        yield f"{f'stock / ours, {name}':<44}{ratio:>8.2f}"


def _rows(runs: Runs) -> Iterator[str]:
    """Yield the lines for one way of rendering."""
    yield f"{runs.name:<44}{runs.median:>8.2f}   {' '.join(f'{each:.2f}' for each in runs.seconds)}"
    for stage, seconds in runs.median_stages().items():
        yield f"  {stage:<42}{seconds:>8.3f}{_load(runs.load.get(stage))}"
    if "all" in runs.load:
        yield f"  {'clock and power':<42}{_load(runs.load['all'])}"
    if runs.ready is not None:
        yield f"  {'READY':<42}{runs.ready:>8.2f}"
    if runs.first:
        yield f"  {'first shot after READY':<42}{runs.first['total']:>8.2f}"
    if runs.changed:
        yield f"  {'another LoRA strength':<42}{runs.changed['lora']:>8.3f}"
    yield f"  {'peak memory, GB':<42}{runs.peak_memory / GB:>8.1f}"


def _brief(name: str, runs: Runs) -> str:
    started = f"READY {runs.ready:.1f}, first shot {runs.first['total']:.1f}, " if runs.ready and runs.first else ""
    return f"{name:<44}{runs.median:>8.2f}   {started}peak {runs.peak_memory / GB:.1f} GB, {runs.plan}"


def _apart(name: str, found: Agreement) -> str:
    apart = "equal" if found.equal else f"{found.relative:.5f} apart, cosine {found.cosine:.6f}"
    frames = "" if found.psnr is None else f", frames {found.psnr:.1f} dB, SSIM {found.ssim:.4f}"
    return f"{name:<44}latents {apart}{frames}"


def _layers(layers: Layers) -> Iterator[str]:
    yield f"{'float8 error of one layer, relative':<44}{'median':>8} {'largest':>8}   in block"
    for kind, (median, largest, block) in layers.summary().items():
        yield f"  {kind:<42}{median:>8.4f} {largest:>8.4f}   {block}"


def _load(load: Load | None) -> str:
    if load is None:
        return ""
    return f"   {load.clock:.0f} MHz ({load.slowest:.0f} at least), {load.power:.0f} W"
