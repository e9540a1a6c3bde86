"""Every reason of the guards is a sentence in both languages, with its arguments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource

from bot.guards import RULES, Draft, Look, review

ROOT = Path(__file__).parents[2] / "bot"
SOURCE = "".join(path.read_text("utf-8") for path in (ROOT / "guards").glob("*.py"))
MADE = {
    "guard-rule-": RULES,
    "guard-option-": ("keep_on", "split", "reframe"),
    "guard-contact-": ("embrace", "kiss", "fight", "hands"),
    "guard-missing-": ("scene", "characters", "action", "camera", "interaction", "style"),
}
KEYS = set(re.findall(r'"(guard-[a-z-]+[a-z])"', SOURCE)) | {
    start + end for start, ends in MADE.items() for end in ends
}
TEXTS = [
    'He says "go", the "hero" is 5\'6", «x',
    "Shen says “go”. A sign reading “A”.",
    "《玉佩》",
    "a black suit",
    "his hat flies off",
    "they hug, kiss, fight and hold hands",
    "He runs, jumps, rolls, dives, climbs, flips.",
    "9:16",
    "five guards",
    "",
    "ab grobnik",
]
DRAFTS = [
    *(Draft(text, blocklist=("grobnik",), pin_strength=0.5, frames=7, pin_frames=(3, 3, 900)) for text in TEXTS),
    Draft("a black suit", cast=(Look("Shen", "a black robe, a veil that slips off"),)),
    Draft("x" * 3000),
    Draft("x", scene="grobnik", blocklist=("grobnik",)),
    Draft("x", keep=frozenset({"dark_clothes"}), lora_strength=9, width=7, height=9),
    Draft("x", cast=(Look("A" * 99),)),
    *(Draft("x", lora_strength=lora, style_lora=style, width=1000) for lora in (0.1, 7.0) for style in (True, False)),
]


def bundle(language: str) -> FluentBundle:
    made = FluentBundle([language], use_isolating=False)
    made.add_resource(FluentResource((ROOT / "i18n" / language / "guards.ftl").read_text("utf-8")))
    return made


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_catalogue_has_every_key_and_no_other(language: str) -> None:
    text = (ROOT / "i18n" / language / "guards.ftl").read_text("utf-8")
    assert set(re.findall(r"^(guard-[\w-]+) =", text, re.MULTILINE)) == KEYS


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
