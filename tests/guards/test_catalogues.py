"""Every reason of the guards is a sentence in both languages, with its arguments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource

from bot.guards import RULES, Draft, Look, review

ROOT = Path(__file__).parents[2] / "bot"
KEYS = set(re.findall(r'"(guard-[a-z-]+)"', "".join(p.read_text("utf-8") for p in (ROOT / "guards").glob("*.py"))))
KEYS |= {f"guard-rule-{rule}" for rule in RULES}
KEYS |= {f"guard-level-{level}" for level in ("changed", "warning", "refused", "note")}
KEYS |= {f"guard-option-{option}" for option in ("keep_on", "split", "reframe")}
KEYS |= {f"guard-contact-{kind}" for kind in ("embrace", "kiss", "fight", "hands")}
KEYS |= {f"guard-missing-{part}" for part in ("scene", "characters", "action", "camera", "interaction", "style")}
TEXTS = [
    'He says "go", the "hero" is 5\'6", «x', "a sign reading \"A\"", "《玉佩》", "a black suit", "his hat flies off",
    "they hug, kiss, fight and hold hands", "He runs, jumps, rolls, dives, climbs, flips.", "9:16", "five guards", "", "ab grobnik",
]  # fmt: skip
DRAFTS = [Draft(text, blocklist=("grobnik",), pin_strength=0.5, frames=7, pin_frames=(3, 3, 900)) for text in TEXTS]
DRAFTS += [Draft("a black suit"), Draft("x" * 3000), Draft("x", scene="grobnik", blocklist=("grobnik",))]
DRAFTS += [Draft("x", keep=frozenset({"dark_clothes"}), lora_strength=9, width=7, height=9, cast=(Look("A" * 99),))]
DRAFTS += [
    Draft("x", lora_strength=lora, style_lora=style, width=1000) for lora in (0.1, 7.0) for style in (True, False)
]


def bundle(language: str) -> FluentBundle:
    made = FluentBundle([language], use_isolating=False)
    made.add_resource(FluentResource((ROOT / "i18n" / language / "guards.ftl").read_text("utf-8")))
    return made


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_catalogue_has_every_key_and_no_other(language: str) -> None:
    text = (ROOT / "i18n" / language / "guards.ftl").read_text("utf-8")
    assert set(re.findall(r"^(guard-[\w-]+) =", text, re.MULTILINE)) == {key for key in KEYS if not key.endswith("-")}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_reason_takes_its_arguments(language: str) -> None:
    sentences = bundle(language)
    for draft in DRAFTS:
        for finding in review(draft).findings:
            pattern = sentences.get_message(finding.reason).value
            assert pattern is not None
            sentence, errors = sentences.format_pattern(pattern, dict(finding.args))
            assert not errors, (finding.reason, errors)
            assert sentence
