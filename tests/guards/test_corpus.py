"""The hand-labelled corpus: every rule right in at least 97 of 100 cases, and every cue and word as labelled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.guards import TEXT_MOST, review

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs" / "prompts.md"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_corpus_is_large_and_varied(scoring: ModuleType, language: str) -> None:
    corpus = scoring.entries(language)
    assert len({entry["text"] for entry in corpus}) >= 300
    assert len({entry["voice"] for entry in corpus}) >= 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_precision_and_recall(scoring: ModuleType, language: str) -> None:
    for rule, score in scoring.score(scoring.entries(language)).items():
        assert score.precision >= 0.97, (rule, score.wrong)
        assert score.recall >= 0.97, (rule, score.missed)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_cues_and_words(scoring: ModuleType, language: str) -> None:
    corpus = scoring.entries(language)
    problems = {entry["text"]: found for entry in corpus if (found := scoring.facts_missed(entry))}
    assert len(problems) <= 0.01 * len(corpus), problems


def test_table_in_the_docs(scoring: ModuleType) -> None:
    assert scoring.table() in DOCS.read_text("utf-8"), "run: python tests/guards/scoring.py"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reviewing_again_changes_nothing(scoring: ModuleType, language: str) -> None:
    for entry in scoring.entries(language):
        draft = replace(scoring.draft(entry), blocklist=())
        report = review(draft)
        if len(report.prompt) <= TEXT_MOST:  # a longer one is refused
            again = review(replace(draft, text=report.text))
            assert (again.text, again.prompt, again.cues) == (report.text, report.prompt, ())
            assert review(replace(draft, text=report.prompt)).prompt == report.prompt
