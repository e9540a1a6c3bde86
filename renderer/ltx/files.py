"""The weight files: what they are called, which are missing. Imports no torch."""

from __future__ import annotations

from pathlib import Path

from renderer.protocol import Weights

CHECKPOINT = "ltx-2.3-22b-distilled-1.1.safetensors"
UPSCALER = "ltx-2.3-spatial-upscaler-x2-1.1.safetensors"
LORA = "LTX2.3-IC-LORA-Dual-Character.safetensors"
GEMMA = "gemma"

GEMMA_PARTS = {
    "model*.safetensors": "weights",
    "tokenizer.model": "tokenizer",
    "preprocessor_config.json": "image processor settings",
}
"""What ltx_core looks for below the Gemma folder, by pattern."""


def set_in(folder: Path, gemma: Path | None = None) -> Weights:
    """Return the set with its published file names in `folder`, Gemma in `gemma` or `folder/gemma`."""
    return Weights(
        checkpoint=str(folder / CHECKPOINT),
        upscaler=str(folder / UPSCALER),
        lora=str(folder / LORA),
        gemma=str(gemma or folder / GEMMA),
    )


def shards(weights: Weights) -> list[Path]:
    """Return the files of Gemma's weights, which ltx_core finds so."""
    first = next(Path(weights.gemma).rglob("model*.safetensors"))
    return list(first.parent.rglob("*.safetensors"))


def missing(weights: Weights) -> list[str]:
    """Return what of `weights` is not there or cannot be used, one line each; empty if all is well."""
    faults: list[str] = []
    for role in ("checkpoint", "upscaler", "lora"):
        path = Path(getattr(weights, role))
        if path.suffix != ".safetensors":
            faults.append(f"{role}: {path} is no .safetensors file, and nothing else is ever loaded")
        elif not path.is_file():
            faults.append(f"{role}: no file {path}")
    gemma = Path(weights.gemma)
    if not gemma.is_dir():
        faults.append(f"gemma: no folder {gemma}")
    else:
        faults += [
            f"gemma: no {pattern} ({what}) below {gemma}"
            for pattern, what in GEMMA_PARTS.items()
            if next(gemma.rglob(pattern), None) is None
        ]
    return faults


def require(weights: Weights) -> None:
    """Check that all of `weights` is there.

    Raises:
        FileNotFoundError: names everything that is missing.
    """
    if faults := missing(weights):
        raise FileNotFoundError("; ".join(faults))
