"""`twohander guard TEXT`: what the guards make of a prompt, without Discord, queue or model."""

from __future__ import annotations

import json
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.guards import Draft, Finding, Look, Report, review
from bot.i18n import ENGLISH, Speaker, language_of, speak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO, TextIO

    from bot.config import Config

STDIN = "-"

SIGNS = {"changed": "✏️", "warning": "⚠️", "refused": "⛔", "note": "ℹ️"}

SENTENCES = 4096
"""Sentences that are kept: saying one takes Fluent longer than many a review takes."""


class UsageError(Exception):
    """What was asked for cannot be; the message says what is wrong."""


def guard(
    config: Config,
    text: str | None,
    *,
    characters: Sequence[str] = (),
    language: str | None = None,
    as_json: bool = False,
    by_line: bool = False,
    source: BinaryIO | None = None,
    out: TextIO | None = None,
) -> int:
    """Print what the guards make of `text`, and return the exit code: 1 where a prompt was refused, else 0.

    Args:
        config: the server's blocklist and default strengths count here too.
        text: the prompt; None (with `by_line`) or `-` reads `source`.
        characters: who is in the shot, as NAME=LOOK.
        language: of the sentences, `en` or `zh-CN`; None takes the environment's.
        as_json: print one JSON object a prompt.
        by_line: each line is a prompt of its own; prints one JSON object a line.
        source: UTF-8 text, by default standard input.
        out: where to print, by default standard output.

    Raises:
        UsageError: there is no prompt, or a character without a name.
    """
    printed: TextIO = out or sys.stdout
    draft = _draft(config, characters)
    words = speak(language or spoken_here())
    explain = _explaining(words)
    encode = json.JSONEncoder(ensure_ascii=False).encode
    refused = False
    for prompt in _prompts(text, source or sys.stdin.buffer, by_line=by_line):
        report = review(draft(prompt))
        refused |= report.refused
        if as_json or by_line:
            printed.write(encode(report.as_dict(explain)) + "\n")
        else:
            printed.writelines(f"{line}\n" for line in told(words, report))
    printed.flush()
    return int(refused)


def told(words: Speaker, report: Report) -> Iterator[str]:
    """Yield the report's lines: the prompt, each finding with its reason, the lines of dialogue, the strengths."""
    if not report.refused:
        yield report.prompt
        yield ""
    yield from findings_told(words, report.findings)
    for cue in report.cues:
        yield words("review-cue", speaker=cue.speaker, text=cue.text) if cue.speaker else f"💬 {cue.text}"
    if not report.refused:
        yield words("review-strengths", pin=f"{report.pin_strength:g}", lora=f"{report.lora_strength:g}")


def findings_told(words: Speaker, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield two lines a finding: its rule with what was changed, and the reason."""
    explain = _explaining(words)
    for finding in findings:
        rule = words("review-rule", number=finding.number, name=words(f"guard-rule-{finding.rule}")).replace("**", "")
        change = " → ".join(part for part in (finding.before, finding.after) if part)
        yield f"{SIGNS[finding.level]} {rule} {change}".rstrip()
        yield f"   {explain(finding)}"


def spoken_here() -> str:
    """Return the catalogue for the environment's language (LC_ALL, LC_MESSAGES, LANG)."""
    named = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), ENGLISH)
    return language_of(named)


def _draft(config: Config, characters: Sequence[str]) -> Callable[[str], Draft]:
    looks: list[Look] = []
    for character in characters:
        name, _, look = character.partition("=")
        if not name.strip():
            raise UsageError(f"--character {character}: give it as NAME=LOOK")
        looks.append(Look(name.strip(), look.strip()))
    cast = tuple(looks)

    def draft(text: str) -> Draft:
        return Draft(
            text,
            cast,
            usual_pin=config.defaults.pin_strength,
            usual_lora=config.defaults.lora_strength,
            blocklist=config.guards.blocklist,
        )

    return draft


def _prompts(text: str | None, source: BinaryIO, *, by_line: bool) -> Iterable[str]:
    if text is None and not by_line:
        raise UsageError(f"give a prompt, or {STDIN} to read it")
    if text is None or text == STDIN:
        # Bytes that are no UTF-8 come as U+FFFD: the guards take any text.
        if by_line:
            return (line.decode("utf-8", "replace").rstrip("\r\n") for line in source)
        return [source.read().decode("utf-8", "replace").rstrip("\r\n")]
    return text.splitlines() if by_line else [text]


def _explaining(words: Speaker) -> Callable[[Finding], str]:
    @lru_cache(SENTENCES)
    def sentence(reason: str, args: tuple[tuple[str, str], ...]) -> str:
        return words(reason, **dict(args))

    def explain(finding: Finding) -> str:
        return sentence(finding.reason, finding.args)

    return explain
