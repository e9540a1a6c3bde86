"""Which engine renders, and why: decided before anything heavy is imported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renderer.ltx import files, probe

if TYPE_CHECKING:
    from renderer.engine import Engine
    from renderer.protocol import EngineName, Settings

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine to take and the reason, an English sentence for the log and `doctor`."""

    engine: EngineName
    reason: str


def choose(settings: Settings) -> Choice:
    """Return the engine that `settings` asks for; `auto` takes `ltx` where it can run and else `animatic`.

    Raises:
        FileNotFoundError: `engine = "ltx"`, and weight files are missing; the message names each.
        RuntimeError: `engine = "ltx"`, and there is no CUDA device while `device` is not "cpu".
    """
    if settings.engine == "animatic":
        return Choice("animatic", 'The configuration asks for engine = "animatic".')
    if settings.engine == "ltx":
        return _demanded_ltx(settings)
    return _auto(settings)


def build(settings: Settings) -> Engine:
    """Build the engine that `settings` asks for; its `ready.reason` says why it was taken.

    Raises:
        FileNotFoundError: see `choose`.
        RuntimeError: see `choose`.
    """
    choice = choose(settings)
    if choice.engine == "ltx":
        from renderer.ltx import opening  # noqa: PLC0415 - imports torch

        with ThreadPoolExecutor(1) as aside:  # the device starts, and weights are read, while the rest is imported
            opened = aside.submit(opening.begin, settings)
            try:
                from renderer.ltx.engine import LtxEngine  # noqa: PLC0415 - imports ltx_core

                return LtxEngine(settings, choice.reason, opened.result())
            except BaseException:
                opened.result().reading.close()
                raise
    from renderer.animatic import AnimaticEngine  # noqa: PLC0415 - not needed beside the other engine

    engine = AnimaticEngine(settings)
    engine.ready = engine.ready.model_copy(update={"reason": choice.reason})
    return engine


def _demanded_ltx(settings: Settings) -> Choice:
    if settings.weights is None:
        raise FileNotFoundError(
            'engine = "ltx" needs the paths of checkpoint, upscaler, lora and gemma in [renderer.weights]'
        )
    files.require(settings.weights)
    demand = 'The configuration asks for engine = "ltx"'
    if settings.device == "cpu":
        return Choice("ltx", f'{demand} on device = "cpu" (meant for the tiny synthetic weights only).')
    device = probe.cuda()
    if device is None:
        raise RuntimeError(
            f'engine = "ltx" with device = "{settings.device}" needs a CUDA device that torch can use; there is none'
        )
    return Choice("ltx", f"{demand}; it runs on {_in_words(device)}.")


def _auto(settings: Settings) -> Choice:
    # Files first: looking for a device imports torch, which takes seconds and is in vain without weights.
    if settings.weights is None:
        return Choice("animatic", "No weight files are configured, so the animatic engine draws storyboards.")
    if missing := files.missing(settings.weights):
        return Choice("animatic", f"Weight files are missing ({'; '.join(missing)}), so the animatic engine draws.")
    if settings.device == "cpu":
        return Choice("animatic", 'device = "cpu" leaves ltx without a CUDA device, so the animatic engine draws.')
    device = probe.cuda()
    if device is None:
        return Choice("animatic", "There is no CUDA device that torch can use, so the animatic engine draws.")
    return Choice("ltx", f"All weight files are present, and there is {_in_words(device)}.")


def _in_words(device: tuple[str, int]) -> str:
    name, memory = device
    return f"{name} with {memory / GIB:.0f} GiB"
