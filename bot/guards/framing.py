"""Rule 5: sizes, frame counts, strengths, pins and how many people fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.guards.aspect import upright
from bot.guards.dark_clothes import PIN as DARK_PIN
from bot.guards.model import Draft, Finding, Level
from bot.guards.people import crowd

if TYPE_CHECKING:
    from bot.guards.reading import Passage

SIZES = ((1280, 704), (1280, 720), (960, 544))
"""The sizes on offer: native, 720p, preview."""
LEAST = 64
"""The shortest side that renders."""
MOST = (1920, 1088)
"""The longest sides that render (`renderer.protocol.Render`)."""
FRAMES = (9, 361)
"""Fewest and most frames; every count is 8k+1."""
PIN = 0.9
LORA = 0.8
PIN_RANGE = (0.85, 0.95)
LORA_RANGE = (0.6, 1.0)
STYLED_RANGE = (0.3, 0.5)
CAST_MOST = 3
_STYLED = 0.4


class Framing(NamedTuple):
    """The settings to render with, and what was found."""

    frames: int
    pin_strength: float
    lora_strength: float
    findings: list[Finding]


def framing(draft: Draft, passage: Passage, *, dark: bool) -> Framing:
    """Check the settings of `draft`, and raise the pin where `dark` clothes need it.

    Rule: portrait degrades identity, so output is landscape; frames are 8k+1 up to 361; two pins at one frame are
    refused by the model; three characters are its upper limit; the LoRA goes at 0.3–0.5 beside a style LoRA; a pin
    holds identity at 0.85–0.95 (MODEL_FACTS, tables of settings). Source: the model card.

    Limits: people in the text are counted only where it says a number (five soldiers, a family of six).
    """
    findings = [*_size(draft), *_people(draft, passage), *_pins(draft)]
    text = _portrait(passage)
    if text is not None:
        findings.append(text)
    frames = nearest_frames(draft.frames)
    if frames != draft.frames:
        findings.append(_setting("changed", "guard-framing-frames", draft.frames, frames))
    pin, found = _pin_strength(draft, dark=dark)
    findings += found
    lora, found = _lora_strength(draft)
    findings += found
    return Framing(frames, pin, lora, findings)


def nearest_frames(frames: int) -> int:
    """Return the frame count of the form 8k+1 from 9 to 361 that is nearest to `frames`; the longer of two."""
    low, high = FRAMES
    return max(low, min(high, (frames - 1 + 4) // 8 * 8 + 1))


def _setting(level: Level, reason: str, before: object, after: object, **args: object) -> Finding:
    values = {"before": before, "after": after, **args}
    return Finding(
        "framing",
        level,
        (0, 0),
        str(before),
        str(after),
        reason,
        tuple((key, str(value)) for key, value in values.items()),
    )


def _size(draft: Draft) -> list[Finding]:
    width, height = draft.width, draft.height
    given = f"{width}×{height}"
    if (width, height) in SIZES:
        return []
    nearest = min(SIZES, key=lambda size: (abs(size[0] - width) + abs(size[1] - height), size))
    proposed = f"{nearest[0]}×{nearest[1]}"
    if height >= width:
        return [_setting("refused", "guard-framing-portrait", given, proposed)]
    if width % 2 or height % 2 or not (LEAST <= width <= MOST[0] and LEAST <= height <= MOST[1]):
        return [_setting("refused", "guard-framing-size", given, proposed)]
    return [_setting("warning", "guard-framing-unusual-size", given, proposed)]


def _portrait(passage: Passage) -> Finding | None:
    """Return the refusal of a text that asks for portrait or square output (9:16, vertical video, 竖屏)."""
    span = upright(passage)
    if span is None:
        return None
    said = passage.text[slice(*span)]
    return Finding(
        "framing", "refused", passage.source(*span), said, "16:9", "guard-framing-portrait-words", (("words", said),)
    )


def _people(draft: Draft, passage: Passage) -> list[Finding]:
    if len(draft.cast) > CAST_MOST:
        return [_setting("refused", "guard-framing-cast", len(draft.cast), CAST_MOST)]
    span = crowd(passage, CAST_MOST)
    if span is None:
        return []
    said = passage.text[slice(*span)]
    args = (("words", said), ("most", str(CAST_MOST)))
    return [Finding("framing", "warning", passage.source(*span), said, str(CAST_MOST), "guard-framing-people", args)]


def _pins(draft: Draft) -> list[Finding]:
    findings: list[Finding] = []
    last = nearest_frames(draft.frames) - 1
    for frame in draft.pin_frames:
        if frame % 8 or not 0 <= frame <= last:
            proposed = max(0, min(last // 8 * 8, round(frame / 8) * 8))
            reason = "guard-framing-pin-outside" if not 0 <= frame <= last else "guard-framing-pin-frame"
            findings.append(_setting("refused", reason, frame, proposed))
    twice = sorted({frame for frame in draft.pin_frames if draft.pin_frames.count(frame) > 1})
    findings += [_setting("refused", "guard-framing-pin-twice", frame, "") for frame in twice]
    return findings


def _pin_strength(draft: Draft, *, dark: bool) -> tuple[float, list[Finding]]:
    given = draft.pin_strength
    if given is None:
        if not dark:
            return draft.usual_pin, []
        raised = _setting("note", "guard-dark-pin", f"{draft.usual_pin:g}", f"{DARK_PIN:g}")
        return max(draft.usual_pin, DARK_PIN), [_as_dark(raised)]
    if not 0 < given <= 1:
        kept = min(1.0, PIN)
        return kept, [_setting("refused", "guard-framing-pin-strength", f"{given:g}", f"{kept:g}")]
    if dark and given < DARK_PIN:
        return given, [_as_dark(_setting("warning", "guard-dark-pin-low", f"{given:g}", f"{DARK_PIN:g}"))]
    low, high = PIN_RANGE
    if given < low or (given > high and not dark):
        return given, [_setting("warning", "guard-framing-pin-range", f"{given:g}", f"{PIN:g}", low=low, high=high)]
    return given, []


def _as_dark(finding: Finding) -> Finding:
    return Finding(
        "dark_clothes", finding.level, (0, 0), finding.before, finding.after, finding.reason, finding.args, soft=True
    )


def _lora_strength(draft: Draft) -> tuple[float, list[Finding]]:
    given = draft.lora_strength
    if given is None:
        return (_STYLED if draft.style_lora else draft.usual_lora), []
    if not 0 <= given <= 1:
        kept = _STYLED if draft.style_lora else LORA
        return kept, [_setting("changed", "guard-framing-lora", f"{given:g}", f"{kept:g}")]
    low, high = STYLED_RANGE if draft.style_lora else LORA_RANGE
    if low <= given <= high:
        return given, []
    if draft.style_lora:
        kept = max(low, min(high, given))
        return kept, [_setting("changed", "guard-framing-lora-styled", f"{given:g}", f"{kept:g}")]
    return given, [_setting("warning", "guard-framing-lora-range", f"{given:g}", f"{LORA:g}", low=low, high=high)]
