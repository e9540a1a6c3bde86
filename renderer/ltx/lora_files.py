"""LoRA files, judged by their headers: which layers they change, and whether they are for this model.

Imports no torch: `twohander doctor` asks too. ltx_core takes pairs of `….lora_A.weight` and `….lora_B.weight` under
ComfyUI's names and passes over everything else in silence, so what it would pass over is said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renderer.ltx import tensor_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from renderer.ltx.tensor_files import Shape

PREFIX = "diffusion_model."
"""Stands before a LoRA's layers (ComfyUI's names) and is dropped by ltx_core's renaming."""

IN_CHECKPOINT = f"model.{PREFIX}"

ELSEWHERE = ("video_embeddings_connector.", "audio_embeddings_connector.")
"""What the checkpoint holds under the transformer's prefix and is no part of it."""


class UnusableLora(ValueError):
    """The file is no LoRA for this model. The message is a sentence that names it and says why."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a LoRA is used.

    Attributes:
        layers: layers of the transformer that it changes.
        unused: tensors in it that mean nothing to LTX, and are passed over.
    """

    layers: int
    unused: int


def layers(lora: Path) -> dict[str, tuple[Shape, Shape]]:
    """Return the shapes of A, `(rank, in)`, and B, `(out, rank)`, of each layer that `lora` changes, by its name.

    Raises:
        UnusableLora: it cannot be read as safetensors, or holds no such pairs.
    """
    found = _pairs(shapes(lora))
    if not found:
        raise UnusableLora(f"{lora} holds no LoRA that LTX takes: no pairs of .lora_A.weight and .lora_B.weight")
    return found


def check(lora: Path, checkpoint: Path) -> Fit:
    """Hold `lora` against the transformer in `checkpoint`.

    Raises:
        UnusableLora: it cannot be read, touches no layer of the transformer, or a layer has another size there.
    """
    pairs = layers(lora)
    weights = _transformer(shapes(checkpoint))
    fitting = [name for name in pairs if name in weights]
    if not fitting:
        raise UnusableLora(f"{lora} touches no layer of this transformer: not a LoRA for this model")
    for name in fitting:
        (rank, inner), (outer, also_rank) = pairs[name]
        if rank != also_rank or (outer, inner) != weights[name]:
            raise UnusableLora(
                f"{lora} is for a transformer of another size: {name} is {_by(weights[name])}, the LoRA's "
                f"{outer}×{inner} of ranks {rank} and {also_rank}"
            )
    return Fit(len(fitting), len(shapes(lora)) - 2 * len(fitting))


def require(loras: Iterable[Path], checkpoint: Path) -> None:
    """Check that all of `loras` can be used.

    Raises:
        UnusableLora: has one sentence for each that cannot.
    """
    faults: list[str] = []
    for lora in loras:
        try:
            check(lora, checkpoint)
        except UnusableLora as error:
            faults.append(str(error))
    if faults:
        raise UnusableLora("; ".join(faults))


def shapes(path: Path) -> dict[str, Shape]:
    """Return the shape of each tensor in a safetensors file, by name; only its header is read.

    Raises:
        UnusableLora: there is no such file, it is none of that format, or it is cut off.
    """
    if path.suffix != ".safetensors":
        raise UnusableLora(f"{path} is no .safetensors file, and nothing else is ever loaded")
    try:
        return {name: entry.shape for name, entry in tensor_files.entries(path).items()}
    except FileNotFoundError:
        raise UnusableLora(f"no file {path}") from None
    except OSError as error:
        raise UnusableLora(f"{path} cannot be read: {error.strerror}") from None
    except tensor_files.BadFile as error:
        raise UnusableLora(str(error)) from None


def _pairs(found: Mapping[str, Shape]) -> dict[str, tuple[Shape, Shape]]:
    names = {name.replace(PREFIX, ""): name for name in found}
    pairs: dict[str, tuple[Shape, Shape]] = {}
    for name in names:
        stem = name.removesuffix(".lora_A.weight")
        other = names.get(f"{stem}.lora_B.weight")
        if stem == name or other is None:
            continue
        a, b = found[names[name]], found[other]
        if len(a) == len(b) == 2:  # noqa: PLR2004 - matrices: LTX's layers are linear
            pairs[stem] = (a, b)
    return pairs


def _transformer(found: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the shape of each layer's weight in the transformer of a checkpoint."""
    return {
        name.removeprefix(IN_CHECKPOINT).removesuffix(".weight"): shape
        for name, shape in found.items()
        if name.startswith(IN_CHECKPOINT)
        and name.endswith(".weight")
        and not name.removeprefix(IN_CHECKPOINT).startswith(ELSEWHERE)
    }


def _by(shape: Shape) -> str:
    return "×".join(str(size) for size in shape)
