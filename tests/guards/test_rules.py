"""Each rule by example: the card's cases, the settings, the choices, and what a report looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.guards import SOFT, Draft, Look, blocked, nearest_frames, review

if TYPE_CHECKING:
    from bot.guards.model import Finding, Report


def found(report: Report, rule: str, level: str | None = None) -> list[Finding]:
    return [f for f in report.findings if f.rule == rule and level in {None, f.level}]


def reasons(report: Report) -> set[str]:
    return {finding.reason for finding in report.findings}


def test_the_cards_suits() -> None:
    report = review(Draft("A man in a black fedora, white shirt, black suit jacket and black trousers walks in."))
    assert "BLACK fedora, white shirt, BLACK suit jacket and BLACK trousers" in report.prompt
    assert report.prompt.endswith("BLACK fedora, BLACK suit jacket, BLACK trousers throughout.")
    assert report.pin_strength == 0.95


def test_the_cards_hat() -> None:
    report = review(Draft("He spins and his fedora flies off."))
    assert report.prompt == "He spins and his fedora STAYS ON his head throughout."
    (finding,) = found(report, "detaching_objects")
    assert [option.key for option in finding.options] == ["keep_on", "split"]
    before, after = finding.options[1].texts
    assert "STAYS ON" in before
    assert "gone" in after


def test_the_cards_tea() -> None:
    report = review(Draft("慕容静低声警告「此茶不可饮!」", cast=(Look("慕容静"), Look("沈月华"))))
    assert report.text == "慕容静低声急切警告对方。"
    (cue,) = report.cues
    assert (cue.text, cue.speaker, cue.language) == ("此茶不可饮!", "慕容静", "zh")


def test_spans_are_those_of_the_members_text() -> None:
    text = "Shen says “go” and her ｂｌａｃｋ hat flies off; a black robe glows."
    for finding in review(Draft(text)).findings:
        if finding.level == "changed" and finding.before and finding.rule != "dark_clothes":
            assert text[slice(*finding.span)] == finding.before
    robe = [f for f in review(Draft(text)).findings if f.before == "black robe"]
    assert [text[slice(*f.span)] for f in robe] == ["black robe"]


def test_split_choice_gives_two_shots() -> None:
    report = review(Draft("He bows. His hat falls off. He laughs.", choices=("split",)))
    assert report.shots == (
        "He bows. His hat STAYS ON his head throughout.",
        "The hat is already gone from the picture. He laughs.",
    )
    assert report.text == report.shots[0]
    again = review(Draft(report.text, choices=("split",)))
    assert again.text == report.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a black suit", "dark_clothes"),
        ("his hat flies off", "detaching_objects"),
        ("they hug", "contact_and_complexity"),
    ],
)
def test_soft_rules_can_be_kept(text: str, rule: str) -> None:
    assert rule in SOFT
    report = review(Draft(text, keep=frozenset({rule})))
    assert report.text == text
    assert [finding.level for finding in found(report, rule)] == ["note"]


def test_hard_rules_cannot_be_kept() -> None:
    report = review(Draft('He says "go".', keep=frozenset({"quoted_dialogue"})))
    assert report.text == "He speaks."


def test_dark_looks_are_insisted_on_and_repeated() -> None:
    cast = (Look("Shen", "a white hanfu"), Look("Xiao", "black hair, a charcoal coat"))
    report = review(Draft("Shen and Xiao stand side by side.", cast=cast))
    assert "black hair, a CHARCOAL coat" in report.prompt
    assert report.prompt.endswith("CHARCOAL coat throughout.")
    assert report.pin_strength == 0.95
    assert report.text == "Shen and Xiao stand side by side."
    (finding,) = [f for f in report.findings if f.reason == "guard-dark-look"]
    assert (finding.before, finding.after, finding.span) == ("charcoal coat", "CHARCOAL coat", (0, 0))
    assert dict(finding.args)["name"] == "Xiao"


def test_what_comes_off_in_a_look_stays_on() -> None:
    cast = (Look("Shen", "a veil that always slips off"),)
    report = review(Draft("Shen bows.", cast=cast))
    assert "a veil that STAYS ON the head throughout" in report.prompt
    (finding,) = found(report, "detaching_objects")
    assert (finding.reason, finding.options) == ("guard-detaching-look", ())
    kept = review(Draft("Shen bows.", cast=cast, keep=frozenset({"detaching_objects"})))
    assert "a veil that always slips off" in kept.prompt


def test_members_pin_is_kept() -> None:
    report = review(Draft("a black suit", pin_strength=0.88))
    assert report.pin_strength == 0.88
    assert "guard-dark-pin-low" in reasons(report)


def test_prompt_is_built_in_order_with_bound_names() -> None:
    draft = Draft(
        "Shen looks at Xiao.",
        cast=(Look("Xiao", "grey coat", "right"), Look("Shen", "white hanfu", "left")),
        scene="A palace garden at dusk",
        camera="Medium shot",
        style="cinematic",
    )
    assert review(draft).prompt == (
        "A palace garden at dusk. The figure on the left is Shen, white hanfu."
        " The figure on the right is Xiao, grey coat."
        " Shen looks at Xiao. Medium shot. cinematic."
    )


def test_missing_parts_are_named() -> None:
    assert {"guard-missing-camera", "guard-missing-style", "guard-missing-scene"} <= reasons(review(Draft("He waits.")))
    full = "Medium shot in a garden: two women face each other, cinematic light."
    assert not any(reason.startswith("guard-missing") for reason in reasons(review(Draft(full))))


@pytest.mark.parametrize(
    ("given", "nearest"), [(121, 121), (120, 121), (124, 121), (125, 129), (1, 9), (-5, 9), (1000, 361)]
)
def test_frames(given: int, nearest: int) -> None:
    assert nearest_frames(given) == nearest
    report = review(Draft("x", frames=given))
    assert report.frames == nearest
    assert ("guard-framing-frames" in reasons(report)) == (given != nearest)


@pytest.mark.parametrize(
    ("draft", "reason", "refused"),
    [
        (Draft("x", width=704, height=1280), "guard-framing-portrait", True),
        (Draft("x", width=704, height=704), "guard-framing-portrait", True),
        (Draft("x", width=1281, height=704), "guard-framing-size", True),
        (Draft("x", width=1024, height=576), "guard-framing-unusual-size", False),
        (Draft("x", cast=tuple(Look(n) for n in "ABCD")), "guard-framing-cast", True),
        (Draft("x", pin_frames=(0, 63)), "guard-framing-pin-frame", True),
        (Draft("x", pin_frames=(0, 128)), "guard-framing-pin-outside", True),
        (Draft("x", pin_frames=(0, 0)), "guard-framing-pin-twice", True),
        (Draft("x", pin_strength=1.5), "guard-framing-pin-strength", True),
        (Draft("x", pin_strength=0.5), "guard-framing-pin-range", False),
        (Draft("x", lora_strength=0.8, style_lora=True), "guard-framing-lora-styled", False),
        (Draft("x", lora_strength=0.2), "guard-framing-lora-range", False),
        (Draft("x", lora_strength=3.0), "guard-framing-lora", False),
    ],
)
def test_settings(draft: Draft, reason: str, *, refused: bool) -> None:
    report = review(draft)
    assert reason in reasons(report)
    assert report.refused is refused


@pytest.mark.parametrize("size", [(1280, 704), (1280, 720), (960, 544)])
def test_offered_sizes_and_pins_pass(size: tuple[int, int]) -> None:
    report = review(Draft("x", width=size[0], height=size[1], pin_frames=(0, 64), pin_strength=0.9, lora_strength=0.8))
    assert not found(report, "framing")


def test_lora_is_lowered_beside_a_style_lora() -> None:
    assert review(Draft("x", style_lora=True)).lora_strength == 0.4
    assert review(Draft("x", lora_strength=0.8, style_lora=True)).lora_strength == 0.5
    assert review(Draft("x", lora_strength=0.1, style_lora=True)).lora_strength == 0.3


@pytest.mark.parametrize(
    "text",
    [
        "grobnik",
        "GROBNIK!",
        "g r o b n i k",
        "g.r.o.b.n.i.k",
        "gr\u200bob\u00adnik",
        "grоbniк",
        "ｇｒｏｂｎｉｋ",
        "gr0bn1k",
        "𝐠𝐫𝐨𝐛𝐧𝐢𝐤",
        "ġrôbñik",
    ],
)
def test_tricks_are_undone(text: str) -> None:
    assert blocked(f"see the {text} here", ("grobnik",)) == "grobnik"


@pytest.mark.parametrize("text", ["grobniks", "agrobnik", "madam", "a dam-", "敏 感", "词敏感"])
def test_words_are_bounded(text: str) -> None:
    assert blocked(text, ("grobnik", "敏感词")) is None


def test_blocklist_on_every_text() -> None:
    word = ("坏词",)
    for draft in (
        Draft("坏\u200b词", blocklist=word),
        Draft("他说「壞詞」", blocklist=word),
        Draft("x", scene="坏 词", blocklist=word),
        Draft("x", cast=(Look("坏词"),), blocklist=word),
        Draft("x", cast=(Look("A", "坏词"),), blocklist=word),
    ):
        report = review(draft)
        assert report.refused
        assert report.prompt == ""


def test_length_cap() -> None:
    assert not review(Draft("a" * 2000)).refused
    report = review(Draft("a" * 2001))
    assert report.refused
    assert report.prompt == ""


def test_json_shape() -> None:
    report = review(Draft('He says "go" and his hat flies off.'))
    data = json.loads(json.dumps(report.as_dict()))
    assert {"prompt", "cues", "findings", "pin_strength", "refused"} <= data.keys()
    assert all({"rule", "level", "span", "before", "after", "reason"} <= finding.keys() for finding in data["findings"])
    assert data["cues"][0]["text"] == "go"
    explained = report.as_dict(lambda finding: f"because {finding.number}")
    assert explained["findings"][0]["reason"] == "because 1"
