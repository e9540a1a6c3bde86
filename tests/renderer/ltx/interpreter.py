"""Triton's interpreter, which runs kernels on a CPU, with the roundings of a GPU.

By itself it cuts float32 off to bfloat16, and rounds to float8 with ties away from even: a GPU rounds to nearest even
in both, as PyTorch does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from renderer.ltx import compiled

try:
    import triton.language as tl
    from triton.runtime import interpreter
except ImportError:  # there are wheels for Linux only
    tl: Any = None
    interpreter: Any = None

if TYPE_CHECKING:
    import pytest

INSTALLED = interpreter is not None


def interprets() -> bool:
    """Return whether kernels were made for the interpreter."""
    return isinstance(compiled.of_rows.step, interpreter.InterpretedFunction)


def round_as_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the interpreter convert between formats as PyTorch does."""
    kinds = {tl.float32: torch.float32, tl.bfloat16: torch.bfloat16, tl.float8e4nv: torch.float8_e4m3fn}
    # The interpreter keeps formats that NumPy lacks as unsigned integers.
    integers = {1: torch.uint8, 2: torch.uint16, 4: torch.uint32}
    plain = interpreter._convert_float

    def convert(data: Any, source: Any, target: Any, rounding: Any) -> Any:
        if source not in kinds or target not in kinds:
            return plain(data, source, target, rounding)
        made = torch.from_numpy(np.array(data)).view(kinds[source]).to(kinds[target])
        return made.view(integers[made.itemsize]).numpy()

    monkeypatch.setattr(interpreter, "_convert_float", convert)
