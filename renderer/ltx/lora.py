"""The Dual-Character LoRA in the transformer's weights, at a strength that may change from shot to shot.

ltx_core fuses a LoRA while it builds the transformer: `W + B·A·strength`, rounded to bfloat16. Fusing another strength
needs the unfused weights again; subtracting the old delta would leave its rounding behind. So the base weights of the
layers that the LoRA touches are kept on a shelf, and a change of strength fuses those anew with ltx_core's own
function: bit-equal to a fresh build, without building. Where a layer was rounded to float8, the fused weight is rounded
after fusing.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast

import torch
from safetensors import safe_open

from renderer.ltx import memory, moving
from renderer.ltx.library import (
    LTXV_LORA_COMFY_RENAMING_MAP,
    LTXV_MODEL_COMFY_RENAMING_MAP,
    LoraStateDictWithStrength,
    SafetensorsStateDictLoader,
    StateDict,
    apply_loras,
    tensors_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from renderer.ltx.fp8 import Fp8Linear
    from renderer.ltx.library import X0Model

log = logging.getLogger(__name__)

Place = Literal["device", "host", "file"]
"""Where base weights are kept: on the device, in (pinned) host memory, or only in the checkpoint file."""

WORKING_MEMORY = 24 << 30
"""Bytes of device memory left free for a shot's activations: enough for 361 frames of 1280×704 (estimate)."""

HOST_RESERVE = 8 << 30
"""Bytes of host memory left free for everything else that runs there."""


class _TensorFile(Protocol):
    """What `safe_open` opens; safetensors' stubs leave it untyped."""

    def keys(self) -> list[str]: ...

    def get_tensor(self, name: str) -> torch.Tensor: ...


class FusedLora:
    """A LoRA fused into a transformer that holds base weights when handed over.

    Attributes:
        strength: what is fused now; None while nothing certain can be said (a fuse was interrupted).
        place: where the base weights are kept.
        touched: the names of the weights that the LoRA changes.
    """

    strength: float | None

    def __init__(
        self,
        transformer: X0Model,
        lora: Path,
        checkpoint: Path,
        place: Place | None = None,
        *,
        device: torch.device | None = None,
        reserved: int = 0,
    ) -> None:
        """Find the touched weights and shelve them; nothing is fused yet.

        Args:
            transformer: built without a LoRA, in bfloat16.
            lora: the LoRA's safetensors file, ComfyUI key names.
            checkpoint: the file that the transformer was built from.
            place: where to keep base weights; by default the fastest place that has room.
            device: where to fuse; by default where the transformer is.
            reserved: bytes of device memory that are still to be taken by others.

        Raises:
            ValueError: the LoRA touches no layer of this transformer.
        """
        self._parameters = dict(transformer.velocity_model.named_parameters())
        self._device = device or next(iter(self._parameters.values())).device
        self._dtype = next(iter(self._parameters.values())).dtype
        self._lora = SafetensorsStateDictLoader().load(str(lora), LTXV_LORA_COMFY_RENAMING_MAP, self._device)
        self._checkpoint = checkpoint
        self.touched = [name for name in self._parameters if self._changes(name)]
        if not self.touched:
            raise ValueError(f"{lora.name} touches no layer of this transformer: not a LoRA for this model")
        size = sum(self._parameters[name].nbytes for name in self.touched)
        self.place: Place = place or choose_place(size, self._device, reserved)
        self._shelf = self._fill_shelf()
        self._sinks: dict[str, Callable[[torch.Tensor], object]] = {
            name: self._parameters[name].data.copy_ for name in self.touched
        }
        self.strength = 0.0
        log.info(
            "LoRA %s: %d layers; %.1f GB of base weights kept: %s", lora.name, len(self.touched), size / 1e9, self.place
        )

    def replace(self, layers: Mapping[str, Fp8Linear]) -> None:
        """Hand fused weights to `layers`, by the names of the linear layers that they took the place of."""
        for name, layer in layers.items():
            if f"{name}.weight" in self._sinks:
                self._sinks[f"{name}.weight"] = layer.set
        self._parameters = {}
        self.strength = None

    @torch.inference_mode()
    def fuse(self, strength: float) -> bool:
        """Make the transformer what ltx_core builds with the LoRA at `strength`; return whether anything changed."""
        if strength == self.strength:
            return False
        self.strength = None
        for name, base in self._bases():
            self._sinks[name](self._fused(name, base, strength))
        self.strength = strength
        return True

    def _changes(self, name: str) -> bool:
        stem = name.removesuffix(".weight")
        return stem != name and {f"{stem}.lora_A.weight", f"{stem}.lora_B.weight"} <= tensors_of(self._lora).keys()

    def _fused(self, name: str, base: torch.Tensor, strength: float) -> torch.Tensor:
        if strength == 0:  # as ltx_core's builder: nothing is added, not even zeros
            return base
        one = StateDict({name: base}, base.device, base.nbytes, {base.dtype})
        return tensors_of(apply_loras(one, [LoraStateDictWithStrength(self._lora, strength)], dtype=base.dtype))[name]

    def _fill_shelf(self) -> dict[str, torch.Tensor]:
        """Copy the base weights to where they are kept; parameters keep their own storage, which fusing overwrites."""
        if self.place == "file":
            return {}
        bases = {name: self._parameters[name].data for name in self.touched}
        if self.place == "device" and next(iter(bases.values())).device != self._device:
            return dict(zip(bases, moving.copies(list(bases.values()), self._device), strict=True))
        pinned = self.place == "host" and self._device.type == "cuda"
        where = self._device if self.place == "device" else torch.device("cpu")
        return {
            name: torch.empty_like(base, device=where, pin_memory=pinned).copy_(base) for name, base in bases.items()
        }

    def _bases(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield name and base weight of every touched layer, on the device."""
        if self.place != "file":
            for name, base in self._shelf.items():
                yield name, base.to(self._device, non_blocking=True)
            return
        opened = safe_open(self._checkpoint, framework="pt", device=str(self._device))
        with cast("AbstractContextManager[_TensorFile]", opened) as file:
            keys = file.keys()
            stored = {LTXV_MODEL_COMFY_RENAMING_MAP.apply_to_key(key): key for key in keys}
            for name in self.touched:
                yield name, file.get_tensor(stored[name]).to(self._dtype)


def choose_place(size: int, device: torch.device, reserved: int = 0) -> Place:
    """Return the fastest place with room for `size` bytes beside what a shot needs and what is `reserved`."""
    if device.type == "cuda" and memory.free(device) > size + WORKING_MEMORY + reserved:
        return "device"
    return "host" if host_memory_free() > size + HOST_RESERVE else "file"


def host_memory_free() -> int:
    """Return the bytes of host memory that can be taken without swapping; 0 where the kernel does not say."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return 0
    fields = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines())
    return int(fields["MemAvailable"].removesuffix("kB")) * 1024
