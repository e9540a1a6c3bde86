from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.wording import CONTENT_LIMIT, escaped, excerpt, pages, shortened

WORDS = st.text(st.characters(codec="utf-8"), max_size=300)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*沈* _月_ ~华~", r"\*沈\* \_月\_ \~华\~"),
        ("a\n# big\r\n> quote", "a # big > quote"),
        ("@everyone @here", "@\u200beveryone @\u200bhere"),
        ("<@123456789012345678> <t:1>", "\\<@\u200b123456789012345678> \\<t:1>"),
        ("`code` ||hidden||", r"\`code\` \|\|hidden\|\|"),
    ],
)
def test_members_words_are_shown_as_written(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_no_text_turns_the_line_around() -> None:
    assert escaped("a \u202eb\u2066 \u200bc") == "a b c"


@given(WORDS, st.integers(1, 80))
def test_an_excerpt_fits_on_one_line(text: str, limit: int) -> None:
    found = excerpt(text, limit)
    assert len(found) <= limit
    assert len(found.splitlines()) <= 1


@given(st.text("ab\n", max_size=5000))
def test_a_shortened_text_fits_and_begins_the_same(text: str) -> None:
    found = shortened(text)
    assert len(found) <= CONTENT_LIMIT
    if len(text) <= CONTENT_LIMIT:
        assert found == text
    else:
        assert text.startswith(found.removesuffix("…").rstrip("\n"))


def test_a_long_list_is_cut_at_a_line() -> None:
    found = shortened("\n".join(["x" * 300] * 10))
    assert found.splitlines() == ["x" * 300] * 6 + ["…"]


@given(st.lists(st.text("x", min_size=1, max_size=90), max_size=60), st.integers(100, 400))
def test_pages_hold_every_line_in_order_and_fit(lines: list[str], limit: int) -> None:
    divided = pages(lines, limit)
    assert [line for page in divided for line in page] == lines
    assert all(page and len("\n".join(page)) <= limit for page in divided)
