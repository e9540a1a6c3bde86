"""The kernels in Triton, and where they run; what calls them says the same in PyTorch, for everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from renderer.ltx import pixel_kernels, row_kernels
except ImportError:  # Triton comes with PyTorch's CUDA builds only
    of_rows: Any = None
    of_pixels: Any = None
else:
    of_rows, of_pixels = row_kernels, pixel_kernels  # untyped

if TYPE_CHECKING:
    import torch


def reach(x: torch.Tensor) -> bool:
    """Return whether kernels run where `x` lies: on a GPU, and none of them failed when one was tried."""
    return of_rows is not None and x.is_cuda
