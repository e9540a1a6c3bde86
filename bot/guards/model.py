"""What the guards take and give: plain frozen values, no Discord, no database, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Language = Literal["en", "zh"]
Level = Literal["changed", "warning", "refused", "note"]
Position = Literal["left", "right", "centre"]
Rule = Literal[
    "quoted_dialogue",
    "dark_clothes",
    "detaching_objects",
    "contact_and_complexity",
    "framing",
    "scaffolding",
    "safety",
]
Span = tuple[int, int]
Repair = Literal["keep_on", "split"]

RULES: tuple[Rule, ...] = (
    "quoted_dialogue",
    "dark_clothes",
    "detaching_objects",
    "contact_and_complexity",
    "framing",
    "scaffolding",
    "safety",
)
"""The rules in the order in which the members know them (1–7)."""

SOFT: frozenset[Rule] = frozenset({"dark_clothes", "detaching_objects", "contact_and_complexity"})
"""The rules that a member may override with "use my words"."""


@dataclass(frozen=True, slots=True)
class Look:
    """A character in the shot; `look` is the stored description and outfit, the same words each time."""

    name: str
    look: str = ""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A shot as the member described it, before any guard.

    Attributes:
        text: the member's words.
        cast: who is in the shot; those without a position stand left, right, centre in this order.
        frames: frames to render (24 a second).
        width: width in pixels of the clip.
        height: height in pixels of the clip.
        pin_strength: 0–1, or None where the member did not set it.
        pin_frames: the frames at which reference pictures are pinned.
        lora_strength: 0–1, or None where the member did not set it.
        usual_pin: the pin strength where neither the member nor a rule says another (the server's default).
        usual_lora: the LoRA strength where neither does.
        style_lora: whether a style LoRA is loaded beside the Dual-Character LoRA.
        scene: the scene's words, the same for each of its shots.
        style: the episode's style.
        camera: shot size and camera movement.
        blocklist: the server's words and phrases that must not occur.
        keep: soft rules that the member overrode with "use my words".
        choices: how a detaching object is repaired: `keep_on` (also where empty) or `split`.
    """

    text: str
    cast: tuple[Look, ...] = ()
    frames: int = 121
    width: int = 1280
    height: int = 704
    pin_strength: float | None = None
    pin_frames: tuple[int, ...] = ()
    lora_strength: float | None = None
    style_lora: bool = False
    usual_pin: float = 0.9
    usual_lora: float = 0.8
    scene: str = ""
    style: str = ""
    camera: str = ""
    blocklist: tuple[str, ...] = ()
    keep: frozenset[str] = frozenset()
    choices: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of dialogue that was taken out of the prompt; a subtitle later.

    Attributes:
        text: the words, without their marks.
        speaker: the character's name where the text tells, else None.
        span: where the words stood in the member's text, marks included.
        order: 0 for the first line of the shot.
        language: the words' language.
    """

    text: str
    speaker: str | None
    span: Span
    order: int
    language: Language


@dataclass(frozen=True, slots=True)
class Option:
    """A repair that the member may choose: `texts` are the proposed texts, one a shot."""

    key: Literal["keep_on", "split", "reframe"]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a guard found.

    Attributes:
        rule: the rule that found it.
        level: changed in the prompt, a warning, a refusal, or a note.
        span: where, in the member's original text (end exclusive); (0, 0) where it is about a setting.
        before: the words or the value as given.
        after: what stands there now, or what is proposed.
        reason: key of the sentence in the `guards.ftl` catalogues.
        args: the sentence's arguments.
        soft: whether "use my words" may override it.
        options: the repairs on offer.
    """

    rule: Rule
    level: Level
    span: Span
    before: str
    after: str
    reason: str
    args: tuple[tuple[str, str], ...] = ()
    soft: bool = False
    options: tuple[Option, ...] = ()

    @property
    def number(self) -> int:
        """The rule's number in docs/prompts.md, 1–7."""
        return RULES.index(self.rule) + 1

    def as_dict(self, explain: Callable[[Finding], str] | None = None) -> dict[str, Any]:
        """Return the finding for JSON; `explain` makes a sentence of it, else `reason` is the catalogue's key."""
        return {
            "rule": self.rule,
            "number": self.number,
            "level": self.level,
            "span": list(self.span),
            "before": self.before,
            "after": self.after,
            "reason": explain(self) if explain else self.reason,
            "args": dict(self.args),
            "soft": self.soft,
            "options": [{"key": option.key, "texts": list(option.texts)} for option in self.options],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What the guards made of a draft.

    Attributes:
        prompt: the final prompt for the model.
        text: the member's text after the repairs, without scaffolding; reviewing it again changes nothing.
        cues: the lines of dialogue, in order.
        findings: in the order of the rules, then of the text.
        pin_strength: to render with.
        lora_strength: to render with.
        refused: whether the shot must not be rendered as it stands.
        frames: the nearest frame count that the model takes.
        shots: the texts of the two shots where the member chose to split; empty otherwise.
    """

    prompt: str
    text: str
    cues: tuple[Cue, ...] = ()
    findings: tuple[Finding, ...] = ()
    pin_strength: float = 0.9
    lora_strength: float = 0.8
    refused: bool = False
    frames: int = 121
    shots: tuple[str, ...] = field(default=())

    @property
    def changed(self) -> bool:
        """Whether a guard changed the words, warned or refused: what a member should see before queueing."""
        return any(finding.level != "note" for finding in self.findings)

    def as_dict(self, explain: Callable[[Finding], str] | None = None) -> dict[str, Any]:
        """Return the report for `twohander guard --json`."""
        return {
            "prompt": self.prompt,
            "text": self.text,
            "cues": [
                {"text": cue.text, "speaker": cue.speaker, "span": list(cue.span), "language": cue.language}
                for cue in self.cues
            ],
            "findings": [finding.as_dict(explain) for finding in self.findings],
            "pin_strength": self.pin_strength,
            "lora_strength": self.lora_strength,
            "frames": self.frames,
            "refused": self.refused,
            "shots": list(self.shots),
        }
