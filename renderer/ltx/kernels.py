"""How the transformer's arithmetic is carried out: plainly, as ltx_core does it, or fused for the device.

`plain` changes nothing: latents are the stock class's, bit for bit. `fused` does the same arithmetic in the same
bfloat16 weights with blocks (`renderer.ltx.levels`) of some 80 kernels in place of some 250; its latents differ from
stock's about as stock's differ between two attention backends. Attention itself is PyTorch's choice in both: on a
Hopper GPU its own order already begins with cuDNN's kernels, which are twice as fast there as the next.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import torch

from renderer.ltx import compiled, rows
from renderer.ltx.device import Full, errors

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.protocol import Kernels

log = logging.getLogger(__name__)


def choose(asked: Kernels, device: torch.device) -> Kernels:
    """Return `plain` or `fused`: what `asked` names, or for `auto` what the device is good for.

    Kernels take Triton, which comes with PyTorch for a GPU, and which takes a C compiler and Python's headers. Where a
    first one cannot be run, nothing runs any, whatever is asked: the same is done with PyTorch's functions.
    """
    if device.type == "cuda" and compiled.of_rows is None:
        log.warning("no Triton: kernels are not fused, and a shot takes longer")
    elif device.type == "cuda":
        try:
            with errors():
                _try(device)
        except Full:
            pass  # of a kernel this says nothing
        except Exception:  # whatever a compiler, a header, a folder or a driver may lack
            log.warning("no kernel can be built: kernels are not fused, and a shot takes longer", exc_info=True)
            compiled.of_rows = compiled.of_pixels = None
    if asked != "auto":
        return asked
    return "fused" if device.type == "cuda" and compiled.of_rows is not None else "plain"


def keep(folder: Path) -> None:
    """Have compiled kernels kept below `folder` across restarts; call it before the first kernel runs."""
    os.environ.setdefault("TRITON_CACHE_DIR", str(folder / "triton"))


def _try(device: torch.device) -> None:
    """Run a small kernel on `device`.

    Raises:
        Exception: it could not be built or run.
    """
    x = torch.ones(1, 1, rows.PER_WARP, dtype=torch.bfloat16, device=device)
    rows.moved(x, x, rows.Level(x[0]))
    torch.cuda.synchronize(device)
