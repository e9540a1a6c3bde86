"""The catalogues are whole: no key is missing or unused, both languages say the same, and each sentence can be said.

A key counts as used where it stands as a whole string in the source or in a table (TOML) beside it, where an f-string
makes it (`f"guard-missing-{part}"` uses the whole family), or where another sentence quotes it.
"""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.i18n import CHINESE, ENGLISH, LANGUAGES, bundle, language_of, speak

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT = Path(__file__).resolve().parents[1] / "bot"
KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9_]+)+")
HAN = re.compile(r"[\u4e00-\u9fff]")
SPEAKERS = frozenset({"words", "said", "Refused", "PictureRefused"})
"""Calls that take a key first and the sentence's arguments by name."""


class Parts(Visitor):
    """What one message or attribute is made of."""

    def __init__(self) -> None:
        self.text = ""
        self.variables: set[str] = set()
        self.numbers: set[str] = set()
        self.quoted: set[str] = set()

    def visit_TextElement(self, node: ftl.TextElement) -> None:  # noqa: N802 - the visitor's naming
        self.text += node.value

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.variables.add(node.id.name)

    def visit_MessageReference(self, node: ftl.MessageReference) -> None:  # noqa: N802
        self.quoted.add(node.id.name)

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802
        self._count(node.selector)
        self.generic_visit(node)

    def visit_FunctionReference(self, node: ftl.FunctionReference) -> None:  # noqa: N802
        for argument in node.arguments.positional:
            self._count(argument)
        self.generic_visit(node)

    def _count(self, node: object) -> None:
        if isinstance(node, ftl.VariableReference):
            self.numbers.add(node.id.name)


@functools.cache
def catalogue(language: str) -> dict[str, Parts]:
    """Returns every message and attribute (`key.attribute`) of a language; fails on what Fluent cannot read."""
    found: dict[str, Parts] = {}
    for path in sorted((BOT / "i18n" / language).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text("utf-8")).body:
            assert not isinstance(entry, ftl.Junk), f"{path}: {entry.content}"
            if not isinstance(entry, ftl.Message):
                continue
            for name, pattern in [
                (entry.id.name, entry.value),
                *((f"{entry.id.name}.{attribute.id.name}", attribute.value) for attribute in entry.attributes),
            ]:
                assert name not in found, f"{path}: {name} is there twice"
                assert pattern is not None, f"{path}: {name} is empty"
                parts = Parts()
                parts.visit(pattern)
                found[name] = parts
    return found


def messages(language: str) -> set[str]:
    return {name for name in catalogue(language) if "." not in name}


def variables(language: str, name: str) -> set[str]:
    parts = catalogue(language)[name]
    return parts.variables.union(*(variables(language, quoted) for quoted in parts.quoted))


@functools.cache
def modules() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text("utf-8"))) for path in sorted(BOT.rglob("*.py"))]


@functools.cache
def strings() -> dict[str, Path]:
    """Returns every whole string in the source and its tables, with a file that holds it."""
    found: dict[str, Path] = {}
    for path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] = path
    for path in BOT.rglob("*.toml"):
        found |= dict.fromkeys(leaves(tomllib.loads(path.read_text("utf-8"))), path)
    return found


@functools.cache
def families() -> dict[str, Path]:
    """Returns what f-strings make of keys, as regular expressions, with a file that holds each."""
    found: dict[str, Path] = {}
    for path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_-]+"
                    for part in node.values
                ]
                if isinstance(node.values[0], ast.Constant) and re.match(r"[a-z]+-[a-z-]*$", str(node.values[0].value)):
                    found["".join(parts)] = path
    return found


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue(ENGLISH).keys() == catalogue(CHINESE).keys()


def test_no_key_is_missing() -> None:
    first_words = {name.partition("-")[0] for name in messages(ENGLISH)}
    missing = {
        f"{path.relative_to(BOT)}: {text}"
        for text, path in strings().items()
        if KEY.fullmatch(text) and text.partition("-")[0] in first_words and text not in messages(ENGLISH)
    }
    assert not missing
    empty = {
        f"{path.relative_to(BOT)}: {family}"
        for family, path in families().items()
        if family.partition("\\-")[0] in first_words and not any(re.fullmatch(family, key) for key in messages(ENGLISH))
    }
    assert not empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_unused(language: str) -> None:
    quoted = {key for parts in catalogue(language).values() for key in parts.quoted}
    made = {key for key in messages(language) for family in families() if re.fullmatch(family, key)}
    assert messages(language) - strings().keys() - quoted - made == set()


def test_both_languages_fill_in_the_same() -> None:
    different = {
        name: (variables(ENGLISH, name), variables(CHINESE, name))
        for name in catalogue(ENGLISH)
        if variables(ENGLISH, name) != variables(CHINESE, name)
    }
    assert not different


def test_chinese_is_chinese_and_english_is_not() -> None:
    untranslated = [
        name
        for name, english in catalogue(ENGLISH).items()
        if re.search(r"[A-Za-z]{2}", english.text) and not HAN.search(catalogue(CHINESE)[name].text)
    ]
    assert not untranslated
    assert not [name for name, english in catalogue(ENGLISH).items() if HAN.search(english.text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said(language: str) -> None:
    for name in messages(language):
        numbers = catalogue(ENGLISH)[name].numbers | catalogue(CHINESE)[name].numbers
        for number in (0, 1, 2, 12345):
            arguments = {variable: number if variable in numbers else "※" for variable in variables(language, name)}
            message = bundle(language).get_message(name)
            assert message.value is not None
            text, errors = bundle(language).format_pattern(message.value, arguments)
            assert not errors, f"{name}: {errors}"
            assert str(text).strip()
            assert "{" not in str(text)


def test_every_call_fills_in_what_the_sentence_needs() -> None:
    checked = 0
    for path, module in modules():
        for node in ast.walk(module):
            if not (isinstance(node, ast.Call) and node.args and callee(node.func) in SPEAKERS):
                continue
            if any(keyword.arg is None for keyword in node.keywords):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for key in messages(ENGLISH).intersection(keys_of(node.args[0])):
                assert given == variables(ENGLISH, key), f"{path.relative_to(BOT)}:{node.lineno}: {key}"
                checked += 1
    assert checked > 30


def callee(function: ast.expr) -> str:
    match function:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
        case _:
            return ""


def keys_of(argument: ast.expr) -> list[str]:
    match argument:
        case ast.Constant(str(key)):
            return [key]
        case ast.IfExp(_, one, other):
            return keys_of(one) + keys_of(other)
        case _:
            return []


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", CHINESE), ("zh-TW", CHINESE), ("en-GB", ENGLISH), ("pt-BR", ENGLISH)]
)
def test_every_locale_has_a_language(locale: str, language: str) -> None:
    assert language_of(locale) == language
    assert speak(locale).language == language


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError, match="no-such-key"):
        speak(ENGLISH)("no-such-key")
