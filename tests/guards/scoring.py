"""Precision and recall of the guards on the hand-labelled corpus, for the tests and the table in docs/prompts.md."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.guards import Draft, Look, Report, review

CORPUS = Path(__file__).parent / "corpus"
BLOCKLIST = ("grobnik", "scum lord", "dam", "黑莲教", "禁药")
"""The blocklist that the corpus is labelled for: made-up and harmless words."""
RULES = (
    "quoted_dialogue",
    "dark_clothes",
    "detaching_objects",
    "contact_and_complexity",
    "framing",
    "scaffolding",
    "safety",
)


@dataclass
class Score:
    """How often a rule was right, and the texts where it was not."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong)) if self.right or self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed)) if self.right or self.missed else 1.0


def entries(language: str) -> list[dict[str, Any]]:
    """Return the corpus of `language`: every file that begins with its name."""
    lines = [
        line for path in sorted(CORPUS.glob(f"{language}*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    return [json.loads(line) for line in lines]


def draft(entry: dict[str, Any]) -> Draft:
    """Return `entry` with its cast (names, or looks as well) and the blocklist that it is labelled for."""
    looks = entry.get("looks", dict.fromkeys(entry.get("cast", ()), ""))
    cast = tuple(Look(name, look) for name, look in looks.items())
    return Draft(entry["text"], cast=cast, blocklist=tuple(entry.get("blocklist", BLOCKLIST)))


def judge(entry: dict[str, Any]) -> Report:
    return review(draft(entry))


def fired(report: Report) -> set[str]:
    """Return the rules that changed, warned or refused; for the scaffolding, whether it missed shot size and camera."""
    rules = {finding.rule for finding in report.findings if finding.level != "note"}
    if any(finding.reason == "guard-missing-camera" for finding in report.findings):
        rules.add("scaffolding")
    return rules


def expected(entry: dict[str, Any]) -> set[str]:
    camera = entry["camera"] or "safety" in entry["rules"]
    return set(entry["rules"]) | (set() if camera else {"scaffolding"})


def score(corpus: list[dict[str, Any]]) -> dict[str, Score]:
    scores = {rule: Score() for rule in RULES}
    for entry in corpus:
        found, wanted = fired(judge(entry)), expected(entry)
        for rule in RULES:
            if rule in found and rule in wanted:
                scores[rule].right += 1
            elif rule in found:
                scores[rule].wrong.append(entry["text"])
            elif rule in wanted:
                scores[rule].missed.append(entry["text"])
    return scores


def facts_missed(entry: dict[str, Any]) -> list[str]:
    """Return what `entry` says of cues and of the prompt's words that does not hold."""
    report = judge(entry)
    problems: list[str] = []
    wanted = [tuple(cue) for cue in entry.get("cues", ())]
    cues = [(cue.speaker, cue.text) for cue in report.cues]
    if wanted and cues != wanted:
        problems.append(f"cues {cues}, not {wanted}")
    problems += [
        f"lacks {words!r}: {report.prompt}" for words in entry.get("contains", ()) if words not in report.prompt
    ]
    problems += [f"has {words!r}: {report.prompt}" for words in entry.get("lacks", ()) if words in report.prompt]
    return problems


def table() -> str:
    """Return the Markdown table of docs/prompts.md."""
    rows = [
        "| Rule | English: prompts | precision | recall | Chinese: prompts | precision | recall |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    corpora = [entries(language) for language in ("en", "zh")]
    scores = [score(corpus) for corpus in corpora]
    for number, rule in enumerate(RULES, 1):
        cells = [f"{number}. {rule}"]
        for scored in scores:
            one = scored[rule]
            cells += [str(one.right + len(one.missed)), f"{one.precision:.3f}", f"{one.recall:.3f}"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
