"""The models that stand ready, by the largest memory plan that has room; out of memory, they make do with less."""

from __future__ import annotations

import gc
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from renderer.engine import Broken
from renderer.ltx import device, plans, weights

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.ltx.opening import Opening
    from renderer.ltx.plans import Plan
    from renderer.ltx.reading import Reading
    from renderer.ltx.weights import Models
    from renderer.protocol import Kernels, Settings

log = logging.getLogger(__name__)


class Resident:
    """The models of one engine.

    Attributes:
        given_up: what the present memory plan has to do without, because shots ran out of memory.
    """

    given_up: list[str]

    def __init__(self, settings: Settings, opened: Opening, styles: tuple[Path, ...], kernels: Kernels) -> None:
        """Load the models by the plan that was `opened`, or by the first smaller one that has room.

        Raises:
            UnusableLora: names every style LoRA that is none for this model.
            MemoryError: the device is too small for them, in every plan.
        """
        self.given_up = []
        self._files, self._device = opened.weights, opened.device
        self._choices = weights.Choices(opened.plan, settings.precision, kernels, styles=styles)
        self._models: Models | None = self._load(opened.plan, opened.reading)

    @property
    def models(self) -> Models:
        """The models; others, once they had to make do.

        Raises:
            RuntimeError: they were closed.
        """
        if self._models is None:
            raise RuntimeError("the engine is closed")
        return self._models

    def make_do(self, message: str) -> None:
        """Do with less memory: without something that only saves time, or in the next smaller memory plan.

        The caller has let go of what it made, the traceback's tensors included: their memory is given back first.

        Args:
            message: what the device said as it ran out.

        Raises:
            MemoryError: with `message`; there is no way.
            Broken: the next plan's models could not be loaded, and these are gone.
        """
        given_up = self.models.spare()
        self._collect()
        if given_up:
            log.warning("Out of memory (%s); going on without %s.", message, given_up)
            self.given_up.append(given_up)
            return
        smaller = plans.after(self.models.plan)
        if smaller is None:
            raise MemoryError(message)
        log.warning("Out of memory (%s); going over to memory plan %s: %s.", message, smaller.name, smaller.says)
        self._models = None
        self.given_up.clear()
        self._collect()
        try:
            self._models = self._load(smaller)
        except Exception as error:  # nothing is left that could render: only a new process gets over it
            raise Broken(f"no smaller memory plan could be loaded: {error}") from error

    def close(self) -> None:
        """Drop the models and give their memory back."""
        self._models = None
        self._collect()

    def _load(self, plan: Plan, reading: Reading | None = None) -> Models:
        """Load the models by `plan`, for which `reading` is under way, or by the first smaller one that has room."""
        while True:
            try:
                with device.errors():
                    models = weights.load(self._files, self._device, replace(self._choices, plan=plan), reading)
            except device.Full as error:
                message = str(error)
            else:
                log.info("Memory plan %s: %s.", plan.name, plan.says)
                return models
            self._collect()
            smaller = plans.after(plan)
            if smaller is None:
                raise MemoryError(f"the models do not fit on {self._device}: {message}")
            log.warning("Memory plan %s does not fit (%s); trying %s.", plan.name, message, smaller.name)
            plan, reading = smaller, None

    def _collect(self) -> None:
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
