"""Memory plans: what lies on the device, what waits in host memory, and which of them a device has room for.

From the fastest to the smallest. A plan is chosen from the memory that is free at the start; when a shot runs out of
memory all the same, the engine goes on with the next. Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from renderer.protocol import PlanName, Precision

GB = 10**9


@dataclass(frozen=True, slots=True)
class Plan:
    """One way of sharing the models out between device and host.

    Attributes:
        name: what the configuration and the log call it.
        needs: bytes of free device memory from which on it is chosen; room for 121 frames of 1280×704.
        fp8: whether blocks are float8, whatever precision was asked for.
        text_streamed: whether the text encoder's layers come from host memory, one after the other, for each prompt.
        resident_blocks: the share of transformer blocks that stay on the device; the rest come from host memory.
        says: its price, for the log.
    """

    name: PlanName
    needs: int
    fp8: bool
    text_streamed: bool
    resident_blocks: float
    says: str

    def rounds(self, precision: Precision) -> bool:
        """Return whether the transformer's blocks become float8."""
        return self.fp8 or precision == "fast"


PLANS = (
    Plan(
        "resident", 80 * GB, fp8=False, text_streamed=False, resident_blocks=1.0, says="every model stays on the device"
    ),
    Plan(
        "text-streamed",
        48 * GB,
        fp8=False,
        text_streamed=True,
        resident_blocks=1.0,
        says="the text encoder is read from host memory for each new prompt",
    ),
    Plan(
        "fp8",
        32 * GB,
        fp8=True,
        text_streamed=True,
        resident_blocks=1.0,
        says="float8 blocks; the text encoder is read from host memory for each new prompt",
    ),
    Plan(
        "half-streamed",
        24 * GB,
        fp8=True,
        text_streamed=True,
        resident_blocks=0.5,
        says="float8 blocks, half of them and the text encoder read from host memory as they are needed",
    ),
    Plan(
        "streamed",
        0,
        fp8=True,
        text_streamed=True,
        resident_blocks=0.0,
        says="float8 blocks and the text encoder, all read from host memory as they are needed",
    ),
)


def choose(free: int, asked: PlanName | Literal["auto"] = "auto") -> Plan:
    """Return the plan called `asked`, or for `auto` the first for which `free` bytes of device memory are enough."""
    if asked != "auto":
        return next(plan for plan in PLANS if plan.name == asked)
    return next(plan for plan in PLANS if plan.needs <= free)


def after(plan: Plan) -> Plan | None:
    """Return the next smaller plan; None after the smallest."""
    rest = PLANS[PLANS.index(plan) + 1 :]
    return rest[0] if rest else None
