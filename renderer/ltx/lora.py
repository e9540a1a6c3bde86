"""The LoRAs in the transformer's weights: Dual-Character, and styles beside it, which may change from shot to shot.

ltx_core fuses LoRAs while it builds the transformer: `W + B·A·strength`, and for several the sum of their products,
each rounded to bfloat16. Fusing another mix needs the unfused weights again; subtracting an old product would leave its
rounding behind. So the base weights of every layer that any of the LoRAs touches are kept on a shelf, and a change
fuses anew, with ltx_core's own function, the layers whose mix changed: bit-equal to a fresh build, without building.
Weights stay where they are in memory, so that recorded kernels go on. Where a layer was rounded to
float8, the fused weight is rounded after fusing.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import torch
from safetensors import safe_open

from renderer.ltx import lora_files, moving, pinned
from renderer.ltx.adapters import Adapters, Place, choose_place
from renderer.ltx.fp8 import Fp8Linear
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
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from renderer.ltx.library import X0Model
    from renderer.protocol import StyleLora

log = logging.getLogger(__name__)

Mix = tuple[tuple[Path, float], ...]
"""LoRAs with their strengths, in the order in which ltx_core is handed them."""


READ_TOGETHER = 8
"""Base weights brought to the device at a time where they are read from the checkpoint: 1 GB at most."""


class _TensorFile(Protocol):
    """What `safe_open` opens; safetensors' stubs leave it untyped."""

    def keys(self) -> list[str]: ...

    def get_tensor(self, name: str) -> torch.Tensor: ...


