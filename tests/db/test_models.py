from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import name_key


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(max_size=40))
def test_composition_and_outer_spaces_do_not_matter(name: str) -> None:
    assert name_key(f"  {unicodedata.normalize('NFD', name)}\t") == name_key(unicodedata.normalize("NFC", name))


@pytest.mark.parametrize(("one", "other"), [("沈月华", "沈月華"), ("Ada", "Adá"), ("a b", "ab")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
