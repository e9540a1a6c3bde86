"""Import Gemma from transformers, and build models, without what that drags in and never runs here.

Left to itself transformers imports every package that it finds and could use some day: SciPy's and scikit-learn's
optimisers for losses and assisted generation, torchvision for pictures, and of PyTorch the compiler and the tensors
shared out between machines, which bring SymPy. That is two thirds of its import. Where a package is missing, or PyTorch
was built without distribution, it goes without; so this is what it is told.

The compiler is also asked for by every function that is marked for it, in transformers and in ltx_core, and by models
that are built on the meta device (`NumbersOnHost`). Nothing is compiled here, so until `show` a stand-in answers.

Importing this module imports Gemma. What is imported already is never hidden; what was hidden can be imported and used
afterwards as ever.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import ExitStack
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Function = Callable[..., Any]

COMPILER = "torch._dynamo"

PACKAGES = ("accelerate", "flax", "jax", "scipy", "sklearn", "torchvision")

GEMMA = ("AutoImageProcessor", "AutoTokenizer", "Gemma3Config", "Gemma3ForConditionalGeneration", "Gemma3Processor")
"""What ltx_core takes from transformers."""

NUMBERS = frozenset({torch.arange, torch.kaiser_window, torch.linspace, torch.rand})
"""What ltx_core's models and Gemma compute with while they are built; room for weights is made in other ways."""

META, CPU = torch.device("meta"), torch.device("cpu")

_MODULES = cast("dict[str, ModuleType | None]", sys.modules)
"""In which None is Python's own sign for what is not to be imported."""


def _marked(function: Function | None = None, *_: object, **__: object) -> Function:
    """Return `function` as it is, or a decorator that does."""
    return _marked if function is None else function


class _NoCompiler(ModuleType):
    """Lets functions be marked, and makes way for the real compiler when it is asked for anything else."""

    allow_in_graph = disable = staticmethod(_marked)

    def __init__(self) -> None:
        super().__init__(COMPILER)
        self.__path__ = [str(Path(torch.__file__).parent / "_dynamo")]  # the real one's submodules are found
        self.__spec__ = ModuleSpec(COMPILER, None, is_package=True)

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if _MODULES.get(COMPILER) is self:
            del _MODULES[COMPILER]
        return getattr(importlib.import_module(COMPILER), attribute)


class NumbersOnHost(TorchFunctionMode):
    """While this context is open, models that are built on the meta device compute their own numbers on the CPU.

    Weights stay shapes. On the meta device tables of frequencies, filters and registers would be computed by PyTorch's
    Python versions of its operations, which import its compiler and SymPy.
    """

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call `func`, on the CPU where it would make numbers on the meta device."""
        kwargs = kwargs or {}
        if func in NUMBERS and kwargs.get("device") == META:
            kwargs = kwargs | {"device": CPU}
        return func(*args, **kwargs)


def import_gemma() -> None:
    """Import transformers' Gemma without `PACKAGES`, and as for a PyTorch without distribution."""
    with ExitStack() as stack:
        for name in PACKAGES:
            if name not in _MODULES:
                _put(stack, name, None)
        _say_no(stack, torch.distributed, "is_available")
        for name in ("transformers.utils", "transformers.utils.import_utils"):  # its modules ask the one or the other
            _say_no(stack, importlib.import_module(name), "is_torch_flex_attn_available")
        transformers = importlib.import_module("transformers")
        for name in GEMMA:
            getattr(transformers, name)  # each is imported when it is asked for


def _put(stack: ExitStack, name: str, module: ModuleType | None) -> None:
    """Have `module` imported as `name`, until `stack` closes."""

    def remove() -> None:
        if name in _MODULES and _MODULES[name] is module:
            del _MODULES[name]

    _MODULES[name] = module
    stack.callback(remove)


def _say_no(stack: ExitStack, owner: ModuleType, question: str) -> None:
    """Have `owner`'s function `question` return False, until `stack` closes."""
    stack.callback(setattr, owner, question, getattr(owner, question))
    setattr(owner, question, lambda: False)


_hidden = ExitStack()
if COMPILER not in _MODULES:
    _put(_hidden, COMPILER, _NoCompiler())
import_gemma()
show = _hidden.close
"""Let PyTorch's compiler be found again."""