class FusedLoras:
    """LoRAs fused into a transformer that holds base weights when handed over.

    Attributes:
        mix: what is fused now; None while nothing certain can be said (a fuse was interrupted).
        place: where the base weights are kept.
        touched: the names of the weights that any of the LoRAs changes.
        adapters: the factors of the style LoRAs.
    """

    mix: Mix | None

    def __init__(
        self,
        transformer: X0Model,
        lora: Path,
        checkpoint: Path,
        place: Place | None = None,
        *,
        styles: Sequence[Path] = (),
        device: torch.device | None = None,
        reserved: int = 0,
    ) -> None:
        """Find the touched weights, shelve them, and read the LoRAs; nothing is fused yet.

        Args:
            transformer: built without a LoRA, in bfloat16.
            lora: the Dual-Character LoRA's safetensors file, ComfyUI key names.
            checkpoint: the file that the transformer was built from.
            place: where to keep base weights; by default the fastest place that has room.
            styles: the files of all style LoRAs that may be fused beside it.
            device: where to fuse; by default where the transformer is.
            reserved: bytes of device memory that are still to be taken by others.

        Raises:
            UnusableLora: a file is no LoRA, or touches no layer of this transformer.
        """
        parameters = dict(transformer.velocity_model.named_parameters())
        self._device = device or next(iter(parameters.values())).device
        self._dtype = next(iter(parameters.values())).dtype
        self._checkpoint = checkpoint
        self._lora = lora
        self._layers = {each: _touched(each, parameters) for each in (lora, *styles)}
        union = set[str]().union(*self._layers.values())
        self.touched = [name for name in parameters if name in union]
        self._targets: dict[str, torch.nn.Parameter | Fp8Linear] = {name: parameters[name] for name in self.touched}
        # What each weight holds; one that is not listed is not known.
        self._held: dict[str, Mix] = dict.fromkeys(self.touched, ())
        size = sum(parameters[name].nbytes for name in self.touched)
        self.place: Place = place or _place_for(size, self._device, reserved)
        self._shelf = self._fill_shelf({name: parameters[name].data for name in self.touched})
        self._first = SafetensorsStateDictLoader().load(str(lora), LTXV_LORA_COMFY_RENAMING_MAP, self._device)
        self.adapters = Adapters(self._device)
        self.adapters.preload(styles, reserved)
        self.mix = ((lora, 0.0),)
        log.info(
            "%d LoRAs: %d layers; %.1f GB of base weights kept: %s",
            *(len(self._layers), len(self.touched), size / 1e9, self.place),
        )

    def replace(self, layers: Mapping[str, Fp8Linear]) -> None:
        """Hand fused weights to `layers`, by the names of the linear layers that they took the place of."""
        for name, layer in layers.items():
            if f"{name}.weight" in self._targets:
                self._targets[f"{name}.weight"] = layer
                del self._held[f"{name}.weight"]
        self.mix = None

    def spare(self) -> bool:
        """Leave the base weights in their file, so that the next change of the mix takes seconds.

        Returns:
            False where the device's memory holds none.
        """
        if self.place != "device":
            return False
        self.place = "file"
        self._shelf.clear()
        return True

    def mix_of(self, strength: float, styles: Sequence[StyleLora] = ()) -> Mix:
        """Return the Dual-Character LoRA at `strength` and `styles` as one mix."""
        return ((self._lora, strength), *((Path(style.path), style.strength) for style in styles))

    @torch.inference_mode()
    def fuse(self, strength: float, styles: Sequence[StyleLora] = ()) -> bool:
        """Make the transformer what ltx_core builds with these LoRAs; return whether anything changed.

        Raises:
            KeyError: a style LoRA was not among those that this was made with.
        """
        mix = self.mix_of(strength, styles)
        if mix == self.mix:
            return False
        # At strength 0 ltx_core adds zeros, or nothing: either way the same weights.
        wanted = {
            name: tuple((lora, each) for lora, each in mix if each and name in self._layers[lora])
            for name in self.touched
        }
        self.mix = None
        factors = {lora: self._factors(lora) for lora, each in mix if each}
        for name, base in self._bases([name for name in self.touched if self._held.get(name) != wanted[name]]):
            self._held.pop(name, None)
            self._set(name, _fused(name, base, [(factors[lora], each) for lora, each in wanted[name]]))
            self._held[name] = wanted[name]
        self.mix = mix
        return True

    def _factors(self, lora: Path) -> StateDict:
        return self._first if lora == self._lora else self.adapters.get(lora)

    def _set(self, name: str, weight: torch.Tensor) -> None:
        target = self._targets[name]
        if isinstance(target, Fp8Linear):
            target.set(weight)
        else:  # looked up only now: a layer that was moved since has other storage
            target.data.copy_(weight)

    def _fill_shelf(self, bases: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Copy the base weights to where they are kept; parameters keep their own storage, which fusing overwrites."""
        if self.place == "file":
            return {}
        if self.place == "device" and next(iter(bases.values())).device != self._device:
            return dict(zip(bases, moving.copies(list(bases.values()), self._device), strict=True))
        if self.place == "host":
            return {name: pinned.copied(base, self._device) for name, base in bases.items()}
        return {name: base.clone() for name, base in bases.items()}

    def _bases(self, names: list[str]) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield name and base weight of each of `names`, on the device."""
        if self.place != "file":
            for name in names:
                yield name, self._shelf[name].to(self._device, non_blocking=True)
            return
        with cast("AbstractContextManager[_TensorFile]", safe_open(self._checkpoint, framework="pt")) as file:
            keys = file.keys()
            stored = {LTXV_MODEL_COMFY_RENAMING_MAP.apply_to_key(key): key for key in keys}
            for start in range(0, len(names), READ_TOGETHER):
                some = names[start : start + READ_TOGETHER]
                mapped = [file.get_tensor(stored[name]) for name in some]  # nothing is read before it is copied
                for name, base in zip(some, moving.copies(mapped, self._device), strict=True):
                    yield name, base.to(self._dtype)


def _place_for(size: int, device: torch.device, reserved: int) -> Place:
    """Return where `size` bytes of base weights are kept: on a GPU, or in their file, if not in its memory.

    To lock 37 GB of host memory took 17 to 43 s of READY (one H200's machine), and saved 2.6 s a change.
    """
    place = choose_place(size, device, reserved)
    return "file" if place == "host" and device.type == "cuda" else place


def _touched(lora: Path, parameters: Mapping[str, torch.nn.Parameter]) -> frozenset[str]:
    """Return the names of the weights that `lora` changes. Raises UnusableLora."""
    found = frozenset(f"{layer}.weight" for layer in lora_files.layers(lora)) & parameters.keys()
    if not found:
        raise lora_files.UnusableLora(f"{lora} touches no layer of this transformer: not a LoRA for this model")
    return found


def _fused(name: str, base: torch.Tensor, loras: Sequence[tuple[StateDict, float]]) -> torch.Tensor:
    if not loras:
        return base
    one = StateDict({name: base}, base.device, base.nbytes, {base.dtype})
    strengths = [LoraStateDictWithStrength(factors, strength) for factors, strength in loras]
    return tensors_of(apply_loras(one, strengths, dtype=base.dtype))[name]
