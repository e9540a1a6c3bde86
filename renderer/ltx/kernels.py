"""How the transformer's arithmetic is carried out: plainly, as ltx_core does it, or fused for the device.

`plain` changes nothing: latents are the stock class's, bit for bit. `fused` does the same arithmetic in the same
bfloat16 weights with a compiled block (`renderer.ltx.levels`) in place of some 250 kernels a block; its latents differ
from stock's about as stock's differ between two attention backends. Attention itself is PyTorch's choice in both: on a
Hopper GPU its own order already begins with cuDNN's kernels, which are twice as fast there as the next.
"""

from __future__ import annotations

import logging
import os
import shutil
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from renderer.protocol import Kernels

log = logging.getLogger(__name__)

GRAPHS = 64
"""Compiled forms of a block kept at most: one for each shape that was warmed or met."""


def choose(asked: Kernels, device: torch.device) -> Kernels:
    """Return `plain` or `fused`: what `asked` names, or for `auto` what the device is good for.

    Compiling takes a GPU and a C compiler; without either, `auto` is `plain`.
    """
    if asked != "auto":
        return asked
    if device.type != "cuda":
        return "plain"
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc"), "gcc", "clang")):
        log.warning("no C compiler: blocks are not compiled, and a shot takes longer")
        return "plain"
    return "fused"


def fuse(blocks: Iterable[torch.nn.Module], cache: Path | None = None, backend: str = "inductor") -> None:
    """Compile the transformer's blocks: once for all of them, anew for each shape when it is first met.

    Fused kernels round to bfloat16 wherever separate ones would have: left to itself the compiler keeps float32 between
    them, which is no worse, but is not what stock renders.

    Args:
        blocks: `LevelledBlock`s.
        cache: folder that keeps compiled kernels across restarts (see TORCHINDUCTOR_CACHE_DIR).
        backend: of torch.compile.
    """
    options = {"emulate_precision_casts": True} if backend == "inductor" else None
    if cache is not None:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
        os.environ.setdefault("TRITON_CACHE_DIR", str(cache / "triton"))
    # The public place of this setting, for all its underscore.
    torch._dynamo.config.recompile_limit = GRAPHS  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - see above
    for block in blocks:
        block.compile(fullgraph=True, dynamic=False, backend=backend, options=options)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
